"""What exists: collections and products, by location, and the file that keeps it.

No HTTP and no clock; times are passed in, in seconds since the epoch. A collection that
was created is there at once by its id, but in lists only from `listed_at` on. The state
file keeps collections, products, prices and the instance id; budgets, counts and faults
begin anew. Invariants: an id is given once; order is that of creation; slugs may
repeat, since HighLevel does not mind; what `load` reads is what `dump` wrote, ids and
times and all, and the file is never half written.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import orjson

from importer.sandbox.catalog import Catalog, complete_product, seeded_prices
from importer.sandbox.clock import stamp
from importer.sandbox.faults import Stream, bits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


#: So many refusals are kept for a location.
MOST_REFUSALS = 10_000


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection; `fields` is the object that the API shows, with its `_id`.

    `call` is the ordinal of the call that created it, None where it was seeded; `sent`
    are the slug and the name in that call, which the server may have rewritten.
    """

    fields: Mapping[str, Any]
    created_at: float
    listed_at: float
    call: int | None
    sent: Mapping[str, str] | None = None

    @property
    def id(self) -> str:
        """24 hex digits."""
        return str(self.fields["_id"])


@dataclass(slots=True)
class Location:
    """What one location holds, and what of it lists show."""

    collections: dict[str, Collection] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=Catalog)
    #: what was taken away, each with the call that did it; None for others
    removed: list[tuple[Collection, int | None]] = field(default_factory=list)
    #: the latest creates that were refused for what they asked
    unprocessable: deque[Mapping[str, Any]] = field(
        default_factory=lambda: deque(maxlen=MOST_REFUSALS)
    )
    _in_order: list[Collection] | None = None
    _all_listed_at: float = 0.0

    def put(self, collection: Collection) -> None:
        """Add a collection, or replace the one with its id."""
        self.collections[collection.id] = collection
        self._all_listed_at = max(self._all_listed_at, collection.listed_at)
        self._in_order = None

    @property
    def products(self) -> list[Mapping[str, Any]]:
        """The products that the location sells."""
        return list(self.catalog.products.values())

    def remove(self, collection_id: str, call: int | None) -> bool:
        """Take a collection away; False if it is not there."""
        self._in_order = None
        taken = self.collections.pop(collection_id, None)
        if taken is not None:
            self.removed.append((taken, call))
        return taken is not None

    def listed(self, now: float) -> Sequence[Collection]:
        """Return what a list shows at this moment, the oldest first."""
        # Paging through 100,000 collections must not copy them for every page.
        if self._in_order is None:
            self._in_order = list(self.collections.values())
        # once nothing lags any more, no item has to be looked at
        if now >= self._all_listed_at:
            return self._in_order
        return [item for item in self._in_order if item.listed_at <= now]

    def slugs_twice(self) -> dict[str, int]:
        """Return the slugs that more than one collection has, with how many."""
        slugs = Counter(item.fields.get("slug") for item in self.collections.values())
        return {str(slug): count for slug, count in slugs.items() if count > 1}


def new_instance() -> str:
    """Make an id for a server that holds nothing yet; never the same twice."""
    return token_hex(8)


class Store:
    """All locations, and `instance`, the id of the server that they are on.

    A location comes into being when something is put there.
    """

    def __init__(self, seed: int = 0) -> None:
        """Start empty; the seed decides which ids are given."""
        self.seed = seed
        self.locations: dict[str, Location] = {}
        self.ids_given: int = 0
        self.instance: str = new_instance()
        self.changes: int = 0  # grows with every change, so that a keeper sees it

    def location(self, location_id: str) -> Location:
        """Return the location of that id, an empty one if nothing was put there."""
        found = self.locations.get(location_id)
        if found is None:
            found = self.locations[location_id] = Location()
        return found

    def create(
        self,
        location_id: str,
        fields: Mapping[str, Any],
        *,
        now: float,
        lag_seconds: float = 0.0,
        call: int | None = None,
        sent: Mapping[str, str] | None = None,
    ) -> Collection:
        """Add a collection; an `_id` in the fields is used, else one is made."""
        full = {
            "_id": fields.get("_id") or self.new_id(now),
            "altId": location_id,
            **fields,
            "createdAt": stamp(now),
        }
        collection = Collection(full, now, now + lag_seconds, call, sent)
        self.location(location_id).put(collection)
        self.changes += 1
        return collection

    def refuse(
        self, location_id: str, fields: Mapping[str, Any], *, now: float
    ) -> None:
        """Keep that a create was refused for what it asked, and created nothing."""
        if location_id:
            figures = {"slug": fields.get("slug"), "name": fields.get("name")}
            figures["refused_at"] = stamp(now)
            self.location(location_id).unprocessable.append(figures)

    def add_product(
        self, location_id: str, fields: Mapping[str, Any], *, now: float
    ) -> Mapping[str, Any]:
        """Add a product with `name`, and `slug` and `skus` where they are given."""
        product_id = fields.get("_id") or self.new_id(now)
        product = complete_product(fields, location_id, product_id, now)
        held = self.location(location_id).catalog
        held.put_product(product)
        for price in seeded_prices(product, fields.get("skus", []), now):
            held.put_price(price)
        self.changes += 1
        return product

    def find(self, location_id: str, collection_id: str) -> Collection | None:
        """Return the collection of that id in that location."""
        location = self.locations.get(location_id)
        return location.collections.get(collection_id) if location else None

    def replace(
        self, location_id: str, old: Collection, fields: Mapping[str, Any]
    ) -> None:
        """Give a collection other fields; id, place in lists and times stay."""
        new = replace(old, fields=fields)
        self.location(location_id).put(new)
        self.changes += 1

    def remove(
        self, location_id: str, collection_id: str, call: int | None = None
    ) -> bool:
        """Take a collection away; False if it is not there."""
        self.changes += 1
        return self.location(location_id).remove(collection_id, call)

    def holds(self, collection_id: str) -> bool:
        """Return whether any location has a collection of that id."""
        return any(
            collection_id in place.collections for place in self.locations.values()
        )

    def clear(self) -> None:
        """Forget everything; what comes then is another server."""
        self.locations.clear()
        # a client must not take a sandbox that was reset for the one that it knew
        self.instance = new_instance()
        self.ids_given = 0
        self.changes += 1

    def new_id(self, now: float) -> str:
        """Make an id that nothing has yet, of the shape of a Mongo id."""
        # The shape of a Mongo id: seconds, a part of the machine's own, a counter.
        self.ids_given += 1
        own = bits(self.seed, 0, Stream.ID) >> 24
        return f"{int(now) & 0xFFFFFFFF:08x}{own:010x}{self.ids_given & 0xFFFFFF:06x}"


SCHEMA = 1


class StateError(Exception):
    """The state file cannot be used; the message says why."""


def dump(store: Store) -> bytes:
    """Return everything that exists, as the file holds it."""
    locations = {
        location_id: {
            "collections": [_plain(item) for item in location.collections.values()],
            "products": location.products,
            "prices": list(location.catalog.prices.values()),
        }
        for location_id, location in store.locations.items()
    }
    content = {
        "schema": SCHEMA,
        "instance": store.instance,
        "ids_given": store.ids_given,
        "locations": locations,
    }
    return orjson.dumps(content)


def write(path: Path, content: bytes) -> None:
    """Replace the file in one step.

    Raises:
        StateError: the file cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            # on the disk before it takes the old one's place: a power cut leaves one or
            # the other
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}."
        raise StateError(message) from error


def load(path: Path, store: Store) -> None:
    """Put what the file holds into an empty store; no file is no error.

    The store is then the server of that file, with its instance id.

    Raises:
        StateError: the file cannot be read, or is no state file of this version.
    """
    try:
        content = orjson.loads(path.read_bytes())
        if content["schema"] != SCHEMA:
            message = f"The state file {path} comes from another version. Remove it."
            raise StateError(message)
        _fill(store, content)
    except FileNotFoundError:
        return
    except OSError as error:
        message = f"The state file {path} cannot be read: {error.strerror}."
        raise StateError(message) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path} is not a state file of the sandbox. Choose another file."
        raise StateError(message) from error


def _plain(item: Collection) -> dict[str, Any]:
    return {
        "fields": item.fields,
        "created_at": item.created_at,
        "listed_at": item.listed_at,
        "call": item.call,
        "sent": item.sent,
    }


def _fill(store: Store, content: dict[str, Any]) -> None:
    # files of earlier versions name no instance: the one just made is theirs now
    store.instance = content.get("instance", store.instance)
    store.ids_given = content["ids_given"]
    for location_id, saved in content["locations"].items():
        location = store.location(location_id)
        _fill_catalog(store, location_id, saved)
        for item in saved["collections"]:
            location.put(Collection(**item))


def _fill_catalog(store: Store, location_id: str, saved: dict[str, Any]) -> None:
    if "prices" not in saved:
        # files of earlier versions have only what products were seeded with
        for product in saved["products"]:
            store.add_product(location_id, product, now=time.time())
        return
    catalog = store.location(location_id).catalog
    for product in saved["products"]:
        catalog.put_product(product)
    for price in saved["prices"]:
        catalog.put_price(price)
