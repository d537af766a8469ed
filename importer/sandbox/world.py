"""The state of a sandbox: what it holds, what it counts, and which faults it has.

Knows nothing of HTTP; `server` answers from it, `control` changes it. Invariant:
everything that happens goes by the one clock that is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sandbox import truth
from importer.sandbox.budgets import Allowance, Limit
from importer.sandbox.clock import Clock
from importer.sandbox.faults import Faults
from importer.sandbox.store import Store
from importer.sandbox.traffic import Allowances, Traffic

if TYPE_CHECKING:
    from importer.sandbox.options import Options


class World:
    """Store, traffic, faults and clock."""

    def __init__(self, options: Options) -> None:
        """Begin empty, with the faults of the options."""
        self.options = options
        self.clock = Clock(options.clock_offset_seconds)
        self.store = Store(options.seed)
        self.traffic = Traffic(_allowances(options))
        self.faults = Faults(options.seed, calls=options.fault_calls)
        self._load_faults()

    def truth(self, location: str = "") -> dict[str, Any]:
        """Return what is held and what has happened, in full."""
        return truth.everything(self.store, self.traffic, self.faults, location)

    def summary(self, location: str = "") -> dict[str, Any]:
        """Return what has happened, in numbers."""
        return truth.summary(self.store, self.traffic, self.faults, location)

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
