"""The state of a sandbox: what it holds, what it counts, and which faults it has.

Knows nothing of HTTP; `server` answers from it, `control` changes it. Its truth is told
as plain values, with what clients cannot see: collections that lists do not show yet,
creates whose answers never arrived, slugs that are there twice. Invariants: everything
that happens goes by the one clock that is here; nothing that a fault hides from clients
is hidden in the truth.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox.clock import Clock, stamp
from importer.sandbox.faults import Faults
from importer.sandbox.store import Store
from importer.sandbox.traffic import Allowance, Allowances, Limit, Traffic

if TYPE_CHECKING:
    from importer.sandbox.options import Options
    from importer.sandbox.store import Collection, Location


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


class World:
    """Store, traffic, faults and clock."""

    def __init__(self, options: Options) -> None:
        """Begin empty, with the faults of the options."""
        self.options = options
        self.clock: Clock = Clock(options.clock_offset_seconds)
        self.store: Store = Store(options.seed)
        self.traffic: Traffic = Traffic(_allowances(options))
        self.faults: Faults = Faults(options.seed, calls=options.fault_calls)
        self._load_faults()

    def truth(self, location: str = "") -> dict[str, Any]:
        """Return what is held and what has happened, in full."""
        return everything(self.store, self.traffic, self.faults, location)

    def summary(self, location: str = "") -> dict[str, Any]:
        """Return what has happened, in numbers."""
        return summary(self.store, self.traffic, self.faults, location)

    def reset(self) -> None:
        """Start over: nothing held, nothing counted, the faults of the options."""
        self.store.clear()
        self.traffic.forget()
        self.faults.forget()
        self._load_faults()

    def put_products(self) -> None:
        """Put the products of the options there, unless a state file had some."""
        if any(place.products for place in self.store.locations.values()):
            return
        now = self.clock()
        for location, product in self.options.products:
            self.store.add_product(location, product, now=now)

    def _load_faults(self) -> None:
        self.faults.calls = self.options.fault_calls
        self.faults.set_rates(self.options.faults)
        self.faults.scripts.clear()
        self.faults.lag_scripted = False
        for key, names in self.options.fault_for.items():
            self.faults.script(key, names)


def _allowances(options: Options) -> Allowances:
    day = Limit(options.daily, options.day_seconds) if options.daily else None
    usual = Allowance(options.limit, options.window, day)
    return Allowances(usual, options.location_limits, options.foreign_calls)
