"""The bytes of an input, and what they are called.

A plain file is read where it lies. What comes packed or through standard input is
first written to a temporary file, which goes as soon as it is not read any more.
Invariant: messages and reports name what the person named, never a temporary file.
"""

from __future__ import annotations

import tempfile
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from importer.errors import StorageError
from importer.source.rows import oversized

if TYPE_CHECKING:
    from typing import Self

_BLOCK = 1 << 20


class Stream(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Content:
    """One file's worth of bytes.

    Attributes:
        path: where the bytes lie.
        shown: what messages call it.
        name: what its tables and the report call it.
    """

    path: Path
    shown: Path
    name: str

    @classmethod
    def of(cls, path: Path) -> Self:
        """Take a file as it lies there."""
        # a name that is no UTF-8 could not be kept, nor sent anywhere
        name = path.name.encode("utf-8", "backslashreplace").decode()
        return cls(path, path, name)


def spooled(stream: Stream, shown: Path, name: str, limit: int) -> Content:
    """Write a stream to a temporary file, as far as `limit` bytes.

    Raises:
        InputError: it is longer than that.
        StorageError: the folder for temporary files is full.
        Exception: whatever reading the stream raises.
    """
    with tempfile.NamedTemporaryFile(prefix="importer-", delete=False) as out:
        content = Content(Path(out.name), shown, name)
        # it goes with the content: its rows are read long after this has returned
        gone = weakref.finalize(content, _remove, content.path)
        try:
            _copy(stream, out, shown, limit)
        except BaseException:
            out.close()
            gone()  # the error's traceback would keep the content for a while
            raise
    return content


def _copy(stream: Stream, out: IO[bytes], shown: Path, limit: int) -> None:
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > limit:
            raise oversized(shown, limit)
        _write(out, block)


def _write(out: IO[bytes], block: bytes) -> None:
    try:
        out.write(block)
        # flushed at each block, so that a full disk is noticed here and not when it is
        # closed
        _flushed(out)
    except OSError as error:
        msg = f"The input could not be kept for reading ({error.strerror or error})."
        remedy = "Make room in the folder for temporary files."
        raise StorageError(msg, remedy=remedy) from error


def _flushed(out: IO[bytes]) -> None:
    out.flush()


def _remove(path: Path) -> None:
    # Windows keeps a file that is still open; its owner cleans that folder.
    with suppress(OSError):
        path.unlink()
