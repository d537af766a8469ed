"""What happens to a cluster in a trial, and when: a seeded plan, as values.

Each accident falls when a share of the collections is there, so all of them fall while
there is work. It starts, kills and asks nothing. Invariants: the plan has as many
accidents of each kind as were asked for; the same seed gives the same plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What happens; all but a freeze is `kill -9`."""

    WORKER = "worker"
    FREEZE = "freeze"  # SIGSTOP of a worker, for longer than its lease lasts
    SCHEDULER = "scheduler"
    DRIVER = "driver"
    DATABASE = "database"


#: In one trial; a database that the selftest did not start is left alone.
USUAL = {
    Kind.WORKER: 3,
    Kind.FREEZE: 2,
    Kind.SCHEDULER: 1,
    Kind.DRIVER: 1,
    Kind.DATABASE: 1,
}
#: Of the control: the freeze alone shows what is sent by a worker without a lease.
OF_CONTROL = {Kind.FREEZE: 1}
#: The shares of the collections between which accidents fall.
FIRST, LAST = 0.03, 0.8
#: What was killed is away for so long at most, seconds.
LONGEST_AWAY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Accident:
    """One accident, due when `progress` (a share of the collections) is reached.

    `choice` is a number from 0 to 1 that says which worker it meets; what was killed
    comes back after `away_seconds`.
    """

    progress: float
    kind: Kind
    choice: float
    away_seconds: float


def plan(counts: dict[Kind, int], seed: int) -> tuple[Accident, ...]:
    """Plan the accidents of a trial, in the order in which they fall.

    Args:
        counts: how many of each kind.
        seed: decides order, moments and workers.
    """
    random = Random(seed)  # noqa: S311 - only has to be repeatable
    kinds = [kind for kind, count in counts.items() for _ in range(count)]
    random.shuffle(kinds)
    width = (LAST - FIRST) / max(1, len(kinds))
    return tuple(
        Accident(
            FIRST + width * (number + random.random()),
            kind,
            random.random(),
            random.random() * LONGEST_AWAY_SECONDS,
        )
        for number, kind in enumerate(kinds)
    )
