"""The endpoints of products: list, create, read, change and delete.

Knows what an action gets (`Asked`) and what it answers, no sockets. The shapes are
those of the published schemas: one product stands in an answer bare, a list under
`products` with its total. How `search` matches and what `sortOrder` goes by are
guesses. Invariant: an action that refuses has changed nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.sandbox import calls
from importer.sandbox.answers import done
from importer.sandbox.catalog import changed, complete_product
from importer.sandbox.product_bodies import product_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.sandbox.answers import Answer
    from importer.sandbox.calls import Call
    from importer.sandbox.catalog import Catalog
    from importer.sandbox.store import Store

USUAL_PAGE = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What an action gets: the call, the ids in its path, and what it works on."""

    call: Call
    ids: tuple[str, ...]
    store: Store
    now: float

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body."""
        return self.call.fields

    @property
    def catalog(self) -> Catalog:
        """What the call's location sells."""
        return self.store.location(self.call.location).catalog

    @property
    def product(self) -> Mapping[str, Any] | None:
        """The product that the path names, if the location has it."""
        return self.catalog.products.get(self.ids[0])

    def refuse(self, status: int, message: str | list[str]) -> Answer:
        """Answer with the reason."""
        return calls.refuse(self.call, status, message)

    def no_product(self) -> Answer:
        """Answer that the product is not there."""
        return self.refuse(404, "Product not found")


def page_of(items: Sequence[Any], query: Mapping[str, str]) -> list[Any]:
    """Return the part of a list that `offset` and `limit` ask for."""
    offset = int(query.get("offset", 0))
    return list(items[offset : offset + int(query.get("limit", USUAL_PAGE))])


def _list(asked: Asked) -> Answer:
    """List products: `{"products": […], "total": [{"total": n}]}`."""
    query = asked.call.query
    tests = _tests(asked)
    found = [
        product
        for product in asked.catalog.products.values()
        if all(test(product) for test in tests)
    ]
    if query.get("sortOrder") in ("asc", "desc"):
        found.sort(key=_created, reverse=query["sortOrder"] == "desc")
    shown = page_of(found, query)
    return done({"products": shown, "total": [{"total": len(found)}]})


def _create(asked: Asked) -> Answer:
    if problems := product_problems(asked.fields):
        return asked.refuse(422, problems)
    product = complete_product(
        asked.fields, asked.call.location, asked.store.new_id(asked.now), asked.now
    )
    asked.catalog.put_product(product)
    return done(product, 201, created=False)


def _read(asked: Asked) -> Answer:
    product = asked.product
    return done(product) if product else asked.no_product()


def _change(asked: Asked) -> Answer:
    if problems := product_problems(asked.fields, prices=True):
        return asked.refuse(422, problems)
    product = asked.product
    if product is None:
        return asked.no_product()
    new = changed(product, asked.fields, asked.now)
    asked.catalog.put_product(new)
    return done(new)


def _delete(asked: Asked) -> Answer:
    if asked.product is None:
        return asked.no_product()
    asked.catalog.remove_product(asked.ids[0])
    return done({"status": True})


def _created(product: Mapping[str, Any]) -> str:
    return str(product["createdAt"])


def _tests(asked: Asked) -> list[Callable[[Mapping[str, Any]], bool]]:
    """Make the tests that a product of the list must pass, by the query's filters."""
    query = asked.call.query
    tests: list[Callable[[Mapping[str, Any]], bool]] = []
    if wanted := query.get("search", "").casefold():
        tests.append(lambda product: wanted in str(product["name"]).casefold())
    if ids := calls.listed(query, "productIds"):
        tests.append(lambda product: product["_id"] in ids)
    if query.get("collectionIds") or query.get("collectionSlug"):
        tests.append(_in_collections(asked))
    # requests writes a truth value as Python does: True
    if (available := query.get("availableInStore", "").lower()) in ("true", "false"):
        shown = available == "true"
        tests.append(lambda product: product["availableInStore"] is shown)
    return tests


def _in_collections(asked: Asked) -> Callable[[Mapping[str, Any]], bool]:
    """Make the test whether a product is in a collection that the query names.

    It can say so itself, in `collectionIds`, or a manual collection in `productIds`.
    """
    query = asked.call.query
    ids, slug = calls.listed(query, "collectionIds"), query.get("collectionSlug")
    named = {
        item.id: item.fields.get("productIds", ())
        for item in asked.store.location(asked.call.location).collections.values()
        if item.id in ids or item.fields.get("slug") == slug
    }
    members = {product for products in named.values() for product in products}
    wanted = ids | set(named)
    return lambda product: (
        product["_id"] in members
        or not wanted.isdisjoint(product.get("collectionIds", ()))
    )


ACTIONS: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    ("GET", ""): _list,
    ("POST", ""): _create,
    ("GET", "{}"): _read,
    ("PUT", "{}"): _change,
    ("DELETE", "{}"): _delete,
}
