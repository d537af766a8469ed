"""Workbooks for tests, of the kinds that no library here writes: ods and xlsb.

They hold nothing that a reader can do without.
"""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def ods(path: Path, cells: list[str]) -> Path:
    rows = "".join(f"<table:table-row>{cell}</table:table-row>" for cell in cells)
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="Collections">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:'
        b'xmlns:manifest:1.0"/>'
    )
    members = {
        "mimetype": kind,
        "content.xml": content.encode(),
        "META-INF/manifest.xml": manifest,
    }
    return zipped(path, members)


def record(number: int, body: bytes = b"") -> bytes:
    """A record of a binary workbook."""
    head = bytes([number] if number < 128 else [number & 255, number >> 7])
    length, size = len(body), b""
    while length > 127:
        size += bytes([length & 127 | 128])
        length >>= 7
    return head + size + bytes([length]) + body


def xlsb(path: Path, rows: list[list[Any]], more: bytes = b"") -> Path:
    """A binary workbook with nothing in it that a reader can do without."""

    def text(value: str) -> bytes:
        units = value.encode("utf-16-le")
        return struct.pack("<I", len(units) // 2) + units

    def cell(column: int, value: Any) -> bytes:
        at = struct.pack("<II", column, 0)
        kinds: dict[type, tuple[int, Callable[[Any], bytes]]] = {
            bool: (4, lambda truth: bytes([truth])),
            float: (5, lambda real: struct.pack("<d", real)),
            type(None): (3, lambda _: b"\x17"),  # #REF!
            str: (6, text),
        }
        number, write = kinds[type(value)]
        return record(number, at + write(value))

    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = record(148, size) + record(145)
    for number, row in enumerate(rows):
        sheet += record(0, struct.pack("<I", number) + bytes(13))
        sheet += b"".join(cell(column, value) for column, value in enumerate(row))
    sheet += more
    book = record(156, struct.pack("<II", 0, 1) + text("rId1") + text("Collections"))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = (
        "<Relationships xmlns="
        '"http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}/worksheet" '
        'Target="worksheets/sheet1.bin"/></Relationships>'
    )
    members = {
        "xl/workbook.bin": record(143) + book + record(144) + record(132),
        "xl/_rels/workbook.bin.rels": links.encode(),
        "xl/worksheets/sheet1.bin": sheet + record(146),
    }
    return zipped(path, members)


def old_record(kind: int, body: bytes = b"") -> bytes:
    """A record of an xls."""
    return struct.pack("<HH", kind, len(body)) + body


def number(row: int, column: int) -> bytes:
    """A cell of an xls with a number."""
    return old_record(0x203, struct.pack("<HHHd", row, column, 0, 1.0))


def shared(row: int, column: int, index: int) -> bytes:
    """A cell of an xls with one of the texts that its sheets share."""
    return old_record(0xFD, struct.pack("<HHHI", row, column, 0, index))


def shared_texts(*parts: bytes) -> bytes:
    """The texts that the sheets of an xls share, as bytes, in so many records."""
    first, *more = parts
    head = old_record(0xFC, struct.pack("<II", 0, 0) + first)
    return head + b"".join(old_record(0x3C, part) for part in more)


def short(*texts: str) -> bytes:
    """Texts whose letters have one byte each."""
    return b"".join(
        struct.pack("<HB", len(text), 0) + text.encode("latin-1") for text in texts
    )


def xls(path: Path, sheet: bytes, texts: bytes) -> Path:
    """A workbook of Excel 97 whose only sheet has these cells."""
    begin = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 6)
    size = 20 + 13 + len(texts) + 4
    place = old_record(0x85, struct.pack("<IBBBB", size, 0, 0, 1, 0) + b"S")
    book = old_record(0x809, begin) + place + texts + old_record(0x0A)
    assert len(book) == size
    book += old_record(0x809, begin) + sheet + old_record(0x0A)
    path.write_bytes(compound(book.ljust(4096, b"\0")))
    return path


_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(stream: bytes) -> bytes:
    """A compound file of up to 7 MB whose only stream is called Workbook."""
    stream += bytes(-len(stream) % 512)
    count, tables = len(stream) // 512, 1
    while tables * 128 < tables + 1 + count:
        tables += 1
    chain = [*range(tables + 2, tables + 1 + count), _END]
    table = [_TABLE] * tables + [_END, *chain]
    table += [_FREE] * (tables * 128 - len(table))
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    head += struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(tables), *[_FREE] * (109 - tables))

    def entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
        raw = name.encode("utf-16-le") + b"\0\0" if name else b""
        more = struct.pack("<HBB3I", len(raw), kind, 1, _FREE, _FREE, child)
        last = struct.pack("<IQ", start, size)
        return raw.ljust(64, b"\0") + more + bytes(36) + last

    names = entry("Root Entry", 5, _END, 0, 1)
    names += entry("Workbook", 2, tables + 1, len(stream), _FREE)
    names += 2 * entry("", 0, 0, 0, _FREE)
    return head + struct.pack(f"<{len(table)}I", *table) + names + stream
