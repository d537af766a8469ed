"""Which code page the words of a text were saved in, or between which it is open.

Every page that can decode all words gives a reading, with what its letters cost
(`likelihood`); charset-normalizer says whether the cheapest one is a text at all.
Invariants: nothing is guessed where a reading that differs is about as good; pages
that give the same text are one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.source import likelihood

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Words are not cut off before so many bytes.
LONGEST = 64
_WEST = "en fr es pt it de sv da nb fi nl ca is gl sq et"
_CENTRE = "pl cs sk hu ro sl hr de"
_CYRILLIC = "ru uk bg be mk sr"
#: So many bits another reading must be behind, and more for up to so many words.
_AHEAD = 10
_WORDS = 6
#: What a letter of a text may cost on average, and a character of those with thousands.
_DEAREST, _DEAREST_IDEOGRAPH, _SLACK = 10, 18, 20
#: How odd a text may look to charset-normalizer; its default rejects short right ones.
_MESS = 0.5
_FEW = 10
#: So many readings are shown where it is open.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A code page.

    Attributes:
        name: as Python calls it.
        shown: for people.
        languages: that are written in it, as `letters.txt` names them.
        rare: how many bits of evidence it takes more than the commonest one.
    """

    name: str
    shown: str
    languages: str
    rare: float = 0


#: Those further up win where the text is the same.
PAGES = (
    Page("cp1252", "Windows, Western Europe", _WEST),
    Page("cp1250", "Windows, Central Europe", _CENTRE, 2),
    Page("cp1251", "Windows, Cyrillic", _CYRILLIC, 0.5),
    Page("cp1254", "Windows, Turkish", "tr", 1),
    Page("cp1253", "Windows, Greek", "el", 1),
    Page("cp1257", "Windows, Baltic", "lt lv et", 1.5),
    Page("cp1255", "Windows, Hebrew", "he", 1),
    Page("cp1256", "Windows, Arabic", "ar fa ur", 1),
    Page("cp874", "Windows, Thai", "th", 1),
    Page("cp1258", "Windows, Vietnamese", "vi", 2),
    Page("cp932", "Windows, Japanese", "ja", 1),
    Page("gb18030", "Windows, Chinese", "zh", 1),
    Page("cp950", "Windows, Chinese of Taiwan and Hong Kong", "zh-Hant", 1),
    Page("cp949", "Windows, Korean", "ko", 1),
    Page("iso8859-15", "ISO, Western Europe", _WEST, 2),
    Page("iso8859-2", "ISO, Central Europe", _CENTRE, 2),
    Page("iso8859-5", "ISO, Cyrillic", _CYRILLIC, 3),
    Page("koi8_r", "Unix, Russian", "ru", 1.5),
    Page("koi8_u", "Unix, Ukrainian", "uk", 1.5),
    Page("iso8859-7", "ISO, Greek", "el", 2),
    Page("iso8859-6", "ISO, Arabic", "ar", 2.5),
    Page("iso8859-13", "ISO, Baltic", "lt lv et", 2.5),
    Page("euc_jp", "Unix, Japanese", "ja", 1.5),
    Page("cp866", "DOS, Russian", "ru uk be bg", 2),
    Page("cp850", "DOS, Western Europe", _WEST, 7),
    Page("cp437", "DOS, United States", _WEST, 7),
    Page("cp852", "DOS, Central Europe", _CENTRE, 4),
    Page("cp857", "DOS, Turkish", "tr", 5),
    Page("cp737", "DOS, Greek", "el", 3.5),
    Page("cp775", "DOS, Baltic", "lt lv et", 6),
    Page("cp862", "DOS, Hebrew", "he", 3.5),
    Page("mac_roman", "Macintosh, Western Europe", _WEST, 10),
    Page("mac_latin2", "Macintosh, Central Europe", "pl cs sk hu", 9),
    Page("mac_cyrillic", "Macintosh, Cyrillic", "ru uk bg", 3.5),
)


_UTF_8 = Page("utf-8", "Unicode", "")


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text as a code page gives them.

    Attributes:
        page: the code page.
        words: as it decodes them.
        cost: how unlikely they are, in bits.
    """

    page: Page
    words: tuple[str, ...]
    cost: float

    def is_odd(self, word: bytes) -> bool:
        """Return whether the page gives a sign in a word where no word has it."""
        return likelihood.is_odd(word.decode(self.page.name, "replace"))


def readings(words: Iterable[bytes]) -> list[Reading]:
    """Return the readings of words that differ, the likeliest first."""
    words = tuple(words)
    found: dict[tuple[str, ...], Reading] = {}
    for page in PAGES:
        texts = tuple(text for word in words if (text := _decoded(word, page.name)))
        if len(texts) < len(words):
            continue
        cost = page.rare + likelihood.cost(texts, tuple(page.languages.split()))
        if texts not in found or cost < found[texts].cost:
            found[texts] = Reading(page, texts, cost)
    return sorted(found.values(), key=lambda reading: reading.cost)


def _decoded(word: bytes, encoding: str) -> str:
    try:
        return word.decode(encoding)
    except UnicodeDecodeError as error:
        # a long word was cut off, perhaps within a letter
        if len(word) < LONGEST or error.end < len(word) or not error.start:
            return ""
        return word[: error.start].decode(encoding)


def likely(words: Iterable[bytes]) -> tuple[Reading, ...]:
    """Return the one likely reading, or the best few between which it is open.

    Returns:
        None of them where the words make no sense in any code page, or are about as
        likely to be UTF-8 that is damaged in places.
    """
    words = tuple(words)
    found = readings(words)
    if not found or not _makes_sense(found[0], words):
        return ()
    if damaged := _damaged(words):
        found = sorted([*found, damaged], key=lambda reading: reading.cost)
    best, *others = found
    open_between = (best, *(r for r in others if not _is_ahead(best, r)))
    return () if damaged in open_between else open_between[:_SHOWN]


def _damaged(words: tuple[bytes, ...]) -> Reading | None:
    """Return words as UTF-8, if any of them is."""
    texts = tuple(word.decode("utf-8", "replace") for word in words)
    if all(map(likelihood.is_odd, texts)):
        return None
    languages = dict.fromkeys(name for page in PAGES for name in page.languages.split())
    return Reading(_UTF_8, texts, likelihood.cost(texts, tuple(languages)))


def _is_ahead(best: Reading, second: Reading) -> bool:
    differ = sum(a != b for a, b in zip(best.words, second.words, strict=True))
    return second.cost - best.cost >= _AHEAD + min(differ, _WORDS)


def _makes_sense(reading: Reading, words: tuple[bytes, ...]) -> bool:
    from charset_normalizer import from_bytes  # noqa: PLC0415 - rarely needed

    letters = sum(map(len, reading.words))
    many = likelihood.has_many(reading.page.languages)
    if reading.cost > _SLACK + letters * (_DEAREST_IDEOGRAPH if many else _DEAREST):
        return False
    if len(words) < _FEW:
        return True  # it takes few words with many such letters for noise
    found = from_bytes(
        b" ".join(words),
        threshold=_MESS,
        cp_isolation=[reading.page.name],
        enable_fallback=False,
    )
    return found.best() is not None
