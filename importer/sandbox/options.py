"""The options of a sandbox, as one frozen value.

No HTTP here; `flags` sets them on a command line. Every default matches what is
documented of HighLevel; where nothing is documented the option exists so that a client
can be tried against each possibility. Invariant: an Options that exists is consistent.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from importer.sandbox import natures
from importer.sandbox.faults import checked_rates, named
from importer.sandbox.traffic import USUAL_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.sandbox.bodies import KnownKeys
    from importer.sandbox.calls import Scope
    from importer.sandbox.faults import FaultCalls
    from importer.sandbox.traffic import Limit, WindowKind

NameMatch = Literal["part", "exact", "prefix"]
ListOrder = Literal["oldest", "newest"]
Updates = Literal["merge", "replace"]
CollectionIds = Literal["ignored", "forced"]
GetById = Literal["shown", "refused"]


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that can be chosen about a sandbox. Durations are in seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    port_file: Path | None = None
    state: Path | None = None
    products: Sequence[tuple[str, Mapping[str, Any]]] = ()
    exit_with_parent: bool = False
    max_seconds: float | None = None
    seed: int = 0
    # budgets
    limit: Limit | None = USUAL_LIMIT
    window: WindowKind = "fixed"
    daily: int | None = 200_000
    day_seconds: float = 86_400.0
    location_limits: Mapping[str, Limit | None] = field(default_factory=dict)
    foreign_calls: Mapping[str, float] = field(default_factory=dict)
    retry_after: bool = False
    # access
    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope: Scope = "write"
    products_refused: Sequence[str] = ()
    strict: bool = False
    edge_strict: bool | None = None
    # behaviour where the documentation is silent
    known_keys: KnownKeys = "page"
    require_products: bool = True
    collection_ids: CollectionIds = "ignored"
    updates: Updates = "merge"
    name_match: NameMatch = "part"
    list_order: ListOrder = "oldest"
    max_page: int = 100
    max_name: int | None = None
    list_hides: frozenset[str] = frozenset()
    get_by_id: GetById = "shown"
    # time
    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    slow_share: float = 0.0
    slow_seconds: float = 0.0
    slow_commit_seconds: float = 6.0
    list_lag_seconds: float | None = None
    clock_offset_seconds: float = 0.0
    # faults, by name
    faults: Mapping[str, float] = field(default_factory=dict)
    fault_calls: FaultCalls = "writes"
    fault_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # how the server is, by name
    natures: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: the host is not this computer, or a name is unknown.
        """
        if not _is_loopback(self.host):
            message = (
                f"The sandbox listens on this computer only, not on {self.host}. "
                "Write --host 127.0.0.1, or leave it out."
            )
            raise ValueError(message)
        checked_rates(self.faults)
        natures.checked(self.natures)
        for names in self.fault_for.values():
            for name in names:
                named(name)

    @property
    def blocks_agents(self) -> bool:
        """Whether the edge turns agents away that are a library's own."""
        return self.strict if self.edge_strict is None else self.edge_strict


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
