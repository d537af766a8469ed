"""The state file: what exists, kept from one start of the sandbox to the next.

Only collections, products, prices and the instance id are kept; budgets, counts and
faults begin anew. The file is replaced in one step, so it is never half written.
Invariant: what `load` reads is what `dump` wrote, ids and times and all.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import orjson

from importer.sandbox.store import Collection

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox.store import Store

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
