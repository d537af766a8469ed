"""How people write limits, durations and faults on a command line.

Pure: text goes in, values come out. Durations are `200ms`, `1.5s`, `2m`, `24h`, or
seconds without a unit; limits are `100/10s`, or `none`. Every error is a ValueError
with a sentence that says what to write instead.
"""

from __future__ import annotations

import re

from importer.sandbox.budgets import Limit
from importer.sandbox.faults import checked_rates, named
from importer.sandbox.natures import checked as checked_natures

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?")
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """Read a duration: `200ms` → 0.2."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None:
        message = f"{text!r} is no duration. Write it like 200ms, 1.5s, 2m or 24h."
        raise ValueError(message)
    return float(match[1]) * _UNIT_SECONDS[match[2] or "s"]


def offset(text: str) -> float:
    """Read a shift of the clock: `1h` → 3600.0, `-90s` → -90.0."""
    text = text.strip()
    return -seconds(text[1:]) if text.startswith("-") else seconds(text)


def names(text: str) -> frozenset[str]:
    """Read names: `productIds, createdAt` → both names."""
    return frozenset(filter(None, map(str.strip, text.split(","))))


def natures(text: str) -> frozenset[str]:
    """Read natures: `short-list,wrong-total` → both natures."""
    return frozenset(map(str, checked_natures(names(text))))


def limit(text: str) -> Limit | None:
    """Read a limit: `100/10s` → 100 calls in 10 seconds; `none` → None."""
    if text.strip().lower() == "none":
        return None
    calls, slash, interval = text.partition("/")
    # "25/s" means one second.
    interval = interval if interval[:1].isdigit() else f"1{interval}"
    if not slash or not calls.strip().isdigit() or int(calls) == 0:
        message = f"{text!r} is no limit. Write it like 100/10s, or none."
        raise ValueError(message)
    length = seconds(interval)
    if length <= 0:
        message = f"{text!r} has no length. Write a limit like 100/10s, or none."
        raise ValueError(message)
    return Limit(int(calls), length)


def per_second(text: str) -> float:
    """Read a rate in calls a second: `3/s` → 3.0, `30/10s` → 3.0."""
    rate = limit(text)
    return rate.calls / rate.interval_seconds if rate else 0.0


def daily(text: str) -> int | None:
    """Read a day's quota: `200000` → 200000; `none` → None."""
    if text.strip().lower() == "none":
        return None
    if not text.strip().isdigit() or int(text) == 0:
        message = f"{text!r} is no number of calls. Write it like 200000, or none."
        raise ValueError(message)
    return int(text)


def pair(text: str, example: str) -> tuple[str, str]:
    """Read a pair: `key=value` → both, neither of them empty."""
    # the last sign parts them: a token may hold one itself
    key, _, value = text.rpartition("=")
    if not key.strip() or not value.strip():
        message = f"{text!r} cannot be read. Write it like {example}."
        raise ValueError(message)
    return key.strip(), value.strip()


def rates(text: str) -> dict[str, float]:
    """Read `reset_after=0.05,refused=0.1`: shares by fault name."""
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, share = pair(part, "reset_after=0.05")
        try:
            found[name] = float(share)
        except ValueError:
            message = f"{name}: {share!r} is no share. Write a number from 0 to 1."
            raise ValueError(message) from None
    checked_rates(found)
    return found


def script(text: str) -> tuple[str, ...]:
    """Read `error_after*2,refused`: the fault names in the order in which they come."""
    names: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, star, times = part.partition("*")
        if star and not times.isdigit():
            message = f"{part!r} cannot be read. Write it like error_after*2."
            raise ValueError(message)
        names += [str(named(name.strip()))] * (int(times) if star else 1)
    return tuple(names)


def slow(text: str) -> tuple[float, float]:
    """Read `0.01:5s`: the share of slow answers, and how many seconds they take."""
    share, colon, length = text.partition(":")
    try:
        part = float(share)
    except ValueError:
        part = -1.0
    if not colon or not 0 <= part <= 1:
        message = f"{text!r} cannot be read. Write a share and a duration: 0.01:5s."
        raise ValueError(message)
    return part, seconds(length)


def token(text: str) -> tuple[str, frozenset[str]]:
    """Read `TOKEN=LOC1,LOC2`: a token and the locations that it opens."""
    name, locations = pair(text, "TOKEN=LOC1,LOC2")
    return name, frozenset(filter(None, map(str.strip, locations.split(","))))
