"""The API's lists of products, in the shapes that they may come in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from importer.client import Answer, NoAnswer
from importer.destination import catalog
from importer.destination.answers import PRODUCTS_REMEDY, SCOPE_REMEDY
from importer.errors import AccessError
from importer.models import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.client import Exchange


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(
        status, body, readable=True, text="", retry_after_seconds=None, trace_id=""
    )


class Server:
    """Answers as a list of so many products would, one page of 100 at a time."""

    def __init__(self, count: int, total: Any = None, *, stuck: bool = False) -> None:
        self.count, self.total, self.stuck = count, total, stuck
        self.asked: list[int] = []

    async def __call__(
        self,
        method: str,
        path: str,
        location_id: str,
        params: dict[str, str | int],
        accept: Callable[[Exchange], dict[str, Any] | None],
    ) -> dict[str, Any]:
        assert (method, path, location_id) == ("GET", "/products/", "LOC")
        assert params["locationId"] == "LOC"
        offset = int(params["offset"])
        self.asked.append(offset)
        first = 0 if self.stuck else offset
        rows = [{"_id": f"p{n}"} for n in range(first, min(first + 100, self.count))]
        body: dict[str, Any] = {"products": rows}
        if self.total is not None:
            body["total"] = self.total
        accepted = accept(answer(body))
        assert accepted is not None
        return accepted


def walk(server: Server) -> tuple[int | None, list[str]]:
    found: list[Item] = []
    total = asyncio.run(catalog.walk(server, "LOC", "product", found.extend))
    return total, [one.product_id for one in found]


@pytest.mark.parametrize("total", [250, {"total": 250}, [{"total": 250}]])
def test_every_page_is_asked_for_once(total: Any) -> None:
    """However the total is wrapped."""
    server = Server(250, total)
    count, found = walk(server)
    assert count == 250
    assert set(found) == {f"p{n}" for n in range(250)}
    assert sorted(server.asked) == [0, 100, 200]


@pytest.mark.parametrize("total", [None, [], "many", {}, 7])
def test_without_a_total_page_follows_page(total: Any) -> None:
    """Until one is empty; a total below what a page shows is none."""
    server = Server(250, total)
    count, found = walk(server)
    assert count is None
    assert len(found) == 250
    assert server.asked == [0, 100, 200, 250]


def test_a_list_that_ignores_the_offset_ends() -> None:
    """The same page again is nothing new."""
    server = Server(100, stuck=True)
    walk(server)
    assert server.asked == [0, 100]


def test_an_empty_list_is_one_call() -> None:
    """A location without products."""
    server = Server(0, 0)
    assert walk(server) == (0, [])
    assert server.asked == [0]


@pytest.mark.parametrize(
    ("kind", "exchange"),
    [
        ("product", answer(None)),
        ("product", answer([])),
        ("product", answer({"products": 3})),
        ("product", answer({"products": []}, 500)),
        ("product", NoAnswer("reset", sent=True)),
        ("price", answer({"products": []})),
    ],
)
def test_what_is_no_list_is_asked_for_again(kind: str, exchange: Exchange) -> None:
    """It is not taken for an empty one."""
    assert catalog._body(exchange, kind) is None


@pytest.mark.parametrize("key", ["inventory", "data"])
def test_the_inventory_is_found_under_either_key(key: str) -> None:
    """Which one it has is not certain."""
    assert catalog._body(answer({key: []}), "price") == {key: []}


@pytest.mark.parametrize(
    ("kind", "row", "item"),
    [
        (
            "product",
            {"_id": "p", "name": " Tea ", "slug": "tea"},
            Item("p", "p", "Tea", "tea"),
        ),
        ("product", {"_id": "p", "name": None}, Item("p", "p", "", "")),
        ("product", {"name": "Tea"}, Item("", "", "Tea", "")),
        (
            "price",
            {"_id": "x", "product": "p", "sku": "S", "productName": "Tea"},
            Item("x", "p", "Tea", "S"),
        ),
        ("price", {"product": "p", "sku": "S"}, Item("p/S", "p", "", "S")),
    ],
)
def test_a_row_is_read_for_what_it_has(
    kind: str, row: dict[str, Any], item: Item
) -> None:
    """What is missing is blank, and an item without a product is none."""
    assert catalog.item(kind, row) == item


@pytest.mark.parametrize(
    ("remedy", "told"), [(SCOPE_REMEDY, PRODUCTS_REMEDY), ("Renew it.", "Renew it.")]
)
def test_a_missing_scope_is_named(remedy: str, told: str) -> None:
    """Lists of products need other scopes than collections."""

    async def refuse(*_: object, **__: object) -> dict[str, Any]:
        msg = "refused"
        raise AccessError(msg, remedy=remedy)

    with pytest.raises(AccessError) as caught:
        asyncio.run(catalog.walk(refuse, "LOC", "price", list))
    assert caught.value.remedy == told
