"""Texts of ASCII alone that are UTF-7, the encoding of old mail: H+APw-te for Hüte.

Decides for a whole text, by the letters that its signs would be. Knows no cell.
Invariant: a text is UTF-7 only if all of it can be decoded as such, and each piece in
its signs gives letters of one alphabet alone. Any code behind a plus gives Chinese or
Korean letters, so texts in these are read as UTF-7 only where that is asked for.
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import partial
from typing import IO

from importer import patterns

_BLOCK = 1 << 17
#: Letters beyond ASCII behind a sign, as base64 of UTF-16.
PIECE = patterns.later(rb"\+[A-Za-z0-9+/]{3,}(?=[-\s,;|\"]|\Z)")
#: What may be a word behind a plus; base64 hardly looks so.
_WORD = patterns.later(rb"\+[A-Z]?[a-z]+")
#: Alphabets begin in front of this one: Latin, Greek, Cyrillic, Hebrew, Arabic …
_BEHIND = "\u0700"


def holds(file: IO[bytes]) -> bool:
    """Return whether a text is UTF-7, from its beginning on."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-7")()
    rest = b""
    try:
        for block in iter(partial(file.read, _BLOCK), b""):
            decoder.decode(block)
            *lines, rest = (rest + block).split(b"\n")
            if not all(map(_is_plausible, lines)):
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return _is_plausible(rest)


def _is_plausible(line: bytes) -> bool:
    return all(map(_is_letters, PIECE.findall(line)))


def _is_letters(piece: bytes) -> bool:
    if _WORD.fullmatch(piece):
        return False
    letters = (piece + b"-").decode("utf-7")
    alphabets = {unicodedata.name(letter, "").split(" ")[0] for letter in letters}
    return letters.isalpha() and max(letters) < _BEHIND and len(alphabets) == 1
