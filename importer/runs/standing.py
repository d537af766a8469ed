"""How the rows of a shard's locations stand: what is left to do, and what was done.

One question tells it, where each state would be one of its own. It decides nothing.
Invariant: only locations that this process has claimed are asked for and changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer.journal import Delivery
    from importer.models import Job

#: How many rows each location has in each state.
Standing = dict[str, dict[Status, int]]
#: States of rows that are to be compared and sent.
OPEN = (Status.PLANNED, Status.UNKNOWN)
_UNTOUCHED = frozenset({Status.PLANNED, Status.INVALID, Status.DUPLICATE})


def taken_up(delivery: Delivery, locations: Collection[str]) -> Standing:
    """Make rows ready that an earlier process has left, and say how all stand.

    Mostly there are none, and to see that costs less than to change nothing twice.

    Raises:
        StorageError: the database is away.
    """
    found = delivery.standing(locations)
    if having(found, (Status.SENDING, Status.FAILED)):
        delivery.reopen(locations)
        found = delivery.standing(locations)
    return found


def having(
    found: Standing,
    statuses: Collection[Status],
    among: Collection[str] | None = None,
) -> list[str]:
    """Return the locations that have rows in one of some states."""
    return [
        text
        for text in found
        if (among is None or text in among)
        and not found[text].keys().isdisjoint(statuses)
    ]


def untouched(found: Standing) -> bool:
    """Return whether nothing was sent yet, and no row has a collection."""
    return all(_UNTOUCHED.issuperset(counts) for counts in found.values())


def unclear(delivery: Delivery, locations: Collection[str]) -> list[Job]:
    """Return the rows that an earlier process left without an answer."""
    return [
        job
        for location in locations
        for job in delivery.jobs(location, -1, None, Status.UNKNOWN)
    ]
