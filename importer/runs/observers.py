"""What watches a run from outside where that is asked for: metrics, traces.

Nothing is loaded and nothing runs where neither is on. Invariant: what was begun is
ended with the run's exit code, however the run ends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from importer.client import Client
from importer.errors import FatalError, UsageError
from importer.exit_codes import Exit
from importer.runs import metrics_file

if TYPE_CHECKING:
    from importer.models import Summary
    from importer.runs.monitor import Watch
    from importer.runs.traces import Tracing
    from importer.settings import Settings

_REMEDY = (
    "Install it with: pip install 'highlevel-collection-importer[otel]', or leave "
    "--traces out."
)


class Observers:
    """Those of one run."""

    def __init__(self) -> None:
        """Begin with none."""
        self._meter: metrics_file.Meter | None = None
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
            self._meter = metrics_file.Meter(path, run_id, watch, started_at)
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
    """What a process ends with that ends because of this."""
    if isinstance(failure, FatalError):
        return failure.exit_code
    stopped = isinstance(failure, asyncio.CancelledError | KeyboardInterrupt)
    return Exit.INTERRUPTED if stopped else Exit.BUG
