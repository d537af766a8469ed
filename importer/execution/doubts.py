"""The doubtful rows of all locations: one task looks at each location that has some.

Which rows are doubtful, and what follows from a look, is for the execution to say.
Invariant: a location has a settler as long as a task looks at it, and only one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from importer.execution.settlement import Settler

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Sequence

    from importer.execution.evidence import Evidence
    from importer.execution.ports import Collections, Journal
    from importer.execution.turns import Try
    from importer.models import Rejected

    Settle = Callable[[Settler], Coroutine[None, None, None]]


class Doubts:
    """Those of one execution."""

    def __init__(
        self,
        ledger: Journal,
        collections: Collections,
        evidence: Evidence,
        pauses: Sequence[float],
        clock: Callable[[], float],
        settle: Settle,
    ) -> None:
        """Keep what settlers need; nothing is in doubt yet.

        Args:
            ledger: the journal.
            collections: what is listed.
            evidence: what answers have shown.
            pauses: before each look, in seconds.
            clock: monotonic seconds.
            settle: looks at a location until it has no doubtful row.
        """
        self._parts = (ledger, collections, evidence, pauses, clock)
        self._settle = settle
        self._tasks: dict[str, tuple[Settler, asyncio.Task[None]]] = {}
        self._clock = clock
        self._rested_at = -math.inf

    def rest(self, seconds: float) -> None:
        """Let the first pause of no row begin before so many seconds are over."""
        self._rested_at = self._clock() + seconds

    def add(
        self, attempt: Try, group: asyncio.TaskGroup, refusal: Rejected | None = None
    ) -> None:
        """Have a row looked for beside everything else, by a task of `group`."""
        location_id = attempt.lane.location_id
        # one listing answers for all rows of a location, so a second settler would only
        # spend calls
        if location_id in self._tasks:
            settler, _ = self._tasks[location_id]
            settler.add(attempt, refusal)
            return
        settler = Settler(attempt.lane, *self._parts)
        settler.not_before = self._rested_at
        settler.add(attempt, refusal)
        self._tasks[location_id] = (settler, group.create_task(self._settle(settler)))

    def due(self, location_id: str) -> float | None:
        """Return when a location is looked at next.

        None where none of it is in doubt.
        """
        if location_id not in self._tasks:
            return None
        settler, _ = self._tasks[location_id]
        return settler.due if settler.doubts else None

    def over(self, settler: Settler) -> None:
        """Forget a settler: its location is looked at no longer."""
        del self._tasks[settler.lane.location_id]

    def cancel(self) -> None:
        """Look at none of them any more."""
        for _, task in self._tasks.values():
            task.cancel()
