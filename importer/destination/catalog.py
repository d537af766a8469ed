"""What a location has: its products, and its prices, which have the SKUs.

Pages through the API's two lists and hands every page on, so that no list is ever
held whole. Invariant: a walk that returns has seen every page that the list stated.

Sources: the vendor's OpenAPI file (`GET /products/`, `GET /products/inventory`). How
the inventory's rows and both totals are wrapped is not certain, so they are looked
for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from importer.client import Answer
from importer.destination import answers
from importer.errors import AccessError, alone
from importer.models import Item

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.client import Exchange

    Page = Callable[[int], Awaitable[tuple[list[Any], int | None]]]

PAGE = 100
#: Pages of one list that are asked for side by side.
PAGES_AT_ONCE = 8

PATHS = {"product": "/products/", "price": "/products/inventory"}
#: The key of the list in an answer.
ROWS = {"product": "products", "price": "inventory"}


class Ask(Protocol):
    """Repeats a request until its answer can be used."""

    async def __call__(
        self,
        method: str,
        path: str,
        location_id: str,
        params: dict[str, str | int],
        accept: Callable[[Exchange], dict[str, Any] | None],
    ) -> dict[str, Any]:
        """See `Destination._insist`."""


async def walk(
    ask: Ask, location_id: str, kind: str, keep: Callable[[list[Item]], object]
) -> int | None:
    """Hand on every page of a list; see `Destination.catalog`."""

    async def page(offset: int) -> tuple[list[Any], int | None]:
        """The rows of a page, and the total that it states."""
        try:
            body = await ask(
                "GET",
                PATHS[kind],
                location_id,
                _params(kind, location_id, offset),
                lambda exchange: _body(exchange, kind),
            )
        except AccessError as refused:
            if refused.remedy != answers.SCOPE_REMEDY:
                raise
            raise AccessError(str(refused), remedy=answers.PRODUCTS_REMEDY) from None
        rows = _rows(body, kind)
        found = (item(kind, row) for row in rows if isinstance(row, dict))
        keep([one for one in found if one.product_id])
        return rows, total(body)

    rows, count = await page(0)
    if count is None or count < len(rows):
        await _follow(page, rows)
        return None
    if rows:
        await _rest(page, range(len(rows), count, len(rows)))
    return count


async def _follow(page: Page, rows: list[Any]) -> None:
    """Page after page until one shows nothing new: the list named no total."""
    offset, latest = 0, None
    while rows and rows != latest:
        offset += len(rows)
        latest, (rows, _) = rows, await page(offset)


async def _rest(page: Page, offsets: range) -> None:
    gate = asyncio.Semaphore(PAGES_AT_ONCE)

    async def one(offset: int) -> None:
        async with gate:
            await page(offset)

    with alone():
        async with asyncio.TaskGroup() as group:
            for offset in offsets:
                group.create_task(one(offset))


def _params(kind: str, location_id: str, offset: int) -> dict[str, str | int]:
    where: dict[str, str | int] = {"locationId": location_id}
    if kind == "price":
        where = {"altId": location_id, "altType": "location"}
    return {**where, "limit": PAGE, "offset": offset}


def _body(exchange: Exchange, kind: str) -> dict[str, Any] | None:
    """A page: an object with a list in it."""
    if not (isinstance(exchange, Answer) and exchange.status // 100 == answers.SUCCESS):
        return None
    body = exchange.body
    return body if isinstance(body, dict) and _rows(body, kind) is not None else None


def _rows(body: dict[str, Any], kind: str) -> Any:  # noqa: ANN401 - a list, or None
    for key in (ROWS[kind], "data"):
        if isinstance(body.get(key), list):
            return body[key]
    return None


def total(body: dict[str, Any]) -> int | None:
    """How many there are: a number, `{"total": n}`, or that in a list."""
    found = body.get("total")
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, dict):
        found = found.get("total")
    return found if isinstance(found, int) else None


def item(kind: str, row: dict[str, Any]) -> Item:
    """One row of a list; whatever is missing or no text is blank."""
    own = _text(row.get("_id"))
    if kind == "product":
        return Item(own, own, _text(row.get("name")), _text(row.get("slug")))
    product, sku = _text(row.get("product")), _text(row.get("sku"))
    return Item(own or f"{product}/{sku}", product, _text(row.get("productName")), sku)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
