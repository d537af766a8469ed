"""What a file really is: told from its first bytes, never from its name.

Decides between workbook, text, JSON Lines and what is packed, and refuses the rest,
each with a sentence of its own. Reads a few bytes and no rows.
"""

from __future__ import annotations

import codecs
import zipfile
from enum import Enum
from typing import TYPE_CHECKING

from importer import patterns
from importer.errors import BrokenError, ForeignError
from importer.source import archive as parts
from importer.source.rows import refusal, unreadable

if TYPE_CHECKING:
    from importer.source.content import Content

_HEAD_BYTES = 4096
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER_BYTES = 8
# One in so many bytes; and what no text holds: control characters but for white space
# and the escape of terminals.
_NULS_OF_A_TEXT = 16
_NO_TEXT = bytes({*range(1, 32)} - {*b"\t\n\v\f\r\x1b"})
# Byte order marks and the encodings that they announce, the longer ones first.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What ISO-2022-JP writes in front of Japanese letters.
_ESCAPES = patterns.later(rb"\x1b(?:\$[@B]|\$\(D|\([IJ])")
_NO_LETTERS = patterns.later("[\0-\x08\x0e-\x1a\x1c-\x1f]")
_WORKBOOK_PARTS = frozenset({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"{\\rtf": "a text document",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
}
_MARKUP = (b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta")
# Workbooks and documents of other programs are archives too, and are not unpacked.
_DOCUMENT_PARTS = frozenset({"[content_types].xml", "mimetype", "meta-inf/"})
_JSON_OBJECT = patterns.later(rb"(?:\xef\xbb\xbf)?\s*\{\s*[\"}]")
_JSON_LIST = patterns.later(rb"(?:\xef\xbb\xbf)?\s*\[\s*[\[{\]]")
_SAVE_AS = (
    "Open it in a spreadsheet and save it as CSV (UTF-8) or as an Excel workbook."
)


class Kind(Enum):
    """The kinds of file that can be read."""

    TEXT = "text"
    WORKBOOK = "workbook"
    JSON_LINES = "JSON Lines"
    GZIP = "gzip"
    ZIP = "zip"


def of(content: Content) -> Kind:
    """Say how the file is to be read.

    Raises:
        InputError: it is not there, cannot be opened, is empty or is no table.
    """
    head = _head(content)
    # before any text: their first bytes are no text in any encoding
    if head.startswith(_OLE):
        return Kind.WORKBOOK
    if head.startswith(_GZIP):
        return Kind.GZIP
    if head.startswith(_ZIP):
        return _kind_of_archive(content)
    _refuse_foreign(content, head)
    plain = _plain(head)
    if _JSON_LIST.match(plain):
        raise refusal(
            content.shown,
            "this is one JSON list; of JSON, files with one object a line are read.",
            "Write each object on a line of its own (JSON Lines), for example with "
            "jq -c '.[]'.",
        )
    return Kind.JSON_LINES if _JSON_OBJECT.match(plain) else Kind.TEXT


def _is_damaged_text(head: bytes) -> bool:
    """Return whether it would be a text with lines, but for a few NUL bytes."""
    rest = head.replace(b"\0", b"")
    few = len(head) - len(rest) <= len(head) // _NULS_OF_A_TEXT
    lines = b"\n" in rest or b"\r" in rest
    if not (few and lines) or rest.translate(None, _NO_TEXT) != rest:
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(rest)  # a letter that is cut off at its end is none the worse
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(head: bytes) -> str:
    """Name the encoding of a text that does not begin as UTF-8 does, or nothing.

    Byte order marks tell, and so do the escapes of Japanese mail and the zeros that
    UTF-16 puts into every other byte of what is ASCII.
    """
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if _ESCAPES.search(head):
        return "iso2022_jp_ext"
    if b"\0" not in head:
        return ""
    even, odd = head[::2], head[1::2]
    if _is_utf_16(head, "utf-16-le", zeros=odd, letters=even):
        return "utf-16-le"
    return "utf-16-be" if _is_utf_16(head, "utf-16-be", zeros=even, letters=odd) else ""


def _is_utf_16(head: bytes, encoding: str, *, zeros: bytes, letters: bytes) -> bool:
    """Return whether every other byte is such that it is UTF-16 without a mark."""
    begin = _HEADER_BYTES // 2
    if not any(zeros[:begin]) and all(letters[:begin]):
        return True
    # a header in other letters has zeros only where a separator or a line end stands
    if not all(letters) or zeros.count(0) <= len(head) // _NULS_OF_A_TEXT:
        return False
    text = head.decode(encoding, "ignore")
    return "\n" in text.replace("\r", "\n") and not _NO_LETTERS.search(text)


def _head(content: Content) -> bytes:
    path = content.path
    try:
        # Opening a folder is "permission denied" on Windows, so ask first.
        if path.is_dir():
            raise unreadable(content.shown, IsADirectoryError())
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise unreadable(content.shown, error) from error
    except ValueError as error:  # a NUL in the name
        raise unreadable(content.shown, FileNotFoundError()) from error
    if not head:
        remedy = "Save the spreadsheet again and check that it has rows."
        raise refusal(content.shown, "the file is empty.", remedy)
    return head


def _plain(head: bytes) -> bytes:
    """Return the beginning of a text as UTF-8, as far as its encoding is known."""
    encoding = encoding_of(head)
    if not encoding:
        return head
    return head.decode(encoding, "ignore").lstrip("\ufeff").encode("utf-8", "replace")


def _kind_of_archive(content: Content) -> Kind:
    try:
        # opened, as all kinds of archive begin alike: only their members tell them
        # apart
        with zipfile.ZipFile(content.path) as archive:
            names = parts.names(archive)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        subject = "archive" if content.path.suffix.lower() == ".zip" else "workbook"
        raise refusal(
            content.shown,
            f"the {subject} is broken or was not copied completely.",
            "Open it in a spreadsheet, save it again, or export it once more.",
            BrokenError,
        ) from error
    if names & _WORKBOOK_PARTS:
        return Kind.WORKBOOK
    if names & _DOCUMENT_PARTS:
        raise refusal(
            content.shown,
            "this is a document or a program, not a workbook.",
            _SAVE_AS,
            ForeignError,
        )
    return Kind.ZIP


def _refuse_foreign(content: Content, head: bytes) -> None:
    for magic, name in _FOREIGN.items():
        if head.startswith(magic):
            message = f"this is {name}, not a table."
            raise refusal(content.shown, message, _SAVE_AS, ForeignError)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise refusal(
            content.shown,
            "this is a web page or XML, whatever its name says.",
            _SAVE_AS,
            ForeignError,
        )
    if b"\0" in head and not (encoding_of(head) or _is_damaged_text(head)):
        raise refusal(
            content.shown,
            "this is not a text file; it holds binary content.",
            _SAVE_AS,
            ForeignError,
        )
