"""What must never be written, and its removal from every event.

Looks at every text of an event, keys and depths included: the secrets that the
program knows, however they are encoded, and everything that has the shape of one.
Invariants: what comes out is plain (text, numbers, lists, mappings), because an
object that is turned into text later would pass unseen; no text is longer than its
bound.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from importer import wording
from importer.logs.known import MASK

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from importer.logs.known import Secrets

_SECRET_KEY = re.compile(
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
