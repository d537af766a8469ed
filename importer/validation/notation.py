"""Rules that are no JSON but our own notation: `title contains shirt AND price < 50`.

Looked at only where the check has found no JSON, so that rows with JSON pay nothing
for it. Invariant: what is not this notation either stays what it was, no JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import rules
from importer.models import Code, Problem, Shaped
from importer.validation import told
from importer.validation.cells import holds_ids
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Checked, Fields
    from importer.validation.contract import Options


#: Whatever begins like this was meant to be JSON.
_OF_JSON = ("", "{", "[", '"')
_WAY_OUT = "Change the rules, or list its products and write manual."
_NOTATION = (
    "Write conditions such as title contains shirt AND price < 50, or a JSON object "
    'such as {"logic": "AND", "conditions": [{…}]}.'
)


def check(
    fields: Fields, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked | None:
    """Check a row whose rules are in our notation; None where they are not."""
    text = fields.values.get("rules", "")
    try:
        wanted = rules.compact(text)
    except ValueError as wrong:
        if text[:1] in _OF_JSON:  # blank, too: it is another field's JSON
            return None
        return _unreadable(fields, options, inner, str(wrong))
    values = dict(fields.values)
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    if not wanted.unsupported:
        values["rules"] = rules.to_json(wanted, options.notation)
    else:
        del values["rules"]
        column = fields.columns.get("rules", "rules")
        message = rules.refused(wanted)
        if options.smart_as_manual and holds_ids(values.get("product_ids", "")):
            values["type"] = "manual"
            message += " It becomes a manual collection."
            remarks = (Problem(Code.SMART_AS_MANUAL, message, column),)
        else:
            values.setdefault("type", "smart")
            remedy = f"{rules.why(wanted)} {_WAY_OUT}"
            code = Code.RULE_NOT_SUPPORTED
            problems = (Problem(code, message, column, remedy, shortened(text)),)
    whole = Shaped(
        fields.row, values, fields.columns, fields.problems, problems, remarks
    )
    return told.check(whole, options, inner)


def _unreadable(
    fields: Fields,
    options: Options,
    inner: Callable[[Fields, Options], Checked],
    wrong: str,
) -> Checked:
    """Say why words are no rules, which are hardly meant as JSON."""
    values = dict(fields.values)
    text = values.pop("rules")
    values.setdefault("type", "smart")
    column = fields.columns.get("rules", "rules")
    code = Code.RULES_NOT_JSON
    problem = Problem(code, wrong, column, _NOTATION, shortened(text))
    whole = Shaped(fields.row, values, fields.columns, fields.problems, (problem,))
    return told.check(whole, options, inner)
