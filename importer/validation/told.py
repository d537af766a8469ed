"""What the mapping has to say of a collection, told together with the check.

In front of the check nothing changes; behind it the mapping's problems stand before
the check's own, and those that say the same again are dropped. Used only for tables
that have a shape; our own template does without.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.models import Code, Invalid, Valid

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Checked, Fields, Problem, Shaped
    from importer.validation.contract import Options

#: What the check would say of a row for the same reason.
_SAME = {
    Code.RULE_NOT_SUPPORTED: Code.RULES_MISSING,
    Code.RULES_INVALID: Code.RULES_MISSING,
    Code.RULES_NOT_JSON: Code.RULES_MISSING,
    Code.PRODUCT_IDS_FOREIGN: Code.PRODUCT_IDS_MISSING,
    Code.PRODUCT_IDS_MISSING: Code.PRODUCT_IDS_MISSING,
}


def check(
    fields: Shaped, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked:
    """Check a collection with `inner` and add what the mapping has found."""
    checked = inner(fields, options)
    if fields.problems:
        return checked
    if isinstance(checked, Valid):
        if not fields.found:
            parts = (*fields.remarks, *checked.remarks)
            return replace(checked, remarks=parts) if fields.remarks else checked
        wanted = checked.definition
        return Invalid(
            checked.row, fields.found, wanted.location_id, wanted.name, wanted.slug
        )
    return replace(checked, problems=_together(fields.found, checked.problems))


def _together(
    found: tuple[Problem, ...], checked: tuple[Problem, ...]
) -> tuple[Problem, ...]:
    # the mapping has told the reason already, and better
    known = {_SAME.get(problem.code) for problem in found}
    return (*found, *(problem for problem in checked if problem.code not in known))
