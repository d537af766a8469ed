"""The words of a text that are not ASCII, as bytes, for a guess of its encoding.

Enough of them are kept to tell languages apart, and one more for every byte that none
of them has, so that a code page that decodes them decodes the whole text. Words are
what stands between separators, quotation marks and blanks, none of which any encoding
has within a letter. Invariant: memory does not grow with the text.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from importer import patterns
from importer.source.code_pages import LONGEST

_BLOCK = 1 << 17
#: So many words are kept, and those that are good UTF-8.
_KEPT = 400
_GOOD = 50
#: So many letters are kept in front of the first one beyond ASCII.
_BEFORE = 24
_WORD = patterns.later(rb"[@-\x7f0-9]*+(?:[\x80-\xff][^\x00-/:-?]*+)?")
_ENDS = (b"\n", b"\r", b",", b";", b"\t", b'"', b" ")
_FOREIGN = patterns.later(rb"[\x80-\xff]")
_ASCII = bytes(range(0x80))


@dataclass(slots=True)
class Words:
    """Words of a text.

    Attributes:
        kept: to tell its encoding from, cut off where they are long.
        good: some of those that are UTF-8.
    """

    kept: dict[bytes, None] = field(default_factory=dict)
    good: dict[bytes, None] = field(default_factory=dict)
    _bytes: set[int] = field(default_factory=set)

    def add(self, block: bytes) -> None:
        """Add the words of a block that ends between two of them."""
        for found in dict.fromkeys(_WORD.findall(block)):
            if found.isascii():
                continue
            begin = _begin(found)
            word = found[begin : begin + LONGEST]
            if self._is_new(word):
                self.kept[word] = None
            if len(self.good) < _GOOD and _is_utf_8(word):
                self.good[word] = None

    def _is_new(self, word: bytes) -> bool:
        letters = set(word.translate(None, _ASCII))
        new = len(self.kept) < _KEPT or not letters <= self._bytes
        self._bytes |= letters
        return new


def of(file: IO[bytes]) -> Words:
    """Return the words of a text, from its beginning on."""
    words = Words()
    file.seek(0)
    pending = b""
    for block in iter(partial(file.read, _BLOCK), b""):
        if block.isascii() and pending.isascii():
            pending = block[-_BEFORE:]
            continue
        text = pending + block
        end = max(map(text.rfind, _ENDS)) + 1
        words.add(text[:end])
        # of a word without an end the beginning is enough
        begin = _begin(text[end:])
        pending = text[end:][begin : begin + _BLOCK]
    words.add(pending)
    return words


def _begin(word: bytes) -> int:
    """Return where the part of a word begins that is kept."""
    first = _FOREIGN.search(word)
    return max(0, (first.start() if first else len(word)) - _BEFORE)


def _is_utf_8(word: bytes) -> bool:
    try:
        codecs.utf_8_decode(word, "strict", len(word) < LONGEST)
    except UnicodeDecodeError:
        return False
    return True
