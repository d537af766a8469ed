"""What sending will take: calls, seconds, and how much of the day's quota.

Reckons with what the headers of the comparison said, for each location, and takes
the slowest: locations go side by side. Answers are taken to come at once, so it is
the best possible time. Pure. Invariant: a figure that the API did not state is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import wording
from importer.models import Create, Leave, Refuse, Update
from importer.report import notebook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.models import Action
    from importer.ratelimit import Budget, Limiter


#: Seconds of a processor that a call takes, as `make bench` measures a run.
PROCESSOR_SECONDS = 430e-6
#: What is less than this share quicker is not worth more processes.
_NOTICED = 0.1
#: The calls that a row takes: what is updated is read before.
CALLS: Mapping[type[Action], int] = {Create: 1, Update: 2, Leave: 0, Refuse: 0}


@dataclass(frozen=True, slots=True)
class Forecast:
    """What sending will take. `seconds` is the best possible time by the limits.

    `daily_share` is the largest share of any location's day, `days` how many days
    the location takes that needs the most, the first of them today, and `daily_left`
    what that one may still spend today, the reserve kept; None where unknown.
    `location` is the only one that something is sent to, where it has a name.
    `unseen` are rows whose products or rules nothing shows, so that whether they
    differ is not known. `canary` are the locations that are sent and audited before all
    others. `slowest` is the location whose limit makes it take longest,
    with its calls and seconds, and `slowest_name` what it is called where it has a
    name. `today` are the calls that the day's quota still lets through, None where
    it is unknown. `workers` are the processes that send.
    """

    locations: int
    create: int
    update: int
    existing: int
    refused: int
    seconds: float
    daily_share: float | None
    days: int | None = None
    daily_left: int | None = None
    unseen: int = 0
    location: str = ""
    canary: int = 0
    slowest: str = ""
    slowest_name: str = ""
    slowest_calls: int = 0
    slowest_seconds: float = 0.0
    today: int | None = None
    workers: int = 1

    def __repr__(self) -> str:
        """Say what it comes to on one short line."""
        counted = notebook.counted(self._rows())
        return f"<Forecast: {counted}; {wording.counted(self.calls, 'call')}>"

    def _repr_html_(self) -> str:
        """Return its figures as a table, for notebooks."""
        return notebook.counts("Forecast", self._rows() | {"calls": self.calls})

    def _rows(self) -> dict[str, int]:
        return {
            "to create": self.create,
            "to update": self.update,
            "existing": self.existing,
            "refused": self.refused,
        }

    @property
    def calls(self) -> int:
        """Requests that will be made, if none has to be repeated."""
        return self.create * CALLS[Create] + self.update * CALLS[Update]

    @property
    def processor_seconds(self) -> float:
        """What the calls keep a single processor busy."""
        return self.calls * PROCESSOR_SECONDS

    @property
    def expected_seconds(self) -> float:
        """The time that limits and processors allow together."""
        return self.seconds_with(self.workers)

    @property
    def workers_help(self) -> bool:
        """Whether its workers are noticeably quicker than one process."""
        alone = self.seconds_with(1)
        return self.expected_seconds < alone * (1 - _NOTICED)

    def seconds_with(self, workers: int) -> float:
        """Return the time with so many processes, each on a processor of its own.

        What a limit takes no process makes shorter, and a location is one process's.
        """
        shared = self.processor_seconds / min(workers, max(1, self.locations))
        largest = self.slowest_calls * PROCESSOR_SECONDS
        return max(self.seconds, shared, largest)


def forecast(
    counts: Sequence[int],
    to_send: Mapping[str, int],
    limiter: Limiter,
    daily_reserve: float,
) -> Forecast:
    """Reckon from what the limiter has learned.

    Args:
        counts: collections to create, to update, there already, and refused.
        to_send: calls for each location.
        limiter: its budgets know the limits.
        daily_reserve: the share of the day that is left to others.
    """
    create, update, existing, refused = counts
    # the ceiling of the whole process, which all locations share
    seconds = sum(to_send.values()) / (limiter.options.max_per_second or math.inf)
    shares, days = [], []
    slowest, today, known = (0.0, 0, ""), 0, True
    now = limiter.clock()
    for location_id, calls in to_send.items():
        budget = limiter.budget(location_id)
        took = _seconds(calls, budget, now, even=limiter.options.even)
        seconds = max(seconds, took)
        slowest = max(slowest, (took, calls, location_id))
        if budget.daily_max:
            shares.append(calls / budget.daily_max)
        spare = budget.spare(daily_reserve)
        known = known and spare is not None
        today += calls if spare is None else min(calls, spare)
        if (needed := _days(calls, budget, daily_reserve)) is not None:
            # negative, so that of two with as many days the one with less left today
            # wins
            days.append((needed, -(spare or 0)))
    longest, left = max(days, default=(None, None))
    return Forecast(
        len(to_send),
        create,
        update,
        existing,
        refused,
        seconds,
        max(shares, default=None),
        longest,
        None if left is None else -left,
        slowest=slowest[2],
        slowest_calls=slowest[1],
        slowest_seconds=slowest[0],
        today=today if known else None,
    )


def _seconds(calls: int, budget: Budget, now: float, *, even: bool) -> float:
    """Return the seconds that a location's limit makes so many calls take."""
    if math.isinf(budget.max_calls):
        return 0.0
    if even:
        return calls / budget.max_calls * budget.interval_seconds
    # what fits into the current window costs no time, and each further window one
    # interval
    waiting = max(0.0, calls - budget.left(now))
    return math.ceil(waiting / budget.max_calls) * budget.interval_seconds


def _days(calls: int, budget: Budget, reserve: float) -> int | None:
    """Return the days that a location's quota makes so many calls take."""
    today = budget.spare(reserve)
    if today is None:
        return None
    rest = calls - today
    if rest <= 0:
        return 1
    most = budget.daily_max or today
    day = max(1, most - math.ceil(most * reserve))
    return 1 + math.ceil(rest / day)
