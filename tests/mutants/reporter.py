"""A plug-in of pytest: which tests fail, how long each takes, and a memory bound.

A changed loop can fill the memory of the machine before its time is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

MEMORY_BYTES = 4 << 30

seconds: dict[str, float] = defaultdict(float)
failing: set[str] = set()
skipped: set[str] = set()


def pytest_configure() -> None:
    """Bound the memory of this process and of those that it starts."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what setting up, calling and cleaning up take."""
    seconds[report.nodeid] += report.duration
    if report.failed:
        failing.add(report.nodeid)
    elif report.skipped:
        skipped.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it down where all workers' reports have come together."""
    told = os.environ.get("MUTANTS_TOLD")
    if told and not hasattr(session.config, "workerinput"):
        document = {
            "seconds": seconds,
            "failing": sorted(failing),
            "skipped": sorted(skipped),
        }
        Path(told).write_text(json.dumps(document), encoding="utf-8")
