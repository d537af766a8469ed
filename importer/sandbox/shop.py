"""The way to the endpoints of products, prices and inventory; many in one call.

Finds the action for a method and a path, checks the location, the page and the scope,
and lets the action answer. Stores and reviews of products are not served. `bulk-update`
does one thing to all products that it names; `bulk-update/edit` carries fields for up
to 30 products and their prices, among them `collectionIds`: a second way into a
collection. That ids of no product are passed over is a guess. Invariants: a location
whose products are refused shows and changes none of them; a body that is refused has
changed nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox import bodies, calls, prices, products
from importer.sandbox.answers import done
from importer.sandbox.calls import refuse
from importer.sandbox.catalog import changed
from importer.sandbox.product_bodies import bulk_problems, edit_problems
from importer.sandbox.products import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from importer.sandbox.answers import Answer
    from importer.sandbox.calls import Call
    from importer.sandbox.store import Store


def _update(asked: Asked) -> Answer:
    """Do one thing to many: `{"type": "bulk-…", "productIds": […], …}`."""
    if problems := bulk_problems(asked.fields):
        return asked.refuse(422, problems)
    act = _BY_TYPE[asked.fields["type"]]
    products = asked.catalog.products
    for product_id in asked.fields["productIds"]:
        if product_id in products:
            act(asked, product_id)
    return done({"status": True, "message": "Products updated"}, 201, created=False)


def _edit(asked: Asked) -> Answer:
    """Edit up to 30: `{"products": [{"_id": …, "prices": [{"_id": …}]}]}`."""
    if problems := edit_problems(asked.fields):
        return asked.refuse(422, problems)
    count = sum(_edited(asked, entry) for entry in asked.fields["products"])
    figures = {"message": "Products updated", "status": True, "updatedCount": count}
    return done(figures, 201, created=False)


def _edited(asked: Asked, entry: Mapping[str, Any]) -> bool:
    """Change one product and its prices; False if it is not there."""
    catalog = asked.catalog
    product = catalog.products.get(entry["_id"])
    if product is None:
        return False
    catalog.put_product(changed(product, entry, asked.now))
    for fields in entry.get("prices") or ():
        price = catalog.price(entry["_id"], fields["_id"])
        if price is not None:
            catalog.put_price(changed(price, fields, asked.now))
    return True


def _set(asked: Asked, product_id: str, fields: Mapping[str, Any]) -> None:
    product = asked.catalog.products[product_id]
    asked.catalog.put_product(changed(product, fields, asked.now))


def _set_availability(asked: Asked, product_id: str) -> None:
    _set(asked, product_id, {"availableInStore": asked.fields.get("availability")})


def _set_collections(asked: Asked, product_id: str) -> None:
    _set(asked, product_id, {"collectionIds": asked.fields.get("collectionIds")})


def _delete(asked: Asked, product_id: str) -> None:
    asked.catalog.remove_product(product_id)


def _set_currency(asked: Asked, product_id: str) -> None:
    for price in asked.catalog.prices_of(product_id):
        fields = {"currency": asked.fields.get("currency")}
        asked.catalog.put_price(changed(price, fields, asked.now))


def _set_prices(asked: Asked, product_id: str) -> None:
    for price in asked.catalog.prices_of(product_id):
        new = dict(_stepped(price, asked.fields))
        asked.catalog.put_price(changed(price, new, asked.now))


def _stepped(
    price: Mapping[str, Any], fields: Mapping[str, Any]
) -> Iterator[tuple[str, float]]:
    """Return the amounts of a price after the steps that the body asks for."""
    for key, amount in (("price", "amount"), ("compareAtPrice", "compareAtPrice")):
        step = fields.get(key)
        if step is not None:
            value = _STEPS[step["type"]](price.get(amount, 0), step["value"])
            yield amount, round(value) if step.get("roundToWhole") else value


_STEPS: dict[str, Callable[[float, float], float]] = {
    "INCREASE_BY_AMOUNT": lambda old, by: old + by,
    "REDUCE_BY_AMOUNT": lambda old, by: max(0, old - by),
    "SET_NEW_PRICE": lambda _, by: by,
    "INCREASE_BY_PERCENTAGE": lambda old, by: old * (100 + by) / 100,
    "REDUCE_BY_PERCENTAGE": lambda old, by: max(0, old * (100 - by) / 100),
}
_BY_TYPE: dict[str, Callable[[Asked, str], None]] = {
    "bulk-update-price": _set_prices,
    "bulk-update-availability": _set_availability,
    "bulk-update-product-collection": _set_collections,
    "bulk-delete-products": _delete,
    "bulk-update-currency": _set_currency,
}
BULK: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    ("POST", "bulk-update"): _update,
    ("POST", "bulk-update/edit"): _edit,
}


PRODUCTS = "/products"
_ACTIONS: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    **products.ACTIONS,
    **prices.ACTIONS,
    **BULK,
}
#: Paths without an id, below `/products`.
_FIXED = frozenset(shape for _, shape in _ACTIONS if "{}" not in shape)
#: First parts of paths that are no product's id.
_NO_IDS = frozenset({"bulk-update", "collections", "inventory", "reviews", "store"})


class Shop:
    """The endpoints beside collections, over one store."""

    def __init__(self, store: Store, refused: Sequence[str], max_page: int) -> None:
        """Serve the store; locations in `refused` lack the scope for products."""
        self._store = store
        self._refused = refused
        self._max_page = max_page

    def has(self, method: str, path: str) -> bool:
        """Return whether there is such an endpoint."""
        return (method, _shape(path)[0]) in _ACTIONS

    def answer(self, call: Call, now: float) -> Answer:
        """Carry out a call to an endpoint that there is."""
        problems = bodies.page_problems(call.query, self._max_page)
        if not call.location:
            problems.append("locationId should not be empty")
        if problems:
            return refuse(call, 422, problems)
        if call.location in self._refused:
            return refuse(call, *calls.NO_SCOPE)
        shape, ids = _shape(call.path)
        answer = _ACTIONS[call.method, shape](Asked(call, ids, self._store, now))
        if answer.good and call.method != "GET":
            # a keeper saves what has changed, and a read has not
            self._store.changes += 1
        return answer


def _shape(path: str) -> tuple[str, tuple[str, ...]]:
    """Return a path below `/products` with `{}` for each id, and the ids."""
    if path != PRODUCTS and not path.startswith(f"{PRODUCTS}/"):
        return "nowhere", ()
    rest = path[len(PRODUCTS) + 1 :]
    if rest in _FIXED:
        return rest, ()
    parts = rest.split("/")
    if parts[0] in _NO_IDS or not all(parts):
        return "nowhere", ()
    ids = parts[::2]
    return "/".join(
        "{}" if place % 2 == 0 else part for place, part in enumerate(parts)
    ), tuple(ids)
