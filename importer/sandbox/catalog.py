"""What a location sells: its products and their prices, complete as the API shows them.

No HTTP. A product that is seeded with `skus` gets a price for each of them. Every
product and price has the fields that the published schemas require; what was not given
has a plain value. Invariant: each price's `product` is a product of the catalog.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.sandbox.clock import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_SHOWN = frozenset({"altId", "altType", "skus"})


@dataclass(slots=True)
class Catalog:
    """The products and the prices of one location, each by its id, the oldest first."""

    products: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    prices: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def put_product(self, product: Mapping[str, Any]) -> None:
        """Add a product, or replace the one with its id."""
        self.products[product["_id"]] = product

    def put_price(self, price: Mapping[str, Any]) -> None:
        """Add a price, or replace the one with its id."""
        self.prices[price["_id"]] = price

    def remove_product(self, product_id: str) -> None:
        """Take a product away, and its prices."""
        self.products.pop(product_id, None)
        for price in self.prices_of(product_id):
            self.prices.pop(price["_id"])

    def price(self, product_id: str, price_id: str) -> Mapping[str, Any] | None:
        """Return the price of that id, if it is one of that product."""
        found = self.prices.get(price_id)
        return found if found and found["product"] == product_id else None

    def prices_of(self, product_id: str) -> list[Mapping[str, Any]]:
        """Return the prices of one product."""
        held = self.prices.values()
        return [price for price in held if price["product"] == product_id]

    def in_inventory(self, price: Mapping[str, Any]) -> dict[str, Any]:
        """Return a price as the inventory shows it, with its product's name."""
        product = self.products[price["product"]]
        row = {key: price[key] for key in _OF_INVENTORY}
        row["productName"] = product["name"]
        if "image" in product:
            row["image"] = product["image"]
        return row

    def told(self) -> list[dict[str, Any]]:
        """Return all products, each with the SKUs of its prices where it has any."""
        skus: dict[str, list[str]] = {}
        for price in self.prices.values():
            if price["sku"]:
                skus.setdefault(price["product"], []).append(price["sku"])
        return [
            {**product, **({"skus": skus[key]} if key in skus else {})}
            for key, product in self.products.items()
        ]


#: What the inventory shows of a price; all of it is required by the schema.
_OF_INVENTORY = (
    *("_id", "name", "availableQuantity", "sku"),
    *("allowOutOfStockPurchases", "product", "updatedAt"),
)


def complete_product(
    fields: Mapping[str, Any], location_id: str, product_id: str, now: float
) -> dict[str, Any]:
    """Return a product with every field that the schema requires."""
    given = _given(fields)
    return {
        "_id": product_id,
        "locationId": location_id,
        "productType": "PHYSICAL",
        "availableInStore": True,
        "createdAt": stamp(now),
        "updatedAt": stamp(now),
        **given,
    }


def complete_price(
    fields: Mapping[str, Any], product: Mapping[str, Any], price_id: str, now: float
) -> dict[str, Any]:
    """Return a price with every field that the schemas require."""
    given = _given(fields)
    return {
        "_id": price_id,
        "product": product["_id"],
        "locationId": product["locationId"],
        "name": product["name"],
        "type": "one_time",
        "currency": "USD",
        "amount": 0,
        "sku": "",
        "trackInventory": False,
        "availableQuantity": 0,
        "allowOutOfStockPurchases": False,
        "createdAt": stamp(now),
        "updatedAt": stamp(now),
        **given,
    }


def changed(
    old: Mapping[str, Any], fields: Mapping[str, Any], now: float
) -> dict[str, Any]:
    """Return a product or a price with other fields; id, place, creation stay."""
    given = _given(fields)
    for key in ("_id", "locationId", "product", "createdAt", "prices"):
        given.pop(key, None)
    return {**old, **given, "updatedAt": stamp(now)}


def seeded_prices(
    product: Mapping[str, Any], skus: list[str], now: float
) -> Iterator[dict[str, Any]]:
    """Make a price for each SKU that a product is seeded with."""
    for number, sku in enumerate(skus):
        # a digest, so that a seeded price has the same id at every start
        digest = hashlib.blake2b(f"{product['_id']}/{number}".encode(), digest_size=12)
        yield complete_price({"sku": sku}, product, digest.hexdigest(), now)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value
        for key, value in fields.items()
        if value is not None and key not in _NOT_SHOWN
    }
