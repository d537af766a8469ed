"""How many connections the system allows beside what is open already.

Looks at the limit and changes nothing: a library's guest does not raise it. Invariant:
a few descriptors stay free for journals, reports and the lookup of names.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

#: Files that a run opens while it sends: journals of others, locks, reports.
SPARE = 24


def connections(wanted: int) -> int:
    """Return how many connections may be open at once: at least one, at most `wanted`.

    Args:
        wanted: as many as would be used.
    """
    free = left()
    return wanted if free is None else max(1, min(wanted, free - SPARE))


def left() -> int | None:
    """Return how many may be opened beside what is open; None if not known."""
    most = limit()
    return None if most is None else most - _open()


def limit() -> int | None:
    """Return how many descriptors the process may have; None if not known."""
    if sys.platform == "win32":  # pragma: no cover - not there
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def _open() -> int:
    """Return how many descriptors are open now, as far as the system shows it."""
    with suppress(OSError):
        return len(os.listdir("/dev/fd"))  # noqa: PTH208 - names alone
    return SPARE
