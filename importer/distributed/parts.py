"""The shards of a run on their way: which wait, which are under way, which again.

Decides what becomes of a shard that has ended, and touches nothing outside: time is
handed in. A shard of which another process still holds something is due again a moment
later, for those locations alone. Invariant: a location is in one part at a time, and
its part leaves only when nothing of it is held or was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.errors import FatalError, StorageError
from importer.execution.lanes import late, until_next_look
from importer.runs.shards import Elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from importer.runs.shards import ShardResult

#: What another process holds is asked for again after so many seconds.
HELD_SECONDS = 1.0
#: A shard whose process cannot use the database is tried again for so long, so often.
OUTAGE_SECONDS = 120.0
OUTAGE_PAUSE_SECONDS = 3.0
#: A shard that ends the processes that have it will end the next one, too.
MOST_DEATHS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A shard on its way.

    `due` is when it may be submitted, `since` when it could not use the database first,
    both by the steady clock. `avoided` are workers that it does not go to.
    """

    number: int
    locations: tuple[str, ...]
    rows: int
    attempt: int = 0
    due: float = 0.0
    deaths: int = 0
    since: float | None = None
    avoided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Waits:
    """For what a run waits: another run that holds locations, and the day's reset.

    `look_seconds` is how often a location is asked whose reset is not known.
    """

    for_others: bool = False
    for_quota: bool = False
    look_seconds: float = 3600.0


@dataclass(slots=True)
class Parts:
    """All parts of a run that have not ended."""

    waits: Waits = field(default_factory=Waits)
    waiting: list[Part] = field(default_factory=list)
    flying: dict[str, Part] = field(default_factory=dict)
    #: how many parts there have been
    numbers: int = 0
    #: what ends the run, found in a result
    stopped: FatalError | None = None

    @property
    def left(self) -> bool:
        """Whether any has not ended."""
        return bool(self.waiting or self.flying)

    def fill(self, groups: Iterable[tuple[tuple[str, ...], int]]) -> None:
        """Take the groups of locations of a run, with the number of their rows."""
        for locations, rows in groups:
            self.numbers += 1
            self.waiting.append(Part(self.numbers, locations, rows))

    def ready(self, now: float, room: int) -> list[Part]:
        """Take out the parts that may be submitted now, as many as there is room."""
        found = [part for part in self.waiting if part.due <= now][: max(0, room)]
        numbers = {part.number for part in found}
        self.waiting = [part for part in self.waiting if part.number not in numbers]
        return found

    def ended(
        self, key: str, result: ShardResult | None, now: float, wall: float
    ) -> ShardResult | None:
        """Take in that a part has ended; without a result its process is gone.

        Args:
            key: of the part.
            result: what it came to.
            now: by the steady clock.
            wall: seconds since the epoch.

        Returns:
            What is not done again of it; None where it was given up before.
        """
        part = self.flying.pop(key, None)
        if part is None:
            return None
        if result is None:
            self._died(part, now)
            return None
        if isinstance(result.stopped, StorageError):
            self._cut_off(part, result, now)
            # all of it is compared again
            found = replace(result.elsewhere or Elsewhere(), forecast=None)
            result = replace(result, elsewhere=found)
        else:
            self.stopped = self.stopped or result.stopped
            result = self._what_is_left(part, result, now, wall)
        return replace(result, stopped=None)

    def _what_is_left(
        self, part: Part, result: ShardResult, now: float, wall: float
    ) -> ShardResult:
        """Have those locations done again that are held, or whose day is over."""
        found = result.elsewhere or Elsewhere()
        held = set(found.held)
        if self.waits.for_others:
            held.update(found.of_others)
            result = replace(result, elsewhere=replace(found, of_others={}))
        self._some(part, held, now + HELD_SECONDS)
        if self.waits.for_quota and result.parked:
            self._some(part, result.parked, now + self._until_reset(result, wall))
            result = replace(result, parked=frozenset(), resets={})
        return result

    def _some(self, part: Part, locations: Collection[str], due: float) -> None:
        some = tuple(text for text in part.locations if text in locations)
        if some and self.stopped is None:
            self.numbers += 1
            self._again(
                replace(
                    part, number=self.numbers, locations=some, since=None, deaths=0
                ),
                due,
            )

    def _until_reset(self, result: ShardResult, wall: float) -> float:
        """Return the seconds until the first of the days begins anew."""
        pauses = [
            result.resets[text] - wall + late(text, self.waits.look_seconds)
            if text in result.resets
            else until_next_look(text, self.waits.look_seconds, wall)
            for text in result.parked
        ]
        return max(HELD_SECONDS, min(pauses))

    def lost(self, keys: Collection[str], now: float, worker: str = "") -> list[str]:
        """Give up what is under way, and have it carried out by other workers.

        Returns:
            The keys of those that were under way.
        """
        found = [key for key in keys if key in self.flying]
        for key in found:
            part = self.flying.pop(key)
            avoided = part.avoided | {worker} if worker else part.avoided
            self._again(replace(part, avoided=avoided), now)
        return found

    def _died(self, part: Part, now: float) -> None:
        if part.deaths + 1 >= MOST_DEATHS:
            msg = f"{MOST_DEATHS} processes of the cluster ended while they worked on "
            msg += f"the same {len(part.locations):,} locations."
            remedy = "See their logs: they may lack memory. Then: importer resume"
            self.stopped = self.stopped or StorageError(msg, remedy=remedy)
            return
        self._again(replace(part, deaths=part.deaths + 1), now)

    def _cut_off(self, part: Part, result: ShardResult, now: float) -> None:
        """Try again what could not use the database, or lost its claims, for a while.

        What was done of it counts as a sign that the outage is over.
        """
        since = now if part.since is None or any(result.counts.values()) else part.since
        if now - since > OUTAGE_SECONDS:
            self.stopped = self.stopped or result.stopped
            return
        self._again(replace(part, since=since), now + OUTAGE_PAUSE_SECONDS)

    def _again(self, part: Part, due: float) -> None:
        self.waiting.append(replace(part, attempt=part.attempt + 1, due=due))
