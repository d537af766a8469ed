"""The encoding of a text: asked for, announced by its first bytes, UTF-8, or guessed.

All bytes are looked at once before the first row is read, which costs little beside the
reading and means that no row is ever read in a wrong encoding before the right one is
known. charset-normalizer says which code pages are possible at all. Between those of
one script it cannot decide on short texts, so what decides is which letters languages
use: a word is explained where one language has all its letters. Invariants: a guess is
told, and is made only where nothing in the file says UTF-8; two readings that differ
and are about as good give no guess.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, TYPE_CHECKING

from importer.errors import UsageError
from importer.source.kind import encoding_of
from importer.source.rows import unreadable

if TYPE_CHECKING:
    from importer.source.content import Content


#: The code pages that spreadsheets save in, with their names for people; those
#: further up win where the text is the same. ISO-8859-1 is within cp1252.
CODE_PAGES = {
    "cp1252": "Windows, Western Europe",
    "cp1250": "Windows, Central Europe",
    "cp1251": "Windows, Cyrillic",
}
_CYRILLIC = "cp1251"
# The letters beside a to z that are common in a language, not all that it knows:
# a rare one would explain words that are simply read wrongly.
_LETTERS = {
    "cp1252": (
        "àâçéèêëîïôœùû",  # French
        "áéíñóúü",  # Spanish
        "àáâãçéêíóôõú",  # Portuguese
        "àèéìòù",  # Italian
        "äöüß",  # German
        "åäöé",  # Swedish, Finnish
        "æøåé",  # Danish, Norwegian
        "éëïèü",  # Dutch
        "àçèéíïóòúü",  # Catalan
    ),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíľňóôšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţ",  # Romanian
        "čćđšž",  # Croatian, Slovene
        "äöüß",  # German
    ),
    "cp1251": (
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",  # Russian, Bulgarian
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",  # Ukrainian
        "абвгдеёжзіийклмнопрстуўфхцчшыьэюя",  # Belarusian
        "абвгдђежзијклљмнњопрстћуфхцчџш",  # Serbian
    ),
}
_WORD = re.compile(r"[A-Za-z\x80-\U0010ffff]+")
# What stands between words, never within one.
_TYPOGRAPHY = frozenset(
    bytes([0x80, 0x82, 0x84, 0x85, *range(0x91, 0x98), 0x99, 0xA0, 0xA7]).decode(
        "cp1252"
    )
    + bytes([0xA9, 0xAB, 0xAE, 0xB0, 0xB2, 0xB3, 0xB7, *range(0xBB, 0xC0)]).decode(
        "cp1252"
    )
    + "\N{MULTIPLICATION SIGN}\N{INVERTED EXCLAMATION MARK}\N{POUND SIGN}"
)
#: How odd a text may look to the library; its default rejects short right ones.
_MESS = 0.5
#: So much of the words must be explained, and so much more than by any other page.
_ENOUGH = 0.9
_AHEAD = 0.15


def code_page(sample: bytes) -> str:
    """Name the code page of a text, or nothing where that is not clear."""
    readings = _readings(sample)
    scores = {page: _score(page, text) for page, text in readings.items()}
    best = max(scores, key=lambda page: sum(scores[page]), default="")
    if not best or scores[best][0] < _ENOUGH:
        return ""
    # only readings that differ are rivals: where the text is the same, either page does
    rivals = (page for page, text in readings.items() if text != readings[best])
    return best if all(_beats(scores[best], scores[page]) for page in rivals) else ""


def _beats(best: tuple[float, float], other: tuple[float, float]) -> bool:
    """Say whether one score leaves no doubt beside another that is no higher."""
    # a word that only one of them explains tells, where that one explains all
    everything = best[0] == 1 > other[0]
    return everything or sum(best) - sum(other) >= _AHEAD


def _readings(sample: bytes) -> dict[str, str]:
    """Return the sample in each code page that the library takes for possible."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 - rarely needed

    found = from_bytes(
        sample,
        threshold=_MESS,
        cp_isolation=[*CODE_PAGES],
        enable_fallback=False,
    )
    possible = {page for match in found for page in match.could_be_from_charset}
    return {page: sample.decode(page) for page in CODE_PAGES if page in possible}


def _score(page: str, text: str) -> tuple[float, float]:
    """Return how many words and letters the page's languages explain.

    Each word may have a language of its own; of the letters it is the share that one
    language explains best. Both are shares from 0 to 1.
    """
    texts = [_foreign(word, page) for word in _WORD.findall(text)]
    texts = [word for word in texts if word]
    if not texts:
        return 1.0, 1.0  # typography alone, which is the same in all of them
    explained = sum(any(w <= set(a) for a in _LETTERS[page]) for w in texts)
    letters = sum(map(len, texts))
    shares = (sum(len(w & set(a)) for w in texts) for a in _LETTERS[page])
    return explained / len(texts), max(shares) / letters


def _foreign(word: str, page: str) -> set[str]:
    """Return the letters of a word beyond a to z, and what does not belong in one.

    Among Cyrillic letters those from a to z do not belong.
    """
    inner = word.strip("".join(_TYPOGRAPHY)).lower()
    if inner.isascii():
        return set()
    return {
        letter
        for letter in inner
        if (not letter.isascii() or page == _CYRILLIC)
        and (letter not in _TYPOGRAPHY or unicodedata.category(letter) == "No")
    }


_UTF_8 = "utf-8-sig"
_MARK = codecs.BOM_UTF8
_SEPARATORS = (b",", b";", b"\t", b"|")
# No more than the allocator gives away without asking the system for new pages.
_BLOCK = 1 << 17
_HEAD_BYTES = 64
_ERRORS = re.compile(rb"#(?:REF|DIV/0|NAME|NULL|NUM|VALUE)[!?]|#N/A")
#: So much of a block is looked at with the next one, too.
_TAIL = 16
_NUL_DROPPED = "it holds NUL bytes, which are dropped; the file may be damaged"
#: What is looked at for a guess: so much before and behind the first odd byte.
_BEFORE = 4096
_BEHIND = 1 << 18


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is decoded.

    Attributes:
        name: as Python calls it.
        may_hold_nul: whether NUL characters, and byte order marks behind the
            beginning, have to be looked for.
        guessed: nothing said so.
        has_nul: NUL bytes were seen in it.
        has_errors: words were seen that a spreadsheet writes for an error.
        has_spaced: quotation marks were seen behind a separator and spaces, or may be
            in it.
        has_escaped: quotation marks were seen behind a backslash, or may be in it.
    """

    name: str
    may_hold_nul: bool = True
    guessed: bool = False
    has_nul: bool = False
    has_errors: bool = False
    has_spaced: bool = True
    has_escaped: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of it."""
        nul = (_NUL_DROPPED,) if self.has_nul else ()
        if not self.guessed:
            return nul
        page = f"{self.name} ({CODE_PAGES[self.name]})"
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
            plain = Encoding(
                name,
                may_hold_nul=found.nul or found.marks,
                has_nul=found.nul,
                has_errors=found.errors,
                has_spaced=found.spaced,
                has_escaped=found.escaped,
            )
            if found.odd is None or found.utf_8 or asked:
                return plain
            # around the first odd byte, as a megabyte of plain letters says nothing of
            # a code page
            file.seek(max(0, found.odd - _BEFORE))
            sample = file.read(_BEFORE + _BEHIND)
    except OSError as error:
        raise unreadable(content.shown, error) from error
    page = code_page(sample)
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
        marks: a byte order mark behind the beginning.
        spaced: a quotation mark behind a separator and spaces.
        escaped: a quotation mark behind a backslash.
        utf_8: a letter beyond ASCII in good UTF-8, before anything odd.
        odd: where the first byte stands that is not UTF-8.
    """

    nul: bool = False
    errors: bool = False
    marks: bool = False
    spaced: bool = False
    escaped: bool = False
    utf_8: bool = False
    odd: int | None = None

    def look_at(self, block: bytes, *, first: bool) -> None:
        """Look for what is found in a block that begins a few bytes too early."""
        self.nul = self.nul or b"\0" in block
        # the sign is rare, and found in no time
        if not self.errors and b"#" in block:
            self.errors = _ERRORS.search(block) is not None
        # one byte is found in a tenth of the time that several take
        if not self.marks and _MARK[:1] in block:
            self.marks = block.find(_MARK, int(first)) >= 0
        if not self.spaced and b'"' in block:
            self.spaced = _is_spaced(block)
        if not self.escaped and b"\\" in block:
            self.escaped = b'\\"' in block


def _is_spaced(block: bytes) -> bool:
    """Return whether a quotation mark stands behind a separator and spaces."""
    # from the end, which Python does in half of the time
    at = block.rfind(b' "')
    while at >= 0:
        before = block[max(0, at - _TAIL) : at].rstrip(b" ")
        if before.endswith(_SEPARATORS):
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
