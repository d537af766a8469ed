"""How far the server's clock is from this machine's, as far as answers showed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from typing import Self


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """The server's clock less this machine's, in seconds: from `low` to `high`.

    A time of the server is one of this machine's plus something between the two. The
    range is wide where a clock was set while it was measured.
    """

    low: float
    high: float

    def widened(self, other: Self) -> Self:
        """The range that holds both."""
        return type(self)(min(self.low, other.low), max(self.high, other.high))
