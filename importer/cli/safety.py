"""What a command must not let out: tokens, commands to a terminal, an image of memory.

All that is printed goes through here, wherever it comes from: commands, click, the
log, warnings and tracebacks of Python. What rich draws is made harmless by its console
instead, because it moves the cursor itself. Invariant: when the command has ended, the
streams are as they were, or what others have put in their place.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

from importer import texts

if TYPE_CHECKING:
    from collections.abc import Iterator


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

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
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
    """The stream itself, for what makes its texts harmless on its own."""
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
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:  # pragma: no cover - Windows
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
