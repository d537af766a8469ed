"""The encoding of a text: asked for, announced by its first bytes, UTF-8, or guessed.

All bytes are looked at once before the first row is read, which costs little beside
the reading and means that no row is ever read in a wrong encoding before the right
one is known. Invariant: a guess is told, and is made only where nothing in the file
says UTF-8.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, TYPE_CHECKING

from importer.errors import UsageError
from importer.source import encoding_guess
from importer.source.kind import encoding_of
from importer.source.rows import unreadable

if TYPE_CHECKING:
    from importer.source.content import Content

_UTF_8 = "utf-8-sig"
# No more than the allocator gives away without asking the system for new pages.
_BLOCK = 1 << 17
_HEAD_BYTES = 64
_ERRORS = re.compile(rb"#(?:REF|DIV/0|NAME|NULL|NUM|VALUE)[!?]|#N/A")
_NUL_DROPPED = "it holds NUL bytes, which are dropped; the file may be damaged"
#: What is looked at for a guess: so much before and behind the first odd byte.
_BEFORE = 4096
_BEHIND = 1 << 18


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is decoded.

    Attributes:
        name: as Python calls it.
        may_hold_nul: whether NUL characters have to be looked for.
        guessed: nothing said so.
        has_nul: NUL bytes were seen in it.
        has_errors: words were seen that a spreadsheet writes for an error.
    """

    name: str
    may_hold_nul: bool = True
    guessed: bool = False
    has_nul: bool = False
    has_errors: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it."""
        nul = (_NUL_DROPPED,) if self.has_nul else ()
        if not self.guessed:
            return nul
        page = f"{self.name} ({encoding_guess.CODE_PAGES[self.name]})"
        remedy = "where letters look wrong, name the right one with --encoding"
        return (f"the encoding is a guess: {page}; {remedy}", *nul)


def of(content: Content, asked: str) -> Encoding:
    """Find out how a text is to be decoded.

    Where that is open it is UTF-8, and reading will tell which row is not.

    Raises:
        InputError: the file cannot be read.
        UsageError: the encoding that was asked for does not exist.
    """
    name = _asked(asked) if asked else ""
    try:
        with content.path.open("rb") as file:
            # what was asked for goes before what the file announces: a person has seen
            # the text
            name = name or encoding_of(file.read(_HEAD_BYTES)) or _UTF_8
            if not name.startswith("utf-8"):
                # the zeros of UTF-16 and UTF-32 say nothing of the text
                return Encoding(name)
            file.seek(0)
            found = _look(file)
            seen = found.nul, False, found.nul, found.errors
            if found.odd is None or found.utf_8 or asked:
                return Encoding(name, *seen)
            # around the first odd byte, as a megabyte of plain letters says nothing of
            # a code page
            file.seek(max(0, found.odd - _BEFORE))
            sample = file.read(_BEFORE + _BEHIND)
    except OSError as error:
        raise unreadable(content.shown, error) from error
    page = encoding_guess.code_page(sample)
    plain = Encoding(_UTF_8, *seen)
    return replace(plain, name=page, guessed=True) if page else plain


def _asked(asked: str) -> str:
    try:
        name = codecs.lookup(asked).name
        "".encode(name)
    except (LookupError, ValueError) as error:
        message = f"--encoding {asked}: there is no such encoding."
        remedy = "Write utf-8, cp1252 (Windows, Western Europe) or utf-16."
        raise UsageError(message, remedy=remedy) from error
    return _UTF_8 if name == "utf-8" else name


@dataclass(slots=True)
class _Found:
    """What the bytes of a text hold.

    Attributes:
        nul: a NUL.
        errors: words that a spreadsheet writes for an error.
        utf_8: a letter beyond ASCII in good UTF-8, before anything odd.
        odd: where the first byte stands that is not UTF-8.
    """

    nul: bool = False
    errors: bool = False
    utf_8: bool = False
    odd: int | None = None


def _look(file: IO[bytes]) -> _Found:
    found = _Found()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    pending = b""
    for block in iter(partial(file.read, _BLOCK), b""):
        found.nul = found.nul or b"\0" in block
        # the sign is rare, and found in no time
        if not found.errors and b"#" in block:
            found.errors = _ERRORS.search(block) is not None
        # ASCII is UTF-8, and most blocks of most files are nothing else
        if found.odd is None and (pending or not block.isascii()):
            found.odd = _odd(decoder, block, pending, found)
            if found.odd is not None:
                found.odd += offset - len(pending)
            pending = decoder.getstate()[0]
        offset += len(block)
    # the text ends within a letter: cut off, or never UTF-8
    if pending and found.odd is None:
        found.odd = offset - len(pending)
    return found


def _odd(
    decoder: codecs.IncrementalDecoder, block: bytes, pending: bytes, found: _Found
) -> int | None:
    """Return where the first odd byte stands, counted from the pending bytes on."""
    try:
        decoder.decode(block)
    except UnicodeDecodeError as error:
        good = (pending + block)[: error.start]
        found.utf_8 = found.utf_8 or not good.isascii()
        decoder.reset()
        return error.start
    # the whole block is decoded and holds more than ASCII: that is UTF-8 as good as
    # proved
    found.utf_8 = True
    return None
