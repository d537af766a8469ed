"""How people write limits, durations and faults on a command line, and in its files.

Pure but for the files of products, tokens and faults, which are read whole or not at
all: text goes in, values come out. Durations are `200ms`, `1.5s`, `2m`, `24h`, or
seconds without a unit; limits are `100/10s`, or `none`. Invariants: every error is a
ValueError with a sentence that says what to write instead, and of a file names it and
the flag; every product that is given has a location and a name.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from importer.sandbox.faults import checked_rates, named
from importer.sandbox.natures import checked as checked_natures
from importer.sandbox.traffic import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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


_COLUMNS = ("location_id", "_id", "name", "slug", "skus")


def products_of(name: str) -> list[tuple[str, dict[str, Any]]]:
    """Read products with their locations, a CSV of `location_id,_id,name,slug,skus`.

    Blank cells are left out; several SKUs have a `;` between them.

    Raises:
        ValueError: the file cannot be read, or a row lacks location or name.
    """
    try:
        with Path(name).open(encoding="utf-8-sig", newline="") as stream:
            return [
                _product(row, f"{name}, row {number}")
                for number, row in enumerate(csv.DictReader(stream), 2)
            ]
    except OSError as error:
        message = f"--products {name} cannot be read: {error.strerror}"
        raise ValueError(message) from None


def _product(row: Mapping[str, str | None], place: str) -> tuple[str, dict[str, Any]]:
    texts = {key: (row.get(key) or "").strip() for key in _COLUMNS}
    location, skus = texts.pop("location_id"), texts.pop("skus")
    if not location or not texts["name"]:
        message = f"{place} needs location_id and name. Columns: {', '.join(_COLUMNS)}"
        raise ValueError(message)
    product: dict[str, Any] = {key: text for key, text in texts.items() if text}
    if skus:
        product["skus"] = [sku.strip() for sku in skus.split(";") if sku.strip()]
    return location, product


def tokens_of(name: str) -> dict[str, frozenset[str]]:
    """Read tokens and their locations, a pair a line; blank lines do not count.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        lines = Path(name).read_text("utf-8").splitlines()
    except OSError as error:
        message = f"--token-list {name} cannot be read: {error.strerror}"
        raise ValueError(message) from None
    return dict(token(line) for line in map(str.strip, lines) if line)


def script_of(name: str) -> list[tuple[str, Sequence[str]]]:
    """Read `[{"slug": "best", "faults": ["error_after*2"]}]`, or `name` for `slug`.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        return [
            (
                entry.get("slug") or entry["name"],
                script(",".join(entry["faults"])),
            )
            for entry in orjson.loads(Path(name).read_bytes())
        ]
    except OSError as error:
        reason = error.strerror or "no reason given"
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = str(error)
    shape = '[{"slug": "best-sellers", "faults": ["error_after*2"]}]'
    message = f"--fault-script {name} cannot be used: {reason}\nIt should hold {shape}."
    raise ValueError(message)
