"""A plug-in of pytest: which tests fail, how long each takes, and bounds for each.

A changed loop can fill the memory of the machine before its time is over.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from modules import LATE

if TYPE_CHECKING:
    from collections.abc import Generator

MEMORY_BYTES = 4 << 30
#: How long such a test may undo what it did to the machine.
GRACE_SECONDS = 5.0

seconds: dict[str, float] = defaultdict(float)
failing: set[str] = set()
skipped: set[str] = set()


def pytest_configure() -> None:
    """Bound the memory of this process and of those that it starts."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Interrupt a test that takes too long, and all that follow."""
    most = float(os.environ.get("MUTANTS_SECONDS", "0"))
    if not most:
        return (yield)
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, most)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(*_: object) -> NoReturn:
    signal.signal(signal.SIGALRM, lambda *_: os._exit(LATE))
    signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)
    pytest.exit("a test does not come to its end", LATE)


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
