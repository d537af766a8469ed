"""What must never be written, and its removal from every event.

Looks at every text of an event, keys and depths included: the secrets that the
program knows, however they are encoded, and everything that has the shape of one.
Invariant: what comes out is plain (text, numbers, lists, mappings), because an
object that is turned into text later would pass unseen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping

MASK = "***"

# Shorter texts are no tokens; masking them would tear holes into ordinary words.
SHORTEST_SECRET = 6

_SHAPES = (
    r"(?i:\b(?:bearer|basic)(?:\s|%20|\+)+[^\s\"',;]{6,})",  # an Authorization header
    r"\bpit-[\w-]{6,}",  # a Private Integration Token
    r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?",  # a JSON Web Token, which OAuth gives
    r"(?i:\b(?:access_token|refresh_token|client_secret)=[^&\s\"']+)",  # form-encoded
)

_SHAPED = re.compile("|".join(_SHAPES))

_SECRET_KEY = re.compile(
    r"authorization|cookie|passw|secret|credential|api[_-]?key|token$", re.IGNORECASE
)

# Nobody nests deeper on purpose; a structure that holds itself would never end.
_DEEPEST = 8


class Secrets:
    """What is known to be secret; more of it can become known at any time.

    Looks a text up by its pieces instead of trying every secret, of which there may
    be thousands: a piece of `SHORTEST_SECRET` letters leads to those that begin so.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Begin with these."""
        self._by_start: dict[str, list[str]] = {}
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Mask this one too, as it is and as a URL or a form writes it."""
        for spelling in _spellings(secret.strip()):
            known = self._by_start.setdefault(spelling[:SHORTEST_SECRET], [])
            if spelling not in known:
                known.append(spelling)
                # a secret within another must not leave the rest of it
                known.sort(key=len, reverse=True)

    def mask(self, text: str) -> str:
        """The text without secrets, and without what has the shape of one."""
        return _SHAPED.sub(MASK, self._without_known(text))

    def _without_known(self, text: str) -> str:
        by_start = self._by_start
        if not by_start:
            return text
        kept: list[str] = []
        done = at = 0
        last = len(text) - SHORTEST_SECRET
        while at <= last:
            if found := by_start.get(text[at : at + SHORTEST_SECRET]):
                known = next((one for one in found if text.startswith(one, at)), "")
                if known:
                    kept += (text[done:at], MASK)
                    done = at = at + len(known)
                    continue
            at += 1
        return "".join((*kept, text[done:])) if kept else text


def redactor(
    secrets: Secrets,
) -> Callable[[object, str, MutableMapping[str, Any]], dict[str, Any]]:
    """Make the structlog processor that masks `secrets` and their like."""

    def redact(
        _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> dict[str, Any]:
        return {key: _plain(value, key, secrets.mask) for key, value in event.items()}

    return redact


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """Make the function that masks one text; for messages outside the logs too."""
    return Secrets(secrets).mask


def _spellings(secret: str) -> set[str]:
    """A secret as it is, and as URLs and forms write it; none if it is too short."""
    if len(secret) < SHORTEST_SECRET:
        return set()
    forms = {secret, quote(secret, ""), quote_plus(secret)}
    return forms | {re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), f) for f in forms}


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
    return text(str(value) if isinstance(value, BaseException) else repr(value))
