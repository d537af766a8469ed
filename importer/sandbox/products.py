"""Products, as far as collections need them: a list, and the inventory with SKUs.

Pure and read-only; products come from `POST /_sandbox/seed`. A product may carry
`skus`; the inventory has one row for each of them. The name of the key that holds
the inventory's rows is a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PRODUCTS = "/products"
INVENTORY = "/products/inventory"
USUAL_PAGE = 20


def listing(
    held: Sequence[Mapping[str, Any]], query: Mapping[str, str]
) -> dict[str, Any]:
    """`{"products": […], "total": [{"total": n}]}`, names searched by part."""
    wanted = query.get("search", "").casefold()
    found = [
        {key: value for key, value in product.items() if key != "skus"}
        for product in held
        if wanted in str(product.get("name", "")).casefold()
    ]
    return {"products": _page(found, query), "total": [{"total": len(found)}]}


def inventory(
    held: Sequence[Mapping[str, Any]], query: Mapping[str, str]
) -> dict[str, Any]:
    """`{"inventory": [{sku, product, productName}], "total": {"total": n}}`."""
    rows = [
        {"sku": sku, "product": product["_id"], "productName": product.get("name", "")}
        for product in held
        for sku in product.get("skus", ())
    ]
    return {"inventory": _page(rows, query), "total": {"total": len(rows)}}


def _page(items: Sequence[Any], query: Mapping[str, str]) -> list[Any]:
    offset = int(query.get("offset", 0))
    return list(items[offset : offset + int(query.get("limit", USUAL_PAGE))])
