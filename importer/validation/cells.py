"""What a cell may hold: a list of ids, a JSON object, a number.

Each function takes the text of a cell apart and raises a `PydanticCustomError`
whose type names what is wrong; `problems` finds the words for it.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

import orjson
from pydantic_core import PydanticCustomError

from importer import patterns, strict_json

# The types of the errors that are raised here.
DESTROYED: Final = "destroyed"
NOT_JSON: Final = "not_json"
NOT_OBJECT: Final = "not_object"
TOO_DEEP: Final = "too_deep"
LOST: Final = "lost"
NOT_NUMBER: Final = "not_number"

_SEPARATOR_CHARACTERS = ",;| \t\r\n\f\v"
_NUMBER = patterns.later(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
# With a point or a plus: 655e33 could be the beginning of an id.
_SCIENTIFIC = patterns.later(
    r"[0-9]+[.,][0-9]*E\+?[0-9]{1,3}|[0-9]+E\+[0-9]{1,3}", re.IGNORECASE
)
# Its comma stands in a list, too, and is no separator there.
_WITH_COMMA = patterns.later(r"(?<!\w)[0-9]+,[0-9]*E\+[0-9]{1,3}(?!\w)", re.IGNORECASE)
_COMMA = "\ue000"  # of no shop's texts, and no separator
_NO_RULES = frozenset({"{}", "[]", "null", "None"})
_MOST_DIGITS = 19  # what a 64-bit whole number holds


def holds_ids(text: str) -> bool:
    """Tell a cell with ids from one with separators or an empty list only."""
    if text.strip() in _NO_RULES:
        return False
    return text[:1].isalnum() or bool(text.strip(_SEPARATOR_CHARACTERS))


def holds_rules(text: str) -> bool:
    """Tell a cell with rules from one that says in JSON that there are none."""
    return bool(text.strip()) and text.strip() not in _NO_RULES


def ids(text: str) -> list[str]:
    """Split a cell at commas, semicolons, bars, spaces and line breaks.

    A JSON list is taken as one.
    """
    if is_destroyed(text):
        return [text]  # its comma is no separator
    if text.lstrip().startswith("["):
        try:
            listed = strict_json.as_written(text)
        except (ValueError, RecursionError):
            # Brackets around plain ids are still a list of ids to a person.
            text = text.strip().strip("[]")
        else:
            return [_item(item) for item in listed]
    listed = with_numbers_whole(text) if "+" in text else text
    found = listed.replace(",", " ").replace(";", " ").replace("|", " ").split()
    return [as_it_was(item) for item in found] if listed != text else found


def with_numbers_whole(text: str) -> str:
    """Hide the commas of 6,40398E+11, what a spreadsheet makes of a long id."""
    return _WITH_COMMA.sub(lambda number: number[0].replace(",", _COMMA), text)


def as_it_was(item: str) -> str:
    """Write the commas of a number again that were hidden."""
    return item.replace(_COMMA, ",")


def _item(item: object) -> str:
    """Return an item of a list as text; null, true and objects as JSON has them."""
    if isinstance(item, str):
        return item.strip()
    return json.dumps(item, ensure_ascii=False)


def is_destroyed(text: str) -> bool:
    """Return whether a spreadsheet has made a number of a long id: 6.40398E+11."""
    return _SCIENTIFIC.fullmatch(text) is not None


def not_destroyed(text: str) -> str:
    """Refuse what a spreadsheet makes of a long id: 6.40398E+11.

    Raises:
        PydanticCustomError: `destroyed`.
    """
    if is_destroyed(text):
        raise PydanticCustomError(DESTROYED, "a number in scientific notation")
    return text


def json_object(text: str) -> dict[str, Any]:
    """Read a JSON object; NaN, Infinity and broken characters are no JSON.

    Raises:
        PydanticCustomError: `not_json` with `line`, `column` and `reason`;
            `not_object`; `too_deep`; `lost` with the key or the number.
    """
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise PydanticCustomError(
            NOT_JSON,
            "not JSON",
            {"line": error.lineno, "column": error.colno, "reason": error.msg},
        ) from error
    if not isinstance(content, dict):
        raise PydanticCustomError(NOT_OBJECT, "not a JSON object")
    try:
        written = orjson.dumps(content)  # reads deeper than it writes
    except orjson.JSONEncodeError as error:
        raise PydanticCustomError(TOO_DEEP, "nested too deep") from error
    try:
        strict_json.check(text, written)
    except strict_json.LossError as loss:
        raise PydanticCustomError(LOST, "lost", {loss.variant: loss.shown}) from loss
    return content


def a_number(text: str) -> int | float:
    """Read a whole or decimal number that JSON can carry.

    Raises:
        PydanticCustomError: `not_number`.
    """
    number: float = math.nan
    if _NUMBER.fullmatch(text):
        number = float(text)
    if not math.isfinite(number):
        raise PydanticCustomError(NOT_NUMBER, "not a number")
    whole = text.lstrip("+-")
    # all digits of a whole number are kept as long as JSON's readers keep them
    if whole.isdigit() and len(whole.lstrip("0")) < _MOST_DIGITS:
        return int(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def upper(text: object) -> object:
    """Write a text in capitals; leave everything else to the type's own check."""
    return text.strip().upper() if isinstance(text, str) else text
