"""Bodies about products, prices and inventory: which fields they have, which they need.

Pure tables, read from the schemas that HighLevel publishes. Lengths and most values
are not documented, so nothing is refused for them. Invariant: a body that the
vendor's clients can write by their own types has no problems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox.bodies import (
    Check,
    boolean,
    mapping,
    mappings,
    number,
    one_of,
    shape_problems,
    string,
    strings,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: So many products can be edited in one call.
MOST_EDITED = 30

_location = one_of("location")
_kind_of_price = one_of("one_time", "recurring")
_SELLABLE: dict[str, Check] = {
    "name": string,
    "locationId": string,
    "description": string,
    "productType": string,
    "image": string,
    "statementDescriptor": string,
    "availableInStore": boolean,
    "medias": mappings,
    "variants": mappings,
    "collectionIds": strings,
    "isTaxesEnabled": boolean,
    "taxes": strings,
    "automaticTaxCategoryId": string,
    "isLabelEnabled": boolean,
    "label": mapping,
    "slug": string,
    "seo": mapping,
    "taxInclusive": boolean,
}
_PRICE: dict[str, Check] = {
    "name": string,
    "type": _kind_of_price,
    "currency": string,
    "amount": number,
    "recurring": mapping,
    "description": string,
    "membershipOffers": mappings,
    "trialPeriod": number,
    "totalCycles": number,
    "setupFee": number,
    "variantOptionIds": strings,
    "compareAtPrice": number,
    "locationId": string,
    "userId": string,
    "meta": mapping,
    "trackInventory": boolean,
    "availableQuantity": number,
    "allowOutOfStockPurchases": boolean,
    "sku": string,
    "shippingOptions": mapping,
    "isDigitalProduct": boolean,
    "digitalDelivery": strings,
}
_PLACE: dict[str, Check] = {"altId": string, "altType": _location}
_INVENTORY: dict[str, Check] = {**_PLACE, "items": mappings}
_INVENTORY_ITEM: dict[str, Check] = {
    "priceId": string,
    "availableQuantity": number,
    "allowOutOfStockPurchases": boolean,
}
_BULK: dict[str, Check] = {
    **_PLACE,
    "type": one_of(
        "bulk-update-price",
        "bulk-update-availability",
        "bulk-update-product-collection",
        "bulk-delete-products",
        "bulk-update-currency",
    ),
    "productIds": strings,
    "filters": mapping,
    "price": mapping,
    "compareAtPrice": mapping,
    "availability": boolean,
    "collectionIds": strings,
    "currency": string,
}
_PRICE_STEP: dict[str, Check] = {
    "type": one_of(
        "INCREASE_BY_AMOUNT",
        "REDUCE_BY_AMOUNT",
        "SET_NEW_PRICE",
        "INCREASE_BY_PERCENTAGE",
        "REDUCE_BY_PERCENTAGE",
    ),
    "value": number,
    "roundToWhole": boolean,
}
_EDIT: dict[str, Check] = {**_PLACE, "products": mappings}
_EDITED_PRODUCT: dict[str, Check] = {
    "_id": string,
    **_SELLABLE,
    "prices": mappings,
    "taxes": mappings,
}
_EDITED_PRICE: dict[str, Check] = {"_id": string, **_PRICE}


def product_problems(body: Mapping[str, Any], *, prices: bool = False) -> list[str]:
    """Say what is wrong with a product; `prices` may stand in updates only."""
    checks = {**_SELLABLE, "prices": strings} if prices else _SELLABLE
    return shape_problems(body, checks, ("name", "locationId", "productType"))


def price_problems(body: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with a price."""
    needed = ("name", "type", "currency", "amount", "locationId")
    return shape_problems(body, _PRICE, needed)


def inventory_problems(body: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with an update of the inventory."""
    return shape_problems(body, _INVENTORY, tuple(_INVENTORY)) + _inner(
        body, "items", _INVENTORY_ITEM, "priceId"
    )


def bulk_problems(body: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with an update of many products in one way."""
    needed = ("altId", "altType", "type", "productIds")
    found = shape_problems(body, _BULK, needed)
    for key in ("price", "compareAtPrice"):
        step = body.get(key)
        if isinstance(step, dict):
            inner = shape_problems(step, _PRICE_STEP, ("type", "value"))
            found += [f"{key}.{problem}" for problem in inner]
    return found


def edit_problems(body: Mapping[str, Any]) -> list[str]:
    """Say what is wrong with an edit of up to 30 products, each in its own way."""
    found = shape_problems(body, _EDIT, tuple(_EDIT))
    found += _inner(body, "products", _EDITED_PRODUCT, "_id")
    for product in _mappings(body, "products"):
        found += _inner(product, "prices", _EDITED_PRICE, "_id")
    if len(_mappings(body, "products")) > MOST_EDITED:
        found.append(f"products must contain no more than {MOST_EDITED} elements")
    return found


def _inner(
    body: Mapping[str, Any], key: str, checks: Mapping[str, Check], needed: str
) -> list[str]:
    """Say what is wrong with the items of a list, each with its place."""
    return [
        f"{key}.{place}.{problem}"
        for place, item in enumerate(_mappings(body, key))
        for problem in shape_problems(item, checks, (needed,))
    ]


def _mappings(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = body.get(key)
    items = found if isinstance(found, list) else []
    return [item for item in items if isinstance(item, dict)]
