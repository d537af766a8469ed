"""How likely a text is: what its letters cost behind each other in a language.

The costs are bits, from `letters.txt`: for each language the pairs of letters, or the
characters where a language has thousands, that come in its common words, with how rare
they are. They were counted in the 40,000 commonest words of wordfreq 3.1 (CC BY-SA
4.0), in the words of PyThaiNLP for Thai (Apache 2.0), and in the names of the CLDR
where neither has any. Letters of another alphabet,
capitals within a word and signs among letters cost most. Knows nothing of bytes.
Invariant: the same letters cost the same wherever they stand in a text, so that texts
can be compared that differ in a few words.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path

#: Languages whose characters are counted one by one.
_MANY = frozenset({"ja", "ko", "zh", "zh-Hant"})
# The dearest pair of letters.txt costs 11, and a character 16.
_UNSEEN, _ASCII, _RARE, _NEVER, _MIXED = 15, 5, 20, 22, 10
_APOSTROPHE, _SIGN, _STRANGE, _CAPITAL, _CAPITALS = 1, 10, 30, 14, 4
_OTHER_LANGUAGE, _ALONE, _LETTER = 4, 4, 8
# What stands within words, in front of them, behind them, and only between them.
_WITHIN = "\u2019\u00b4\u00b7"
_OPENING = (
    "\u2018\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2022\u00a1\u00bf\u2116\u00b0"
)
_CLOSING = (
    "\u2019\u201c\u201d\u00ab\u00bb\u2026\u2122\u00ae\u00b0\u00b2\u00b3\u00aa\u00ba"
)
_BETWEEN = (
    _OPENING + _CLOSING + "\u20ac\u00a3\u00a7\u00a9\u00d7\u00bd\u00bc\u00be\u00a0"
)
_OFTEN_ALONE = "\u2013\u2014\u2022\u20ac\u00a3\u00a9\u00b0\u00bd"
_ORDINALS = "\u00aa\u00ba"
_IDEOGRAPHS = "\u2e80"  # and what follows it


def cost(words: tuple[str, ...], languages: tuple[str, ...]) -> float:
    """Return what words cost in the best language, single ones in another."""
    total = 0.0
    by_language = dict.fromkeys(languages, 0.0)
    for word in words:
        letters, signs = _letters(word)
        total += signs
        costs = {language: _of(letters, language) for language in languages}
        least = min(costs.values()) + _OTHER_LANGUAGE
        for language, own in costs.items():
            by_language[language] += min(own, least)
    return total + min(by_language.values())


def has_many(language: str) -> bool:
    """Return whether a language has thousands of characters."""
    return language in _MANY


def is_odd(word: str) -> bool:
    """Return whether a sign stands in a word where no word has it."""
    return _letters(word)[1] >= _STRANGE


def _letters(word: str) -> tuple[str, float]:
    """Return the small letters of a word, blanks for signs, and what these cost."""
    word = unicodedata.normalize("NFC", word)
    text = "".join(c if _is_letter(c) else " " for c in word)
    cost = sum(
        _sign(c, text[at - 1 : at] if at else "", text[at + 1 : at + 2])
        for at, c in enumerate(word)
        if text[at] == " " and not c.isascii()
    )
    cost += _CAPITAL * _odd_capitals(text)
    if not text.isascii() and text.isupper() and len(text) > 1:
        cost += _CAPITALS
    if len(alone := text.strip()) == 1 and "\x7f" < alone < _IDEOGRAPHS:
        cost += _LETTER
    return text.replace("\u0130", "i").lower(), cost


def _is_letter(character: str) -> bool:
    if character.isascii():
        return character.isalpha()
    return unicodedata.category(character)[0] in "LM" and character not in _ORDINALS


def _sign(sign: str, before: str, after: str) -> int:
    """Return what a sign costs between two characters, blank if they are no letters."""
    before, after = before.strip(), after.strip()
    if before and after:
        usual = _WITHIN
    elif before:
        usual = _CLOSING
    else:
        usual = _OPENING if after else _BETWEEN
    if sign not in usual:
        return _STRANGE
    if usual is _BETWEEN and sign in _OFTEN_ALONE:
        return _ALONE
    return _APOSTROPHE if usual is _WITHIN else _SIGN


def _odd_capitals(text: str) -> int:
    """Count the capitals, and small letters behind two, that no word has there."""
    odd = 0
    before = " "
    for first, second in pairwise(text):
        if not (first.isascii() and second.isascii()):
            odd += first.islower() and second.isupper()
            odd += before.isupper() and first.isupper() and second.islower()
        before = first
    return odd


def _of(letters: str, language: str) -> float:
    costs, alphabet = _tables()[language]
    if language in _MANY:
        return _of_characters(letters, costs)
    total = 0.0
    for first, second in pairwise(f" {letters} "):
        pair = first + second
        known = costs.get(pair)
        if known is not None:
            total += known
        elif not pair.isascii():
            total += _UNSEEN if alphabet.issuperset(pair) else _NEVER
        elif pair != "  ":
            total += _ASCII
    return total


def _of_characters(letters: str, costs: dict[str, int]) -> float:
    total = 0.0
    for first, second in pairwise(f" {letters} "):
        if not second.isascii():
            total += costs.get(second, _RARE if second >= _IDEOGRAPHS else _NEVER)
        elif " " not in (first, second):
            total += _ASCII
        if " " not in (first, second) and first.isascii() != second.isascii():
            total += _MIXED
    return total


@cache
def _tables() -> dict[str, tuple[dict[str, int], frozenset[str]]]:
    """Read what the pairs of each language cost, and its letters."""
    costs: dict[str, dict[str, int]] = defaultdict(dict)
    path = Path(__file__).with_name("letters.txt")
    for line in path.read_text("utf-8").splitlines():
        language, bits, text = line.split("\t")
        step = 1 if language in _MANY else 2
        for at in range(0, len(text), step):
            costs[language][text[at : at + step]] = int(bits)
    return {name: (pairs, frozenset("".join(pairs))) for name, pairs in costs.items()}
