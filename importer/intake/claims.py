"""What the rows of an input claim: a slug in a location each, and perhaps an id.

The first row that claims something has it, and a later one is told where that row
stands. A bad row that would repeat a good one, were it fixed, is told so before it
happens, because a run would not find the two beside each other. A place is kept as one
number, table and row, because a million of them are held; only rows with an id of their
own cost more. Knows no file. Invariants: a row that may not be sent claims nothing; the
bad rows are not read again before they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from importer import identity
from importer.models import Code, Invalid, Place, Status
from importer.sentences import Phrase
from importer.transforms import slugify
from importer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.intake.spool import Spool
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

    @property
    def into(self) -> tuple[str, ...]:
        """The locations that rows go into which do not say their own."""
        return next((table.into for table in self.tables.values() if table.into), ())

    def judge(self, number: int, checked: Checked) -> tuple[Status, Checked]:
        """Say what becomes of a row of table `number`."""
        if isinstance(checked, Invalid):
            return Status.INVALID, checked
        # table and row in one number, which a million of fit into memory
        parts, here = checked.parts, number * ROWS + checked.row.first
        if self.takes(parts, here):
            return Status.PLANNED, checked
        known = self.first.get(identity.key(parts["location_id"], parts["slug"]))
        # on a workbench all rows are known, and one below this may have its slug
        if known is not None and known < here:
            code, field, status = Code.DUPLICATE_IN_INPUT, "slug", Status.DUPLICATE
        else:
            known = self.ids[identity.id_key(parts["collection_id"])]
            code, field = Code.COLLECTION_ID_REPEATED, "collection_id"
            status = Status.INVALID
        text = parts[field]
        parameters = {"value": text, "place": self._named(known, number)}
        variant = "parents" if self._apart(known, here) else ""
        if field != "slug":
            variant = ""
        table = self.tables[number]
        problem = table.problem(code, checked.row, field, parameters, variant)
        place = (parts["location_id"], parts["name"], parts["slug"])
        return status, Invalid(checked.row, (problem,), *place)

    def takes(self, parts: Mapping[str, Any], here: int) -> bool:
        """Let a good row claim its slug and its id; False where another row has one.

        Args:
            parts: what the row fills.
            here: where it stands, as `first` holds it.
        """
        return self.claim(*keys(parts), here)

    def claim(self, key: bytes, wanted: bytes, here: int) -> bool:
        """Let a good row claim, by its `keys`; False where another row was first."""
        if self.first.get(key, here) != here:
            return False
        # the id before the slug is noted: a row that may not have its id claims nothing
        if wanted and self.ids.setdefault(wanted, here) != here:
            return False
        self.first[key] = here
        return True

    def _apart(self, known: int, here: int) -> bool:
        """Return whether two rows are categories of one name below two parents."""
        rows = [self.tables[at // ROWS].placed.get(at % ROWS) for at in (known, here)]
        (name, parent), (other, above) = (row or ("", "") for row in rows)
        return name == other and parent != above

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


def keys(parts: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return what a good row claims: its identity, and its id; empty without one."""
    wanted = parts.get("collection_id")
    key = identity.key(parts["location_id"], parts["slug"])
    return key, identity.id_key(wanted) if wanted else b""


def stands(place: Place) -> Phrase:
    """Say where a row stands, its file and sheet included."""
    key = "part/row_of_sheet" if place.sheet else "part/row_of_file"
    parameters = {"file": place.file, "sheet": place.sheet, "row": place.row}
    return Phrase(key, parameters)


#: What stands in which column of such a row is guesswork.
_OUT_OF_SHAPE = frozenset(
    {Code.ROW_TOO_SHORT, Code.ROW_TOO_LONG, Code.VALUE_UNREADABLE}
    | {Code.QUOTES_WRONG, Code.HEADER_REPEATED}
)


class Bad(Collection[tuple[Status, Invalid]]):
    """The bad rows of an input, each with all of its problems."""

    def __init__(self, found: Spool[tuple[Status, Invalid]]) -> None:
        """Keep what is found in a spool."""
        self._found = found
        self._tables: dict[bytes, int] = {}
        self._twins: dict[bytes, tuple[Place, Opened]] = {}

    def add(self, number: int, status: Status, refused: Invalid) -> None:
        """Add a row of table `number`.

        Raises:
            StorageError: the folder for temporary files is full.
        """
        self._found.append((status, refused))
        if status is Status.INVALID and (key := fixed_key(refused)):
            self._tables[key] = number

    def compare(self, seen: Seen) -> None:
        """Find those that share their identity with a good row, once all are read."""
        # only when all rows are read: a good row may stand further down
        self._twins = {
            key: (seen.place(seen.first[key]), seen.tables[number])
            for key, number in self._tables.items()
            if key in seen.first
        }
        self._tables = {}

    def __repr__(self) -> str:
        """Say how many there are, and not which."""
        return f"<{counted(len(self), 'row')} with a problem>"

    def __len__(self) -> int:
        """Count them."""
        return len(self._found)

    def __contains__(self, value: object) -> bool:
        """Return whether a row is among them; reads them all."""
        return any(value == bad for bad in self)

    def __iter__(self) -> Iterator[tuple[Status, Invalid]]:
        """Yield all of them, in the order of the input."""
        if not self._twins:
            yield from self._found
            return
        for status, refused in self._found:
            twin = status is Status.INVALID and self._twins.get(fixed_key(refused))
            yield status, with_twin(refused, *twin) if twin else refused


def fixed_key(refused: Invalid) -> bytes:
    """Return the identity that a row has when it is fixed; empty if not known."""
    slug = _slug(refused)
    codes = {problem.code for problem in refused.problems}
    if not (slug and refused.location_id) or codes & _OUT_OF_SHAPE:
        return b""
    return identity.key(refused.location_id, slug)


def _slug(refused: Invalid) -> str:
    """Return the slug, or the one that the check proposes for it."""
    wrong = any(problem.code is Code.SLUG_INVALID for problem in refused.problems)
    return slugify(refused.slug) if wrong else refused.slug


def with_twin(refused: Invalid, place: Place, table: Opened) -> Invalid:
    """Return a bad row that is told which good one it would repeat, were it fixed."""
    parameters = {"value": _slug(refused), "place": stands(place)}
    code = Code.DUPLICATE_IN_INPUT
    problem = table.problem(code, refused.row, "slug", parameters, "fixed")
    return replace(refused, problems=(*refused.problems, problem))
