"""The encoding of a text: asked for, announced by its first bytes, UTF-8, or guessed.

All bytes are looked at once before the first row is read, which costs little beside the
reading and means that no row is ever read in a wrong encoding before the right one is
known. What is not UTF-8 is looked at once more, and its words decide (`code_pages`).
Invariants: a guess is told, and is made only where nothing in the file says UTF-8; two
readings that differ and are about as good are shown and refused.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, TYPE_CHECKING

from importer import patterns
from importer.errors import UsageError
from importer.models import Note, NoteCode
from importer.source import code_pages, foreign_words, utf_7
from importer.source.code_pages import Page
from importer.source.kind import encoding_of
from importer.source.rows import unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.source.code_pages import Reading
    from importer.source.content import Content

_UTF_8 = "utf-8-sig"
_UTF_7 = Page("utf-7", "old mail", "")
_MARK = codecs.BOM_UTF8
#: What a cell begins behind.
_IN_FRONT = (b",", b";", b"\t", b"|", b"\n", b"\r")
# No more than the allocator gives away without asking the system for new pages.
_BLOCK = 1 << 17
_LINE_FEED = 0x0A
_HEAD_BYTES = 4096
# as cell_errors has them, in any encoding that goes beyond ASCII
_ERRORS = patterns.later(rb"#(?:[A-Z/0\x80-\xff]{3,20}[!?]|N/[ABD]|NV)")
#: So much of a block is looked at with the next one, too.
_TAIL = 16


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is decoded.

    Attributes:
        name: as Python calls it.
        may_hold_nul: whether NUL characters, and byte order marks behind the
            beginning, have to be looked for.
        guessed: the code page that it is, where nothing said so.
        between: the readings that are about as likely, where it is no UTF-8.
        has_nul: NUL bytes were seen in it.
        has_errors: words were seen that a spreadsheet writes for an error.
        has_spaced: quotation marks were seen in a cell behind nothing but spaces, or
            may be in it.
        has_escaped: quotation marks were seen behind a backslash, or may be in it.
        has_returns: carriage returns were seen that end a line by themselves, or may
            be in it.
    """

    name: str
    may_hold_nul: bool = True
    guessed: Page | None = None
    between: tuple[Reading, ...] = ()
    has_nul: bool = False
    has_errors: bool = False
    has_spaced: bool = True
    has_escaped: bool = True
    has_returns: bool = True

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a person should know of it."""
        nul = (Note(NoteCode.NUL_DROPPED),) if self.has_nul else ()
        if not self.guessed:
            return nul
        page = self.guessed.shown
        return (Note(NoteCode.ENCODING_GUESSED, name=self.name, page=page), *nul)

    @property
    def doubt(self) -> str:
        """A word as two encodings read it, where it is open which one it is."""
        if not self.between:
            return ""
        words = zip(*(reading.words for reading in self.between), strict=True)
        differing = next(word for word in words if word[0] != word[1])
        return ", ".join(
            f'"{word}" in {reading.page.name} ({reading.page.shown})'
            for word, reading in zip(differing, self.between, strict=True)
        )

    @property
    def remedy(self) -> str:
        """What to do where it is not the right one."""
        if not self.between:
            flag = "--encoding cp1252 (Windows, Western Europe)"
            return f"Save it as CSV UTF-8, or name its encoding, for example {flag}."
        flags = " or ".join(f"--encoding {found.page.name}" for found in self.between)
        return f"Name the one that reads right, {flags}, or save it as CSV UTF-8."


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
            plain = Encoding(
                name,
                may_hold_nul=found.nul or found.marks,
                has_nul=found.nul,
                has_errors=found.errors,
                has_spaced=found.spaced,
                has_escaped=found.escaped,
                has_returns=found.returns,
            )
            if found.seven and not asked and utf_7.holds(file):
                plain = replace(plain, name=_UTF_7.name, guessed=_UTF_7)
            if found.odd is None or asked:
                return plain
            words = foreign_words.of(file)
    except OSError as error:
        raise unreadable(content.shown, error) from error
    # letters in two halves are no code page: the row that has one is told
    likely = () if _is_halved(words.kept) else code_pages.likely(words.kept)
    # what is good UTF-8 may stand far behind the words that are kept
    if not likely or any(map(likely[0].is_odd, words.good)):
        return plain
    if len(likely) > 1:
        return replace(plain, between=likely)
    page = likely[0].page
    return replace(plain, name=page.name, guessed=page)


def _is_halved(words: Iterable[bytes]) -> bool:
    """Return whether words are UTF-8 but for letters in two halves, as of Java."""
    try:
        b" ".join(words).decode("utf-8", "surrogatepass")
    except UnicodeError:
        return False
    return True


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
        marks: a byte order mark behind the beginning.
        spaced: a quotation mark in a cell behind nothing but spaces.
        escaped: a quotation mark behind a backslash.
        returns: a carriage return that is no part of a line's end in Windows.
        seven: letters as UTF-7 has them.
        odd: where the first byte stands that is not UTF-8.
    """

    nul: bool = False
    errors: bool = False
    marks: bool = False
    spaced: bool = False
    escaped: bool = False
    returns: bool = False
    seven: bool = False
    odd: int | None = None

    def look_at(self, block: bytes, *, first: bool) -> None:
        """Look for what is found in a block that begins a few bytes too early."""
        self.nul = self.nul or b"\0" in block
        self.returns = self.returns or _returns(block)
        # the sign is rare, and found in no time
        if not self.errors and b"#" in block:
            self.errors = _ERRORS.search(block) is not None
        if not self.seven and b"+" in block:
            self.seven = utf_7.PIECE.search(block) is not None
        # one byte is found in a tenth of the time that several take
        if not self.marks and _MARK[:1] in block:
            self.marks = block.find(_MARK, int(first)) >= 0
        if not self.spaced and b'"' in block:
            self.spaced = _is_spaced(block)
        if not self.escaped and b"\\" in block:
            self.escaped = b'\\"' in block


def _returns(block: bytes) -> bool:
    """Return whether a carriage return has another letter behind it than a line feed.

    One at the end is looked at with the next block; nothing follows one that ends all.
    """
    at = block.find(b"\r", 0, -1)
    while at >= 0 and block[at + 1] == _LINE_FEED:
        at = block.find(b"\r", at + 2, -1)
    return at >= 0


def _is_spaced(block: bytes) -> bool:
    """Return whether a quotation mark stands in a cell behind nothing but spaces."""
    # from the end, which Python does in half of the time
    at = block.rfind(b' "')
    while at >= 0:
        before = block[max(0, at - _TAIL) : at].rstrip(b" ")
        if before.endswith(_IN_FRONT):
            return True
        at = block.rfind(b' "', 0, at)
    return False


def _look(file: IO[bytes]) -> _Found:
    found = _Found()
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    pending = tail = b""
    for block in iter(partial(file.read, _BLOCK), b""):
        found.look_at(tail + block, first=offset == 0)
        tail = block[-_TAIL:]
        # ASCII is UTF-8, and most blocks of most files are nothing else
        if found.odd is None and (pending or not block.isascii()):
            found.odd = _odd(decoder, block)
            if found.odd is not None:
                found.odd += offset - len(pending)
            pending = decoder.getstate()[0]
        offset += len(block)
    # the text ends within a letter: cut off, or never UTF-8
    if pending and found.odd is None:
        found.odd = offset - len(pending)
    return found


def _odd(decoder: codecs.IncrementalDecoder, block: bytes) -> int | None:
    """Return where the first odd byte stands, counted from the pending bytes on."""
    try:
        decoder.decode(block)
    except UnicodeDecodeError as error:
        decoder.reset()
        return error.start
    return None
