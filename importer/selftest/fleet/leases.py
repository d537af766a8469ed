"""How long leases and freezes last in a trial of a cluster.

Invariant: a frozen worker is frozen for twice as long as its lease lasts, so what it
held is free for others long before it goes on.
"""

from __future__ import annotations

#: Of workers, seconds; outside of a selftest it is longer.
LEASE_SECONDS = 6.0
FREEZE_SECONDS = 2 * LEASE_SECONDS
#: Of the control: until others have certainly gone on with what the worker held.
CONTROL_FREEZE_SECONDS = 4 * LEASE_SECONDS
