"""Where events come out: stderr, and a run's `run.log`.

Each outlet has its own level and turns an event into one line, written at once, so
that a crash loses no line and threads do not tear each other's. Invariant: a line
that cannot be written (a full disk, a closed pipe) is dropped, and the run goes on.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from importer import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Event = dict[str, Any]

#: The levels by the names that events carry.
LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


# so that Python prints no event of ours where the program listens to none
logging.getLogger("importer").addHandler(logging.NullHandler())

#: Keys of an event that a record of the standard library has itself, or its name.
_FIRST = frozenset({"timestamp", "level", "event", "logger"})


class Stream:
    """Standard error, for people or for machines; or standard output.

    `sys.stderr` is looked up for each line: a live display puts itself in its place
    to keep lines above itself.
    """

    __slots__ = ("_render", "_stdout", "level")

    def __init__(
        self, level: int, render: Callable[[Event], str], *, stdout: bool = False
    ) -> None:
        """Show events of the level and above, as `render` writes them."""
        self.level: int = level
        self._render = render
        self._stdout = stdout

    def write(self, event: Event) -> None:
        """Write one line, in one go."""
        stream = sys.stdout if self._stdout else sys.stderr
        with contextlib.suppress(OSError, ValueError):
            stream.write(self._render(event) + "\n")
            stream.flush()

    def close(self) -> None:
        """Leave stderr open: it is not ours."""


class File:
    """A run's `run.log`: JSON lines, added to, readable by the user alone."""

    __slots__ = ("_stream", "level", "path")

    def __init__(self, path: Path, level: int) -> None:
        """Open the file.

        Raises:
            OSError: it cannot be opened.
        """
        self.level: int = level
        self.path: Path = path
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with contextlib.suppress(OSError, AttributeError):  # Windows has no fchmod
            os.fchmod(handle, 0o600)  # whatever the umask
        self._stream = io.FileIO(handle, "a")  # unbuffered

    def write(self, event: Event) -> None:
        """Write one line, in one go, so that lines of threads stay whole."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(to_json(event).encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """Close the file; further events are dropped."""
        with contextlib.suppress(OSError):
            self._stream.close()


class Logging:
    """The standard library's logger of the program around a run, `importer`.

    What the program has set there decides: its level, its handlers. A record has the
    name of the event and its keys as text, and both as `event` and `keys`.
    """

    __slots__ = ("level",)

    def __init__(self, level: int) -> None:
        """Hand on events of the level and above."""
        self.level: int = level

    def write(self, event: Event) -> None:
        """Hand on one event, where the program listens."""
        level = LEVELS[event["level"]]
        logger = logging.getLogger(f"importer.{event['logger']}")
        if not logger.isEnabledFor(level):
            return
        keys = {name: event[name] for name in event if name not in _FIRST}
        text = " ".join((str(event["event"]), *map("=".join, _written(keys))))
        with contextlib.suppress(Exception):  # a handler of the program's that fails
            logger.log(level, "%s", text, extra={"event": event["event"], "keys": keys})

    def close(self) -> None:
        """Leave the logger: it is the program's."""


def _written(keys: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in keys.items():
        text = value if isinstance(value, str) and value else texts.to_json(value)
        yield name, texts.on_a_line(text)


class Fan:
    """What structlog takes for a logger: hands an event to each outlet it concerns."""

    __slots__ = ("_outlets",)

    def __init__(self, *outlets: Stream | File | Logging) -> None:
        """Keep the outlets."""
        self._outlets = outlets

    def write(self, **event: Any) -> None:  # noqa: ANN401 - an event holds anything
        """Write the event wherever its level reaches."""
        level = LEVELS[event["level"]]
        for outlet in self._outlets:
            if level >= outlet.level:
                outlet.write(event)

    # one by one: so type checkers know each
    debug = write
    info = write
    warning = write
    error = write


def steps(redact: Callable[..., Event]) -> list[Callable[..., Any]]:
    """Return what structlog does with each event; `redact` comes last."""
    from structlog import processors  # noqa: PLC0415 - loaded when a run starts

    return [
        processors.add_log_level,
        processors.TimeStamper(fmt="iso", utc=True),
        processors.format_exc_info,
        # last, so that it sees what the others have added: a traceback holds texts, too
        redact,
    ]


def to_json(event: Mapping[str, Any]) -> str:
    """Write an event as one line of JSON, the moment and the level in front."""
    first = {key: event[key] for key in ("timestamp", "level", "event") if key in event}
    return texts.to_json(first | dict(event), default=str)


def console(*, tracebacks: bool) -> Callable[[Event], str]:
    """Make the renderer for people: time, level, event, keys.

    A traceback is shown only to those who asked for everything (`-v -v`); it always
    is in `run.log`. No value of a key can begin a line of its own, or move the cursor.
    """
    from structlog import dev  # noqa: PLC0415 - loaded when a run starts

    render = dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=dev.plain_traceback
    )

    def line(event: Event) -> str:
        shown = {texts.on_a_line(key): _seen(key, one) for key, one in event.items()}
        shown["timestamp"] = str(shown.get("timestamp", ""))[11:19]
        if not tracebacks:
            shown.pop("exception", None)
        return texts.escaped(str(render(None, "", shown)))

    return line


def _seen(key: str, value: object) -> object:
    """Return a value as it stands on a line; only tracebacks have several."""
    lines = key == "exception" or not isinstance(value, str)
    return value if lines else texts.on_a_line(str(value))
