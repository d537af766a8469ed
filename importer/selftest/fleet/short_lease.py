"""A worker whose lease is short, so that a trial need not wait for a usual one.

Loaded by `dask worker --preload` before anything of the importer is; the selftest is
the only one that does. Invariant: a lease still lasts longer than the window of the
sandbox's limit and its latest answer.
"""

from __future__ import annotations

from importer.journal.postgres import lives
from importer.selftest.fleet.leases import LEASE_SECONDS

# read where classes are made, so before the modules that make them are loaded
lives.TTL_SECONDS = LEASE_SECONDS
