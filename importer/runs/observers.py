"""What watches a run from outside where that is asked for: a metrics file, traces.

A thread of its own asks for a moment and writes the file; the run is not touched. A
file that cannot be written refuses a run before it begins; later on that is told once
in the log and ends nothing. Nothing is loaded and nothing runs where neither is on.
Invariants: what was begun is ended with the run's exit code, however the run ends; what
is read under the file's name is whole.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

from importer import logs, report
from importer.client import Client
from importer.errors import FatalError, StorageError, UsageError
from importer.exit_codes import Exit
from importer.models import Snapshot
from importer.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Summary
    from importer.runs.monitor import Watch
    from importer.runs.traces import Tracing
    from importer.settings import Settings


log: logs.Log = logs.get("run")

INTERVAL_SECONDS = 15.0


class Meter:
    """Writes the metrics of one run, from `start` to `end`."""

    def __init__(
        self,
        path: Path,
        run_id: str,
        watch: Watch,
        started_at: float,
        interval_seconds: float = INTERVAL_SECONDS,
    ) -> None:
        """Keep what to write, and where."""
        self._path = path
        self._run_id = run_id
        self._watch = watch
        self._started_at = started_at
        self._interval = interval_seconds
        self._told = False
        self._over = threading.Event()
        # with the context of the run, in which its log is found
        work = partial(copy_context().run, self._work)
        self._thread = threading.Thread(target=work, name="metrics", daemon=True)

    def start(self) -> None:
        """Write a first time, and go on in a thread."""
        self._write(None)
        self._thread.start()

    def end(self, exit_code: int) -> None:
        """Write the last time."""
        self._over.set()
        self._thread.join()
        self._write(exit_code)

    def _work(self) -> None:
        while not self._over.wait(self._interval):
            self._write(None)

    def _write(self, exit_code: int | None) -> None:
        # whatever goes wrong with the metrics, the run goes on
        try:
            report.write_metrics(self._path, self._watched(exit_code))
        except Exception as failure:  # noqa: BLE001 - as above
            if not self._told:
                log.warning("metrics.unwritable", message=str(failure))
            self._told = True

    def _watched(self, exit_code: int | None) -> report.Watched:
        return report.Watched(
            self._run_id,
            __version__,
            self._started_at,
            time.time(),
            self._watch.snapshot(),
            self._quotas(),
            exit_code,
            self._watch.summary,
        )

    def _quotas(self) -> dict[str, tuple[int, int]]:
        limiter = self._watch.limiter
        return {
            location: (budget.daily_remaining, budget.daily_max or 0)
            for location, budget in (dict(limiter.budgets) if limiter else {}).items()
            if budget.daily_remaining is not None
        }


def refuse_unwritable(settings: Settings) -> None:
    """Make sure, before a run begins, that its metrics file can be written.

    Args:
        settings: the options of the run, which may name one.

    Raises:
        UsageError: it cannot, so a monitor would not see the run.
    """
    if settings.values.metrics_file is None:
        return
    path = settings.folder / settings.values.metrics_file
    reason = "it is a folder" if path.is_dir() else report.why_unwritable(path)
    if reason:
        msg = f"The metrics file {path} cannot be written: {reason}."
        remedy = "Name another with --metrics-file, or make its folder writable."
        raise UsageError(msg, remedy=remedy)


def never_began(path: Path | None, exit_code: int) -> None:
    """Write that a run ended before it began, where a metrics file is wanted."""
    if path is None:
        return
    now = time.time()
    moment = Snapshot(phase="starting")
    watched = report.Watched("", __version__, now, now, moment, {}, exit_code)
    try:
        report.write_metrics(path, watched)
    except StorageError as failure:
        log.warning("metrics.unwritable", message=str(failure))


_REMEDY = (
    "Install it with: pip install 'highlevel-collection-importer[otel]', or leave "
    "--traces out."
)


class Observers:
    """Those of one run."""

    def __init__(self) -> None:
        """Begin with none."""
        self._meter: Meter | None = None
        self._tracing: Tracing | None = None

    def begin(
        self, settings: Settings, run_id: str, watch: Watch, started_at: float
    ) -> None:
        """Begin what the settings ask for.

        Args:
            settings: of the run.
            run_id: of the run.
            watch: has the figures.
            started_at: when the run began, seconds since the epoch.

        Raises:
            UsageError: traces are asked for, and OpenTelemetry is not installed.
        """
        values = settings.values
        if values.traces:
            try:
                from importer.runs import traces  # noqa: PLC0415 - an extra
            except ImportError:
                msg = "Traces need OpenTelemetry, which is not installed."
                raise UsageError(msg, remedy=_REMEDY) from None
            self._tracing = traces.begin(run_id)
        if path := values.metrics_file:
            path = settings.folder / path
            self._meter = Meter(path, run_id, watch, started_at)
            self._meter.start()

    @property
    def client(self) -> type[Client]:
        """The kind of client that makes the run's calls."""
        return self._tracing.client() if self._tracing else Client

    def end(self, summary: Summary | None, failure: BaseException | None) -> None:
        """End what was begun, with what the run came to or what ended it."""
        code = exit_code(failure) if failure else Exit.OK
        if failure is None and summary is not None:
            code = Exit(summary.exit_code)
        if self._meter is not None:
            self._meter.end(code)
        if self._tracing is not None:
            self._tracing.end(code, summary)


def exit_code(failure: BaseException) -> Exit:
    """Return what a process ends with that ends because of this."""
    if isinstance(failure, FatalError):
        return failure.exit_code
    stopped = isinstance(failure, asyncio.CancelledError | KeyboardInterrupt)
    return Exit.INTERRUPTED if stopped else Exit.BUG
