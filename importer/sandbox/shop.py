"""The way to the endpoints of products, prices and inventory, and who is turned away.

Finds the action for a method and a path, checks the location, the page and the scope,
and lets the action answer. Stores and reviews of products are not served. Invariant:
a location whose products are refused shows and changes none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox import access, bodies, bulk, prices, products
from importer.sandbox.calls import refuse
from importer.sandbox.products import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.sandbox.answers import Answer
    from importer.sandbox.calls import Call
    from importer.sandbox.store import Store

PRODUCTS = "/products"
_ACTIONS: dict[tuple[str, str], Callable[[Asked], Answer]] = {
    **products.ACTIONS,
    **prices.ACTIONS,
    **bulk.ACTIONS,
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
            return refuse(call, *access.NO_SCOPE)
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
