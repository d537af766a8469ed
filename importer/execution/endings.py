"""What becomes of a row that was sent: recorded, counted, told, and its turn ended.

What an answer means is said in `conclusions`. Invariant: an outcome is recorded before
it is counted, and its row's turn ends last.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from importer.execution import conclusions
from importer.execution.ports import Progress
from importer.models import FINAL_STATUSES

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.errors import FatalError
    from importer.execution.ports import Journal, Options, Scale
    from importer.execution.turns import Try, Turns
    from importer.models import Barred, Job, Outcome, Verdict

    Watch = Callable[[str, Job, Verdict | None], None]

#: What a watcher is told when a row has come to its end.
EVENTS = {status: f"row.{status}" for status in FINAL_STATUSES}


class Endings:
    """Those of one execution: how many rows ended how, and which locations."""

    def __init__(
        self,
        ledger: Journal,
        turns: Turns,
        options: Options,
        scale: Scale,
        watch: Watch,
        stop: Callable[[FatalError], None],
    ) -> None:
        """Begin at nothing.

        Args:
            ledger: the journal.
            turns: whose rows they are.
            options: has how many rows may end badly.
            scale: the size of the input.
            watch: told of every ending, for the log.
            stop: ends the run where too many rows have ended badly.
        """
        self._ledger = ledger
        self.turns: Turns = turns
        self._options = options
        self._scale = scale
        self.watch: Watch = watch
        self.stop: Callable[[FatalError], None] = stop
        self.progress: Progress = Progress()
        #: locations that refuse us, and what they said
        self.barred: dict[str, Barred] = {}

    def finish(self, attempt: Try, outcome: Outcome, verdict: Verdict | None) -> None:
        """Take in what a row has come to."""
        self._ledger.record(outcome)
        self.progress.done[outcome.status] += 1
        self.watch(EVENTS[outcome.status], attempt.job, verdict)
        self.turns.finish(attempt)
        self.check_errors()

    def give_up(self, attempt: Try, verdict: Verdict | None) -> None:
        """Take in that a row has used up its attempts."""
        self.finish(
            attempt, conclusions.given_up(attempt, verdict, time.time()), verdict
        )

    def check_errors(self) -> None:
        """Stop the run where more rows ended badly than may."""
        # what was invalid before anything was sent counts as well
        limit = self._options.max_errors
        if limit is None:
            return
        bad = self._scale.bad + self.progress.bad
        if limit.reached(bad, self._scale.rows):
            self.stop(conclusions.too_many_errors(bad, self._scale.rows, limit))
