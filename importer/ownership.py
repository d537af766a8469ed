"""Whose a collection is: what the times prove about who made it.

A run made a collection only between the first request for its row and the clear answer
to it. Where no clear answer came, a request may have been carried out later, so ten
minutes are added to the last look. The server's times are compared across the measured
difference of the clocks. Pure: no list is read here and nothing is claimed.
Invariant: outside the row's window nothing is ever `PROVED`, and without a time that
the server states nothing is either.
"""

from __future__ import annotations

import math
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.models import ClockDifference
from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.models import Existing, Sent

#: How far a stated time may lie outside the window: clocks tick in whole seconds.
TOLERANCE_SECONDS = 2.0
#: How long after the last look a request without an answer may have been carried out.
LATE_SECONDS = 600.0
#: A difference of clocks that is known less well than this proves less: then a time
#: must be inside the window wherever in its range the difference lies.
LOOSE_SECONDS = 5.0

#: Ids of 24 hexadecimal digits state the second of their making in the first 8.
_ID_DIGITS, _TIME_DIGITS = 24, 8
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
#: Statuses of answers that say yes.
SUCCESS = range(200, 300)
#: Statuses of refusals of the row itself; those of them that refuse only the moment.
REFUSALS, LATER = range(400, 500), frozenset({408, 425, 429})


class Proof(StrEnum):
    """What the times say of a collection and a row."""

    PROVED = "proved"  # made while the row's requests were under way
    POSSIBLE = "possible"  # no time is stated, or it cannot be compared
    EXCLUDED = "excluded"  # made at another time, so by others


@dataclass(frozen=True, slots=True)
class Window:
    """When a row's requests may have made something, by this machine's clock.

    Seconds since the epoch. `opened` is None where the first request's time is unknown.
    """

    opened: float | None
    closed: float


def answered(row: Sent) -> bool:
    """Return whether a clear answer came to the row's last request."""
    # by the answer alone: an audit may have found what the row's state denied
    status = row.http_status
    return status in SUCCESS or (status in REFUSALS and status not in LATER)


def window(row: Sent, last_look: float) -> Window:
    """Return when the requests of a row may have made something.

    Args:
        row: one that was sent.
        last_look: when the row was last looked for, seconds since the epoch; counts
            only where the row has neither a clear answer nor an end.
    """
    if row.finished_at is None:
        return Window(row.started_at, last_look + LATE_SECONDS)
    # a clear answer is the end of it; without one a request may still be carried out
    late = 0.0 if answered(row) else LATE_SECONDS
    return Window(row.started_at, row.finished_at + late)


@dataclass(frozen=True, slots=True)
class Times:
    """What an audit of a location knows of times: the clocks, and when it looks.

    `looked_at` and `last_sign` are seconds since the epoch; the latter is when the run
    last did anything that its journal knows of, which is the last look at rows that
    came to no end. The default knows nothing, so nothing is proved.
    """

    clocks: ClockDifference | None = None
    ids_tell_time: bool = False
    looked_at: float = math.inf
    last_sign: float = -math.inf

    def proof(self, row: Sent, existing: Existing) -> Proof:
        """Say whether the requests of a row made a collection."""
        return made_by(
            window(row, self.last_sign),
            existing,
            self.clocks,
            ids_tell_time=self.ids_tell_time,
        )

    def still_open(self, row: Sent) -> bool:
        """Return whether all that a list shows was made before the row's window closed.

        Then what was not there before the run was made within it, so that a row
        without a clear answer needs no stated time.
        """
        return (
            not answered(row) and self.looked_at <= window(row, self.last_sign).closed
        )


def calibrated(times: Times, made: Iterable[tuple[Sent, Existing]]) -> Times:
    """Learn from the collections too that answers gave to rows for certain.

    Each was made within the one request of its row. Where its stated time lies outside
    of that, `Date` and the items' times come from different clocks, and the range must
    hold both; where its id does, ids do not tell times.

    Args:
        times: what the answers' `Date` showed.
        made: rows that were answered at their first request, each with its collection
            as a list shows it.
    """
    # only rows that were answered at their first request: of others it is not known
    # which request made it
    clocks, told = times.clocks, None
    for row, existing in made:
        opened, closed = row.started_at, row.finished_at
        if opened is None or closed is None:
            continue
        if existing.created_at is not None and not (
            clocks is not None
            and _proves(Window(opened, closed), existing.created_at, clocks)
        ):
            by_item = ClockDifference(
                existing.created_at - closed, existing.created_at - opened
            )
            clocks = by_item if clocks is None else clocks.widened(by_item)
        # one id outside its window is enough: from then on ids prove nothing
        if told is not False:
            told = ids_tell_time(Window(opened, closed), existing.collection_id, clocks)
    return replace(times, clocks=clocks, ids_tell_time=bool(told))


def made_by(
    window: Window,
    existing: Existing,
    clocks: ClockDifference | None,
    *,
    ids_tell_time: bool = True,
) -> Proof:
    """Say whether a row's requests made a collection, by the times alone.

    Args:
        window: the row's.
        existing: a collection that carries what the row asked for.
        clocks: the measured difference; None where no answer stated the server's
            time. Then none is assumed: that may prove, and excludes nothing.
        ids_tell_time: whether the server's ids may exclude, see `ids_tell_time`.
    """
    if existing.created_at is not None:
        made = existing.created_at
        if _proves(window, made, clocks):
            return Proof.PROVED
        outside = _excludes(window, made, made, clocks)
        return Proof.EXCLUDED if outside else Proof.POSSIBLE
    second = id_second(existing.collection_id) if ids_tell_time else None
    if second is not None and _excludes(window, second, second + 1.0, clocks):
        return Proof.EXCLUDED
    return Proof.POSSIBLE


def id_second(collection_id: str) -> float | None:
    """Return the second that an id of 24 hexadecimal digits states; None for others."""
    if len(collection_id) != _ID_DIGITS or not _HEXADECIMAL.issuperset(collection_id):
        return None
    return float(int(collection_id[:_TIME_DIGITS], 16))


def ids_tell_time(
    window: Window, collection_id: str, clocks: ClockDifference | None
) -> bool:
    """Return whether an id that an answer gave states the time of its making.

    Some servers give random ids of the same shape. One id outside its row's window
    shows that.
    """
    second = id_second(collection_id)
    return second is not None and not _excludes(window, second, second + 1.0, clocks)


def _proves(window: Window, made: float, clocks: ClockDifference | None) -> bool:
    if window.opened is None:
        return False
    # unmeasured clocks are taken for equal to prove, and for unknown to exclude
    low, high = (clocks.low, clocks.high) if clocks is not None else (0.0, 0.0)
    # of a loose difference the least favourable end counts
    first = window.opened + max(low, high - LOOSE_SECONDS) - TOLERANCE_SECONDS
    last = window.closed + min(high, low + LOOSE_SECONDS) + TOLERANCE_SECONDS
    return first <= made <= last


def _excludes(
    window: Window, first: float, last: float, clocks: ClockDifference | None
) -> bool:
    """Return whether what was made in a span of time was made outside the window."""
    if clocks is None:
        return False
    opened = -math.inf if window.opened is None else window.opened
    return (
        last < opened + clocks.low - TOLERANCE_SECONDS
        or first > window.closed + clocks.high + TOLERANCE_SECONDS
    )
