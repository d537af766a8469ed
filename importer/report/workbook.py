"""A workbook while it is written, and what it can hold.

Rows go to the disk as they come, so that memory stays flat; what stands in them is
for others to say. Invariant: a workbook that could not be written whole leaves nothing
behind.
"""

from __future__ import annotations

import html
import unicodedata
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]

#: What a sheet can hold, header included, and what a cell can.
ROWS_OF_A_SHEET = 1_048_576
CHARACTERS_OF_A_CELL = 32_767
COLUMNS_OF_A_SHEET = 16_384

#: What the name of a sheet can hold, and what it cannot.
CHARACTERS_OF_A_NAME = 31
_NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))

_TOO_LARGE = "it would be too large for a workbook; CSV has no such limit"


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """Give a workbook that is written when all went well; leave no file behind.

    Its rows wait in files of their own until then, which xlsxwriter forgets when
    something goes wrong.
    """
    # Loaded here because it is slow to load, and a workbook is rarely wanted.
    import xlsxwriter  # noqa: PLC0415
    from xlsxwriter.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415
        FileCreateError,
        FileSizeError,
    )

    with TemporaryDirectory(prefix="importer-") as waiting:
        options = {"constant_memory": True, "tmpdir": waiting}
        book = xlsxwriter.Workbook(str(path), options)
        try:
            yield book
            book.close()
        except FileCreateError as problem:
            raise OSError(*problem.args[0].args) from problem
        except FileSizeError as problem:
            raise OSError(_TOO_LARGE) from problem
        finally:
            for sheet in book.worksheets():
                sheet.row_data_fh.close()


def fitting(text: str) -> str:
    """Cut a text to what a cell holds, counted as the format counts, in UTF-16."""
    if len(text) * 2 <= CHARACTERS_OF_A_CELL:
        return text
    units = text.encode("utf-16-le", "replace")
    if len(units) <= CHARACTERS_OF_A_CELL * 2:
        return text
    kept = units[: (CHARACTERS_OF_A_CELL - 1) * 2]
    return kept.decode("utf-16-le", "ignore") + "…"


def inert(text: str) -> str:
    """Write a text so that xlsxwriter takes it for nothing but a text.

    What begins with <r> and ends with </r> it takes for XML of its own, and puts it
    into the file as it is; so it gets such XML, with the text inside.
    """
    if not (text.startswith(_RICH) and text.endswith(_RICH_END)):
        return text
    wrapped = f'{_RICH}<t xml:space="preserve">{html.escape(text)}</t>{_RICH_END}'
    # longer than xlsxwriter takes: cut so that it is no XML any more
    return wrapped if len(wrapped) <= CHARACTERS_OF_A_CELL else text[:-1] + "…"


_RICH, _RICH_END = "<r>", "</r>"


def width(text: str) -> int:
    """Return the width of a text's first line in characters, East Asia's being two.

    A long one is wide enough, whatever follows.
    """
    line = text[:200].split("\n", 1)[0]
    if line.isascii():
        return len(line)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide


def sheet_name(wanted: str, taken: set[str]) -> str:
    """Make a name that a sheet can have and that is not taken; it is taken then."""
    plain = "".join(filter(str.isprintable, wanted.translate(_NOT_IN_A_NAME)))
    plain = plain.strip("' ") or "Collections"
    if plain.casefold() == "history":  # Excel keeps it for itself
        plain += "_"
    number = 1
    while True:
        end = f" {number}" if number > 1 else ""
        name = _short(plain, CHARACTERS_OF_A_NAME - len(end)) + end
        if name.casefold() not in taken:
            taken.add(name.casefold())
            return name
        number += 1


def _short(name: str, most: int) -> str:
    """Cut a name to so many units of UTF-16, as the format counts."""
    while len(name.encode("utf-16-le", "replace")) > 2 * most:
        name = name[:-1]
    return name.strip("' ")
