"""The text of a value that a program hands over: what a cell of a DataFrame can hold.

More kinds of value come here than from a file. Text, numbers, truths, dates, lists and
objects of JSON are written as `cells` writes them; whole and decimal numbers keep all
of their digits. Invariants: a value that has no one text becomes `Unreadable`, never
the way Python prints it; nothing that a value does ends the reading.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from importer.models import Unreadable
from importer.source.cells import text_of

_LONGEST_SHOWN = 60
_NOTHING = frozenset({"NAType", "NaTType", "NoneType", "MaskedConstant"})
#: Kinds that have no one text, and what to write instead.
_REFUSED: tuple[tuple[type, str], ...] = (
    (bytes, 'Decode it: value.decode("utf-8").'),
    (bytearray, 'Decode it: value.decode("utf-8").'),
    (memoryview, 'Decode it: bytes(value).decode("utf-8").'),
    (dt.timedelta, "Write it as text, or leave the column out."),
    (set, "Give a list: its order is kept."),
    (frozenset, "Give a list: its order is kept."),
)
#: Of numpy; as plain values they can be bare numbers.
_TIMES = frozenset({"datetime64", "timedelta64"})
_TEXT_INSTEAD = "Give text instead, or leave the column out."


def text(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    """Write a value as text; `Unreadable` where it has none."""
    if type(value) is str and "\0" not in value:
        return text_of(value)
    try:
        return _text(value)
    except Exception:  # noqa: BLE001 - methods of foreign objects raise what they like
        return unreadable(value, _TEXT_INSTEAD)


def unreadable(value: Any, remedy: str) -> Unreadable:  # noqa: ANN401 - as above
    """Mark a value that has no text, with a glimpse of it."""
    kind = type(value).__name__
    try:
        glimpse = repr(value)
    except Exception:  # noqa: BLE001 - as above
        glimpse = kind
    glimpse = glimpse.encode("ascii", "backslashreplace").decode().split("\n", 1)[0]
    fault = f"The value is of the type {kind}, which has no one text."
    if isinstance(value, str):
        fault = "The text holds a NUL character."
    return Unreadable.of(glimpse[:_LONGEST_SHOWN] or kind, fault, remedy)


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, Enum):
        return text(value.value)
    if isinstance(value, str):
        if "\0" in value:
            return unreadable(value, "Remove the NUL character from the text.")
        return text_of(str.__str__(value))
    for kind, remedy in _REFUSED:
        if isinstance(value, kind):
            return unreadable(value, remedy)
    if type(value).__name__ in _NOTHING:
        return ""
    return _of_value(value)


def _of_value(value: Any) -> str:  # noqa: ANN401 - as above
    match value:
        case bool() | float() | dt.date() | dt.time() | UUID() | PurePath():
            return text_of(value)
        case int():
            return str(int(value))
        case Decimal():
            return _decimal(value)
        case list() | tuple() | dict():
            return _json(value)
    return _of_others(value)


def _of_others(value: Any) -> str:  # noqa: ANN401 - of Arrow, numpy, or unknown
    if hasattr(value, "as_py"):
        return text(value.as_py())
    if not hasattr(value, "tolist"):
        return unreadable(value, _TEXT_INSTEAD)
    if getattr(value, "ndim", None) not in {0, 1} or hasattr(value, "index"):
        return unreadable(value, _TEXT_INSTEAD)  # a table, or a column with an index
    if type(value).__name__ == "datetime64":
        moment = str(value)
        return "" if moment == "NaT" else moment
    plain = value.tolist()
    if type(value).__name__ == "timedelta64" or type(plain) is type(value):
        return unreadable(value, _TEXT_INSTEAD)
    return text(plain)


def _decimal(value: Decimal) -> str:
    if value.is_nan():
        return ""
    if value.is_infinite():
        return str(value)
    written = format(value, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _json(value: Any) -> str:  # noqa: ANN401 - a list or an object of JSON
    return text_of(json.dumps(value, ensure_ascii=False, default=_inner))


def _inner(value: Any) -> Any:  # noqa: ANN401 - what JSON does not know by itself
    """Give a value inside a list or an object as JSON has it.

    Raises:
        TypeError: there is none.
    """
    if type(value).__name__ in _NOTHING:
        return None
    if isinstance(value, Decimal) and value.is_finite():
        number = float(value)
        whole = value == value.to_integral_value()
        return int(value) if whole else number if math.isfinite(number) else str(value)
    if type(value).__module__ == "numpy" and type(value).__name__ not in _TIMES:
        return value.tolist()
    written = text(value)
    if isinstance(written, Unreadable):
        raise TypeError(written)
    return written
