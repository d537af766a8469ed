"""The log is set up: where events go, from which level on, and what is masked.

Until `configure` or `recorded` is called nothing is written and nothing is loaded.
Invariant: no secret passes; a log that cannot be written never stops a run.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from logging import DEBUG, ERROR, INFO, WARNING
from typing import TYPE_CHECKING, Any, Literal

from importer.logs import context, outlets
from importer.logs.redaction import Secrets, redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

LogFormat = Literal["console", "json"]

_OFF = logging.CRITICAL + 1


class Log:
    """A place to note events from; made by `get`, cheap where nothing listens."""

    __slots__ = ("_threshold", "_writer", "name")

    def __init__(self, name: str) -> None:
        """Start silent."""
        self.name: str = name
        self.connect(None, _OFF)

    def connect(self, writer: Any, threshold: int) -> None:  # noqa: ANN401 - structlog
        """Hand events of the threshold and above to a structlog logger."""
        self._writer = writer
        self._threshold = threshold

    def wants(self, level: int) -> bool:
        """Say whether an event of the level is written: ask before costly keys."""
        return level >= self._threshold

    def debug(self, event: str, **keys: object) -> None:
        """Note what only the search for a fault needs."""
        if self._threshold <= DEBUG:
            self._writer.debug(event, **keys)

    def info(self, event: str, **keys: object) -> None:
        """Note a step of the run."""
        if self._threshold <= INFO:
            self._writer.info(event, **keys)

    def warning(self, event: str, **keys: object) -> None:
        """Note what a person should know although the run goes on."""
        if self._threshold <= WARNING:
            self._writer.warning(event, **keys)

    def error(self, event: str, **keys: object) -> None:
        """Note what ends a run; `exc_info=True` adds the exception at hand."""
        if self._threshold <= ERROR:
            self._writer.error(event, **keys)


def get(name: str) -> Log:
    """Give the log of that name, the same one each time; loads nothing."""
    if name not in _state.logs:
        _state.logs[name] = Log(name)
        _state.connect(_state.logs[name])
    return _state.logs[name]


def bind(**keys: object) -> None:
    """Let every event from here on carry the keys, in tasks started from here too."""
    from structlog import contextvars  # noqa: PLC0415 - not loaded by `--help`

    contextvars.bind_contextvars(**keys)


def configure(
    stream_level: int = WARNING,
    log_format: LogFormat = "console",
    run_log: Path | None = None,
    secrets: Sequence[str] = (),
    *,
    run_log_level: int = DEBUG,
    stdout: bool = False,
) -> None:
    """Decide what is written where; a second call takes the place of the first.

    Args:
        stream_level: what stderr shows, from this level up.
        log_format: `console` for people, `json` for machines; for stderr only.
        run_log: the file for JSON lines.
        secrets: texts that must appear nowhere, whatever they look like.
        run_log_level: what that file holds, from this level up.
        stdout: whether what stderr would show goes to stdout, where nothing else does.

    Raises:
        OSError: `run_log` cannot be opened.
    """
    _state.close()
    render: Callable[[outlets.Event], str] = outlets.to_json
    if log_format == "console":
        render = outlets.console(tracebacks=stream_level <= DEBUG)
    ends: list[outlets.Stream | outlets.File] = [
        outlets.Stream(stream_level, render, stdout=stdout)
    ]
    if run_log is not None:
        ends.append(outlets.File(run_log, run_log_level))
    _state.open(ends, secrets)


@contextmanager
def recorded(
    run_log: Path, secrets: Iterable[str] = (), **keys: object
) -> Iterator[None]:
    """Write the events of a block into a file, and nothing anywhere else.

    For runs inside a program whose logs are its own. What `configure` has decided
    goes before: then the block writes where that says.

    Args:
        run_log: the file for JSON lines, from INFO up.
        secrets: texts that must appear nowhere, whatever they look like.
        keys: what each event carries.

    Raises:
        OSError: `run_log` cannot be opened.
    """
    for secret in secrets:
        hide(secret)
    file = outlets.File(run_log, INFO)
    _state.recording(+1)
    try:
        with context.writing(context.Record(file, _state.secrets, keys)):
            yield
    finally:
        _state.recording(-1)
        file.close()


def hide(secret: str) -> None:
    """Let this text appear nowhere from here on, like those `configure` was given."""
    _state.secrets.add(secret)


def masked(text: str) -> str:
    """Strike the secrets that are known from a text that goes elsewhere."""
    return _state.secrets.strike(text)


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """Make the function that masks one text; for messages outside the logs too."""
    return Secrets(secrets).mask


def place() -> Path | None:
    """Say which file is written, None where there is none."""
    files = (
        outlet.path for outlet in _state.outlets if isinstance(outlet, outlets.File)
    )
    return next(files, None)


def close() -> None:
    """Be silent again and close the run's file; forget bound keys and secrets."""
    _state.close()
    _state.secrets = Secrets()


class _State:
    """What `configure` decided: the outlets that are open and who writes to them."""

    def __init__(self) -> None:
        self.logs: dict[str, Log] = {}
        self.outlets: list[outlets.Stream | outlets.File] = []
        self.secrets = Secrets()
        #: how many runs of the library are going on
        self.records = 0
        self._bridge = _Bridge(level=WARNING)

    def open(
        self, ends: list[outlets.Stream | outlets.File], secrets: Sequence[str]
    ) -> None:
        import structlog  # noqa: PLC0415 - loaded by runs, not by `--help`

        self.outlets = ends
        for secret in secrets:
            self.secrets.add(secret)
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                *outlets.steps(redactor(self.secrets)),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(self._threshold()),
            logger_factory=lambda *_: outlets.Fan(*ends),
            cache_logger_on_first_use=True,
        )
        for log in self.logs.values():
            self.connect(log)
        logging.getLogger().addHandler(self._bridge)

    def recording(self, change: int) -> None:
        self.records += change
        if not self.outlets:
            for log in self.logs.values():
                self.connect(log)

    def connect(self, log: Log) -> None:
        if not self.outlets:
            if self.records:
                log.connect(context.Writer(log.name), INFO)
            else:
                log.connect(None, _OFF)
            return
        import structlog  # noqa: PLC0415 - loaded by `configure`

        writer = structlog.get_logger().bind(logger=log.name)
        log.connect(writer, self._threshold())

    def close(self) -> None:
        if self.outlets:
            from structlog import contextvars  # noqa: PLC0415 - loaded by `open`

            contextvars.clear_contextvars()
        logging.getLogger().removeHandler(self._bridge)
        for outlet in self.outlets:
            outlet.close()
        self.outlets = []
        for log in self.logs.values():
            self.connect(log)

    def _threshold(self) -> int:
        return min(outlet.level for outlet in self.outlets)


class _Bridge(logging.Handler):
    """Takes what libraries log on their own, so that it is redacted as well.

    Without it Python prints their warnings to stderr as they are, and a library is
    free to put a request with its headers into one.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Note the record as an event of ours."""
        log = get("library")
        note = log.error if record.levelno >= ERROR else log.warning
        note(
            "library.said",
            library=record.name,
            said=record.getMessage(),
            exc_info=record.exc_info,
        )


_state = _State()
