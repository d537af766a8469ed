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
