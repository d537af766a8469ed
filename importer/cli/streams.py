"""Standard input, output and error, in whatever state the process was given them.

A stream that was closed reads from and writes to nowhere, so that no socket and no
journal gets its number; a character that a stream's encoding does not have is written
as JSON would escape it. Invariant: after `make_usable` descriptors 0 to 2 are open, and
no text that is printed ends a command.
"""

from __future__ import annotations

import codecs
import io
import os
import sys

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
    # the process's own: a test, or `safety`, may have put others before them
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
    """A stream to nowhere, at the descriptor where it was expected."""
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
