"""What a file really is: told from its first bytes, never from its name.

Decides between workbook and text and refuses the rest, each with a sentence of its
own. Reads a few bytes and no rows.
"""

from __future__ import annotations

import codecs
import zipfile
from enum import Enum
from typing import TYPE_CHECKING

from importer.source.refusal import refusal, unreadable

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES = 8
# Byte order marks and the encodings that they announce, the longer ones first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORKBOOK_PARTS = frozenset({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"{\\rtf": "a text document",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
}
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")
_SAVE_AS = (
    "Open it in a spreadsheet and save it as CSV (UTF-8) or as an Excel workbook."
)


class Kind(Enum):
    """The kinds of file that can be read."""

    TEXT = "text"
    WORKBOOK = "workbook"


def of(path: Path) -> Kind:
    """Say how the file is to be read.

    Raises:
        InputError: it is not there, cannot be opened, is empty or is no table.
    """
    head = _head(path)
    if head.startswith(_OLE):
        return Kind.WORKBOOK
    if head.startswith(_ZIP):
        _refuse_other_archives(path)
        return Kind.WORKBOOK
    _refuse_foreign(path, head)
    return Kind.TEXT


def encoding_of(head: bytes) -> str:
    """Name the encoding of a text that does not begin as UTF-8 does, or nothing.

    Byte order marks tell, and so do the zeros that UTF-16 puts into every other
    byte of a header.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0:_HEADER_BYTES:2], head[1:_HEADER_BYTES:2]
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else ""


def _head(path: Path) -> bytes:
    try:
        # Opening a folder is "permission denied" on Windows, so ask first.
        if path.is_dir():
            raise unreadable(path, IsADirectoryError())
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in the name
        raise unreadable(path, FileNotFoundError()) from error
    if not head:
        remedy = "Save the spreadsheet again and check that it has rows."
        raise refusal(path, "the file is empty.", remedy)
    return head


def _refuse_other_archives(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refusal(
            path,
            "the workbook is broken or was not copied completely.",
            "Open it in a spreadsheet, save it again, or export it once more.",
        ) from error
    if not names & _WORKBOOK_PARTS:
        raise refusal(
            path,
            "this is an archive or a document, not a workbook.",
            "Unpack it and name the CSV file or the workbook that is inside.",
        )


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            raise refusal(path, f"this is {name}, not a table.", _SAVE_AS)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise refusal(
            path,
            "this is a web page or XML, whatever its name says.",
            _SAVE_AS,
        )
    if b"\0" in head and not encoding_of(head):
        raise refusal(
            path,
            "this is not a text file; it holds binary content.",
            _SAVE_AS,
        )
