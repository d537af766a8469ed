"""The text of a cell that came as a value: number, date, truth, nothing.

Numbers are written as digits, without a `.0`: an id that a spreadsheet holds as a
number stays readable. Only a number whose digits are lost shows it by its exponent,
so that made-up digits are not taken for an id. Invariant: what comes out can be
encoded as UTF-8.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

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
