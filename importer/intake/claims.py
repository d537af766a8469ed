"""What the rows of an input claim: a slug in a location each, and perhaps an id.

The first row that claims something has it, and a later one is told where that row
stands. A place is kept as one number, table and row, because a million of them are
held; only rows with an id of their own cost more. Knows no file. Invariant: a row
that may not be sent claims nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer import identity
from importer.models import Code, Invalid, Place, Status
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.intake.tables import Opened
    from importer.models import Checked

#: More rows than any table has.
ROWS = 1 << 40


@dataclass(slots=True)
class Seen:
    """The identities and ids that were read so far, each with its first row."""

    first: dict[bytes, int] = field(default_factory=dict)
    ids: dict[bytes, int] = field(default_factory=dict)
    tables: dict[int, Opened] = field(default_factory=dict)

    def judge(self, number: int, checked: Checked) -> tuple[Status, Checked]:
        """Say what becomes of a row of table `number`."""
        if isinstance(checked, Invalid):
            return Status.INVALID, checked
        # table and row in one number, which a million of fit into memory
        parts, here = checked.parts, number * ROWS + checked.row.first
        if self.takes(parts, here):
            return Status.PLANNED, checked
        known = self.first.get(identity.key(parts["location_id"], parts["slug"]))
        if known is not None:
            code, field, status = Code.DUPLICATE_IN_INPUT, "slug", Status.DUPLICATE
        else:
            known = self.ids[identity.id_key(parts["collection_id"])]
            code, field = Code.COLLECTION_ID_REPEATED, "collection_id"
            status = Status.INVALID
        text = parts[field]
        parameters = {"value": text, "place": self._named(known, number)}
        problem = self.tables[number].problem(code, checked.row, field, parameters)
        place = (parts["location_id"], parts["name"], parts["slug"])
        return status, Invalid(checked.row, (problem,), *place)

    def takes(self, parts: Mapping[str, Any], here: int) -> bool:
        """Let a good row claim its slug and its id; False where another row has one.

        Args:
            parts: what the row fills.
            here: where it stands, as `first` holds it.
        """
        key = identity.key(parts["location_id"], parts["slug"])
        if self.first.get(key, here) != here:
            return False
        wanted = parts.get("collection_id")
        # the id before the slug is noted: a row that may not have its id claims nothing
        if wanted and self.ids.setdefault(identity.id_key(wanted), here) != here:
            return False
        self.first[key] = here
        return True

    def _named(self, known: int, number: int) -> Phrase:
        """Say where a row stands, as it is said at a row of table `number`."""
        if known // ROWS == number:
            return Phrase("part/row", {"row": known % ROWS})
        return stands(self.place(known))

    def place(self, known: int) -> Place:
        """Return where a row stands, of which `first` holds the number."""
        number, row = divmod(known, ROWS)
        table = self.tables[number].table
        return Place(table.file, table.sheet, row, row)


def stands(place: Place) -> Phrase:
    """Say where a row stands, its file and sheet included."""
    key = "part/row_of_sheet" if place.sheet else "part/row_of_file"
    parameters = {"file": place.file, "sheet": place.sheet, "row": place.row}
    return Phrase(key, parameters)
