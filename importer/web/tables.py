"""The tables of drafts as a check sees them: what is good, and what is wrong with rows.

A look is kept until the table changes. Invariant: every row was looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import importer
from importer.web.imports import source

if TYPE_CHECKING:
    from importer.api import Settings
    from importer.web.drafts import Draft

#: How many rows a page shows.
ROWS_OF_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that needs a correction."""

    number: int
    name: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a check of a table found."""

    good: int
    bad: int
    rows: tuple[BadRow, ...]
    notes: tuple[str, ...]


class Tables:
    """The tables of all drafts that were looked at."""

    def __init__(self) -> None:
        """Know none yet."""
        self._looks: dict[str, Look] = {}

    def forget(self, draft: Draft) -> None:
        """Look anew the next time."""
        self._looks.pop(draft.id, None)

    async def look(self, draft: Draft, settings: Settings) -> Look:
        """Check the table of a draft.

        Raises:
            InputError: it cannot be read.
        """
        if draft.id not in self._looks:
            self._looks[draft.id] = await _checked(draft, settings)
        return self._looks[draft.id]


async def _checked(draft: Draft, settings: Settings) -> Look:
    found = await importer.check(source(draft), settings=settings)
    bad = found.counts["invalid"] + found.counts["duplicate"]
    rows = [
        BadRow(
            refused.row.place.row,
            refused.name or "",
            tuple(map(str, refused.problems)),
        )
        for _, (_, refused) in zip(range(ROWS_OF_A_PAGE), found.bad, strict=False)
    ]
    notes = tuple(note for file in found.files for note in file.notes)
    return Look(found.counts["valid"], bad, tuple(rows), notes)
