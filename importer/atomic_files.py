"""A file that appears whole or not at all.

Writes beside the final name, brings the bytes to the disk, then renames. It knows
nothing of what is written. Invariant: who opens the final name, even after a
crash in the middle, reads either the old file or the whole new one.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from importer.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

#: The user alone reads and writes.
PRIVATE = 0o600


@contextmanager
def replacing(path: Path, *, private: bool = True) -> Iterator[Path]:
    """Give a name to write to; what is there afterwards becomes `path`.

    Nothing is left behind when the writing fails.

    Args:
        path: the final name.
        private: whether only the user may read it, whatever the umask; else the umask
            decides.

    Raises:
        StorageError: the disk is full, or the file may not be written.
    """
    draft = path.with_name(f".{path.name}.draft")
    try:
        try:
            if private:
                _make_private(draft)
            yield draft
            _to_disk(draft)
            draft.replace(path)
            _to_disk(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as problem:
        msg = f"{path} cannot be written: {problem.strerror or problem}."
        raise StorageError(msg, remedy=_REMEDY) from problem


@contextmanager
def text(
    path: Path, encoding: str = "utf-8", *, private: bool = True
) -> Iterator[TextIO]:
    """Open `path` for text as it is, without translating line ends.

    A character that UTF-8 cannot hold becomes `?`: a report with one strange
    letter is worth more than none.

    Raises:
        StorageError: as `replacing`.
    """
    with (
        replacing(path, private=private) as draft,
        draft.open("w", encoding=encoding, errors="replace", newline="") as stream,
    ):
        yield stream


@contextmanager
def text_as(path: Path, encoding: str, *, private: bool = True) -> Iterator[TextIO]:
    """Open `path` for text that ends in an encoding, or in UTF-8 where that lacks it.

    Raises:
        StorageError: as `replacing`.
    """
    with replacing(path, private=private) as draft:
        with draft.open("w", encoding=_UTF_8, errors="replace", newline="") as stream:
            yield stream
        if encoding != _UTF_8:
            _encode(draft, encoding)


def _encode(draft: Path, encoding: str) -> None:
    """Write a draft anew in another encoding; one that lacks a letter leaves it."""
    other = draft.with_name(f"{draft.name}.draft")
    try:
        with (
            draft.open(encoding=_UTF_8, newline="") as stream,
            other.open("w", encoding=encoding, newline="") as encoded,
        ):
            while block := stream.read(_BLOCK):
                encoded.write(block)
        draft.write_bytes(other.read_bytes())
    except UnicodeEncodeError:
        return
    finally:
        other.unlink(missing_ok=True)


_UTF_8 = "utf-8-sig"
_BLOCK = 1 << 16

_REMEDY = (
    "Make room on the disk, or close the file if it is open in a spreadsheet, then "
    "write the reports again with: importer report"
)


def why_unwritable(path: Path) -> str:
    """Say why a file cannot be written, by beginning to; empty where it can be."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT, PRIVATE))
        draft.unlink()
    except OSError as problem:
        return problem.strerror or str(problem)
    return ""


def _make_private(draft: Path) -> None:
    """Make the file, empty and for the user alone, before anything is in it."""
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    try:
        with suppress(AttributeError):  # Windows has none
            os.fchmod(handle, PRIVATE)
    finally:
        os.close(handle)


def _to_disk(path: Path) -> None:
    """Wait until the disk has a file, or the name of a new file in a folder."""
    if os.name == "nt" and path.is_dir():  # pragma: no cover - folders cannot be
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
