"""How people write durations, rates and limits, for pydantic's validators.

Text in, values out; a value that is one already passes. Invariant: a text that is not
understood is a `ValueError` which says what to write instead.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from importer.models import OPTIONAL_FIELDS, REQUIRED_FIELDS, ErrorLimit, Rate

_KEYS = 3
_WHOLE = 100
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    """Read `30`, `30s`, `500ms`, `5m` or `2h` as seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*", value.lower())
    if not found:
        msg = "write a duration such as 30s, 500ms, 5m or 2h"
        raise ValueError(msg)
    return float(found[1]) * _UNITS[found[2]]


def _rate(value: object) -> object:
    """Read `100/10s`, or `none` for no ceiling."""
    if value is None or isinstance(value, Rate):
        return value
    text = str(value).strip().lower()
    if text == "none":
        return None
    calls, _, seconds = text.partition("/")
    if not calls.isdigit() or int(calls) < 1 or not seconds:
        msg = "write a rate such as 100/10s, or none"
        raise ValueError(msg)
    if seconds in _UNITS:  # 10/s is 10/1s
        seconds = f"1{seconds}"
    duration = _seconds(seconds)
    if not isinstance(duration, float) or duration <= 0:
        msg = "write a rate such as 100/10s, or none"
        raise ValueError(msg)
    return Rate(int(calls), duration)


def _error_limit(value: object) -> object:
    """Read `20` or `5%`."""
    if value is None or isinstance(value, ErrorLimit):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", str(value))
    if not found or not (found[2] or found[1].isdigit()):
        msg = "write a number of rows such as 20, or a share such as 5%"
        raise ValueError(msg)
    if found[2] and float(found[1]) > _WHOLE:
        msg = "write a share of at most 100%"
        raise ValueError(msg)
    if found[2]:
        return ErrorLimit(share=float(found[1]) / 100)
    return ErrorLimit(count=int(found[1]))


def _pauses(value: object) -> object:
    """Read `2,5,10` or a list, each a duration."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list | tuple):
        return tuple(_seconds(part) for part in parts)
    return value


def _rule_keys(value: object) -> object:
    """Read `field,operator,value`, or a list."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    keys = tuple(str(part).strip() for part in parts)
    if len(keys) != len(set(keys) - {""}) or len(keys) != _KEYS:
        msg = "write three different keys such as field,operator,value"
        raise ValueError(msg)
    return keys


def _rule_words(value: object) -> object:
    """Read `price=PRICE,equals=eq`, or a table of these."""
    if isinstance(value, dict):
        return tuple((str(ours), str(theirs)) for ours, theirs in value.items())
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
        msg = "write words such as price=PRICE,equals=eq"
        raise ValueError(msg)
    return tuple((ours.strip(), theirs.strip()) for ours, _, theirs in pairs)


def _send_fields(value: object) -> object:
    """Read `-type,-rules`, `image,seo` or a list, as what is left out: `-type`, …."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    texts = [text for part in parts if (text := str(part).strip())]
    named = {_field(text.removeprefix("-")) for text in texts}
    without = [text.startswith("-") for text in texts]
    if texts and any(without) != all(without):
        msg = "write those that are sent (image,seo) or those that are not (-type)"
        raise ValueError(msg)
    if not all(without):
        named = set(OPTIONAL_FIELDS) - named
    elif always := sorted(named.intersection(REQUIRED_FIELDS)):
        msg = f"{always[0]} is always sent: there is no collection without it"
        raise ValueError(msg)
    return tuple(f"-{name}" for name in OPTIONAL_FIELDS if name in named)


def _field(text: str) -> str:
    """Return the API's name of a field that is written in any case, or as a column."""
    names = {name.lower(): name for name in (*OPTIONAL_FIELDS, *REQUIRED_FIELDS)}
    found = names.get(text.strip().replace("_", "").lower())
    if found is None:
        msg = f"there is no field {text!r}; there are {', '.join(OPTIONAL_FIELDS)}"
        raise ValueError(msg)
    return found


SentFields = Annotated[tuple[str, ...], BeforeValidator(_send_fields)]
Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, allow_inf_nan=False)]
RateText = Annotated[Rate | None, BeforeValidator(_rate)]
ErrorLimitText = Annotated[ErrorLimit | None, BeforeValidator(_error_limit)]
Pauses = Annotated[
    tuple[Annotated[float, Field(ge=0)], ...],
    BeforeValidator(_pauses),
    Field(min_length=1),
]
RuleKeys = Annotated[tuple[str, str, str], BeforeValidator(_rule_keys)]
RuleWords = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_rule_words)]
