"""In how many ways a secret can be written, and how they are taken back.

Pure. Percent, JSON and HTML escapes are taken back layer by layer; base64 and hex are
read at every offset, because what stands before the secret shifts it. Invariant: the
work grows with the length of the text and with nothing else.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from importer import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A text is rarely encoded more than twice.
LAYERS = 3
#: Shorter runs of letters are no secret in another notation.
SHORTEST_BASE64, SHORTEST_HEX = 8, 12

#: What is masked as a whole. Other white space is left out of texts before they are
#: shown, so it is no end of a word.
WORD = re.compile(r"[^ \t\r\n\"'<>]+")

_BASE64 = re.compile(f"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64},}}")
_HEX = re.compile(f"[0-9a-fA-F]{{{SHORTEST_HEX},}}")
_STANDARD = str.maketrans("-_", "+/")
# runs of them, because a call for each letter of a long text takes seconds
_UNICODE_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_BYTE_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+")
_PERCENT_ESCAPES = re.compile("(?:%[0-9a-fA-F]{2})+")
_BACKSLASHES = re.compile(r"\\([^ux])")
_PERCENT = re.compile("%[0-9A-F]{2}")


def spellings(secret: str) -> set[str]:
    """Return a secret as it is, and as URLs and forms write it."""
    forms = {secret, quote(secret, ""), quote_plus(secret)}
    return forms | {_PERCENT.sub(lambda found: found[0].lower(), f) for f in forms}


def notations(secret: str) -> Iterator[bytes]:
    """Give a secret as texts are looked through for it, in lower case.

    Of base64 only the letters that do not depend on what stands before and after.
    """
    raw = secret.encode()
    for spelling in spellings(secret):
        yield spelling.lower().encode()
    yield raw.hex().encode()
    # base64 writes 3 bytes as 4 letters, so a secret has three spellings by where it
    # begins; the letters at its ends depend on its neighbours
    for before in range(3):
        padded = base64.b64encode(b"\0" * before + raw)
        shared = padded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        yield shared.lower()
        yield shared.replace(b"+", b"-").replace(b"/", b"_").lower()


def encoded(raw: bytes) -> bool:
    """Say whether some letters may be written otherwise, or stand between unseen."""
    return b"%" in raw or b"\\" in raw or b"&" in raw or not raw.isascii()


def peeled(text: str) -> Iterator[str]:
    """Give a text with one, two and more layers of escapes taken back."""
    for _ in range(LAYERS):
        before, text = text, _peel(text)
        if text == before:
            return
        yield text


def _peel(text: str) -> str:
    if "\\" in text:
        text = _UNICODE_ESCAPES.sub(partial(_letters, "\\u", "utf-16-be"), text)
        text = _BYTE_ESCAPES.sub(partial(_letters, "\\x", "utf-8"), text)
        text = _BACKSLASHES.sub(r"\1", text)
    if "%" in text:
        text = _PERCENT_ESCAPES.sub(partial(_letters, "%", "utf-8"), text)
    if "&" in text:
        text = html.unescape(text)
    return texts.seen(text)


def _letters(sign: str, code: str, found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace(sign, "")).decode(code, "replace")


def readings(word: str) -> Iterator[bytes]:
    """Give what a word may mean, in lower case: with its encodings taken back."""
    for text in (word, *peeled(word)):
        yield text.lower().encode("utf-8", "replace")
        for run in _BASE64.findall(text):
            yield from _from_base64(run)
        for run in _HEX.findall(text):
            # a hex pair may begin at either digit of the run
            for before in range(2):
                even = (len(run) - before) // 2 * 2
                yield bytes.fromhex(run[before : before + even]).lower()


def _from_base64(run: str) -> Iterator[bytes]:
    standard = run.translate(_STANDARD)
    for before in range(4):
        rest = standard[before:]
        # one letter more than a multiple of four is no base64
        rest = rest[: len(rest) - (len(rest) % 4 == 1)]
        yield binascii.a2b_base64(rest + "=" * (-len(rest) % 4)).lower()
