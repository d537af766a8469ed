"""Rules that are no JSON but our own notation: `title contains shirt AND price < 50`.

Looked at only where the check has found no JSON, so that rows with JSON pay nothing
for it. Invariant: what is not this notation either stays what it was, no JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import rules
from importer.models import Code, Shaped
from importer.validation import told
from importer.validation.cells import holds_ids
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.models import Checked, Fields, Problem
    from importer.sentences import Phrase
    from importer.validation.contract import Options


#: Whatever begins like this was meant to be JSON.
_OF_JSON = ("", "{", "[", '"')


def check(
    fields: Fields, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked | None:
    """Check a row whose rules are in our notation; None where they are not."""
    text = fields.values.get("rules", "")
    try:
        wanted = rules.compact(text)
    except rules.NoRulesError as wrong:
        if text[:1] in _OF_JSON:  # blank, too: it is another field's JSON
            return None
        return _unreadable(fields, options, inner, wrong.phrase)
    values = dict(fields.values)
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    if not wanted.unsupported:
        values["rules"] = rules.to_json(wanted, options.notation)
    else:
        del values["rules"]
        if options.smart_as_manual and holds_ids(values.get("product_ids", "")):
            values["type"] = "manual"
            code = Code.SMART_AS_MANUAL
            remarks = (fields.problem(code, "rules", **wanted.refused),)
        else:
            values.setdefault("type", "smart")
            parameters = {**wanted.refused, "value": shortened(text)}
            code = Code.RULE_NOT_SUPPORTED
            problems = (fields.problem(code, "rules", **parameters),)
    whole = _whole(fields, values, problems, remarks)
    return told.check(whole, options, inner)


def _unreadable(
    fields: Fields,
    options: Options,
    inner: Callable[[Fields, Options], Checked],
    reason: Phrase,
) -> Checked:
    """Say why words are no rules, which are hardly meant as JSON."""
    values = dict(fields.values)
    value = shortened(values.pop("rules"))
    values.setdefault("type", "smart")
    code = Code.RULES_NOT_JSON
    problem = fields.problem(code, "rules", "words", reason=reason, value=value)
    return told.check(_whole(fields, values, (problem,)), options, inner)


def _whole(
    fields: Fields,
    values: Mapping[str, str],
    found: tuple[Problem, ...],
    remarks: tuple[Problem, ...] = (),
) -> Shaped:
    """Make the row with other values, and what is told of it already."""
    return Shaped(
        fields.row,
        values,
        fields.columns,
        fields.problems,
        found,
        remarks,
        table=fields.table,
    )
