"""HighLevel's own Python client, as it is published, against the sandbox.

Nothing of the client is changed but the address that it calls. Its answers are read
with its own models, so that a field which they require cannot be missing. It stands in
the lock file among what the tests need.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from importer.sandbox import Options, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.sandbox import Sandbox

PLACE = {"altId": "LOC", "altType": "location"}
MUG = {"name": "Mug", "locationId": "LOC", "productType": "PHYSICAL"}
LARGE: dict[str, Any] = {
    "name": "Large",
    "type": "one_time",
    "currency": "USD",
    "amount": 9.99,
    "locationId": "LOC",
    "sku": "MUG-L",
    "availableQuantity": 5,
}


@pytest.fixture
def calling(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., None]:
    """Run steps with a client of a fresh sandbox, and the models of its answers."""
    vendor = import_module("highlevel")
    models = import_module("highlevel.services.products.models.products")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def go(
        act: Callable[[Any, Any, Sandbox], Awaitable[None]], options: Options | None
    ) -> None:
        async with running(options) as box:
            monkeypatch.setattr(vendor.HighLevel, "BASE_URL", box.url)
            client = vendor.HighLevel(private_integration_token="pit-any")  # noqa: S106 - of a sandbox
            try:
                await act(client, models, box)
            finally:
                await client.close()

    def run(
        act: Callable[[Any, Any, Sandbox], Awaitable[None]],
        options: Options | None = None,
    ) -> None:
        asyncio.run(go(act, options))

    return run


async def refused(call: Awaitable[object]) -> Any:
    """The error that the vendor's client raises for a call."""
    with pytest.raises(import_module("highlevel").GHLError) as raised:
        await call
    return raised.value


def test_the_vendors_python_client_manages_collections_as_it_comes(
    calling: Callable[..., None],
) -> None:
    """Create, list, get, update and delete, with nothing changed but the address."""

    async def act(client: Any, models: Any, box: Sandbox) -> None:
        shop = client.products
        body = {**PLACE, "name": "Best", "slug": "best"}
        models.CreateProductCollectionsDto.model_validate(body)
        made = (await shop.create_product_collection(body))["data"]
        models.CollectionSchema.model_validate({"image": "", "seo": {}, **made})

        listed = await shop.get_product_collection("LOC", "location", limit=20.0)
        assert listed == {"data": [made], "total": 1}
        for narrowed in ({"name": "bes"}, {"collection_ids": made["_id"]}):
            found = await shop.get_product_collection("LOC", "location", **narrowed)
            assert found["total"] == 1

        read = await shop.get_product_collection_id(made["_id"], "LOC")
        models.DefaultCollectionResponseDto.model_validate(read)
        assert read == {"data": made, "status": True}

        better = {**PLACE, "name": "Better"}
        done = await shop.update_product_collection(made["_id"], better)
        models.UpdateProductCollectionResponseDto.model_validate(done)
        read = await shop.get_product_collection_id(made["_id"], "LOC")
        assert (read["data"]["name"], read["data"]["slug"]) == ("Better", "best")

        done = await shop.delete_product_collection(made["_id"], "LOC", "location")
        models.DeleteProductCollectionResponseDto.model_validate(done)
        assert box.summary()["locations"]["LOC"]["collections"] == 0
        assert await client.health_check()

    calling(act)


def test_the_vendors_python_client_manages_products_and_prices_as_it_comes(
    calling: Callable[..., None],
) -> None:
    """Each endpoint answers with every field that the client's own models require."""

    async def act(client: Any, models: Any, _box: Sandbox) -> None:
        shop = client.products
        mug = await shop.create_product({**MUG, "slug": "mug"})
        models.CreateProductResponseDto.model_validate(mug)
        assert await shop.get_product_by_id(mug["_id"], "LOC") == mug
        tea = await shop.update_product_by_id(mug["_id"], {**MUG, "name": "Tea mug"})
        models.UpdateProductResponseDto.model_validate(tea)
        assert (tea["_id"], tea["name"], tea["slug"]) == (mug["_id"], "Tea mug", "mug")
        # the client's own name for the list of products
        listed = await shop.list_invoices("LOC", limit=0)
        models.ListProductsResponseDto.model_validate(listed)
        assert (listed["products"], listed["total"]) == ([tea], [{"total": 1}])

        large = await shop.create_price_for_product(mug["_id"], LARGE)
        models.CreatePriceResponseDto.model_validate(large)
        assert large["product"] == mug["_id"]
        place = (mug["_id"], large["_id"], "LOC")
        assert await shop.get_price_by_id_for_product(*place) == large
        cheap = await shop.update_price_by_id_for_product(
            mug["_id"], large["_id"], {**LARGE, "amount": 5}
        )
        models.UpdatePriceResponseDto.model_validate(cheap)
        assert cheap["amount"] == 5
        listed = await shop.list_prices_for_product(mug["_id"], "LOC")
        models.ListPricesResponseDto.model_validate(listed)
        assert listed == {"prices": [cheap], "total": 1}

        done = await shop.delete_price_by_id_for_product(*place)
        models.DeletePriceResponseDto.model_validate(done)
        done = await shop.delete_product_by_id(mug["_id"], "LOC")
        models.DeleteProductResponseDto.model_validate(done)
        assert (await shop.list_invoices("LOC"))["products"] == []

    calling(act)


def test_the_vendors_python_client_manages_inventory_as_it_comes(
    calling: Callable[..., None],
) -> None:
    """Rows have all that the schema requires; quantities can be changed."""

    async def act(client: Any, models: Any, box: Sandbox) -> None:
        shop = client.products
        seed = {"name": "Shirt", "slug": "shirt", "skus": ["S-1", "S-2"]}
        box.store.add_product("LOC", seed, now=box.clock())
        listed = await shop.get_list_inventory("LOC", "location", limit=0, offset=0)
        models.GetInventoryResponseDto.model_validate(listed)
        assert [row["sku"] for row in listed["inventory"]] == ["S-1", "S-2"]
        assert listed["total"] == {"total": 2}

        items = [{"priceId": listed["inventory"][1]["_id"], "availableQuantity": 7}]
        done = await shop.update_inventory({**PLACE, "items": items})
        models.UpdateInventoryResponseDto.model_validate(done)
        found = await shop.get_list_inventory("LOC", "location", search="s-2")
        [row] = found["inventory"]
        assert (row["sku"], row["availableQuantity"]) == ("S-2", 7)
        nothing = await shop.get_list_inventory("LOC", "location", search="Hat")
        assert nothing == {"inventory": [], "total": {"total": 0}}

    calling(act)


def test_products_are_found_by_every_filter_that_the_vendors_client_has(
    calling: Callable[..., None],
) -> None:
    """By name, ids, collection and store; a list of ids arrives as repeated keys."""

    async def act(client: Any, _models: Any, _box: Sandbox) -> None:
        shop = client.products
        mugs = [
            await shop.create_product({**MUG, "name": name, "availableInStore": shown})
            for name, shown in (("Mug", True), ("Large mug", False), ("Hat", True))
        ]
        ids = [mug["_id"] for mug in mugs]
        body = {**PLACE, "name": "Mugs", "slug": "mugs"}
        listed = {**body, "type": "manual", "productIds": [ids[0]]}
        mugs_id = (await shop.create_product_collection(listed))["data"]["_id"]
        edit = {**PLACE, "products": [{"_id": ids[1], "collectionIds": [mugs_id]}]}
        done = await shop.bulk_edit(edit)
        assert (done["status"], done["updatedCount"]) == (True, 1)

        async def found(**filters: Any) -> list[int]:
            answer = await shop.list_invoices("LOC", **filters)
            assert answer["total"] == [{"total": len(answer["products"])}]
            return [ids.index(product["_id"]) for product in answer["products"]]

        assert await found(search="MUG") == [0, 1]
        assert await found(product_ids=[ids[2], ids[0]]) == [0, 2]
        assert await found(product_ids=[ids[2]]) == [2]
        assert await found(collection_ids=mugs_id) == [0, 1]
        assert await found(collection_slug="mugs") == [0, 1]
        assert await found(available_in_store=False) == [1]
        assert await found(available_in_store="False") == [1]
        assert await found(sort_order="desc", expand=["tax"], store_id="S") != []
        assert await found(collection_ids="0" * 24) == []

    calling(act)


def test_many_products_are_changed_in_one_call(calling: Callable[..., None]) -> None:
    """Each kind of bulk update does what its name says to the products it names."""

    async def act(client: Any, models: Any, _box: Sandbox) -> None:
        shop = client.products
        ids = [(await shop.create_product(MUG))["_id"] for _ in range(2)]
        await shop.create_price_for_product(ids[0], {**LARGE, "amount": 10})

        async def update(kind: str, **fields: object) -> None:
            body = {**PLACE, "type": kind, "productIds": [ids[0], "0" * 24], **fields}
            done = await shop.bulk_update(body)
            models.BulkUpdateResponseDto.model_validate(done)
            assert done["status"]

        async def amount() -> Any:
            listed = await shop.list_prices_for_product(ids[0], "LOC")
            return listed["prices"][0]["amount"]

        for kind, value, left in (
            ("INCREASE_BY_AMOUNT", 10, 20),
            ("REDUCE_BY_PERCENTAGE", 50, 10),
            ("INCREASE_BY_PERCENTAGE", 50, 15),
            ("REDUCE_BY_AMOUNT", 20, 0),
            ("SET_NEW_PRICE", 7, 7),
        ):
            await update("bulk-update-price", price={"type": kind, "value": value})
            assert await amount() == left
        rounded = {"type": "SET_NEW_PRICE", "value": 7.6, "roundToWhole": True}
        await update("bulk-update-price", price=rounded)
        assert await amount() == 8
        await update("bulk-update-currency", currency="EUR")
        listed = await shop.list_prices_for_product(ids[0], "LOC")
        assert listed["prices"][0]["currency"] == "EUR"
        await update("bulk-update-availability", availability=False)
        await update("bulk-update-product-collection", collectionIds=["c" * 24])
        mug = await shop.get_product_by_id(ids[0], "LOC")
        assert (mug["availableInStore"], mug["collectionIds"]) == (False, ["c" * 24])
        await update("bulk-delete-products")
        left = (await shop.list_invoices("LOC"))["products"]
        assert [product["_id"] for product in left] == [ids[1]]

    calling(act)


def test_the_vendors_client_is_told_what_is_wrong(
    calling: Callable[..., None],
) -> None:
    """It sends version v3, whose errors have a shape of their own."""

    async def act(client: Any, _models: Any, _box: Sandbox) -> None:
        shop = client.products
        error = await refused(shop.create_product_collection({**PLACE, "name": "x"}))
        assert error.status_code == 422
        assert error.response["error"]["details"] == [
            "slug should not be empty",
            "slug must be a string",
        ]
        assert set(error.response["error"]) == {
            *("code", "message", "details", "resolution"),
        }
        missing = await refused(shop.get_product_by_id("0" * 24, "LOC"))
        assert missing.status_code == 404
        assert missing.response["error"]["message"] == "Product not found"

    calling(act)


def test_a_strict_sandbox_refuses_the_vendors_client(
    calling: Callable[..., None],
) -> None:
    """`--strict` knows the page's version alone, and answers in the page's shape."""

    async def act(client: Any, _models: Any, _box: Sandbox) -> None:
        listing = client.products.get_product_collection("LOC", "location")
        error = await refused(listing)
        # the edge turns the client's agent away before its version is looked at
        assert error.status_code == 403
        error = await refused(
            client.products.get_product_collection(
                "LOC", "location", options={"headers": {"User-Agent": "shop/1"}}
            )
        )
        assert error.status_code == 401
        assert error.response["message"] == "version header is invalid"

    calling(act, Options(strict=True))
