"""Languages by code pages by sizes: how often a guess is right, open or wrong."""

from __future__ import annotations

import random
import unicodedata
from collections import Counter

import examples
import pytest
from words_of_shops import LANGUAGES, WORDS

from importer.source.code_pages import likely

#: How many words, and the share that must be read; one word is often open.
SIZES = {1: 0.5, 2: 0.85, 3: 0.93, 10: 0.97, 30: 0.999}
TRIED = examples.tried(5)
#: Wrong, of all that are tried: single Polish and Italian words that the Macintosh
#: saved.
WRONG = 0.002


def writable(language: str, page: str) -> list[str]:
    """Return the words that a code page can write, and that are more than ASCII."""
    words = []
    for word in WORDS[language].split():
        # Vietnamese has its tones apart there
        text = vietnamese(word) if page == "cp1258" else word
        try:
            if not text.encode(page).isascii():
                words.append(text)
        except UnicodeEncodeError:
            continue
    return words


def vietnamese(word: str) -> str:
    letters = []
    for letter in word:
        base, *marks = list(unicodedata.normalize("NFD", letter))
        tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
        shape = "".join(mark for mark in marks if mark not in tones)
        letters.append(unicodedata.normalize("NFC", base + shape) + "".join(tones))
    return "".join(letters)


def counted(size: int) -> Counter[str]:
    """Count what comes of files of so many words, for each language in each page."""
    chosen = random.Random(size)  # noqa: S311 - no secret
    found: Counter[str] = Counter()
    for page, languages in LANGUAGES.items():
        for language in languages.split():
            words = writable(language, page)
            for _ in range(TRIED if words else 0):
                text = chosen.sample(words, min(size, len(words)))
                parts = " ".join(text).encode(page).replace(b"-", b" ").split()
                kept = [part for part in parts if not part.isascii()]
                readings = likely(kept)
                truth = tuple(part.decode(page) for part in kept)
                right = [reading.words == truth for reading in readings]
                found[
                    "open" if len(right) != 1 else "right" if right[0] else "wrong"
                ] += 1
    return found


@pytest.mark.examples
@pytest.mark.no_cover
@pytest.mark.parametrize("size", SIZES)
def test_a_guess_is_right_or_not_made(size: int) -> None:
    """Forty languages, forty code pages; what is open is refused with both readings."""
    found = counted(size)
    total = found.total()
    assert found["wrong"] <= total * (WRONG if size < 10 else 0), found
    assert found["right"] >= total * SIZES[size], found
