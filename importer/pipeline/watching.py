"""A run as it is seen from outside while it goes on: a snapshot, and the log.

Counts and formats what the stages did; it changes nothing. Invariant: a snapshot can
be taken from another thread at any moment.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from importer import __version__, logs
from importer.models import Barred, Snapshot, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.client import Client
    from importer.execution import Execution
    from importer.models import Job, Summary, Verdict
    from importer.ratelimit import Limiter

log = logs.get("run")

#: What a person should hear of at once; rows are told of in the end, all together.
LOUD = frozenset({"location.barred"})
#: Events that matter to whoever asks for more than that.
NOTED = frozenset(
    {
        "row.rejected",
        "row.failed",
        "row.unknown",
        "row.absent",
        "row.retried",
        "row.limited",
    }
)


@dataclass(slots=True)
class Watch:
    """What is known of a run at this moment. Times are monotonic seconds."""

    started: float = field(default_factory=time.monotonic)
    phase: str = "reading"
    rows_read: int = 0
    rows_total: int | None = None
    decided: int = 0
    problems: int = 0
    to_send: int = 0
    sending_since: float | None = None
    limiter: Limiter | None = None
    client: Client | None = None
    execution: Execution | None = None
    listings_retried: int = 0
    #: what a run waits for before it may compare, or empty
    waiting_for: str = ""

    def take_up(self, counts: Mapping[str, int]) -> None:
        """Start from what the journal holds: rows by final status."""
        open_rows = counts[Status.NOT_ATTEMPTED] + counts[Status.UNKNOWN]
        bad = (Status.INVALID, Status.DUPLICATE, Status.REJECTED)
        self.rows_read = self.rows_total = sum(counts.values())
        self.decided = self.rows_total - open_rows
        self.problems = sum(counts[status] for status in bad)

    def began(self, name: str, settings: Mapping[str, tuple[str, str]]) -> None:
        """Log the settings that a run begins or goes on with, as they are shown."""
        chosen = {
            key: value
            for key, (value, origin) in settings.items()
            if origin != "default"
        }
        log.info(name, version=__version__, settings=chosen)

    def ended(self, summary: Summary) -> None:
        """Log the end of a run in numbers."""
        log.info(
            "run.ended",
            state=summary.state,
            exit_code=int(summary.exit_code),
            counts={name: count for name, count in summary.counts.items() if count},
            calls=asdict(summary.calls),
            stopped_because=summary.stopped_because,
        )

    def event(self, name: str, job: Job, verdict: Verdict | None) -> None:
        """Log what happened to a row."""
        if name in LOUD:
            note = log.warning
        elif name in NOTED:
            note = log.info
        elif log.wants(logs.DEBUG):
            note = log.debug
        else:
            return
        keys: dict[str, object] = {
            "location": job.location_id,
            "seq": job.seq,
            "slug": job.slug,
        }
        if verdict is not None:
            keys["verdict"] = type(verdict).__name__
            for key in ("reason", "message", "http_status", "trace_id"):
                if value := getattr(verdict, key, None):
                    keys[key] = value
        if isinstance(verdict, Barred):
            keys["remedy"] = verdict.remedy
        note(name, **keys)

    def calls_by_location(self) -> dict[str, int]:
        """The calls that were made, by location."""
        budgets = self.limiter.budgets if self.limiter else {}
        return {location: budget.calls for location, budget in budgets.items()}

    def snapshot(self) -> Snapshot:
        """The moment, as a value."""
        now = time.monotonic()
        progress = self.execution.progress if self.execution else None
        done = self.decided + (sum(progress.done.values()) if progress else 0)
        bad = progress.bad if progress else 0
        budgets = list(self.limiter.budgets.values()) if self.limiter else []
        left, most = self._window(now)
        answer = self.client.last_answer_at if self.client else None
        return Snapshot(
            phase=self._phase(),
            rows_read=self.rows_read,
            rows_total=self.rows_total,
            rows_done=done,
            problems=self.problems + bad,
            unknown=progress.doubtful if progress else 0,
            calls=sum(budget.calls for budget in budgets),
            refused=sum(budget.refused for budget in budgets),
            retried=progress.retried if progress else 0,
            calls_left=left,
            calls_max=most,
            locations=len(budgets),
            elapsed_seconds=now - self.started,
            seconds_left=self._seconds_left(now, left, most),
            waiting_for=self._waiting(left),
            last_answer_age_seconds=None if answer is None else now - answer,
        )

    def _phase(self) -> str:
        if self.phase == "sending" and self.execution is not None:
            progress = self.execution.progress
            left = self.to_send - sum(progress.done.values())
            if progress.doubtful and progress.doubtful >= left:
                return "settling"
        return self.phase

    def _window(self, now: float) -> tuple[int | None, int | None]:
        """Calls left in the windows now, and all that the windows hold."""
        budgets = list(self.limiter.budgets.values()) if self.limiter else []
        limited = [one for one in budgets if not math.isinf(one.max_calls)]
        if not limited:
            return None, None
        return (
            int(sum(one.left(now) for one in limited)),
            int(sum(one.max_calls for one in limited)),
        )

    def _waiting(self, left: int | None) -> str:
        if self.waiting_for:
            return self.waiting_for
        if self.phase == "auditing":
            return "the list to show what was created last"
        if self._phase() == "settling":
            return "the list to show rows without a clear answer"
        if parked := self.execution.turns.quota.waiting if self.execution else None:
            return _day(list(parked.values()))
        return "the rate limit" if self.phase == "sending" and left == 0 else ""

    def _seconds_left(
        self, now: float, free: int | None, most: int | None
    ) -> float | None:
        """From the pace so far, but never less than the limits allow."""
        if self.execution is None or self.sending_since is None:
            return None
        if self._phase() != "sending" or self.execution.turns.quota.waiting:
            # how soon a list shows what was created, or a new day begins, is unknown
            return None
        done = sum(self.execution.progress.done.values())
        left = self.to_send - done
        if left <= 0:
            return 0.0
        least = self._least_seconds(left, free, most)
        spent = now - self.sending_since
        if done == 0 or spent <= 0:
            return least
        return max(least or 0.0, left * spent / done)

    def _least_seconds(
        self, rows: int, free: int | None, most: int | None
    ) -> float | None:
        """How long the limits make so many rows take, spread over the locations."""
        if free is None or not most or self.limiter is None:
            return None
        longest = max(one.interval_seconds for one in self.limiter.budgets.values())
        return max(0, rows - free) / most * longest


def _day(looks: Sequence[float]) -> str:
    """What locations wait for whose quota is used up, and until when."""
    look = time.strftime("%H:%MZ", time.gmtime(min(looks, default=0.0)))
    noun = "location" if len(looks) == 1 else "locations"
    return f"the day's quota of {len(looks):,} {noun}; next look at {look}"
