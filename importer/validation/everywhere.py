"""Rows that are meant for many locations: no id of them may be that of one alone.

HighLevel gives every product, and every collection, another id in each location, so a
row for many calls its products by SKU, name or handle. In front of any other check, for
tables whose rows are spread; no other table pays for it. Invariant: a row that lists
ids is never sent to any location.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.models import Code, Invalid
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Checked, Fields, Problem
    from importer.validation.contract import Options

#: Fields that hold ids, with what is told of them.
_IDS = {
    "product_ids": Code.PRODUCT_ID_INVALID,
    "collection_id": Code.COLLECTION_ID_INVALID,
}
#: Nothing in it, as programs write it.
_NONE = frozenset({"", "{}", "[]", "null", "None"})


def check(
    fields: Fields, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked:
    """Check a row with `inner`, and refuse its ids."""
    checked = inner(fields, options)
    told = [] if fields.problems else [*_told(fields)]
    if not told:
        return checked
    if not isinstance(checked, Invalid):
        parts = checked.parts
        place = (parts["location_id"], parts["name"], parts["slug"])
        return Invalid(checked.row, tuple(told), *place)
    # what else is wrong with the same ids does not matter
    codes = {problem.code for problem in told}
    others = [problem for problem in checked.problems if problem.code not in codes]
    return replace(checked, problems=(*told, *others))


def _told(fields: Fields) -> list[Problem]:
    return [
        fields.problem(code, field, "everywhere", value=shortened(text))
        for field, code in _IDS.items()
        if (text := fields.values.get(field, "").strip()) not in _NONE
    ]
