"""The log of one run inside a program that has logs of its own.

A run of the library writes its `run.log`, hands its events on to the logger `importer`
of the standard library, and leaves everything else alone: neither structlog nor logging
is configured, nothing goes to stderr, and what the program has bound to its own events
stands in none of ours. The file is kept by context, so that of two runs at once each
writes into its own. Invariant: an event that belongs to no run is dropped.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from importer.logs import outlets
from importer.logs.redaction import redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.logs.redaction import Secrets


class Record:
    """The file of a run, and the keys that each of its events carries."""

    __slots__ = ("_file", "_keys", "_secrets", "_writers")

    def __init__(
        self, file: outlets.File, secrets: Secrets, keys: dict[str, object]
    ) -> None:
        """Begin with nothing written."""
        self._file, self._secrets, self._keys = file, secrets, keys
        self._writers: dict[str, Any] = {}

    def write(self, level: str, name: str, event: str, keys: dict[str, Any]) -> None:
        """Write one event of the log of that name."""
        writer = self._writers.get(name)
        if writer is None:
            writer = self._writers[name] = self._writer(name)
        getattr(writer, level)(event, **keys)

    def _writer(self, name: str) -> Any:  # noqa: ANN401 - structlog's
        import structlog  # noqa: PLC0415 - loaded by runs, not by `import importer`

        return structlog.wrap_logger(
            outlets.Fan(self._file, outlets.Logging(self._file.level)),
            processors=outlets.steps(redactor(self._secrets)),
            wrapper_class=structlog.make_filtering_bound_logger(self._file.level),
            context_class=dict,
        ).bind(logger=name, **self._keys)


_record: ContextVar[Record | None] = ContextVar("importer_record", default=None)


class Writer:
    """What a log writes to while runs of the library are going on."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        """Write as the log of that name."""
        self._name = name

    def debug(self, event: str, **keys: object) -> None:
        """Write what only the search for a fault needs."""
        self._write("debug", event, keys)

    def info(self, event: str, **keys: object) -> None:
        """Write a step of the run."""
        self._write("info", event, keys)

    def warning(self, event: str, **keys: object) -> None:
        """Write what a person should know although the run goes on."""
        self._write("warning", event, keys)

    def error(self, event: str, **keys: object) -> None:
        """Write what ends a run."""
        self._write("error", event, keys)

    def _write(self, level: str, event: str, keys: dict[str, Any]) -> None:
        record = _record.get()
        if record is not None:
            record.write(level, self._name, event, keys)


@contextmanager
def writing(record: Record) -> Iterator[None]:
    """Let the events of this context, and of tasks begun in it, go into the record."""
    token = _record.set(record)
    try:
        yield
    finally:
        _record.reset(token)
