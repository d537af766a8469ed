"""About how many rows a file has, without reading it: whether it is a large one.

Invariant: it takes a moment, and a file that is odd is no failure.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

#: Tables of more rows are read in a process of their own.
LARGE = 50_000
#: A table that unpacks to more has more rows than that, or will not be read at all.
_MOST_BYTES = 64 * 1024 * 1024
_BLOCK = 1 << 18
#: The least that a row of the old Excel takes.
_OLD_ROW_BYTES = 40
_MARKS = {".xlsx": b"<row ", ".xlsm": b"<row ", ".ods": b"<table:table-row"}


def is_large(path: Path) -> bool:
    """Return whether a file has more rows than are read in the server itself."""
    ending = path.suffix.lower()
    try:
        if mark := _MARKS.get(ending):
            return _counted_in_workbook(path, mark)
        if ending == ".xls":
            return path.stat().st_size > LARGE * _OLD_ROW_BYTES
        with path.open("rb") as stream:
            return _exceeds(stream, b"\n") or _exceeds_old_ends(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return not _is_short(path)  # a picture with the name of a workbook, say


def _is_short(path: Path) -> bool:
    """Return whether so many rows have no room in a file, whatever it is."""
    try:
        return path.stat().st_size < LARGE * 2
    except OSError:
        return True


def _exceeds_old_ends(path: Path) -> bool:
    with path.open("rb") as stream:
        return _exceeds(stream, b"\r")


def _counted_in_workbook(path: Path, mark: bytes) -> bool:
    with zipfile.ZipFile(path) as book:
        parts = [one for one in book.infolist() if _has_rows(one.filename)]
        if sum(one.file_size for one in parts) > _MOST_BYTES:
            return True
        for part in parts:
            with book.open(part) as stream:
                if _exceeds(stream, mark):
                    return True
    return False


def _has_rows(name: str) -> bool:
    return name == "content.xml" or name.startswith("xl/worksheets/")


def _exceeds(stream: IO[bytes], mark: bytes) -> bool:
    found = 0
    for block in _blocks(stream, len(mark)):
        found += block.count(mark)
        if found > LARGE:
            return True
    return False


def _blocks(stream: IO[bytes], width: int) -> Iterator[bytes]:
    """Yield a stream in blocks, each with the end of the last: no mark is cut."""
    end = b""
    while block := stream.read(_BLOCK):
        yield end + block
        end = block[len(block) - width + 1 :] if width > 1 else b""
