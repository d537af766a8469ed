"""The endpoints of prices, and of the inventory, whose rows are prices.

Like `products`: an action gets what is asked and answers. That the inventory has a
row for every price, with an SKU or without, is a guess, and so is where `search`
looks: in the names of price and product, and in the SKU. Invariant: an update of the
inventory is done for all of its items or for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox import calls
from importer.sandbox.answers import done
from importer.sandbox.catalog import changed, complete_price
from importer.sandbox.product_bodies import inventory_problems, price_problems
from importer.sandbox.products import page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.sandbox.answers import Answer
    from importer.sandbox.catalog import Catalog
    from importer.sandbox.products import Asked


def _list(asked: Asked) -> Answer:
    """List a product's prices: `{"prices": […], "total": n}`."""
    if asked.product is None:
        return asked.no_product()
    query = asked.call.query
    found = asked.catalog.prices_of(asked.ids[0])
    if ids := calls.listed(query, "ids"):
        found = [price for price in found if price["_id"] in ids]
    return done({"prices": page_of(found, query), "total": len(found)})


def _create(asked: Asked) -> Answer:
    if problems := price_problems(asked.fields):
        return asked.refuse(422, problems)
    product = asked.product
    if product is None:
        return asked.no_product()
    price_id = asked.store.new_id(asked.now)
    price = complete_price(asked.fields, product, price_id, asked.now)
    asked.catalog.put_price(price)
    return done(price, 201, created=False)


def _read(asked: Asked) -> Answer:
    price = asked.catalog.price(*asked.ids)
    return done(price) if price else _no_price(asked)


def _change(asked: Asked) -> Answer:
    if problems := price_problems(asked.fields):
        return asked.refuse(422, problems)
    price = asked.catalog.price(*asked.ids)
    if price is None:
        return _no_price(asked)
    new = changed(price, asked.fields, asked.now)
    asked.catalog.put_price(new)
    return done(new)


def _delete(asked: Asked) -> Answer:
    if asked.catalog.price(*asked.ids) is None:
        return _no_price(asked)
    asked.catalog.prices.pop(asked.ids[1])
    return done({"status": True})


def _no_price(asked: Asked) -> Answer:
    return asked.refuse(404, "Price not found")


def _inventory(asked: Asked) -> Answer:
    """List the inventory: `{"inventory": [{sku, product, …}], "total": {"total".

    N}}`.
    """
    query, catalog = asked.call.query, asked.catalog
    found = list(catalog.prices.values())
    if wanted := query.get("search", "").casefold():
        found = [price for price in found if _is_about(catalog, price, wanted)]
    shown = [catalog.in_inventory(price) for price in page_of(found, query)]
    return done({"inventory": shown, "total": {"total": len(found)}})


def _is_about(catalog: Catalog, price: Mapping[str, Any], wanted: str) -> bool:
    product = catalog.products[price["product"]]
    texts = (price["name"], product["name"], price["sku"])
    return any(wanted in str(text).casefold() for text in texts)


def _stock(asked: Asked) -> Answer:
    """Change quantities: `{"items": [{"priceId": …, "availableQuantity": 3}]}`."""
    if problems := inventory_problems(asked.fields):
        return asked.refuse(422, problems)
    prices = asked.catalog.prices
    items = asked.fields["items"]
    # before the first change: all items or none
    if missing := [item["priceId"] for item in items if item["priceId"] not in prices]:
        return asked.refuse(404, f"Price not found: {', '.join(missing)}")
    for item in items:
        fields = {key: value for key, value in item.items() if key != "priceId"}
        new = changed(prices[item["priceId"]], fields, asked.now)
        asked.catalog.put_price(new)
    return done({"status": True, "message": "Inventory updated"}, 201, created=False)


ACTIONS: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    ("GET", "{}/price"): _list,
    ("POST", "{}/price"): _create,
    ("GET", "{}/price/{}"): _read,
    ("PUT", "{}/price/{}"): _change,
    ("DELETE", "{}/price/{}"): _delete,
    ("GET", "inventory"): _inventory,
    ("POST", "inventory"): _stock,
}
