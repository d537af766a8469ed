"""Texts that were read in another encoding than they were written in: CafÃ© for Café.

Bytes of UTF-8 that a program took for a code page, such as cp1252, become two or more
signs a letter; taken back they are UTF-8 again, which a text of any language hardly is.
Knows no field and no file. Pure. Invariants: a text without such signs stays as it is;
what was taken back once stays so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import patterns

if TYPE_CHECKING:
    import re

#: Code pages that UTF-8 is taken for, the likeliest first, and the sign that a text has
#: to hold for it: what others make of accents is common where they are not at work.
_PAGES = {
    "cp1252": "",
    "cp1251": "",
    "cp1250": "",
    "mac_roman": "\u221a",
    "cp850": "\u251c",
    "cp437": "\u251c",
}
_WESTERN = "cp1252"


def _signs(page: str, first: int, last: int) -> str:
    """Return what some bytes are in a code page."""
    return bytes(range(first, last + 1)).decode(page, "ignore")


#: What begins a letter that was taken apart, what can follow it, and signs that are
#: rare enough to look closer at once: for patterns of texts of which nothing is told.
LEADS = _signs(_WESTERN, 0xC4, 0xF4) + (
    "\u00c2\u0102\u0110\u0139\u0143\u0413\u0420\u0421"
)
#: It stands for à, too, where the space behind it that does not break was left out.
LEAD = "\u00c3"
FOLLOWERS = "".join(
    sorted(
        set("".join(_signs(page, 0x80, 0xBF) for page in [*_PAGES][:3])) - {"\u0402"}
    )
)
RARE = "\u0402\u221a\u251c\ufffd"
#: What stands for a letter that could not be decoded, and cannot be taken back.
LOST = "\ufffd"

#: Without it nothing is looked at: what a pattern of plain texts lets through.
_SUSPECT = patterns.later(
    rf"[{LEAD}{LEADS}][\x80-\x9f\u00a0\u00ad{FOLLOWERS}]|{LEAD}(?:\s|$)|[{RARE}]"
)
_TRIMMED = patterns.later(r"(?<=[a-z\u00df-\u00ff])\u00c3(?=[ \t\r\n]|$)")
_FOREIGN = patterns.later(r"[^\x00-\x7f]+")
#: Letters that most languages of Latin letters have, and those of Vietnamese.
_LATIN = patterns.later(
    "[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0218-\u021b\u1ea0-\u1ef9]"
)
#: Signs of the western code page, of punctuation and money, arrows, pictures.
_SIGN = patterns.later(
    "[\u00a0-\u00bf\u00d7\u00f7\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2100-\u27bf"
    "\u3000-\u303f\ufe0f\ufeff\uff00-\uff60\ufffd\U0001f000-\U0001faff]"
)
#: Letters of other scripts, of which one by itself proves nothing: Greek, Cyrillic,
#: Hebrew, Arabic, those of India and Thailand, Georgian, kana, Chinese, Korean ones.
_OTHER = patterns.later(
    "[\u0386-\u03ce\u0400-\u045f\u0490-\u0491\u05d0-\u05ea\u0621-\u0652\u067e\u0686"
    "\u0698\u06a9\u06af\u06cc\u0900-\u0e5b\u10d0-\u10ff\u3040-\u30ff\u4e00-\u9fff"
    "\uac00-\ud7a3]"
)
#: What stands behind a word in capitals that ends in such a letter: CAFÉ™.
_BEHIND_WORDS = frozenset("\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u2122")
_BEHIND_WORDS |= frozenset("\u203a\u2022\u00a0\u00ae\u00b0\u00bb")


def undone(text: str) -> str:
    """Return a text as it was before, or as it is where nothing shows that."""
    # each time there are fewer signs that could be taken back, so that comes to an end
    while (before := _once(text)) != text:
        text = before
    return text


def _once(text: str) -> str:
    if text.isascii() or not _SUSPECT.search(text):
        return text
    whole = _TRIMMED.sub("\u00c3\u00a0", text)
    for page, sign in _PAGES.items():
        if sign in text and (found := _taken_back(whole, page)) != whole:
            return found
    return text


def _taken_back(text: str, page: str) -> str:
    """Read the parts of a text anew that were taken for a code page."""
    certain = False

    def read(part: re.Match[str]) -> str:
        nonlocal certain
        letters = _letters(part[0], page)
        if letters is None:
            return part[0]
        certain = certain or not _may_be_meant(text, part, letters)
        return letters

    found = _FOREIGN.sub(read, text)
    return found if certain else text


def _letters(signs: str, page: str) -> str | None:
    """Return the letters that signs were; None where they were none."""
    try:
        letters = b"".join(_byte(sign, page) for sign in signs).decode("utf-8")
    except UnicodeError:
        return None
    plausible = all(
        _LATIN.match(letter) or _SIGN.match(letter) or _OTHER.match(letter)
        for letter in letters
    )
    return letters if plausible else None


def _byte(sign: str, page: str) -> bytes:
    """Return the byte that a sign was; what the code page leaves open is itself.

    Raises:
        UnicodeEncodeError: it was none.
    """
    if page.startswith("cp125") and "\x80" <= sign <= "\x9f":
        return sign.encode("latin-1")
    return sign.encode(page)


def _may_be_meant(text: str, part: re.Match[str], letters: str) -> bool:
    """Return whether signs may be a capital at a word's end, and one behind it.

    So may be what would be one letter of another script.
    """
    if len(letters) > 1:
        return False
    if _OTHER.match(letters):
        return True
    if len(part[0]) > len("\u00c9\u2122") or part[0][-1] not in _BEHIND_WORDS:
        return False
    if not _LATIN.match(letters):
        return False
    begin, end = part.span()
    return not (text[begin - 1 : begin].islower() or text[end : end + 1].isalpha())
