"""Rows that say the name of a location instead of its id.

In front of the check a listed name becomes its id; behind it a text that is neither
listed nor looks like an id is a problem that says which name was probably meant.
Where nothing is listed this module is not used, and costs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from importer.locations import looks_like_id
from importer.models import Code, Invalid, Valid
from importer.validation import row
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from importer.locations import Locations
    from importer.models import Checked, Fields, Problem
    from importer.validation import contract


def check(fields: Fields, options: contract.Options, locations: Locations) -> Checked:
    """Check a row like `validation.check`, with the names of `locations` known."""
    resolved = _resolved(fields, locations)
    checked = row.check(resolved, options)
    text = _said(checked)
    # told only where nothing else explains the text: a listed id, or one that looks
    # like an id, is taken as it is
    if not text or fields.problems or text in locations.by_id or looks_like_id(text):
        return checked
    return _refused(checked, _problem(text, resolved, locations))


def _resolved(fields: Fields, locations: Locations) -> Fields:
    text = fields.values.get("location_id", "").strip()
    found = locations.find(text) if text else ""
    if found in ("", text):
        return fields
    return replace(fields, values={**fields.values, "location_id": found})


def _said(checked: Checked) -> str:
    if isinstance(checked, Valid):
        return checked.definition.location_id
    return checked.location_id


def _refused(checked: Checked, problem: Problem) -> Invalid:
    """Return the row with this problem, in place of one about its location before."""
    if isinstance(checked, Valid):
        wanted = checked.definition
        return Invalid(
            checked.row, (problem,), wanted.location_id, wanted.name, wanted.slug
        )
    others = [item for item in checked.problems if item.code is not problem.code]
    return replace(checked, problems=(problem, *others))


def _problem(text: str, fields: Fields, locations: Locations) -> Problem:
    near = locations.nearest(text)
    return fields.problem(
        Code.LOCATION_INVALID,
        "location_id",
        "near" if near else "unlisted",
        value=shortened(text),
        file=str(locations.file),
        near=near,
    )
