"""The code page of a text that names none: a guess, or none where it is open.

charset-normalizer says which code pages are possible at all. Between those of one
script it cannot decide on short texts, so what decides is which letters languages
use: a word is explained where one language has all its letters. Invariant: two
readings that differ and are about as good give no guess.
"""

from __future__ import annotations

import re
import unicodedata

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
