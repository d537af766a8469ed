"""What the headers of one answer say: the budget, and when something is to happen.

Values and pure reading. A permit is a number and a reading a tuple, as both are made
once for every call. HTTP knows seconds and dates in GMT; servers also send Unix times,
milliseconds and dates without a zone. Invariant: a text that states no time is None,
never an exception, and what it states may be in the past.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, NewType

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
_NUMBER = re.compile(r"\+?\d{1,30}(\.\d{0,30})?([eE]\+?\d{1,3})?", re.ASCII)
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
