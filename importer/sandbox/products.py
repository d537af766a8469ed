"""Products, as far as collections need them: a list, and the inventory with SKUs.

Pure and read-only; products come from `POST /_sandbox/seed` and from a file. A product
may carry `slug` and `skus`; the inventory has one row, a price, for each SKU. The
names of the keys that hold the inventory's rows and the totals are guesses.
"""

from __future__ import annotations

import csv
import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PRODUCTS = "/products"
INVENTORY = "/products/inventory"
USUAL_PAGE = 20

_COLUMNS = ("location_id", "_id", "name", "slug", "skus")


def listing(
    held: Sequence[Mapping[str, Any]], query: Mapping[str, str]
) -> dict[str, Any]:
    """`{"products": […], "total": [{"total": n}]}`, names searched by part."""
    wanted = query.get("search", "").casefold()
    found = held
    if wanted:
        found = [one for one in held if wanted in str(one.get("name", "")).casefold()]
    page = [
        {key: value for key, value in product.items() if key != "skus"}
        for product in _page(found, query)
    ]
    return {"products": page, "total": [{"total": len(found)}]}


def inventory(
    held: Sequence[Mapping[str, Any]], query: Mapping[str, str]
) -> dict[str, Any]:
    """`{"inventory": [{sku, product, productName}], "total": {"total": n}}`."""
    return {"inventory": _page(held, query), "total": {"total": len(held)}}


def prices(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a product has in the inventory, one for each SKU."""
    return [
        {
            "_id": _price_id(product["_id"], number),
            "sku": sku,
            "product": product["_id"],
            "productName": product.get("name", ""),
        }
        for number, sku in enumerate(product.get("skus", ()))
    ]


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


def _price_id(product_id: str, number: int) -> str:
    digest = hashlib.blake2b(f"{product_id}/{number}".encode(), digest_size=12)
    return digest.hexdigest()


def _page(items: Sequence[Any], query: Mapping[str, str]) -> list[Any]:
    offset = int(query.get("offset", 0))
    return list(items[offset : offset + int(query.get("limit", USUAL_PAGE))])
