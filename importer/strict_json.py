"""What a reader of JSON loses without a word: a key that stands twice, and digits.

Readers take the last of two keys, and of a number what fits; here both are found. Pure.
Invariant: what is not found means the same to every reader.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from importer import patterns

#: What is lost: one of two values, or digits.
TWICE, _DIGITS = "twice", "digits"
#: No number of fewer characters has more digits than are kept.
_EXACT_CHARACTERS = 16
_DOUBTFUL = patterns.later(r"[\d.]{16}|\d[eE]")


class LossError(ValueError):
    """JSON that says more than is kept of it; `variant` is what, `shown` where."""

    def __init__(self, variant: str, shown: str) -> None:
        """Name what is lost, and the key or number."""
        super().__init__(f"{variant} {shown}")
        self.variant: str = variant
        self.shown: str = shown


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these keys and values.

    Raises:
        LossError: a key stands twice.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise LossError(TWICE, next(key for key in keys if keys.count(key) > 1)[:60])
    return found


def number(text: str) -> float:
    """Return a number that is not whole, or has an exponent.

    Raises:
        LossError: some of its digits would be lost, or all.
    """
    value = float(text)
    if not math.isfinite(value):
        raise LossError(_DIGITS, text[:60])
    if len(text) > _EXACT_CHARACTERS and Decimal(text) != Decimal(repr(value)):
        raise LossError(_DIGITS, text[:60])
    return value


def _whole(text: str) -> float:
    return int(text) if len(text) < _EXACT_CHARACTERS else number(text)


def as_written(text: str) -> Any:  # noqa: ANN401 - JSON holds anything
    """Read JSON, and numbers as the texts that they are written with.

    Raises:
        ValueError: it is no JSON.
    """
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=_refused)


def _refused(word: str) -> None:
    """Refuse NaN and Infinity, which are no JSON, whatever the library takes."""
    raise ValueError(word)


def refuse_losses(text: str) -> None:
    """Read JSON once more, and look for what another reader of it loses.

    Raises:
        LossError: a key stands twice, or a number has too many digits.
        ValueError: it is no JSON, or is nested too deep.
    """
    try:
        json.loads(text, object_pairs_hook=once, parse_float=number, parse_int=_whole)
    except RecursionError as error:
        msg = "nested too deep"
        raise ValueError(msg) from error


def check(text: str, written: bytes) -> None:
    """Look whether a text that was read, and written again, has lost something.

    Raises:
        LossError: a key stands twice, or a number has too many digits.
    """
    if written.count(b":") == text.count(":") and not _DOUBTFUL.search(text):
        return
    refuse_losses(text)
