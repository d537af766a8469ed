"""The truth: what the sandbox holds and what has happened, as plain values.

Read-only. Here is also what clients cannot see: collections that lists do not show
yet, creates whose answers never arrived, slugs that are there twice. Invariant:
nothing that a fault hides from clients is hidden here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox.clock import stamp

if TYPE_CHECKING:
    from importer.sandbox.faults import Faults
    from importer.sandbox.store import Collection, Location, Store
    from importer.sandbox.traffic import Traffic


def everything(
    store: Store, traffic: Traffic, faults: Faults, location: str = ""
) -> dict[str, Any]:
    """Return all collections, and the counts; of one location where it is named."""
    figures = summary(store, traffic, faults, location)
    for location_id, counts in figures["locations"].items():
        held = store.locations.get(location_id)
        collections = held.collections.values() if held else ()
        counts["collections"] = [_collection(item) for item in collections]
        counts["removed"] = [
            _collection(item) | {"removed_by_call": call}
            for item, call in (held.removed if held else ())
        ]
        counts["unprocessable"] = list(held.unprocessable) if held else []
        counts["products"] = held.catalog.told() if held else []
    figures["slugs_twice"] = [
        {"location": location_id, "slug": slug, "count": count}
        for location_id, held in _places(store, location)
        for slug, count in held.slugs_twice().items()
    ]
    return figures


def summary(
    store: Store, traffic: Traffic, faults: Faults, location: str = ""
) -> dict[str, Any]:
    """Return only counts: `collections` and `slugs_twice` are numbers."""
    known = [location] if location else sorted({*store.locations, *traffic.lanes})
    return {
        "locations": {place: _counts(store, traffic, place) for place in known},
        "faults": {str(name): count for name, count in faults.counts.items()},
        "created_by_fault": {
            str(name): count for name, count in faults.created.items() if count
        },
        "calls": traffic.calls,
        "by_method": dict(traffic.by_method),
        "slugs_twice": sum(
            len(held.slugs_twice()) for _, held in _places(store, location)
        ),
    }


def _places(store: Store, location: str) -> list[tuple[str, Location]]:
    return [
        (location_id, held)
        for location_id, held in store.locations.items()
        if location in ("", location_id)
    ]


def _counts(store: Store, traffic: Traffic, location: str) -> dict[str, Any]:
    held = store.locations.get(location)
    lane = traffic.lanes.get(location)
    return {
        "collections": len(held.collections) if held else 0,
        "calls": lane.calls if lane else 0,
        "refused": lane.refused if lane else 0,
        "max_in_window": lane.peak.most if lane else 0,
        "foreign_calls": lane.budget.foreign_calls if lane else 0,
    }


def _collection(item: Collection) -> dict[str, Any]:
    return {
        **item.fields,
        "listed_at": stamp(item.listed_at),
        "created_by_call": item.call,
        "sent_slug": item.sent["slug"] if item.sent else None,
        "sent_name": item.sent["name"] if item.sent else None,
    }
