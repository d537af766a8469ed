"""What a location has: its products, and its prices, which have the SKUs.

Pages through the API's two lists and hands every page on, so that no list is ever
held whole. Invariant: a walk that returns has seen the list completely.

Sources: the vendor's OpenAPI file (`GET /products/`, `GET /products/inventory`). How
the inventory's rows and both totals are wrapped is not certain, so they are looked
for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from importer.destination import answers, pages
from importer.destination.lists import Wanted
from importer.errors import AccessError
from importer.models import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.destination.lists import Lists
    from importer.destination.passage import Mark

PATHS = {"product": "/products/", "price": "/products/inventory"}
#: The key of the list in an answer.
ROWS = {"product": "products", "price": "inventory"}
#: How messages call the list.
NAMES = {"product": "its list of products", "price": "its list of prices"}


async def walk(
    lists: Lists, location_id: str, kind: str, keep: Callable[[list[Item]], object]
) -> None:
    """Hand on every page of a list; see `Destination.catalog`."""

    def kept(page: Sequence[tuple[str, Any]]) -> None:
        found = (item(kind, row) for _, row in page)
        # an item without a product id cannot be meant by a row
        keep([one for one in found if one.product_id])

    try:
        await lists.read(_wanted(kind, location_id), kept)
    except AccessError as refused:
        # the same 401, but other scopes than those of collections are missing
        scopes = (answers.SCOPE_REMEDY, answers.PRODUCTS_REMEDY)
        raise AccessError(
            str(refused), remedy=refused.remedy.replace(*scopes)
        ) from None


def _wanted(kind: str, location_id: str) -> Wanted:
    place: dict[str, str | int] = {"locationId": location_id}
    if kind == "price":
        place = {"altId": location_id, "altType": "location"}

    def rows(body: dict[str, Any]) -> list[Any] | None:
        return _rows(body, kind)

    return Wanted(
        location_id, NAMES[kind], PATHS[kind], place, rows, total, partial(mark, kind)
    )


def mark(kind: str, location_id: str, row: object) -> Mark:
    """Read a row as far as reading needs it; without a product it proves nothing."""
    found = pages.mark(location_id, row)
    if not isinstance(row, dict):
        return found
    # products name their location `locationId`, prices `altId` (vendor's OpenAPI)
    ours = _text(row.get("locationId")) in ("", location_id)
    ours = ours and _text(row.get("altId")) in ("", location_id)
    named = bool(item(kind, row).product_id)
    return replace(found, evidence=ours and named)


def _rows(body: dict[str, Any], kind: str) -> list[Any] | None:
    for key in (ROWS[kind], "data"):
        found = body.get(key)
        if isinstance(found, list):
            return found
    return None


def total(body: dict[str, Any]) -> int | None:
    """Return how many there are: a number, `{"total": n}`, or that in a list."""
    found = body.get("total")
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, dict):
        found = found.get("total")
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def item(kind: str, row: dict[str, Any]) -> Item:
    """Read one row of a list; whatever is missing or no text is blank."""
    own = pages.own_id(row).strip()
    if kind == "product":
        return Item(own, own, _text(row.get("name")), _text(row.get("slug")))
    product, sku = _text(row.get("product")), _text(row.get("sku"))
    # a price without an id is told apart by its product and SKU
    return Item(own or f"{product}/{sku}", product, _text(row.get("productName")), sku)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
