"""The sandbox's own addresses, `/_sandbox/…`: truth, faults, seeding, starting over.

Not part of HighLevel's API: they need no token, spend no budget and meet no fault.
They listen on loopback like everything else here. Invariant: a request that cannot
be used changes nothing and says what to send instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox.answers import Answer, done
from importer.sandbox.clock import stamp
from importer.sandbox.faults import checked_rates
from importer.sandbox.notation import script

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.sandbox.store import Collection
    from importer.sandbox.world import World

PREFIX = "/_sandbox/"


def answer(
    world: World, method: str, path: str, query: Mapping[str, str], body: object
) -> Answer:
    """Carry out a call to one of the sandbox's own addresses."""
    action = _ACTIONS.get((method, path.removeprefix(PREFIX)))
    if action is None:
        return done({"message": f"There is no {method} {path} here."}, 404)
    fields = body if isinstance(body, dict) else {}
    try:
        return done(action(world, {**query, **fields}))
    # whatever a body that cannot be used raises becomes a 400 that says so
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return done({"message": f"That cannot be used: {error}"}, 400)


def _truth(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    return world.truth(fields.get("location", ""))


def _summary(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    return world.summary(fields.get("location", ""))


def _reset(world: World, _fields: Mapping[str, Any]) -> dict[str, Any]:
    world.reset()
    return {"reset": True}


def _change_faults(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Set faults: `{"faults": {name: share}, "for": {slug: "error_after*2"}}`.

    `"calls": "all"` beside them lets reads meet faults as well.
    """
    faults = world.faults
    rates = checked_rates(fields.get("faults", faults.rates))
    scripts = {key: script(text) for key, text in fields.get("for", {}).items()}
    calls = fields.get("calls", faults.calls)
    # all parts are checked before the first one is changed
    if calls not in ("writes", "all"):
        message = f"calls is {calls!r}. Write writes or all."
        raise ValueError(message)
    faults.rates = rates
    faults.calls = calls
    for key, names in scripts.items():
        faults.script(key, names)
    return {
        "faults": {str(name): share for name, share in faults.rates.items()},
        "for": {key: list(left) for key, left in faults.scripts.items() if left},
        "calls": faults.calls,
    }


def _move_clock(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Let time pass at once, so that windows and the day end: `{"seconds": 86400}`."""
    world.clock.move(float(fields["seconds"]))
    return {"now": stamp(world.clock())}


def _seed(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Put things there: `{"location": id, "collections": […], "products": […]}`.

    Collections need `name` and `slug`, products `name`.
    """
    place = fields.get("location", "")
    collections = _placed(fields.get("collections", []), place, ("name", "slug"))
    products = _placed(fields.get("products", []), place, ("name",))
    now = world.clock()
    put = [
        world.store.create(location, entry, now=now).id
        for location, entry in collections
    ]
    made = [
        world.store.add_product(location, entry, now=now)["_id"]
        for location, entry in products
    ]
    return {"collections": put, "products": made}


def _change(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Change one as a person would: `{"location": id, "id": id, "fields": {…}}`."""
    found = _found(world, fields["location"], fields["id"])
    changed = {**found.fields, **fields["fields"], "_id": found.id}
    changed["updatedAt"] = stamp(world.clock())
    world.store.replace(fields["location"], found, changed)
    return {"changed": found.id}


def _remove(world: World, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Remove some as a person would: `{"location": id, "ids": [id]}`."""
    location = fields["location"]
    # all of them are found before the first one is removed
    found = [_found(world, location, field).id for field in fields["ids"]]
    for collection_id in found:
        world.store.remove(location, collection_id)
    return {"removed": found}


def _found(world: World, location: str, collection_id: str) -> Collection:
    """Return the collection of that id.

    Raises:
        ValueError: there is none.
    """
    found = world.store.find(location, collection_id)
    if found is None:
        message = f"{location} has no collection {collection_id}."
        raise ValueError(message)
    return found


def _placed(
    entries: list[dict[str, Any]], place: str, needed: tuple[str, ...]
) -> list[tuple[str, dict[str, Any]]]:
    """Return each entry with its location, its own `altId` or the one for all."""
    placed = []
    for entry in entries:
        location = entry.get("altId") or place
        for key, value in (
            ("location", location),
            *((k, entry.get(k)) for k in needed),
        ):
            if not isinstance(value, str) or not value:
                message = f"{entry!r} has no {key}."
                raise ValueError(message)
        placed.append((location, {k: v for k, v in entry.items() if k != "altId"}))
    return placed


_ACTIONS: dict[
    tuple[str, str], Callable[[World, Mapping[str, Any]], dict[str, Any]]
] = {
    ("GET", "truth"): _truth,
    ("GET", "summary"): _summary,
    ("POST", "faults"): _change_faults,
    ("POST", "seed"): _seed,
    ("POST", "change"): _change,
    ("POST", "remove"): _remove,
    ("POST", "clock"): _move_clock,
    ("POST", "reset"): _reset,
}
