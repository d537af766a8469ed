"""The files that flags name: products, tokens, and what goes wrong for which row.

Reads the whole file or nothing of it. Invariants: every product that is given has a
location and a name; an error is a ValueError that names the flag and the file.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from importer.sandbox import notation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLUMNS = ("location_id", "_id", "name", "slug", "skus")


def products(name: str) -> list[tuple[str, dict[str, Any]]]:
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


def tokens(name: str) -> dict[str, frozenset[str]]:
    """Read tokens and their locations, a pair a line; blank lines do not count.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        lines = Path(name).read_text("utf-8").splitlines()
    except OSError as error:
        message = f"--token-list {name} cannot be read: {error.strerror}"
        raise ValueError(message) from None
    return dict(notation.token(line) for line in map(str.strip, lines) if line)


def script(name: str) -> list[tuple[str, Sequence[str]]]:
    """Read `[{"slug": "best", "faults": ["error_after*2"]}]`, or `name` for `slug`.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        return [
            (
                entry.get("slug") or entry["name"],
                notation.script(",".join(entry["faults"])),
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
