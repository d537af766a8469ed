"""Bad rows that would repeat a good one, were they fixed: told before it happens.

A good row is sent and the bad one is corrected later, so a run would not find the two
beside each other. Knows identities and no files. Invariant: one number is kept for a
row, as for a good one, and the bad rows are not read again before they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from importer import identity
from importer.intake.claims import stands
from importer.models import Code, Invalid, Place, Status
from importer.transforms import slugify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.intake.claims import Seen
    from importer.intake.spool import Spool
    from importer.intake.tables import Opened

#: What stands in which column of such a row is guesswork.
_OUT_OF_SHAPE = frozenset(
    {Code.ROW_TOO_SHORT, Code.ROW_TOO_LONG, Code.VALUE_UNREADABLE}
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
        if status is Status.INVALID and (key := _key(refused)):
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
            twin = status is Status.INVALID and self._twins.get(_key(refused))
            yield status, _told(refused, *twin) if twin else refused


def _key(refused: Invalid) -> bytes:
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


def _told(refused: Invalid, place: Place, table: Opened) -> Invalid:
    parameters = {"value": _slug(refused), "place": stands(place)}
    code = Code.DUPLICATE_IN_INPUT
    problem = table.problem(code, refused.row, "slug", parameters, "fixed")
    return replace(refused, problems=(*refused.problems, problem))
