"""The locations of a run in figures: of a few a table, of many the worst.

Prints to the console that it is given. Texts from files and from the network come last
in a line, never inside a table, and without control characters. Invariants: no text of
others can move the cursor or break a table; a run of one location says nothing of it,
and one of thousands a screenful at the most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models import MADE, PROBLEMS, Status
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from importer.models import Summary

#: So many locations have a line each.
MOST_LINES = 20
#: Of more than that, so many that want attention.
WORST = 10
_LONGEST_PLACE = 40

#: States of rows without an answer that stands.
OPEN = (Status.NOT_ATTEMPTED, Status.UNKNOWN)
_HEAD = ("rows", "created", "existing", "problems", "not sent", "location")


@dataclass(frozen=True, slots=True)
class Line:
    """A location in figures. `left` are rows without an answer that stands."""

    name: str
    rows: int
    created: int
    existing: int
    problems: int
    left: int
    why: str

    @property
    def complete(self) -> bool:
        """Whether every row is in the location."""
        return not (self.problems or self.left or self.why)

    @property
    def cells(self) -> tuple[str, ...]:
        """What stands in the columns: figures, and the texts of others last."""
        numbers = (self.rows, self.created, self.existing, self.problems, self.left)
        last = f"{self.name}: {self.why}" if self.why else self.name
        return *(f"{number:,}" if number else "-" for number in numbers), last


def print_locations(summary: Summary, console: Console) -> None:
    """Print the locations of a run, if it has several."""
    lines = [_line(summary, location) for location in summary.locations]
    lines.sort(key=_order)
    if len(lines) < 2:  # noqa: PLR2004 - one is what the sums say already
        return
    console.print()
    if len(lines) <= MOST_LINES:
        _table(console, lines)
        return
    wanting = [line for line in lines if not line.complete]
    complete = len(lines) - len(wanting)
    _say(console, f"{complete:,} of {len(lines):,} locations are complete.")
    if wanting:
        _table(console, wanting[:WORST])
    if (more := len(wanting) - WORST) > 0:
        _say(console, f"… and {more:,} more that are not, see the report.")


def _order(line: Line) -> tuple[bool, int, int, str]:
    """Return what sorts lines: those that were left first, then open rows, then bad."""
    return not line.why, -line.left, -line.problems, line.name.casefold()


def _line(summary: Summary, location: str) -> Line:
    counts = summary.locations[location]

    def rows(statuses: Sequence[Status]) -> int:
        return sum(counts.get(status, 0) for status in statuses)

    name = plain(summary.location_names.get(location, location)) or "(none)"
    return Line(
        cut(name, _LONGEST_PLACE),
        sum(counts.values()),
        rows(MADE),
        rows((Status.EXISTING,)),
        rows(PROBLEMS),
        rows(OPEN),
        plain(summary.location_stops.get(location, "")),
    )


def _table(console: Console, lines: Sequence[Line]) -> None:
    """Print a table on a terminal, elsewhere plain columns, a line each."""
    cells = [line.cells for line in lines]
    if console.is_terminal:
        _drawn(console, cells)
        return
    widths = [max(map(len, column)) for column in zip(_HEAD, *cells, strict=True)]
    for row in (_HEAD, *cells):
        figures = zip(row[:-1], widths[:-1], strict=True)
        _say(
            console, "  ".join([*(f"{one:>{wide}}" for one, wide in figures), row[-1]])
        )


def _drawn(console: Console, cells: Sequence[Sequence[str]]) -> None:
    from rich.table import Table  # noqa: PLC0415 - only where there is a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    table = Table(box=None, pad_edge=False, header_style="dim")
    for word in _HEAD[:-1]:
        table.add_column(word, justify="right", no_wrap=True)
    table.add_column(_HEAD[-1], overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    console.print(table)


def _say(console: Console, text: str) -> None:
    """Print one line as it is."""
    console.print(text, markup=False, emoji=False, highlight=False, soft_wrap=True)
