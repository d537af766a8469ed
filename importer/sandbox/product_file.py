"""Products of a CSV file, for `--products`: what locations sell before any call.

Reads the whole file or nothing of it. Invariant: every row that is given has a
location and a name.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_COLUMNS = ("location_id", "_id", "name", "slug", "skus")


def from_file(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Products of a CSV file with their locations: `location_id,_id,name,slug,skus`.

    Blank cells are left out; several SKUs have a `;` between them.

    Raises:
        ValueError: the file cannot be read, or a row lacks location or name.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), 2):
                yield _product(row, f"{path}, row {number}")
    except OSError as error:
        message = f"--products {path} cannot be read: {error.strerror}"
        raise ValueError(message) from None


def _product(row: Mapping[str, str | None], where: str) -> tuple[str, dict[str, Any]]:
    texts = {key: (row.get(key) or "").strip() for key in _COLUMNS}
    location, skus = texts.pop("location_id"), texts.pop("skus")
    if not location or not texts["name"]:
        message = f"{where} needs location_id and name. Columns: {', '.join(_COLUMNS)}"
        raise ValueError(message)
    product: dict[str, Any] = {key: text for key, text in texts.items() if text}
    if skus:
        product["skus"] = [sku.strip() for sku in skus.split(";") if sku.strip()]
    return location, product
