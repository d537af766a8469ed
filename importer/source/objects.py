"""The text of a cell that came as a value, from a file or from a program.

Numbers are written as digits, without a `.0`: an id that a spreadsheet holds as a
number stays readable. Only a number whose digits are lost shows it by its exponent, so
that made-up digits are not taken for an id. A program hands over more kinds of value
than a file; its whole and decimal numbers keep all of their digits. Invariants: what
comes out can be encoded as UTF-8; a value that has no one text becomes `Unreadable`,
never the way Python prints it; nothing that a value does ends the reading.
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

#: From here on a spreadsheet keeps only the first 15 digits of a number.
EXACT = 10**15

_NOTHING = frozenset({"NAType", "NaTType", "NoneType"})
_TRUTH = frozenset({"bool", "bool_"})


def text_of(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    """Write a value as the text that a person would have typed."""
    if isinstance(value, str):
        return value if value.isascii() else _encodable(value)
    # by name, so that neither pandas nor numpy has to be imported to know their types
    name = type(value).__name__
    if name in _NOTHING:
        return ""
    if name in _TRUTH:
        return "TRUE" if value else "FALSE"
    return _other_text(value)


def _other_text(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, float) or hasattr(value, "is_integer"):
        return _number_text(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if hasattr(value, "tolist"):  # a numpy array or number
        value = value.tolist()
    if isinstance(value, (list, tuple, dict)):
        return _encodable(json.dumps(value, ensure_ascii=False, default=str))
    return _encodable(str(value))


def _number_text(value: Any) -> str:  # noqa: ANN401 - float, or a number like it
    if value != value:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    if value in (float("inf"), float("-inf")):
        return str(value)
    if abs(value) >= EXACT:
        # what follows the 15th digit is lost; more digits would be made up
        return f"{float(value):.15G}"
    if value == int(value):
        return str(int(value))
    # through `str`, which has the fewest digits that mean this number: 0.1 stays 0.1
    return format(Decimal(str(value)), "f")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


_LONGEST_SHOWN = 60
#: A decimal number of more digits before or behind the point has an exponent.
_MOST_DIGITS = 60
_NO_VALUE = frozenset({"NAType", "NaTType", "NoneType", "MaskedConstant"})
#: Kinds that have no one text, and the variant of what is said of each.
_REFUSED: tuple[tuple[type, str], ...] = (
    (bytes, "bytes"),
    (bytearray, "bytes"),
    (memoryview, "memoryview"),
    (dt.timedelta, "duration"),
    (set, "set"),
    (frozenset, "set"),
)
#: Of numpy; as plain values they can be bare numbers.
_TIMES = frozenset({"datetime64", "timedelta64"})
#: The variant of what is said of all others.
_OBJECT = "object"
#: A span of time of Arrow, which is a tuple.
_SPAN = "MonthDayNano"


def text(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    """Write a value as text; `Unreadable` where it has none."""
    if type(value) is str and value.isascii() and "\0" not in value:
        return value
    try:
        return _text(value)
    except Exception:  # noqa: BLE001 - methods of foreign objects raise what they like
        return unreadable(value, _OBJECT)


def unreadable(value: Any, variant: str) -> Unreadable:  # noqa: ANN401 - as above
    """Mark a value that has no text, with a glimpse of it."""
    kind = type(value).__name__
    try:
        glimpse = repr(value)
    except Exception:  # noqa: BLE001 - as above
        glimpse = kind
    return _marked(glimpse or kind, variant, type=kind)


def _marked(shown: str, variant: str, **parameters: str) -> Unreadable:
    plain = shown.encode("ascii", "backslashreplace").decode().split("\n", 1)[0]
    return Unreadable.of(plain[:_LONGEST_SHOWN], variant, **parameters)


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, Enum):
        return text(value.value)
    # a text of a subclass (numpy has one) must not print itself in its own way
    if isinstance(value, str):
        return checked(str.__str__(value))
    for kind, variant in _REFUSED:
        if isinstance(value, kind):
            return unreadable(value, variant)
    if type(value).__name__ in _NO_VALUE:
        return ""
    if type(value).__name__ == _SPAN:
        return unreadable(value, "duration")
    return _of_value(value)


def checked(value: str) -> str:
    """Give a text back, or say why it cannot be sent as it is."""
    if "\0" in value:
        return _marked(repr(value), "nul")
    try:
        value.encode()
    except UnicodeEncodeError as failure:
        half = f"{ord(value[failure.start]):04X}"
        return _marked(repr(value), "half", half=half)
    return value


def _of_value(value: Any) -> str:  # noqa: ANN401 - as above
    # `bool` before `int`, of which it is a kind
    match value:
        case float() if math.isinf(value):
            return _marked(str(value), "infinite")
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
        return unreadable(value, _OBJECT)
    if getattr(value, "ndim", None) not in {0, 1} or hasattr(value, "index"):
        return unreadable(value, _OBJECT)  # a table, or a column with an index
    if type(value).__name__ == "datetime64":
        moment = str(value)
        return "" if moment == "NaT" else moment
    plain = value.tolist()
    if type(value).__name__ == "timedelta64" or type(plain) is type(value):
        return unreadable(value, _OBJECT)
    return text(plain)


def _decimal(value: Decimal) -> str:
    """Return the digits as they were written: `1.10` stays that."""
    if value.is_nan():
        return ""
    # hundreds of zeros are no digits that a person has written
    plain = value.is_finite() and -_MOST_DIGITS < value.adjusted() < _MOST_DIGITS
    return format(value, "f") if plain else str(value)


def _json(value: Any) -> str:  # noqa: ANN401 - a list or an object of JSON
    try:
        written = json.dumps(value, ensure_ascii=False, default=_inner, allow_nan=False)
    except ValueError as failure:
        # a list in itself is one, too
        if "JSON compliant" not in str(failure):
            raise
        return _marked(repr(value), "infinite")
    return checked(written)


def _inner(value: Any) -> Any:  # noqa: ANN401 - what JSON does not know by itself
    """Give a value inside a list or an object as JSON has it.

    Raises:
        TypeError: there is none.
    """
    if type(value).__name__ in _NO_VALUE:
        return None
    if isinstance(value, Decimal):
        return _number(value)
    if type(value).__module__ == "numpy" and type(value).__name__ not in _TIMES:
        return value.tolist()
    written = text(value)
    if isinstance(written, Unreadable):
        raise TypeError(written)
    return written


def _number(value: Decimal) -> int | float | str:
    """Return a decimal number as JSON has it.

    One that is none is refused like a float.
    """
    if not value.is_finite():
        return math.nan
    if value.adjusted() < _MOST_DIGITS and value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else str(value)
