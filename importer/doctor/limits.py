"""What the headers of answers say of the limit, the day's quota and the clock.

Pure. Invariant: what a header does not say is said to be unknown, and the documented
figures are not taken for it.
"""

from __future__ import annotations

import math
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from importer.client import exchange
from importer.doctor.checks import Check, Grade, ok
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.ratelimit import Reading

#: What is documented of every location.
DOCUMENTED_CALLS, DOCUMENTED_SECONDS = 100, 10.0
#: A header has whole seconds, and an answer takes a moment.
CLOCKS_DIFFER_SECONDS = 30.0
#: A token that is valid for a day is too old or too new by then.
CLOCK_WRONG_SECONDS = 3600.0
#: From this share of the day's quota on, what is left is told as a warning.
LITTLE_LEFT = 2.0


def limit(reading: Reading, own_calls: int, location: str) -> Check:
    """Check the window, and whether another program spends from it.

    Args:
        reading: of the last answer.
        own_calls: how many calls this program has made in the window.
        location: whose.
    """
    most, left, seconds = reading[:3]
    if most is None:
        text = "The answers do not say; a run begins with 100 calls in 10 s."
        return ok("limit", text, location)
    per = f" in {seconds:g} s" if seconds else ""
    text = f"{most:,} calls{per}"
    if left is not None:
        text += f", {left:,} left now"
    facts = {"calls": most, "seconds": seconds, "left": left}
    others = 0 if left is None else max(0, most - left - own_calls)
    if others:
        message = f"{text}: another program, or a run just before, made {others:,}."
        remedy = "A run leaves others what they take, and is as much slower."
        return Check(
            "limit",
            Grade.WARNING,
            message,
            remedy,
            "others_call",
            location,
            facts=facts | {"others": others},
        )
    if seconds and most / seconds < DOCUMENTED_CALLS / DOCUMENTED_SECONDS:
        text += "; less than the documented 100 in 10 s, and what a run goes by"
    return ok("limit", text, location, **facts)


def quota(reading: Reading, reserve: float, location: str) -> Check:
    """Check what is left of the day, above the reserve that is left to others."""
    most, left = reading.daily_max, reading.daily_remaining
    if left is None:
        return ok("quota", "The answers do not say.", location)
    kept = math.ceil((most or 0) * reserve)
    text = f"{left:,} of {most:,} calls left today" if most else f"{left:,} left today"
    facts = {"left": left, "of": most, "reserve": kept}
    if left <= kept:
        message = f"{text}, and {kept:,} are kept for others (daily_reserve)."
        remedy = (
            "Wait for the reset, which --wait-for-quota does by itself, or take "
            "less of a reserve: --daily-reserve 0.02."
        )
        return Check(
            "quota",
            Grade.WRONG,
            message,
            remedy,
            "quota_used_up",
            location,
            Exit.QUOTA,
            facts,
        )
    if left <= LITTLE_LEFT * kept:
        message = f"{text}, {kept:,} of them kept for others: {left - kept:,} rows."
        return Check(
            "quota",
            Grade.WARNING,
            message,
            "See what a file needs: importer plan FILE",
            "quota_low",
            location,
            facts=facts,
        )
    return ok("quota", text, location, **facts)


def clock(headers: Mapping[str, str], wall: float) -> Check | None:
    """Compare this computer's clock with the server's; None where it states none.

    Args:
        headers: of an answer.
        wall: when it came, in seconds since the epoch.
    """
    try:
        theirs = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except (ValueError, OverflowError):
        return None
    off = round(wall - theirs)
    facts = {"seconds_ahead": off}
    if abs(off) <= CLOCKS_DIFFER_SECONDS:
        text = f"Within {max(2, abs(off))} s of the server's"
        return ok("clock", text, seconds_ahead=off)
    way = "ahead of" if off > 0 else "behind"
    grade = Grade.WRONG if abs(off) >= CLOCK_WRONG_SECONDS else Grade.WARNING
    return Check(
        "clock",
        grade,
        f"This computer's clock is {abs(off):,} s {way} the server's; the times in "
        "reports are wrong by as much, and OAuth tokens and certificates may be too.",
        "Set it by the network: timedatectl set-ntp true, or the system's settings.",
        "clock_wrong",
        exit_code=Exit.OK if grade is Grade.WARNING else Exit.ACCESS,
        facts=facts,
    )


def read(headers: Mapping[str, str]) -> Reading:
    """Read what the headers of an answer say of the budget."""
    return exchange.reading(headers)
