"""What a process that was killed has called, as far as the journal of its run tells.

A process that ends tells the next one (`Claim.hand_over`); of one that was killed only
its rows speak. Lists are no rows: what they took of a window shows in the answer to the
first call. Invariant: of a process that ended by itself nothing is supposed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.models import Rate, Spent, Status
from importer.runs import worktime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.journal import Journal
    from importer.ratelimit import Limiter

#: What the journal calls the tightest limit that the run has met: calls, seconds.
LIMIT = "calls_allowed"


def note(book: Journal, limiter: Limiter) -> None:
    """Keep the limit for the next process, before the first row is sent.

    Raises:
        StorageError: the disk is full or gone.
    """
    rate = limiter.tightest
    if rate is not None:
        book.note(**{LIMIT: [rate.calls, rate.seconds]})


def spent(
    book: Journal, facts: Mapping[str, Any], written_at: float, now: float
) -> dict[str, Spent]:
    """Return what may be in the window of each location still, and for how long.

    Args:
        book: the journal.
        facts: what it notes of the run.
        written_at: when the run last wrote anything, seconds since the epoch.
        now: the same clock.
    """
    calls, seconds = facts.get(LIMIT) or (0, 0.0)
    left = min(seconds, written_at + seconds - now)
    if facts.get(worktime.SINCE) is None or left <= 0:
        return {}
    unclear = book.delivery.locations(Status.SENDING, Status.UNKNOWN)
    paces = book.history.paces(written_at - seconds)
    made = dict(unclear)
    for location, pace in paces.items():
        made[location] = made.get(location, 0) + pace.rows
    # lists are no rows: of many calls it is not known how many there were
    return {
        location: Spent(None, left)
        if 2 * rows >= calls
        else Spent(rows, left, Rate(calls, seconds))
        for location, rows in made.items()
    }
