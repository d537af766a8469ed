"""A workbook while it is written: what it can hold, and how its cells look.

Rows go to the disk as they come, so that memory stays flat; what stands in them is for
others to say. Colours say what a status means at a glance, and mark the cells to be
fixed. Invariants: a workbook that could not be written whole leaves nothing behind;
every final status has its colour.
"""

from __future__ import annotations

import html
import unicodedata
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]


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
    import xlsxwriter.exceptions  # type: ignore[import-untyped]  # noqa: PLC0415

    with TemporaryDirectory(prefix="importer-") as waiting:
        options = {"constant_memory": True, "tmpdir": waiting}
        book = xlsxwriter.Workbook(str(path), options)
        try:
            yield book
            book.close()
        except xlsxwriter.exceptions.FileCreateError as problem:
            raise OSError(*problem.args[0].args) from problem
        except xlsxwriter.exceptions.FileSizeError as problem:
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


_TEXT: Final = {"num_format": "@"}
#: Fill and letters: done, to be fixed, still open. Readable in print, too.
DONE: Final = {"bg_color": "#C6EFCE", "font_color": "#006100"}
WRONG: Final = {"bg_color": "#FFC7CE", "font_color": "#9C0006"}
OPEN: Final = {"bg_color": "#FFEB9C", "font_color": "#7F4F00"}

#: Statuses that are not green.
_COLOURS: Final[Mapping[Status, Mapping[str, str]]] = MappingProxyType(
    {
        **dict.fromkeys((Status.INVALID, Status.DUPLICATE, Status.REJECTED), WRONG),
        **dict.fromkeys((Status.FAILED, Status.UNKNOWN, Status.NOT_ATTEMPTED), OPEN),
    }
)


@dataclass(frozen=True, slots=True)
class Paint:
    """The formats of one workbook."""

    text: Format
    header: Format
    ours: Format
    wrong: Format
    status: Mapping[Status, Format]
    bold: Format

    @classmethod
    def of(cls, book: Workbook) -> Paint:
        """Make the formats that a workbook needs."""

        def made(*parts: Mapping[str, object]) -> Format:
            return book.add_format({k: v for part in parts for k, v in part.items()})

        head: dict[str, object] = {"bold": True, "bottom": 1, "text_wrap": True}
        head |= {"valign": "top"}
        colours = {status: made(_TEXT, _COLOURS.get(status, DONE)) for status in Status}
        return cls(
            text=made(_TEXT),
            header=made(_TEXT, head, {"bg_color": "#D9E1F2"}),
            ours=made(_TEXT, head, {"bg_color": "#E7E6E6"}),
            wrong=made(_TEXT, WRONG),
            status=colours,
            bold=made({"bold": True}),
        )
