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
from importer.models import Code, Invalid, Place, Problem, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.intake.tables import Opened
    from importer.models import Checked, Valid

#: More rows than any table has.
ROWS = 1 << 40


@dataclass(slots=True)
class Seen:
    """The identities and ids that were read so far, each with its first row."""

    first: dict[bytes, int] = field(default_factory=dict)
    ids: dict[bytes, int] = field(default_factory=dict)
    tables: dict[int, Opened] = field(default_factory=dict)

    def judge(self, number: int, checked: Checked) -> tuple[Status, Checked]:
        """What becomes of a row of table `number`."""
        if isinstance(checked, Invalid):
            return Status.INVALID, checked
        parts, here = checked.parts, number * ROWS + checked.row.first
        if self.takes(parts, here):
            return Status.PLANNED, checked
        table = self.tables[number]
        known = self.first.get(identity.key(parts["location_id"], parts["slug"]))
        if known is not None:
            place = self._named(known, number)
            return Status.DUPLICATE, _duplicate(checked, place, table.header("slug"))
        place = self._named(self.ids[identity.id_key(parts["collection_id"])], number)
        column = table.header("collection_id")
        return Status.INVALID, _id_repeated(checked, place, column)

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
        if wanted and self.ids.setdefault(identity.id_key(wanted), here) != here:
            return False
        self.first[key] = here
        return True

    def _named(self, known: int, number: int) -> str:
        """Where a row stands, as it is said at a row of table `number`."""
        other, row = divmod(known, ROWS)
        return f"row {row}" if other == number else str(self.place(known))

    def place(self, known: int) -> Place:
        """Where a row stands, of which `first` holds the number."""
        number, row = divmod(known, ROWS)
        table = self.tables[number].table
        return Place(table.file, table.sheet, row, row)


def _duplicate(valid: Valid, place: str, column: str) -> Invalid:
    slug = valid.parts["slug"]
    problem = Problem(
        Code.DUPLICATE_IN_INPUT,
        f"The slug {slug} stands in {place} already, for the same location; "
        "only that row is used.",
        column=column,
        remedy="Remove this row, or give it a slug of its own.",
        value=slug,
    )
    return _refused(valid, problem)


def _id_repeated(valid: Valid, place: str, column: str) -> Invalid:
    collection_id = valid.parts["collection_id"]
    problem = Problem(
        Code.COLLECTION_ID_REPEATED,
        f"The id {collection_id} stands in {place} already, for another slug or "
        "location; an id belongs to one collection.",
        column=column,
        remedy="Leave the cell blank, or write the id of the collection that this row "
        "means.",
        value=collection_id,
    )
    return _refused(valid, problem)


def _refused(valid: Valid, problem: Problem) -> Invalid:
    parts = valid.parts
    place = (parts["location_id"], parts["name"], parts["slug"])
    return Invalid(valid.row, (problem,), *place)
