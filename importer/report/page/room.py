"""How much of the rows of a run a page holds: neither it nor the memory grows with all.

Of rows without number a thousand of a kind are kept, of a long text its beginning, and
of all texts together as many letters as a browser opens at once. Invariant: what is
left out of a page is counted on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Rows that are kept of each kind; the files have all of them.
KEPT = 1_000
#: Letters that are kept of a text; a name of 10,000 of them is not read on a page.
LONGEST = 600
#: Rows of a table that are elements of the page; a turn of it shows as many.
OF_A_GROUP, OF_LOCATIONS = 8, 20
#: Letters of all rows of a list of the page.
LETTERS = 1_000_000


@dataclass(slots=True)
class Room:
    """The letters that a list of the page has room for."""

    left: int = LETTERS

    def takes(self, row: Any, kept: int) -> bool:  # noqa: ANN401 - texts, nested
        """Return whether one more row is kept: the first turn always is."""
        self.left -= letters(row)
        return kept < OF_A_GROUP or (kept < KEPT and self.left >= 0)


def letters(row: Any) -> int:  # noqa: ANN401 - texts, nested
    """Count the letters of all texts in a row."""
    return len(row) if isinstance(row, str) else sum(map(letters, row))
