"""The server's clock beside this machine's, by the `Date` of its answers.

Each answer shows that the server's clock stood within one second while a request was
under way; what all of them allow is the difference. Where two answers contradict each
other a clock was set, and the range holds what was measured before and after.
Invariant: a difference that was once possible stays within the range.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from importer.models import ClockDifference

#: A `Date` names the second, not the part of it.
RESOLUTION_SECONDS = 1.0


class Clocks:
    """What the answers of one client say of the server's clock.

    `stated` is the last `Date` that was heard: it changes once a second, so that most
    answers cost one comparison.
    """

    __slots__ = ("_earlier", "_now", "stated")

    def __init__(self) -> None:
        """Begin without knowing anything."""
        self.stated: str | None = None
        self._now: ClockDifference | None = None
        self._earlier: ClockDifference | None = None

    @property
    def difference(self) -> ClockDifference | None:
        """The server's clock less this machine's; None where no answer named a time."""
        if self._now is None or self._earlier is None:
            return self._now
        return self._earlier.widened(self._now)

    def hear(self, stated: str | None, began: float, ended: float) -> None:
        """Take in the `Date` of an answer.

        Args:
            stated: the header's text, None where it is missing.
            began: when the request left, seconds since the epoch.
            ended: when the answer was there.
        """
        self.stated = stated
        named = second(stated)
        if named is None:
            return
        # the server wrote its second at some moment between `began` and `ended`, so its
        # clock is within these bounds of ours
        low, high = named - ended, named + RESOLUTION_SECONDS - began
        if self._now is not None:
            both = ClockDifference(max(low, self._now.low), min(high, self._now.high))
            if both.low <= both.high:
                self._now = both
                return
            # contradiction: one of the clocks was set. What was true before still
            # counts for rows that were sent before
            earlier = self._earlier or self._now
            self._earlier = earlier.widened(self._now)
        self._now = ClockDifference(low, high)


def second(stated: str | None) -> float | None:
    """Return the time that a `Date` names, in seconds since the epoch."""
    try:
        named = parsedate_to_datetime(stated) if stated else None
    except (ValueError, OverflowError):
        return None
    if named is None:
        return None
    return (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()
