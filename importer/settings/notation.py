"""How people write durations, rates and limits, for pydantic's validators.

Text in, values out; a value that is one already passes. Invariant: a text that is not
understood is a `ValueError` which says what to write instead.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field

from importer import execution, ratelimit

_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    """`30`, `30s`, `500ms`, `5m`, `2h` as seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*", value)
    if not found:
        msg = "write a duration such as 30s, 500ms, 5m or 2h"
        raise ValueError(msg)
    return float(found[1]) * _UNITS[found[2]]


def _rate(value: object) -> object:
    """`100/10s`, or `none` for no ceiling."""
    if value is None or isinstance(value, ratelimit.Rate):
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
    return ratelimit.Rate(int(calls), duration)


def _error_limit(value: object) -> object:
    """`20` or `5%`."""
    if value is None or isinstance(value, execution.ErrorLimit):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", str(value))
    if not found or not (found[2] or found[1].isdigit()):
        msg = "write a number of rows such as 20, or a share such as 5%"
        raise ValueError(msg)
    if found[2]:
        return execution.ErrorLimit(share=float(found[1]) / 100)
    return execution.ErrorLimit(count=int(found[1]))


def _pauses(value: object) -> object:
    """`2,5,10` or a list, each a duration."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list | tuple):
        return tuple(_seconds(part) for part in parts)
    return value


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
RateText = Annotated[ratelimit.Rate | None, BeforeValidator(_rate)]
ErrorLimitText = Annotated[execution.ErrorLimit | None, BeforeValidator(_error_limit)]
Pauses = Annotated[
    tuple[Annotated[float, Field(ge=0)], ...],
    BeforeValidator(_pauses),
    Field(min_length=1),
]
