"""When the day's quota of a location begins anew, by what its answers say.

`X-RateLimit-Daily-Reset` is in no published list. The vendor's own client reads it as
milliseconds until then; seconds, Unix times and dates are understood as well. Whether
a small number is seconds or milliseconds is told from how it falls while time passes.
Pure. Invariant: what cannot be the end of a day is unknown, never a guess.
"""

from __future__ import annotations

import time

from importer.ratelimit import headers

#: No day ends later than this; a little more than a day, since clocks differ.
LONGEST_SECONDS = 25 * 3600.0
#: As many milliseconds as a day has; what is more is no duration in them.
_SECONDS_OF_A_DAY = 86_400.0
#: So long two answers must be apart for the fall of a number to tell its unit.
_APART_SECONDS = 1.0
#: A number that falls by no more than this in a second counts seconds.
_FALL_OF_SECONDS = 20.0


def reset_in_words(seconds: float | None, wall: float) -> str:
    """Put into words what HighLevel says of the reset, as a part of a sentence.

    Args:
        seconds: until then, None where it is unknown.
        wall: seconds since the epoch, now.
    """
    if seconds is None:
        return "HighLevel does not say when it begins anew"
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(wall + seconds))
    return f"HighLevel says that it begins anew at {when}"


class Reset:
    """What the answers of one location say. Times are monotonic seconds."""

    __slots__ = ("_first", "_heard_at", "_text")

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._text = ""
        self._heard_at = 0.0
        self._first = ("", 0.0)

    def hear(self, text: str, now: float) -> None:
        """Take in the header of an answer; it is read when it is needed."""
        self._text, self._heard_at = text, now
        first = self._first[0]
        # the greatest number marks the beginning of a day; compared as texts, as most
        # headers are never read as numbers
        if not first or (len(text), text) > (len(first), first):  # a greater number
            self._first = text, now

    def after(self, seconds: float, now: float, wall: float) -> None:
        """Take in what `Retry-After` asks for on a day that is over."""
        # the header of the day itself wins over a guess from `Retry-After`
        if self.seconds(now, wall) is None:
            # written as the header would say it (milliseconds), so that one reader does
            # for both
            self._text, self._heard_at = f"{seconds * 1000:.0f}", now
            self._first = self._text, now

    @property
    def heard_at(self) -> float:
        """When something was said last."""
        return self._heard_at

    def seconds(self, now: float, wall: float) -> float | None:
        """Return the seconds until the day begins anew; None where that is unknown.

        Args:
            now: the time.
            wall: the same in seconds since the epoch.
        """
        value = headers.number(self._text)
        moment = headers.date(self._text) if value is None else headers.unix(value)
        if moment is not None:
            left = moment - wall
        elif value is not None:
            left = value * self._unit(value) - (now - self._heard_at)
        else:
            return None
        # a moment that has passed, or is more than a day away, cannot be the end of a
        # day
        return left if 0 < left <= LONGEST_SECONDS else None

    def _unit(self, value: float) -> float:
        """Return what a number counts, in seconds.

        Milliseconds unless it falls slowly.
        """
        text, at = self._first
        first, passed = headers.number(text), self._heard_at - at
        if (
            first is not None
            # a greater number cannot be seconds of a day, a small one may be either:
            # 1,000 ms pass in a second, so only seconds fall by about one
            and value <= _SECONDS_OF_A_DAY
            and passed >= _APART_SECONDS
        ):
            return 1.0 if 0 < first - value <= passed * _FALL_OF_SECONDS else 0.001
        return 0.001
