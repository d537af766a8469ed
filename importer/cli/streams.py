"""Standard input, output and error: usable, and with nothing on them that may not be.

A stream that was closed reads from and writes to nowhere, so that no socket and no
journal gets its number; a character that a stream's encoding does not have is written
as JSON would escape it. All that is printed goes through here, wherever it comes from:
commands, click, the log, warnings and tracebacks of Python. What rich draws is made
harmless by its console instead, because it moves the cursor itself. Invariants: after
`make_usable` descriptors 0 to 2 are open, and no text that is printed ends a command;
no token, no command to a terminal and no image of the memory gets out; when the command
has ended, the streams are as they were, or what others have put in their place.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from importer import texts

if sys.platform != "win32":
    import resource

if TYPE_CHECKING:
    from collections.abc import Iterator


#: The streams by their descriptors, and how each is opened.
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))
#: The name of `_escaped` among Python's handlers of encoding errors.
_ESCAPING = "importer.escaped"
#: Handlers that fail, that let bytes through that are no text, or whose escapes no
#: reader of JSON knows. Another one was chosen by the user, by PYTHONIOENCODING.
_REPLACED = frozenset({"strict", "surrogateescape", "backslashreplace"})


def make_usable() -> None:
    """Open what was closed, and have no character end the process.

    To be called before anything else is opened: the event loop aborts the process
    where one of its descriptors has the number of a standard stream.
    """
    for descriptor, (name, mode) in enumerate(_STREAMS):
        _open_missing(descriptor)
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(descriptor, mode))
    codecs.register_error(_ESCAPING, _escaped)
    # the process's own: a test, or `kept`, may have put others before them
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in _REPLACED:
            stream.reconfigure(errors=_ESCAPING)


def _open_missing(descriptor: int) -> None:
    """Let a standard descriptor that is closed lead nowhere."""
    try:
        os.fstat(descriptor)
    except OSError:
        # the lowest free number, which is this one: those below are open by now
        os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003


def _nowhere(descriptor: int, mode: str) -> io.TextIOWrapper:
    """Open a stream to nowhere, at the descriptor where it was expected."""
    place = os.fstat(descriptor)
    own = os.path.samestat(place, os.stat(os.devnull))  # noqa: PTH116 - with fstat
    # what else has that number by now is left alone
    file: int | str = descriptor if own else os.devnull
    stream = open(file, mode, encoding="utf-8", closefd=not own)  # noqa: SIM115
    assert isinstance(stream, io.TextIOWrapper)  # noqa: S101 - text was asked for
    return stream


def _escaped(failure: UnicodeError) -> tuple[str, int]:
    """Write characters as JSON does, so that a document stays one."""
    if not isinstance(failure, UnicodeEncodeError):
        raise failure
    text = failure.object[failure.start : failure.end]
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
    return "".join(f"\\u{pair}" for pair in pairs), failure.end


class Harmless:
    """A stream whose texts hold no token, and nothing that a terminal obeys."""

    def __init__(self, beneath: TextIO) -> None:
        """Write to `beneath`."""
        self.beneath = beneath

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        """Be like the stream in all else, but offer no way around."""
        if name in {"beneath", "detach"}:
            raise AttributeError(name)
        found = getattr(self.beneath, name)
        return HarmlessBytes(found) if name == "buffer" else found

    def write(self, text: str) -> int:
        """Write a text."""
        return self.beneath.write(harmless(text))

    def writelines(self, lines: list[str]) -> None:
        """Write several."""
        for line in lines:
            self.write(line)


class HarmlessBytes:
    """Make texts harmless that are encoded already, which click does at times."""

    def __init__(self, beneath: BinaryIO) -> None:
        """Write to `beneath`."""
        self._beneath = beneath

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        """Be like the stream in all else."""
        return getattr(self._beneath, name)

    def write(self, raw: bytes) -> int:
        """Write a text in UTF-8; how much of it was taken."""
        text = bytes(raw).decode("utf-8", "surrogateescape")
        self._beneath.write(harmless(text).encode("utf-8", "surrogateescape"))
        return len(raw)


def harmless(text: str) -> str:
    """Mask the tokens in a text that is printed, and escape what is unseen."""
    logs = sys.modules.get("importer.logs")  # no token is known without it
    return texts.escaped(logs.masked(text) if logs else text)


def beneath(stream: TextIO) -> TextIO:
    """Return the stream itself, for what makes its texts harmless on its own."""
    return stream.beneath if isinstance(stream, Harmless) else stream


@contextmanager
def kept() -> Iterator[None]:
    """Print through `Harmless` in the block, and leave no image of the memory."""
    _dump_nothing()
    before = sys.stdout, sys.stderr
    ours = [_made_harmless(stream) for stream in before]
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        # of a stdout whose reader has gone, click leaves one that says nothing
        if sys.stdout is ours[0]:
            sys.stdout = before[0]
        if sys.stderr is ours[1]:
            sys.stderr = before[1]


def _made_harmless(stream: TextIO | None) -> TextIO:
    # a stream that is closed is None
    return cast("TextIO", None if stream is None else Harmless(stream))


def _dump_nothing() -> None:
    """Have a crash leave no core file: the tokens are in the memory."""
    if sys.platform == "win32":  # pragma: no cover - not there
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
