"""What one answer says of the budget, and the right to make one call.

Values without behaviour. Both are made once for every call, so they are as light as
Python has them: a permit is a number, a reading a tuple with names.
"""

from __future__ import annotations

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
    """Whether a limit that is stated is tighter than the known one, and if it is wider.

    Args:
        known: calls and seconds; it may be both, or nothing may be known.
        stated: the same, as an answer states it.
    """
    (most, interval), (now, seconds) = known, stated
    if most is None or now is None:
        return False, False
    longer = seconds - interval if seconds and interval else 0.0
    return now < most or longer > 0, now > most or longer < 0
