"""A run as it is seen from outside while it goes on: a snapshot, and the log.

Counts and formats what the stages did; it changes nothing. Invariant: a snapshot can
be taken from another thread at any moment.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from importer import flight, logs
from importer.models import Barred, Flight, Snapshot, Status
from importer.runs import log_fields, waits
from importer.runs.afar import Afar
from importer.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.client import Client
    from importer.execution import Execution
    from importer.models import Job, Lagging, Place, Summary, Verdict
    from importer.ratelimit import Limiter
    from importer.runs.waits import Waiting

log: logs.Log = logs.get("run")

#: What a person should hear of at once; rows are told of in the end, all together.
LOUD = frozenset({"location.barred", "location.stopped"})
#: Events that matter where more than that is asked for.
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
#: The slowest locations are looked for again after so many seconds.
LAGGING_SECONDS = 1.0
#: Trouble that is over for so long is not worth a word.
TROUBLE_SECONDS = 30.0


def _nowhere(seq: int) -> Place | None:
    del seq
    return None


class Compared(Protocol):
    """How far a comparison has come."""

    #: locations that were listed, or cannot be
    done: int

    @property
    def decided(self) -> int:
        """Rows that need not be sent."""

    @property
    def refused(self) -> int:
        """Rows that the user's choice for existing collections forbids."""


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
    #: whether it is known how many rows there are to send
    compared: bool = False
    sending_since: float | None = None
    limiter: Limiter | None = None
    client: Client | None = None
    execution: Execution | None = None
    setbacks: flight.Setbacks = field(default_factory=flight.Setbacks)
    comparison: Compared | None = None
    connected_at: float | None = None
    #: where a row stands, for the log
    place: Callable[[int], Place | None] = _nowhere
    #: locations' names, and how many rows each has to send
    names: Mapping[str, str] = field(default_factory=dict)
    rows_of: Mapping[str, int] = field(default_factory=dict)
    #: how often what happened, those with a reason also by it
    events: Counter[str] = field(default_factory=Counter)
    summary: Summary | None = None
    #: rows that got their answer from sendings which have ended, of this process
    sent: int = 0
    _retried: int = 0
    #: rows by status, as an earlier process left them
    counts_taken_up: Mapping[str, int] = field(default_factory=dict)
    _trouble: tuple[str, float] | None = None
    _lagging: tuple[float, tuple[Lagging, ...]] = (0.0, ())
    #: what a run waits for before it may compare
    waiting: Waiting = waits.NOTHING
    #: what other processes have come to that send for this one
    afar: Afar = field(default_factory=Afar)

    def take_up(self, counts: Mapping[str, int]) -> None:
        """Start from what the journal holds: rows by final status."""
        open_rows = counts[Status.NOT_ATTEMPTED] + counts[Status.UNKNOWN]
        bad = (Status.INVALID, Status.DUPLICATE, Status.REJECTED)
        self.rows_read = self.rows_total = sum(counts.values())
        self.decided = self.rows_total - open_rows
        self.problems = sum(counts[status] for status in bad)
        self.counts_taken_up = dict(counts)

    def carry_over(self) -> None:
        """Keep what a sending has come to, before the next one begins."""
        if self.execution is None:
            return
        progress, self.execution = self.execution.progress, None
        self.sent += sum(progress.done.values())
        self.problems += progress.bad
        self._retried += progress.retried
        counts = Counter(self.counts_taken_up)
        counts.update({str(status): count for status, count in progress.done.items()})
        self.counts_taken_up = counts

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
        self.summary = summary
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
            note = self._counted(name, verdict, log.warning)
        elif name in NOTED:
            note = self._counted(name, verdict, log.info)
            self.setbacks.saw(name, verdict)
        # most rows are created, and nothing is told or formatted for them
        elif log.wants(logs.DEBUG):
            note = log.debug
        else:
            return
        note(name, **log_fields.keys(job, verdict, self.place(job.seq)))

    def _counted(
        self, name: str, verdict: Verdict | None, note: Callable[..., None]
    ) -> Callable[..., None]:
        """Count an event, and remember what went wrong for the display."""
        self.events[name] += 1
        reason = getattr(verdict, "reason", "")
        if isinstance(verdict, Barred):
            reason = verdict.message.rstrip(".")
        if reason:
            self.events[f"{name}/{reason}"] += 1
            self._trouble = (reason, time.monotonic())
        return note

    def calls_by_location(self) -> dict[str, int]:
        """Return the calls that were made, by location."""
        budgets = self.limiter.budgets if self.limiter else {}
        return {location: budget.calls for location, budget in budgets.items()}

    def flown(self) -> Flight:
        """Return how the calls of this process went."""
        made = self.client.flight.flight() if self.client else Flight()
        reason = self.setbacks
        return replace(made, retries=dict(reason.retries), doubts=dict(reason.doubts))

    def snapshot(self) -> Snapshot:
        """Return the moment as a value."""
        now = time.monotonic()
        progress = self.execution.progress if self.execution else None
        sent = self.sent + (sum(progress.done.values()) if progress else 0)
        bad = progress.bad if progress else 0
        sent, bad = sent + self.afar.done, bad + self.afar.bad
        # copied: the loop may add a location while another thread takes the snapshot
        budgets = list(self.limiter.budgets.values()) if self.limiter else []
        left, most = self._window(now)
        answer = self._last_answer()
        since = answer or self.connected_at
        phase = self._phase()
        waiting = self.waiting
        if waiting is waits.NOTHING:
            waiting = waits.phrase(phase, self.execution, budgets, left, now)
        trouble, age = self._recent_trouble(now, answer)
        return Snapshot(
            phase=phase,
            rows_read=self.rows_read,
            rows_total=self.rows_total,
            rows_done=self.decided + sent,
            problems=self.problems + bad,
            unknown=progress.doubtful if progress else 0,
            calls=sum(budget.calls for budget in budgets) + self.afar.calls,
            refused=sum(budget.refused for budget in budgets),
            retried=self._retried + (progress.retried if progress else 0),
            calls_left=left,
            calls_max=most,
            locations=len(self.rows_of if self.afar.first else budgets),
            elapsed_seconds=now - self.started,
            seconds_left=self._seconds_left(now, left, most),
            waiting_for=waiting.words,
            last_answer_age_seconds=None if since is None else now - since,
            waiting_seconds=waiting.seconds,
            waiting=waiting.wait,
            answered=answer is not None,
            trouble=trouble,
            trouble_age_seconds=age,
            counts=self._counts(),
            events=dict(self.events),
            locations_done=self._locations_done(),
            in_flight=max(0, sum(item.in_flight for item in budgets)),
            time_unknown=self._waits_for_a_day(),
            slowest=self._slowest(now),
            rows_to_send=self.to_send if self.compared else None,
            rows_sent=sent,
        )

    def _last_answer(self) -> float | None:
        own = self.client.last_answer_at if self.client else None
        return max((at for at in (own, self.afar.changed_at) if at), default=None)

    def _phase(self) -> str:
        if self.phase == "sending" and self.execution is not None:
            progress = self.execution.progress
            left = self.to_send - self.sent - sum(progress.done.values())
            # only doubtful rows are left, so what is waited for are looks
            if progress.doubtful and progress.doubtful >= left:
                return "settling"
        return self.phase

    def _window(self, now: float) -> tuple[int | None, int | None]:
        """Return the calls left in the windows now, and all that the windows hold."""
        budgets = list(self.limiter.budgets.values()) if self.limiter else []
        limited = [budget for budget in budgets if not math.isinf(budget.max_calls)]
        if not limited:
            return None, None
        return (
            int(sum(budget.left(now) for budget in limited)),
            int(sum(budget.max_calls for budget in limited)),
        )

    def _counts(self) -> dict[str, int]:
        """Count rows by status, as far as they have one."""
        counts = Counter(self.afar.counts or self.counts_taken_up)
        if self.comparison is not None:
            refused = self.comparison.refused
            counts[Status.INVALID] += refused
            counts[Status.EXISTING] += self.comparison.decided - refused
        if self.execution is not None:
            counts.update(self.execution.progress.done)
        if counts and self.rows_total is not None:
            # whatever is not counted elsewhere, so that the sum is always that of the
            # rows
            counts[Status.NOT_ATTEMPTED] = 0
            left = self.rows_total - sum(counts.values())
            counts[Status.NOT_ATTEMPTED] = max(0, left)
        return {str(status): count for status, count in counts.items()}

    def _waits_for_a_day(self) -> bool:
        """Return whether a location waits for the reset of its quota."""
        return self.execution is not None and bool(self.execution.turns.quota.waiting)

    def _locations_done(self) -> int | None:
        """Count the locations that nothing is left to do with, of those under way."""
        if self.phase == "comparing":
            return self.comparison.done if self.comparison else None
        if self.execution is None:
            return None
        return sum(lane.finished for lane in self.execution.turns.lanes.values())

    def _slowest(self, now: float) -> tuple[Lagging, ...]:
        """Return the locations that will be done last, where there are several."""
        if self.execution is None or self.phase != "sending":
            return ()
        lanes = self.execution.turns.lanes
        at, found = self._lagging
        if len(lanes) > 1 and now - at >= LAGGING_SECONDS:
            found = waits.slowest(lanes.values(), self.rows_of, self.names, now)
            self._lagging = (now, found)
        return found

    def _recent_trouble(
        self, now: float, answer: float | None
    ) -> tuple[str, float | None]:
        """Return what went wrong last, unless good answers have come for a while."""
        if self._trouble is None:
            return "", None
        reason, at = self._trouble
        over = answer is not None and answer > at and now - at > TROUBLE_SECONDS
        return ("", None) if over else (reason, now - at)

    def _seconds_left(
        self, now: float, free: int | None, most: int | None
    ) -> float | None:
        """Reckon by the pace so far, but never less than the limits allow."""
        done = self.afar.done - self.afar.begun_with
        if done and self.sending_since is not None:
            left = max(0, self.to_send - self.afar.done)
            return left * (now - self.sending_since) / done
        if self.execution is None or self.sending_since is None:
            return None
        if self._phase() != "sending" or self._waits_for_a_day():
            # how soon a list shows what was created, or a new day begins, is unknown
            return None
        done = sum(self.execution.progress.done.values())
        left = self.to_send - self.sent - done
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
        """Return how long the limits make so many rows take, over all locations."""
        if free is None or not most or self.limiter is None:
            return None
        longest = max(
            budget.interval_seconds for budget in self.limiter.budgets.values()
        )
        return max(0, rows - free) / most * longest
