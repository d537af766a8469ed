"""Inputs that are pipes: named ones, `<(command)` of a shell, and `/dev/stdin`.

What comes through one is gone once it was read, so it is kept in a temporary file, and
is read there as any other file. Nothing hangs without a word: whoever asked to be told
is told of a pipe that stays silent. Invariant: no more than one reading of a pipe.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from importer import patterns
from importer.source.content import Content, spooled
from importer.source.files import STANDARD_INPUT, standard_input
from importer.source.rows import unreadable

if TYPE_CHECKING:
    from collections.abc import Callable

#: A pipe is told of that stays silent for so long, and looked at so often.
_PATIENCE_SECONDS = 1.0
# more than any disk holds: what is not packed cannot explode
_ENDLESS = 1 << 62
#: How a shell and the system call an open file of this process.
_OPEN = patterns.later(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)")
_STANDARD = "/dev/stdin"


def _silent(_shown: str) -> None:
    """Say nothing: a program that uses the library knows what it reads."""


_told: list[Callable[[str], None]] = [_silent]


def tell_of_waits(tell: Callable[[str], None]) -> None:
    """Have a pipe named, once, that nothing comes through."""
    _told[:] = [tell]


def is_pipe(path: Path) -> bool:
    """Return whether a path is a pipe, or the keyboard: it can be read only once."""
    if sys.platform == "win32":
        return False
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    if stat.S_ISCHR(mode):
        return str(path) == _STANDARD  # other devices are no inputs, or have no end
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def is_gone_once_read(path: Path) -> bool:
    """Return whether a path cannot be read again: a pipe, or standard input."""
    return str(path) == STANDARD_INPUT or is_pipe(path)


def content(path: Path, name: str = "") -> Content:
    """Read a pipe or standard input to its end, into a temporary file.

    `name` is what tables and reports call it.

    Raises:
        InputError: it cannot be read.
        StorageError: the folder for temporary files is full.
    """
    if str(path) == STANDARD_INPUT:
        if not _is_piped_in():
            return standard_input()
        path = Path(_STANDARD)
    with ExitStack() as closing:
        try:
            descriptor = _opened(path)
            closing.callback(os.close, descriptor)
            called = _name(path)
            shown = Path(called) if str(path) == _STANDARD else path
            pipe = Waiting(descriptor, str(shown))
            return spooled(pipe, shown, name or called, _ENDLESS)
        except OSError as error:
            raise unreadable(path, error) from error


def _is_piped_in() -> bool:
    try:
        return sys.stdin.fileno() == 0 and stat.S_ISFIFO(os.fstat(0).st_mode)
    except (AttributeError, OSError, ValueError):  # closed, replaced, or none at all
        return False


def _opened(path: Path) -> int:
    """Open a pipe; one of this process stays as it is, for its end to be seen."""
    text = str(path)
    if text == _STANDARD:
        return os.dup(0)
    if found := _OPEN.fullmatch(text):
        return os.dup(int(found[1] or found[2]))
    # without it, opening would wait for a program that writes, deaf to everything
    return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


def _name(path: Path) -> str:
    text = str(path)
    if text == _STANDARD:
        return "standard input"
    plain = Content.of(path).name
    return f"pipe {plain}" if _OPEN.fullmatch(text) else plain


class Waiting:
    """A pipe that is read as it comes, and named once if nothing does."""

    def __init__(self, descriptor: int, shown: str) -> None:
        """Take an open pipe, and what messages call it."""
        self._descriptor, self._shown = descriptor, shown
        self._waits = True

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""
        # not for longer at a time, so that a signal is heard
        while not select.select([self._descriptor], [], [], _PATIENCE_SECONDS)[0]:
            if self._waits:
                self._waits = False
                _told[0](self._shown)
        self._waits = False  # what writes slowly is there
        return os.read(self._descriptor, size)
