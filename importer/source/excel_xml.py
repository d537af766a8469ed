"""What the XML of an xlsx says that its reader does not: lost cells, widths of columns.

Errors, and formulas that were never computed, come from the reader as blanks, so a note
says which they are; widths let a report look like its input, and stand before the
cells, so only the beginning of a sheet is unpacked. The XML is searched as a stream,
and not understood any further. Other kinds of workbook are not looked through.
Invariants: it raises nothing, since what is wrong with a workbook is for its reader to
say; widths that are not found are none.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import IO, TYPE_CHECKING

from importer import patterns
from importer.models import Note, NoteCode
from importer.source import number_formats
from importer.source.archive import names, opened
from importer.source.cells import Cells, told
from importer.source.extent import LONG_TEXT
from importer.source.sheet_rows import Rows, exactly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.source.content import Content
    from importer.source.extent import Extent


_BLOCK = 1 << 20
#: How much of a cell is kept that goes on in the next block.
_LONGEST_CELL = 1 << 20
_NAME = 1 << 12
_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_BOOK_BYTES = 1 << 24
# Each is linear on any text, also on one that was made to be slow.
_SHEET = re.compile(r"<(?:\w+:)?sheet\b([^<>]*)>")
LINK = re.compile(r"<(?:\w+:)?Relationship\b([^<>]*)>")
_ATTRIBUTE = patterns.later(r"(?<![\w:])([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_CELL = patterns.later(rb"<(?:\w+:)?c(?=[\s>])")
_SIGNS = (b't="e"', b"t='e'", b"<f", b":f")
_FORMULA = patterns.later(rb"<(?:\w+:)?f\b")
_VALUE = patterns.later(rb"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]+)<")
_WHERE = patterns.later(rb"\br=[\"']([A-Z]+\d+)[\"']")
_TYPE = patterns.later(rb"\bt=[\"'](\w+)[\"']")
_STYLE = patterns.later(rb"\bs=[\"'](\d+)[\"']")


#: The texts that the cells of all sheets share.
TEXTS = "xl/sharedStrings.xml"
#: More bytes of texts than this are counted cell by cell.
MUCH = 64 << 20
_ITEM_END = patterns.later(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_TAGS = patterns.later(rb"<[^<>]*>")
_SHARED = patterns.later(rb"\bt=[\"']s[\"'][^<>]*>\s*<(?:\w+:)?v>\s*(\d+)")
_DIGITS = 9


def notes(content: Content, sheet: str, rows: Rows | None = None) -> tuple[Note, ...]:
    """Say which cells of a sheet were lost; nothing for what is no xlsx.

    `rows` takes in how far the sheet reaches, and which of its rows are hidden.
    """
    errors, formulas, formatted = Cells(), Cells(), Cells()
    try:
        with zipfile.ZipFile(content.path) as archive:
            name = part(archive, sheet)
            if not name:
                return ()
            formats = number_formats.telling(archive)
            signs = (*_SIGNS, *(b's="%b"' % style for style in formats))
            with opened(archive, name) as stream:
                for said, body in _cells(stream, rows or Rows(), signs):
                    _judge(said, body, errors, formulas)
                    if formats:
                        _judge_format(said, body, formats, formatted)
    except (OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile):
        return ()
    except (NotImplementedError, RuntimeError):  # packed unusually, or locked
        return ()
    lost = told(NoteCode.ERRORS_AS_BLANK, errors)
    lost += told(NoteCode.NEVER_COMPUTED, formulas)
    return lost + told(NoteCode.NUMBERS_FORMATTED, formatted)


def extent(content: Content, sheet: str, rows: Rows) -> Extent:
    """Return how far a sheet reaches with cells that hold something.

    `rows` has looked at the last cells of the rows, which may be blank: only if they
    reach too far, all cells are looked at.
    """
    if not rows.extent.oversized:
        return rows.extent
    found = replace(
        rows.extent, rows=0, columns=0, lowest=(0, 0), rightmost=(0, 0), filled=0
    )
    with (
        zipfile.ZipFile(content.path) as archive,
        opened(archive, part(archive, sheet)) as stream,
    ):
        for text in _blocks(stream, Rows()):
            exactly(text, found, rows.extent)
    return found


def copied(content: Content, sheet: str, filled: int) -> int:
    """Return what the long texts take that cells of a sheet share, a copy for each.

    The cells are looked through only where so many filled ones could make it much.
    """
    with (
        suppress(OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile),
        suppress(NotImplementedError, RuntimeError),
        zipfile.ZipFile(content.path) as archive,
    ):
        if not (name := part(archive, sheet)) or TEXTS.lower() not in names(archive):
            return 0
        with opened(archive, TEXTS) as stream:
            if _longest(stream) * filled <= MUCH:
                return 0
        with opened(archive, TEXTS) as stream:
            long = _long_texts(stream)
        if max(long.values(), default=0) * filled <= MUCH:
            return 0
        with opened(archive, name) as stream:
            return sum(
                long.get(int(number[:_DIGITS]), 0)
                for text in _blocks(stream, Rows())
                for number in _SHARED.findall(text)
            )
    return 0


def _longest(stream: IO[bytes]) -> int:
    """Return how long a shared text can be at most, with what it is set in."""
    longest = rest = 0
    for block in iter(partial(stream.read, _BLOCK), b""):
        # no text holds this tag; one may go on in the next block
        first, *others = map(len, block.split(b"</si>"))
        longest = max(longest, rest + first, *others)
        rest = others[-1] if others else rest + first
    return longest


def _long_texts(stream: IO[bytes]) -> dict[int, int]:
    """Return the bytes of long texts that cells share, by their numbers."""
    found: dict[int, int] = {}
    count, rest, dropped = 0, b"", 0
    for block in iter(partial(stream.read, _BLOCK), b""):
        *texts, rest = _ITEM_END.split(rest + block)
        for number, text in enumerate(texts, start=count):
            if (size := len(text) + dropped) > LONG_TEXT:
                # what it is set in is no letter of it
                found[number] = size - sum(map(len, _TAGS.findall(text)))
            dropped = 0
        count += len(texts)
        if len(rest) > _LONGEST_CELL + _NAME:
            dropped += len(rest) - _NAME
            rest = rest[-_NAME:]
    return found


def part(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the archive's member that holds the cells of a sheet, or nothing."""
    if _BOOK not in names(archive):
        return ""
    links = {
        item.get("Id", ""): item.get("Target", "")
        for item in elements(archive, _LINKS, LINK)
    }
    for element in elements(archive, _BOOK, _SHEET):
        # the sheet's place is two steps away: its name has an id, and the id a target
        if element.get("name") == sheet:
            target = links.get(element.get("id", ""), "").replace("\\", "/")
            return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return ""


def elements(
    archive: zipfile.ZipFile, member: str, element: re.Pattern[str]
) -> Iterator[dict[str, str]]:
    """Return the attributes of each element of a part that is XML.

    Their names have no namespaces.
    """
    with opened(archive, member) as stream:
        text = stream.read(_BOOK_BYTES).decode("utf-8", "replace")
    yield from map(attributes, element.findall(text))


def attributes(text: str) -> dict[str, str]:
    """Return the attributes of an element, without namespaces."""
    return {
        name.rpartition(":")[2]: html.unescape(double or single)
        for name, double, single in _ATTRIBUTE.findall(text)
    }


def _cells(
    stream: IO[bytes], rows: Rows, signs: tuple[bytes, ...]
) -> Iterator[tuple[bytes, bytes]]:
    """Return the cells that may be lost, as attributes and content."""
    for text in _blocks(stream, rows):
        # most sheets have none, and need no look at each of their cells
        if any(sign in text for sign in signs):
            for cell in _CELL.split(text)[1:]:
                said, _, body = cell.partition(b">")
                if not said.endswith(b"/"):
                    yield said, body


def _blocks(stream: IO[bytes], rows: Rows) -> Iterator[bytes]:
    """Return the XML in parts that end behind a cell; `rows` takes in each."""
    rest = b""
    for block in iter(partial(stream.read, _BLOCK), b""):
        text = rest + block
        # a block ends anywhere: what follows its last whole cell waits for the next
        end = text.rfind(b"c>")
        end = end + 2 if end >= 0 else 0
        rest = _shortened(text[end:])
        rows.add(text[:end], len(block))
        yield text[:end]


def _shortened(text: bytes) -> bytes:
    """Return a cell that goes on: its name, and as much of its end as is kept."""
    if len(text) <= _LONGEST_CELL + _NAME:
        return text
    return text[:_NAME] + text[-_LONGEST_CELL:]


def _judge(content: bytes, body: bytes, errors: Cells, formulas: Cells) -> None:
    kind = _TYPE.search(content)
    name = kind[1] if kind else b"n"
    value = _VALUE.search(body)
    place = _WHERE.search(content)
    position = place[1].decode() if place else "a cell"
    if name == b"e":
        text = html.unescape(value[1].decode("utf-8", "replace")) if value else ""
        errors.add(f"{position} ({text[:20]})" if text else position)
    # an empty text is a value; a number or a truth without one was never computed
    elif value is None and name in (b"n", b"b") and _FORMULA.search(body):
        formulas.add(position)


def _judge_format(
    content: bytes, body: bytes, formats: dict[bytes, str], formatted: Cells
) -> None:
    """Take in a number that the spreadsheet shows as another text."""
    style, kind = _STYLE.search(content), _TYPE.search(content)
    code = formats.get(style[1]) if style else None
    if code is None or (kind and kind[1] != b"n") or not _VALUE.search(body):
        return
    if place := _WHERE.search(content):
        formatted.add(f"{place[1].decode()} ({code[:20]})")


_BYTES = 1 << 18
_COLUMN = patterns.later(r"<(?:\w+:)?col\b([^<>]*)>")
_CELLS = patterns.later(r"<(?:\w+:)?sheetData\b")
#: What a spreadsheet can show; an invented number makes no column wider.
_WIDEST = 255.0


def of(content: Content, sheet: str, count: int) -> tuple[float, ...]:
    """Return the widths of the first `count` columns; empty where unknown.

    A workbook says only the widths that were set by hand, and then all are needed: the
    others have the width that a spreadsheet begins with.
    """
    return _widths(_head(content, sheet), count)


def hidden_columns(content: Content, sheet: str) -> list[tuple[int, int]]:
    """Return the first and the last of hidden columns, from 0."""
    found = []
    for text in _COLUMN.findall(_head(content, sheet)):
        facts = attributes(text)
        with suppress(KeyError, ValueError):
            if facts.get("hidden") in {"1", "true"}:
                found.append((int(facts["min"]) - 1, int(facts["max"]) - 1))
    return found


def _head(content: Content, sheet: str) -> str:
    """Return what stands before the cells of a sheet; nothing for what is no xlsx."""
    try:
        with zipfile.ZipFile(content.path) as archive:
            name = part(archive, sheet)
            if not name:
                return ""
            with opened(archive, name) as stream:
                head = stream.read(_BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, KeyError, zlib.error, zipfile.BadZipFile):
        return ""
    except (NotImplementedError, RuntimeError):  # packed unusually, or locked
        return ""
    return _CELLS.split(head, maxsplit=1)[0]


def _widths(head: str, count: int) -> tuple[float, ...]:
    found: dict[int, float] = {}
    for text in _COLUMN.findall(head):
        facts = attributes(text)
        try:
            first, last = int(facts["min"]), int(facts["max"])
            wide = min(float(facts["width"]), _WIDEST)
        except (KeyError, ValueError):
            continue
        if wide > 0:  # a hidden column is shown: its cell may be the one to fix
            columns = range(max(first, 1), min(last, count) + 1)
            found.update(dict.fromkeys(columns, round(wide, 2)))
    if not found:
        return ()
    return tuple(found.get(column, _USUAL) for column in range(1, count + 1))


_USUAL = 8.43
