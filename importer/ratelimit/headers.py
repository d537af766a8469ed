"""What the headers of answers say: the budget, and when something is to happen.

Values and pure reading. A permit is a number and a reading a tuple, as both are made
once for every call. HTTP knows seconds and dates in GMT; servers also send Unix times,
milliseconds and dates without a zone. `X-RateLimit-Daily-Reset`, the end of a day's
quota, is in no published list. The vendor's own client reads it as milliseconds until
then; whether a small number is seconds or milliseconds is told from how it falls while
time passes. Invariants: a text that states no time is None, never an exception, and
what it states may be in the past; what cannot be the end of a day is unknown, never a
guess.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, NewType

from importer import patterns

#: The right to make one call now: the budget's count of expired slots when it was
#: given, never 0. It tells this program's own calls from others' when the answer
#: shows what is left.
Permit = NewType("Permit", int)
FIRST = Permit(1)


class Reading(NamedTuple):
    """What the headers of one answer said; None where one was missing."""

    max_calls: int | None = None
    remaining: int | None = None
    interval_seconds: float | None = None
    daily_max: int | None = None
    daily_remaining: int | None = None


#: Before the first answer.
NOTHING = Reading()


def compared(
    known: tuple[int | None, float | None], stated: tuple[int | None, float | None]
) -> tuple[bool, bool]:
    """Return whether a stated limit is tighter than the known one, and if wider.

    Args:
        known: calls and seconds; it may be both, or nothing may be known.
        stated: the same, as an answer states it.
    """
    (most, interval), (now, seconds) = known, stated
    if most is None or now is None:
        return False, False
    # both can be true (more calls in a longer time): each counts for what it is
    longer = seconds - interval if seconds and interval else 0.0
    return now < most or longer > 0, now > most or longer < 0


#: A number as servers write it; what has more digits is no time.
_NUMBER = patterns.later(r"\+?\d{1,30}(\.\d{0,30})?([eE]\+?\d{1,3})?", re.ASCII)
#: A number from here on is a moment (2001-09-09), not a duration of 31 years.
_UNIX_SECONDS = 1e9
#: From here on it counts milliseconds: as seconds it would be the year 5138.
_UNIX_MILLISECONDS = 1e11
#: From here on it is no moment either.
_UNIX_END = 1e14
#: No header with a time is longer.
_LONGEST = 100


def number(text: str) -> float | None:
    """Return the number that a header consists of; None for anything else."""
    text = text.strip()
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    found = float(text)
    # an exponent can make it infinite, which is no time
    return found if found < float("inf") else None


def unix(value: float) -> float | None:
    """Return a number as seconds since the epoch, where it can only be a moment."""
    if _UNIX_SECONDS <= value < _UNIX_MILLISECONDS:
        return value
    if _UNIX_MILLISECONDS <= value < _UNIX_END:
        return value / 1000
    return None


def date(text: str) -> float | None:
    """Return a date as seconds since the epoch; without a zone it is taken as GMT."""
    text = text.strip()
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text[:_LONGEST])
            # HTTP dates are in GMT by definition, so this is the likelier reading
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            return found.timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def retry_after(text: str | None, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for; 0 for a moment that has passed.

    Args:
        text: the header, None where it is missing.
        now: seconds since the epoch, by the server's clock where it is known.
    """
    if not text:
        return None
    stated = number(text)
    if stated is not None and (moment := unix(stated)) is None:
        return stated
    moment = date(text) if stated is None else moment
    return None if moment is None else max(0.0, moment - now)


#: No day ends later than this; a little more than a day, since clocks differ.
RESET_SECONDS = 25 * 3600.0
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
        value = number(self._text)
        moment = date(self._text) if value is None else unix(value)
        if moment is not None:
            left = moment - wall
        elif value is not None:
            left = value * self._unit(value) - (now - self._heard_at)
        else:
            return None
        # a moment that has passed, or is more than a day away, cannot be the end of a
        # day
        return left if 0 < left <= RESET_SECONDS else None

    def _unit(self, value: float) -> float:
        """Return what a number counts, in seconds.

        Milliseconds unless it falls slowly.
        """
        text, at = self._first
        first, passed = number(text), self._heard_at - at
        if (
            first is not None
            # a greater number cannot be seconds of a day, a small one may be either:
            # 1,000 ms pass in a second, so only seconds fall by about one
            and value <= _SECONDS_OF_A_DAY
            and passed >= _APART_SECONDS
        ):
            return 1.0 if 0 < first - value <= passed * _FALL_OF_SECONDS else 0.001
        return 0.001
