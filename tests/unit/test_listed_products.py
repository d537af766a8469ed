"""The API's lists of products, in the shapes that they may come in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from importer.client import Answer, NoAnswer
from importer.destination import lists, products_api
from importer.destination.answers import PRODUCTS_REMEDY, SCOPE_REMEDY
from importer.destination.lists import Lists
from importer.errors import AccessError, ListIncomplete
from importer.models import Item

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.client import Exchange
    from importer.destination.lists import Given


def answer(body: Any, status: int = 200) -> Answer:
    return Answer(
        status, body, readable=True, text="", retry_after_seconds=None, trace_id=""
    )


class Server:
    """Answers as a list of so many products would, one page of 100 at a time."""

    def __init__(
        self,
        count: int,
        total: Any = None,
        *,
        stuck: bool = False,
        odd: dict[int, Any] | None = None,
    ) -> None:
        self.count, self.total, self.stuck = count, total, stuck
        #: rows that are other than the list's, by their number
        self.odd = odd or {}
        self.asked: list[int] = []

    async def __call__(
        self,
        location_id: str,
        path: str,
        params: dict[str, str | int],
        accept: Callable[[Exchange], Given | None],
    ) -> Given:
        assert (path, location_id) == ("/products/", "LOC")
        assert params["locationId"] == "LOC"
        offset = int(params["offset"])
        self.asked.append(offset)
        first = 0 if self.stuck else offset
        numbers = range(first, min(first + 100, self.count))
        rows = [self.odd.get(number, {"_id": f"p{number}"}) for number in numbers]
        body: dict[str, Any] = {"products": rows}
        if self.total is not None:
            body["total"] = self.total
        accepted = accept(answer(body))
        assert accepted is not None
        return accepted


def walk(server: Server) -> list[str]:
    found: list[Item] = []
    asyncio.run(products_api.walk(Lists(server), "LOC", "product", found.extend))
    return [one.product_id for one in found]


@pytest.mark.parametrize("total", [250, {"total": 250}, [{"total": 250}]])
def test_every_page_is_asked_for_once(total: Any) -> None:
    """However the total is wrapped, and one page overlaps the next."""
    server = Server(250, total)
    assert set(walk(server)) == {f"p{n}" for n in range(250)}
    assert sorted(server.asked) == [0, 99, 198, 250]


@pytest.mark.parametrize("total", [None, [], "many", {}, True])
def test_without_a_total_page_follows_page(total: Any) -> None:
    """Until one is empty."""
    server = Server(250, total)
    assert set(walk(server)) == {f"p{n}" for n in range(250)}
    assert server.asked == [0, 99, 198, 250]


@pytest.mark.parametrize("total", [7, 0, -1, 10_000_000, 1_000_000_000])
def test_a_wrong_total_is_neither_believed_nor_paid_for(total: int) -> None:
    """A task for each page that it promised took all memory."""
    server = Server(250, total)
    assert set(walk(server)) == {f"p{n}" for n in range(250)}
    assert len(server.asked) < 40


def test_a_list_that_ignores_the_offset_is_never_called_complete() -> None:
    """The same page again is nothing new, and no end."""
    server = Server(100, stuck=True)
    with pytest.raises(
        ListIncomplete, match="list of products cannot be read completely"
    ):
        walk(server)
    assert len(server.asked) < 20


def test_a_row_that_is_no_product_hides_no_other() -> None:
    """It is passed over wherever it stands; the list is complete nevertheless."""
    server = Server(120, odd={0: "text", 3: ["p3"], 99: 7})
    assert set(walk(server)) == {f"p{n}" for n in range(120) if n not in server.odd}


def test_an_empty_list_is_one_call() -> None:
    """A location without products."""
    server = Server(0, 0)
    assert walk(server) == []
    assert server.asked == [0]


def usable(exchange: Exchange, kind: str) -> Given | None:
    return lists._usable(exchange, products_api._wanted(kind, "LOC"))


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
    assert usable(exchange, kind) is None


@pytest.mark.parametrize("key", ["inventory", "data"])
def test_the_inventory_is_found_under_either_key(key: str) -> None:
    """Which one it has is not certain."""
    assert usable(answer({key: []}), "price") == {key: []}


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
    assert products_api.item(kind, row) == item


@pytest.mark.parametrize(
    ("remedy", "told"), [(SCOPE_REMEDY, PRODUCTS_REMEDY), ("Renew it.", "Renew it.")]
)
def test_a_missing_scope_is_named(remedy: str, told: str) -> None:
    """Lists of products need other scopes than collections."""

    async def refuse(*_: object) -> Given:
        msg = "refused"
        raise AccessError(msg, remedy=remedy)

    with pytest.raises(AccessError) as caught:
        asyncio.run(products_api.walk(Lists(refuse), "LOC", "price", list))
    assert caught.value.remedy == told


def test_products_of_another_location_are_none_of_this_one() -> None:
    """A list may show them; their names mean nothing here."""
    for key in ("locationId", "altId"):
        theirs = {"_id": "p", "name": "Tea", key: "ELSEWHERE"}
        assert not products_api.mark("product", "LOC", theirs).evidence
        assert products_api.mark("product", "LOC", theirs | {key: "LOC"}).evidence
    assert not products_api.mark("price", "LOC", {"sku": "S"}).evidence
