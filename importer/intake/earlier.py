"""Rows that an earlier run has done, as the columns of its `report.xlsx` say.

Such a row is answered without a look at HighLevel: its status says created, updated or
existing, its id is there, and its location is still the one that the id is of. Without
all three it is a row like any other. Invariant: a table without these columns pays for
none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models import DONE, Cell, Code, DoneBefore, Problem, Status, Valid
from importer.models.annotations import ID, LOCATION, STATUS, annotation, whereabouts
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import Checked, Row


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the columns of an earlier report stand in a table, by index.

    `title` is the header of the status as the file has it.
    """

    status: int
    collection_id: int
    location: int
    server: str
    title: str

    def judge(
        self, status: Status, checked: Checked
    ) -> tuple[Status, Checked | DoneBefore]:
        """Return the judgement as it is, or that the row is done."""
        cells = checked.row.cells
        # a row that is too short cannot say so
        if len(cells) <= max(self.status, self.collection_id, self.location):
            return status, checked
        location, name, slug = said(checked)
        found = cells[self.collection_id].strip()
        done = (
            found
            and cells[self.status].strip().casefold() in DONE
            and cells[self.location].strip() == whereabouts(location, self.server)
        )
        if not done:
            return status, checked
        remark = Problem(Code.DONE_BEFORE, {"status": STATUS}, self._cells(checked.row))
        earlier = DoneBefore(checked.row, found, remark, location, name, slug)
        return Status.EXISTING, earlier

    def _cells(self, row: Row) -> tuple[Cell, ...]:
        """Give the cell that says so, in the first row of a collection."""
        first = row.lines[0] if row.lines else row.first
        return (Cell(first, self.title, self.status + 1),)


def marks(header: Sequence[str], base_url: str) -> Marks | None:
    """Find the columns of an earlier report; None where one is missing."""
    found = {annotation(title): index for index, title in enumerate(header)}
    if not found.keys() >= {STATUS, ID, LOCATION}:
        return None
    title = header[found[STATUS]]
    return Marks(found[STATUS], found[ID], found[LOCATION], server(base_url), title)


def server(base_url: str) -> str:
    """Return the server that ids are of, where it is not HighLevel itself."""
    own = Values.model_fields["base_url"].default
    return "" if base_url.rstrip("/") == own else base_url.rstrip("/")


def said(checked: Checked | DoneBefore) -> tuple[str, str, str]:
    """Return location, name and slug of a row, good or bad."""
    if isinstance(checked, Valid):
        parts = checked.parts
        return parts["location_id"], parts["name"], parts["slug"]
    return checked.location_id, checked.name, checked.slug
