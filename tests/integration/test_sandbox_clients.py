"""Clients as they come: what the sandbox lets pass, and what `--strict` refuses.

HighLevel's page, its schemas and its own clients disagree in small points. Whatever one
of them says or sends is taken; strict, the sandbox takes what the page's rules allow.
"""

from __future__ import annotations

import asyncio
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import orjson
import pytest
import requests

from importer.sandbox import Options, running
from importer.sandbox import store as state
from importer.sandbox.clock import stamp
from importer.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from importer.sandbox import Sandbox

COLLECTIONS = "/products/collections"
LISTING = f"{COLLECTIONS}?altId=LOC&altType=location"
PLACE = {"altId": "LOC", "altType": "location"}
GOOD = {"Authorization": "Bearer any", "Version": "2021-07-28"}
MUG: dict[str, Any] = {"name": "Mug", "locationId": "LOC", "productType": "PHYSICAL"}
LARGE: dict[str, Any] = {
    "name": "Large",
    "type": "one_time",
    "currency": "USD",
    "amount": 9.99,
    "locationId": "LOC",
}
#: The request of the vendor's page, word for word but for its `Version: <version>`.
OF_THE_PAGE = {
    "altId": "6578278e879ad2646715ba9c",
    "altType": "LOCATION",
    "name": "Best Sellers",
    "slug": "best-sellers",
    "collectionId": "66057f9d28536eae584ec047",
    "image": "http://example.com/watermark.png",
    "type": "manual",
    "rules": {"logic": "AND", "conditions": ["<array>"]},
    "productIds": ["655b33a82209e60b6adb87a5", "655b33a82209e60b6adb87a6"],
    "seo": {
        "title": "Best Sellers",
        "description": "Collections where all the best products are available",
    },
    "ruleHash": "abc123def456",
    "ruleVersion": 1,
    "stats": {},
}


def asked(
    options: Options | None,
    *calls: tuple[str, str, object],
    headers: Mapping[str, str] = GOOD,
) -> list[tuple[int, Any]]:
    """Status and body of calls that follow each other against a fresh sandbox.

    `{}` in a path stands for the `_id` of the answer before.
    """

    async def go() -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        latest = ""
        async with running(options) as box, aiohttp.ClientSession() as session:
            for method, path, body in calls:
                url = box.url + path.replace("{}", latest)
                async with session.request(
                    method, url, json=body, headers=headers
                ) as answer:
                    told = await answer.json(content_type=None)
                    found.append((answer.status, told))
                    made = told.get("data", told)
                    latest = made.get("_id", latest) if type(made) is dict else latest
        return found

    return asyncio.run(go())


def _by_urllib(url: str) -> int:
    request = urllib.request.Request(url, headers=GOOD)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        return int(answer.status)


def _by_requests(url: str) -> int:
    return requests.get(url, headers=GOOD, timeout=10).status_code


def _by_httpx(url: str) -> int:
    return httpx.get(url, headers=GOOD, timeout=10).status_code


@pytest.mark.parametrize("get", [_by_urllib, _by_requests, _by_httpx])
def test_a_library_that_names_only_itself_is_let_in(
    get: Callable[[str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to choose a User-Agent to try the sandbox."""
    monkeypatch.setenv("NO_PROXY", "*")

    async def go() -> int:
        async with running() as box:
            return await asyncio.to_thread(get, box.url + LISTING)

    assert asyncio.run(go()) == 200


def test_the_request_of_the_vendors_page_is_accepted_as_it_stands() -> None:
    """Its example says `LOCATION` where its own enum says `location`."""
    [(status, told)] = asked(None, ("POST", COLLECTIONS, OF_THE_PAGE))
    assert (status, told["data"]["slug"]) == (201, "best-sellers")
    strict = Options(strict=True, edge_strict=False)
    [(status, told)] = asked(strict, ("POST", COLLECTIONS, OF_THE_PAGE))
    assert status == 422
    assert told["message"] == ["altType must be one of the following values: location"]


@pytest.mark.parametrize("version", ["2021-04-15", "2021-07-28", "2023-02-21", "v3"])
def test_every_version_that_the_vendors_clients_send_is_known(version: str) -> None:
    """Strict, only the page's own is."""
    headers = {**GOOD, "Version": version, "User-Agent": "tests/1"}
    call = ("GET", LISTING, None)
    [(status, _)] = asked(None, call, headers=headers)
    assert status == 200
    [(status, _)] = asked(Options(strict=True), call, headers=headers)
    assert status == (200 if version == "2021-07-28" else 401)


@pytest.mark.parametrize(
    "query",
    [
        "altId=LOC&altType=location&limit=0",
        "altId=LOC&altType=location&limit=",
        "altId=LOC&altType=location&limit=20.0&offset=0.0",
        "altId=LOC&altType=LOCATION",
    ],
)
def test_a_list_is_shown_however_its_page_is_written(query: str) -> None:
    """`limit=0` is the schema's default and means the usual page here."""
    body = {**PLACE, "name": "Best", "slug": "best"}
    create = ("POST", COLLECTIONS, body)
    *_, (status, told) = asked(None, create, ("GET", f"{COLLECTIONS}?{query}", None))
    assert (status, len(told["data"]), told["total"]) == (200, 1, 1)
    strict = Options(strict=True, edge_strict=False)
    [(status, _)] = asked(strict, ("GET", f"{COLLECTIONS}?{query}", None))
    assert status == 422


def test_a_collection_is_read_by_its_id_and_location_alone() -> None:
    """The published query of a GET by id has no altType."""
    body = {**PLACE, "name": "Best", "slug": "best"}
    *_, (status, told) = asked(
        None,
        ("POST", COLLECTIONS, body),
        ("GET", f"{COLLECTIONS}/{{}}?altId=LOC", None),
    )
    assert (status, told["data"]["slug"], told["status"]) == (200, "best", True)


@pytest.mark.parametrize(
    "ids",
    ["productIds=a&productIds=b", "productIds[]=a&productIds[]=b", "productIds=a,b"],
)
def test_a_list_in_a_query_is_read_however_clients_write_it(ids: str) -> None:
    """Repeated keys, keys with brackets, or commas."""
    seed = [{"_id": key, "name": key} for key in "abc"]
    *_, (status, told) = asked(
        None,
        ("POST", "/_sandbox/seed", {"location": "LOC", "products": seed}),
        ("GET", f"/products/?locationId=LOC&{ids}", None),
    )
    assert (status, told["total"]) == (200, [{"total": 2}])


def test_a_client_that_asks_before_it_sends_is_answered_at_once() -> None:
    """`Expect: 100-continue`, as curl has it for large bodies, waits for an answer."""
    body = orjson.dumps({**PLACE, "name": "Best", "slug": "best"})

    async def go() -> list[bytes]:
        async with running() as box:
            host, port = box.url.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            lines = [f"POST {COLLECTIONS} HTTP/1.1", "Host: sandbox"]
            lines += [f"{name}: {text}" for name, text in GOOD.items()]
            lines += ["Content-Type: application/json", "Expect: 100-continue"]
            lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
            writer.write("\r\n".join(lines).encode())
            invited = await asyncio.wait_for(reader.readline(), 5)
            writer.write(body)
            rest = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await writer.wait_closed()
            return [invited, rest]

    invited, rest = asyncio.run(go())
    assert invited == b"HTTP/1.1 100 Continue\r\n"
    assert b"HTTP/1.1 201 Created" in rest


def test_products_and_prices_refuse_what_their_schemas_do_not_have() -> None:
    """Each 422 names the field, and nothing is made or changed."""
    price_path = "/products/{}/price"
    made, *refused = asked(
        None,
        ("POST", "/products/", MUG),
        ("POST", "/products/", {"name": "", "locationId": "LOC", "colour": "red"}),
        ("PUT", "/products/{}", {**MUG, "availableInStore": "yes", "taxes": "x"}),
        ("POST", price_path, {**LARGE, "type": "once", "amount": "9"}),
        ("POST", "/products/inventory", {**PLACE, "items": [{"sku": "x"}, 3]}),
        ("POST", "/products/bulk-update", _bulk(price={"type": "SET_NEW_PRICE"})),
        ("POST", "/products/bulk-update/edit", {**PLACE, "products": [{"_id": ""}]}),
        ("POST", "/products/bulk-update/edit", _edit_of_too_many()),
        ("POST", "/products/", {"name": "x", "productType": "x"}),
    )
    assert made[0] == 201
    assert [status for status, _ in refused] == [422] * 8
    assert [told["message"] for _, told in refused] == [
        [
            "property colour should not exist",
            "name should not be empty",
            "productType should not be empty",
        ],
        ["availableInStore must be a boolean value", "taxes must be an array"],
        [
            "type must be one of the following values: one_time, recurring",
            "amount must be a number conforming to the specified constraints",
        ],
        [
            "each value in items must be an object",
            "items.0.property sku should not exist",
            "items.0.priceId should not be empty",
        ],
        ["price.value should not be empty"],
        ["products.0._id should not be empty"],
        ["products must contain no more than 30 elements"],
        ["locationId should not be empty"],
    ]


def _bulk(**fields: object) -> dict[str, object]:
    return {**PLACE, "type": "bulk-update-price", "productIds": [], **fields}


def _edit_of_too_many() -> dict[str, object]:
    products = [{"_id": str(number), "prices": [{"_id": "p"}]} for number in range(31)]
    return {**PLACE, "products": products}


def test_products_and_prices_that_are_not_there_are_a_404() -> None:
    """Of another product counts as not there; the inventory changes all or nothing."""
    none, query = "0" * 24, "?locationId=LOC"
    product, *answers = asked(
        None,
        ("POST", "/products/", MUG),
        ("GET", f"/products/{{}}/price/{none}{query}", None),
        ("PUT", f"/products/{{}}/price/{none}", LARGE),
        ("DELETE", f"/products/{{}}/price/{none}{query}", None),
        ("PUT", f"/products/{none}", MUG),
        ("DELETE", f"/products/{none}{query}", None),
        ("GET", f"/products/{none}/price{query}", None),
        ("POST", f"/products/{none}/price", LARGE),
        ("POST", "/products/inventory", {**PLACE, "items": [{"priceId": none}]}),
        ("POST", "/products/{}/price", LARGE),
        ("GET", f"/products/{none}/price/{{}}{query}", None),
    )
    assert product[0] == 201
    assert [status for status, _ in answers] == [404] * 8 + [201, 404]
    assert answers[0][1]["message"] == "Price not found"
    assert answers[5][1]["message"] == "Product not found"
    assert answers[7][1]["message"] == f"Price not found: {none}"


def test_an_edit_of_many_products_changes_their_prices_too() -> None:
    """Products and prices that are not there are passed over, and not counted."""

    async def go(box: Sandbox, session: aiohttp.ClientSession) -> None:
        seed = {"name": "Mug", "image": "https://example.com/m.png", "skus": ["M"]}
        product = box.store.add_product("LOC", seed, now=box.clock())
        held = box.store.location("LOC").catalog
        [price] = held.prices_of(product["_id"])
        prices = [{"_id": price["_id"], "amount": 4}, {"_id": "0" * 24, "amount": 4}]
        products = [
            {"_id": product["_id"], "name": "Cup", "prices": prices},
            {"_id": "0" * 24, "name": "Nothing"},
        ]
        body = {**PLACE, "products": products}
        url = f"{box.url}/products/bulk-update/edit"
        async with session.post(url, json=body, headers=GOOD) as answer:
            told = await answer.json()
        assert (answer.status, told["updatedCount"]) == (201, 1)
        [changed] = held.prices_of(product["_id"])
        assert (changed["amount"], changed["sku"]) == (4, "M")
        shown = held.in_inventory(changed)
        assert (shown["productName"], shown["image"]) == ("Cup", seed["image"])
        truth = box.truth("LOC")["locations"]["LOC"]["products"]
        assert [(item["name"], item["skus"]) for item in truth] == [("Cup", ["M"])]

    async def whole() -> None:
        async with running() as box, aiohttp.ClientSession() as session:
            await go(box, session)

    asyncio.run(whole())


def test_a_location_whose_products_are_refused_changes_none() -> None:
    """`--products-refused` holds for every endpoint of products and prices."""
    answers = asked(
        Options(products_refused=("LOC",)),
        ("POST", "/products/", MUG),
        ("GET", "/products/x?locationId=LOC", None),
        ("POST", "/products/inventory", {**PLACE, "items": []}),
        ("GET", LISTING, None),
    )
    assert [status for status, _ in answers] == [401, 401, 401, 200]


def test_a_product_is_no_collection_to_the_counts_of_faults() -> None:
    """What a fault created is counted for collections alone."""

    async def go() -> dict[str, Any]:
        options = Options(faults={"error_after": 1.0})
        async with running(options) as box, aiohttp.ClientSession() as session:
            url = f"{box.url}/products/"
            async with session.post(url, json=MUG, headers=GOOD) as answer:
                assert answer.status == 500
            return box.summary()

    told = asyncio.run(go())
    assert (told["faults"], told["created_by_fault"]) == ({"error_after": 1}, {})


def test_prices_and_products_are_kept_in_the_state_file(tmp_path: Path) -> None:
    """What was changed is there again; files of earlier versions still load."""
    path = tmp_path / "state.json"
    store, again, older = Store(1), Store(1), Store(1)
    product = store.add_product("B", {"name": "Hat", "skus": ["H"]}, now=6.0)
    held = store.location("B").catalog
    [price] = held.prices_of(product["_id"])
    held.put_price({**price, "availableQuantity": 3})
    state.write(path, state.dump(store))
    state.load(path, again)
    assert again.location("B").catalog == held
    content = orjson.loads(path.read_bytes())
    del content["locations"]["B"]["prices"]
    content["locations"]["B"]["products"] = [{"_id": "p", "name": "Hat", "skus": ["H"]}]
    path.write_bytes(orjson.dumps(content))
    before = time.time()
    state.load(path, older)
    [loaded] = older.location("B").catalog.told()
    assert (loaded["_id"], loaded["skus"], loaded["locationId"]) == ("p", ["H"], "B")
    assert loaded["createdAt"] >= stamp(before)
