"""What must never be written, and its removal from texts and events.

A token is sent with each call, so a server can write it into anything it answers: as it
is, escaped, in base64 or hex. Percent, JSON and HTML escapes are taken back layer by
layer; base64 and hex are read at every offset. Whether a text may hold a secret is
asked first, which costs few microseconds for an answer, however many tokens there are.
Of an event every text is looked at, keys and depths included, for known secrets and for
everything that has the shape of one. Invariants: of a long secret that is found no part
of `PART` letters is left, and a text without one stays; the work grows with the length
of the text alone; what comes out of an event is plain (text, numbers, lists, mappings),
because an object that is turned into text later would pass unseen, and no text is
longer than its bound.
"""

from __future__ import annotations

import base64
import binascii
import html
import math
import re
from collections.abc import Mapping
from functools import lru_cache, partial
from struct import Struct
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from importer import patterns, texts, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, MutableMapping


#: A text is rarely encoded more than twice.
LAYERS = 3
#: Shorter runs of letters are no secret in another notation.
SHORTEST_BASE64, SHORTEST_HEX = 8, 12

#: What is masked as a whole. Other white space is left out of texts before they are
#: shown, so it is no end of a word.
WORD = re.compile(r"[^ \t\r\n\"'<>]+")

_BASE64 = patterns.later(f"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64},}}")
_HEX = patterns.later(f"[0-9a-fA-F]{{{SHORTEST_HEX},}}")
_STANDARD = str.maketrans("-_", "+/")
# runs of them, because a call for each letter of a long text takes seconds
_UNICODE_ESCAPES = patterns.later(r"(?:\\u[0-9a-fA-F]{4})+")
_BYTE_ESCAPES = patterns.later(r"(?:\\x[0-9a-fA-F]{2})+")
_PERCENT_ESCAPES = patterns.later("(?:%[0-9a-fA-F]{2})+")
_BACKSLASHES = patterns.later(r"\\([^ux])")
_PERCENT = patterns.later("%[0-9A-F]{2}")


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


MASK = "***"

# Shorter texts are no tokens; masking them would tear holes into ordinary words.
SHORTEST_SECRET = 6

#: A secret that is part of an id or a slug by chance is shorter than this (HighLevel's
#: tokens have 40 letters and more). In data, where a hole is a wrong answer, only these
#: are masked.
CERTAIN = 16

#: A text is looked at every `STRIDE` letters for pieces of a secret, so that it is
#: found wherever it begins, as long as `LONG` of its letters are there.
PIECE, STRIDE = 12, 16
LONG = PIECE + STRIDE - 1
#: Within a word that holds one, a shorter part is found too.
STEP = 8
PART = PIECE + STEP - 1
#: More than so many are not kept: of tokens that are renewed, the oldest are forgotten.
MOST = 10_000
#: A structure that is nested deeper is masked as a whole.
_MOST_LAYERS = 100

#: So many pieces are taken at once.
MANY = 256

_SHAPES = (
    r"(?i:\b(?:bearer|basic)(?:\s|%20|\+)+[^\s\"',;]{6,})",  # an Authorization header
    r"\bpit-[\w-]{6,}",  # a Private Integration Token
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",  # a JSON Web Token, which OAuth gives
    r"(?i:\b(?:access_token|refresh_token|client_secret)=[^&\s\"']+)",  # form-encoded
)
_SHAPED = patterns.later("|".join(_SHAPES))


@lru_cache(maxsize=MANY)
def _pieces(count: int) -> Struct:
    """Take so many pieces out of a text, at once."""
    between = f"{STRIDE - PIECE}x{PIECE}s"
    return Struct(f"{PIECE}s" + between * (count - 1))


class Secrets:
    """What is known to be secret; more of it can become known at any time.

    Looks a text up by its pieces instead of trying every secret, of which there may
    be thousands.
    """

    def __init__(
        self, secrets: Iterable[str] = (), least: int = SHORTEST_SECRET
    ) -> None:
        """Begin with these; what has fewer letters than `least` is not masked."""
        self._least = least
        self._kept: dict[str, None] = {}
        self._clear()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask this one too, however it is written."""
        if secret in self._kept or len(secret.strip()) < self._least:
            return
        # half of them at once, so that forgetting costs little on average
        if len(self._kept) >= MOST:
            newest = list(self._kept)[MOST // 2 :]
            self._kept = dict.fromkeys(newest)
            self._clear()
            for text in newest:
                self._index(text.strip())
        self._kept[secret] = None
        self._index(secret.strip())

    def mask(self, text: str) -> str:
        """Return the text without secrets, and without what has the shape of one."""
        return _SHAPED.sub(MASK, self.strike(text))

    def strike(self, text: str) -> str:
        """Return the text without the secrets that are known."""
        # almost every text holds none, and this look costs microseconds
        if not self.within(text.encode("utf-8", "surrogatepass")):
            return text
        return WORD.sub(self._struck, self._without_known(text))

    def strike_all(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Strike secrets from every text in a JSON value."""
        if isinstance(value, str):
            return self.strike(value)
        # what is too deep is not looked into, so it must not pass
        if isinstance(value, dict | list) and depth >= _MOST_LAYERS:
            return MASK
        if isinstance(value, list):
            return [self.strike_all(inner, depth + 1) for inner in value]
        if isinstance(value, dict):
            return {
                self.strike(name): self.strike_all(inner, depth + 1)
                for name, inner in value.items()
            }
        return value

    def within(self, raw: bytes) -> bool:
        """Say whether a secret may be in it; quick where none is."""
        if not self._kept:
            return False
        if self._seen(raw):
            return True
        if not encoded(raw):
            return False
        text = raw.decode("utf-8", "replace")
        return any(self._seen(item.encode("utf-8", "replace")) for item in peeled(text))

    def _clear(self) -> None:
        self._by_start: dict[str, list[str]] = {}
        self._pieces: set[bytes] = set()
        self._parts: set[bytes] = set()
        self._short: set[bytes] = set()
        self._short_parts: set[bytes] = set()

    def _index(self, secret: str) -> None:
        for spelling in spellings(secret):
            known = self._by_start.setdefault(spelling[:SHORTEST_SECRET], [])
            if spelling not in known:
                known.append(spelling)
                # a secret within another must not leave the rest of it
                known.sort(key=len, reverse=True)
        for written in notations(secret):
            if len(written) < LONG:
                # a short one cannot be found by pieces, as none need fall at a stride
                self._short.add(written)
            else:
                self._pieces.update(written[at : at + PIECE] for at in range(STRIDE))
        low = secret.lower().encode()
        if len(low) < PART:
            self._short_parts.add(low)
        else:
            last = len(low) - PIECE + 1
            self._parts.update(low[at : at + PIECE] for at in range(0, last, STEP))

    def _seen(self, raw: bytes) -> bool:
        low = raw.lower()
        count = (len(low) - PIECE) // STRIDE + 1
        for first in range(0, count, MANY):
            few = _pieces(min(MANY, count - first))
            if not self._pieces.isdisjoint(few.unpack_from(low, first * STRIDE)):
                return True
        return bool(self._short) and any(short in low for short in self._short)

    def _struck(self, found: re.Match[str]) -> str:
        """Mask a word that holds a secret, or a part of one, in another notation."""
        word = found[0]
        return MASK if any(map(self._part_of, readings(word))) else word

    def _part_of(self, low: bytes) -> bool:
        if any(short in low for short in self._short_parts):
            return True
        places = range(len(low) - PIECE + 1)
        return not self._parts.isdisjoint(low[at : at + PIECE] for at in places)

    def _without_known(self, text: str) -> str:
        by_start = self._by_start
        kept: list[str] = []
        done = at = 0
        last = len(text) - SHORTEST_SECRET
        while at <= last:
            if found := by_start.get(text[at : at + SHORTEST_SECRET]):
                known = next((item for item in found if text.startswith(item, at)), "")
                if known:
                    kept += (text[done:at], MASK)
                    done = at = at + len(known)
                    continue
            at += 1
        return "".join((*kept, text[done:])) if kept else text


_SECRET_KEY = patterns.later(
    r"authorization|cookie|passw|secret|credential|api[_-]?key|token$", re.IGNORECASE
)

# Nothing is nested deeper on purpose; a structure that holds itself would never end.
_DEEPEST = 8

#: Longer texts are cut; a traceback says at its end what went wrong.
LONGEST_TEXT, LONGEST_TRACEBACK = 2_000, 64_000


def redactor(
    secrets: Secrets,
) -> Callable[[object, str, MutableMapping[str, Any]], dict[str, Any]]:
    """Make the structlog processor that masks `secrets` and their like."""

    def short(text: str) -> str:
        return secrets.mask(wording.ends(text, LONGEST_TEXT))

    def traceback(text: str) -> str:
        return secrets.mask(wording.ends(text, LONGEST_TRACEBACK))

    def redact(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> dict[str, Any]:
        return {
            key: _plain(value, key, traceback if key == "exception" else short)
            for key, value in event.items()
        }

    return redact


def _plain(
    value: object, key: str, text: Callable[[str], str], depth: int = 0
) -> object:
    """Turn a value into plain ones without secrets."""
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, float):  # JSON has no infinity
        return value if math.isfinite(value) else str(value)
    if value and _SECRET_KEY.search(key):
        return MASK
    if isinstance(value, str):
        return text(str(value))
    # deeper than anything on purpose: written as text, so that it ends
    if depth >= _DEEPEST:
        return text(repr(value))
    return _opened(value, key, text, depth + 1)


def _opened(value: object, key: str, text: Callable[[str], str], depth: int) -> object:
    """Look inside what holds other values; anything else becomes its text."""
    if isinstance(value, Mapping):
        return {
            text(str(name)): _plain(inner, str(name), text, depth)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner, key, text, depth) for inner in value]
    if isinstance(value, bytes | bytearray):
        return text(value.decode("utf-8", "replace"))
    # as text now, while it can be masked: an object that is written later passes unseen
    return text(str(value) if isinstance(value, BaseException) else repr(value))
