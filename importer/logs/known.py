"""The secrets that are known, and their removal from texts, however they are written.

A token is sent with each call, so a server can write it into anything it answers: as
it is, escaped, in base64 or hex. Whether a text may hold one is asked first, which
costs few microseconds for an answer, however many tokens there are. Invariants: of a
long secret that is found no part of `PART` letters is left; a text without one stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from struct import Struct
from typing import TYPE_CHECKING, Any

from importer.logs import encodings

if TYPE_CHECKING:
    from collections.abc import Iterable

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
_DEEPEST = 100

#: So many pieces are taken at once.
MANY = 256

_SHAPES = (
    r"(?i:\b(?:bearer|basic)(?:\s|%20|\+)+[^\s\"',;]{6,})",  # an Authorization header
    r"\bpit-[\w-]{6,}",  # a Private Integration Token
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",  # a JSON Web Token, which OAuth gives
    r"(?i:\b(?:access_token|refresh_token|client_secret)=[^&\s\"']+)",  # form-encoded
)
_SHAPED = re.compile("|".join(_SHAPES))


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
        return encodings.WORD.sub(self._struck, self._without_known(text))

    def strike_all(self, value: Any, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
        """Strike secrets from every text in a JSON value."""
        if isinstance(value, str):
            return self.strike(value)
        # what is too deep is not looked into, so it must not pass
        if isinstance(value, dict | list) and depth >= _DEEPEST:
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
        if not encodings.encoded(raw):
            return False
        text = raw.decode("utf-8", "replace")
        return any(
            self._seen(item.encode("utf-8", "replace"))
            for item in encodings.peeled(text)
        )

    def _clear(self) -> None:
        self._by_start: dict[str, list[str]] = {}
        self._pieces: set[bytes] = set()
        self._parts: set[bytes] = set()
        self._short: set[bytes] = set()
        self._short_parts: set[bytes] = set()

    def _index(self, secret: str) -> None:
        for spelling in encodings.spellings(secret):
            known = self._by_start.setdefault(spelling[:SHORTEST_SECRET], [])
            if spelling not in known:
                known.append(spelling)
                # a secret within another must not leave the rest of it
                known.sort(key=len, reverse=True)
        for written in encodings.notations(secret):
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
        return MASK if any(map(self._part_of, encodings.readings(word))) else word

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
