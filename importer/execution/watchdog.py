"""A run that stands still without a reason is woken, or ended if that does not help.

It looks now and then whether anything has changed, and if not, whether something is
waited for (an answer, the limit, the day's quota, a pause). What there is to see, the
`Watched` says. Invariants: what is waited for has an end that was known when the
silence began, so no wait can hide a fault for ever; and silence is counted in looks,
so a process that was frozen is not blamed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from importer import logs
from importer.errors import StalledError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logs.get("run")

LOOK_SECONDS = 5.0
#: After so much silence without a reason everything is woken, after twice as much
#: the run is ended.
PATIENCE_SECONDS = 60.0


class Watched(Protocol):
    """A part of a run that may stand still."""

    def marks(self) -> tuple[int, ...]:
        """Return numbers that change whenever it gets on."""

    def waits_until(self, now: float) -> float:
        """Return the end of what it waits for now; `now` where there is nothing."""

    def state(self, now: float) -> dict[str, object]:
        """Return everything that could explain a silence.

        No cell and no token is in it.
        """

    def wake(self) -> None:
        """Have all who wait look for themselves."""


class Watchdog:
    """The looks at one part of a run."""

    def __init__(
        self,
        watched: Watched,
        clock: Callable[[], float],
        stop: Callable[[StalledError], None],
    ) -> None:
        """Look at `watched`.

        Args:
            watched: what is looked at.
            clock: monotonic seconds.
            stop: called when waking has not helped, and at each look from then on.
        """
        self._watched = watched
        self._clock = clock
        self._stop = stop
        self._seen: tuple[int, ...] = ()
        self._waits_until: float | None = None
        self._looked_at = 0.0
        self._silent_seconds = 0.0
        self._woken = False

    async def watch(self) -> None:
        """Look until cancelled."""
        self._looked_at = self._clock()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Compare with the look before, and do what the silence calls for."""
        now = self._clock()
        # a look that comes late tells of a process that stood still, not of the run
        passed = min(now - self._looked_at, 2 * LOOK_SECONDS)
        self._looked_at = now
        if (seen := self._watched.marks()) != self._seen:
            self._seen, self._silent_seconds, self._woken = seen, 0.0, False
            self._waits_until = None
            return
        # asked once for a silence: a wait that is always put off would never end
        if self._waits_until is None:
            self._waits_until = self._watched.waits_until(now)
        if now >= self._waits_until:
            self._silent_seconds += passed
            self._act(now)

    def _act(self, now: float) -> None:
        seconds = round(self._silent_seconds)
        # the state goes to the log before the run ends, since it explains the fault
        if seconds >= 2 * PATIENCE_SECONDS:
            log.error("run.given_up", silent_seconds=seconds)
            log.info("run.state", **self._watched.state(now))
            self._stop(_stalled(seconds))
        # once: a second waking would only find what the first has not helped with
        elif seconds >= PATIENCE_SECONDS and not self._woken:
            self._woken = True
            log.warning("run.stalled", silent_seconds=seconds)
            log.info("run.state", **self._watched.state(now))
            self._watched.wake()


def _stalled(seconds: float) -> StalledError:
    return StalledError(
        f"Nothing went on for {seconds} s although nothing was waited for: this is a "
        "bug in the program. What was sent is in the journal.",
        remedy="run.log says how it stood (run.state). Please report it with that.",
    )
