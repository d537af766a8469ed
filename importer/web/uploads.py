"""A file on its way in: measured while it comes, and kept under a name of ours.

Invariants: no more than the limit is ever read or kept; what was refused leaves
nothing; the name that a browser sends is text, and never part of a path.
"""

from __future__ import annotations

import asyncio
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader, web

from importer.web import guard

if TYPE_CHECKING:
    from typing import BinaryIO

    from importer.web.drafts import Draft, Drafts

MOST_BYTES = 20 * 1024 * 1024
#: What the other parts of the form may take.
_FORM_BYTES = 64 * 1024
_BLOCK = 1 << 16
ENDINGS = frozenset(
    {".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods", ".jsonl"}
)
#: Those of workbooks, which are archives, and what such an archive has among its parts.
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_PARTS = re.compile(
    r"\[content_types\]\.xml|mimetype|content\.xml|xl[/\\].*", re.IGNORECASE
)
#: How the bytes of a part may be written: as they are.
_PLAIN = frozenset({"", "binary", "8bit", "7bit"})
_LONGEST_NAME, _LONGEST_FIELD = 120, 200
#: Why a file is not taken: codes of `phrases`.
_ENCODED, _NO_FILE, _SIZE, _EMPTY = "encoded", "no_file", "size", "empty"
_ARCHIVE = "archive"


class Refused(Exception):  # noqa: N818 - an answer, not a failure
    """The file is not taken; the message is a code of `phrases`."""


@dataclass
class Upload:
    """What came: where it shall go, and the draft of the file."""

    shop: str = ""
    draft: Draft | None = None


async def received(request: web.Request, drafts: Drafts, person: str) -> Upload:
    """Read the form of an upload.

    Raises:
        HTTPForbidden: it does not hold the key of its session before the file.
        HTTPRequestEntityTooLarge: it says that it is too large.
        HTTPLengthRequired: it does not say how large it is.
        Refused: there is no file, or it cannot be taken.
    """
    _measure(request)
    if request.content_type != "multipart/form-data":
        raise Refused(_ENCODED)
    upload = Upload()
    try:
        await _read(request, upload, drafts, person)
    except BaseException:
        if upload.draft:
            drafts.discard(upload.draft)
        raise
    if upload.draft is None:
        raise Refused(_NO_FILE)
    return upload


async def _read(
    request: web.Request, upload: Upload, drafts: Drafts, person: str
) -> None:
    """Read the parts of a form, its key before its file."""
    fields = {"key": "", "shop": ""}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        _refuse_encoded(part)
        if part.name in fields:
            fields[part.name] = await _text(part)
        elif part.name == "file" and upload.draft is None:
            guard.refuse_key(request, fields["key"])
            upload.draft = await _kept(part, drafts, person)
    guard.refuse_key(request, fields["key"])
    upload.shop = fields["shop"]


def _measure(request: web.Request) -> None:
    if request.content_length is None:
        raise web.HTTPLengthRequired
    if request.content_length > MOST_BYTES + _FORM_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BYTES, request.content_length)


def _refuse_encoded(part: BodyPartReader) -> None:
    """Refuse a part that would unpack to more than was measured.

    Raises:
        HTTPUnsupportedMediaType: it is written in another way than as it is.
    """
    written = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    if written not in _PLAIN or part.headers.get("Content-Encoding"):
        raise web.HTTPUnsupportedMediaType


async def _text(part: BodyPartReader) -> str:
    content = await part.read_chunk(_LONGEST_FIELD)
    while await part.read_chunk(_BLOCK):
        pass
    return bytes(content).decode("utf-8", "replace").strip()


async def _kept(part: BodyPartReader, drafts: Drafts, person: str) -> Draft:
    """Keep a file in the folder of a new draft.

    Raises:
        Refused: it is no table, has no name, or is too large.
    """
    name = shown_name(part.filename or "")
    ending = Path(name).suffix.lower()
    if not name or ending not in ENDINGS:
        raise Refused("kind" if name else _NO_FILE)
    draft = drafts.make(name, ending, person)
    try:
        await _write(part, draft.table)
        if ending in _WORKBOOKS:
            await asyncio.to_thread(_refuse_archive, draft.table)
    except BaseException:
        drafts.discard(draft)
        raise
    return draft


def _refuse_archive(path: Path) -> None:
    """Refuse an archive of something else than a workbook.

    Raises:
        Refused: it is one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # what it is instead is told by who reads it
    if not any(map(_PARTS.fullmatch, names)):
        raise Refused(_ARCHIVE)


def _opened(path: Path) -> BinaryIO:
    """Make a file that its user alone can read."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    return os.fdopen(handle, "wb")


async def _write(part: BodyPartReader, path: Path) -> None:
    size = 0
    with _opened(path) as stream:
        while chunk := await part.read_chunk(_BLOCK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refused(_SIZE)
            stream.write(chunk)
    if not size:
        raise Refused(_EMPTY)


def shown_name(text: str) -> str:
    """Return the name of a file as people know it, without folders and odd letters."""
    last = re.split(r"[/\\]", text)[-1]
    # browsers write these of a name so in a form
    last = re.sub("%0[AD]", " ", last).replace("%22", '"')
    plain = "".join(letter if letter.isprintable() else " " for letter in last)
    name = plain.strip().strip(".")
    stem, dot, ending = name.rpartition(".")
    if not dot:
        return name[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}"
