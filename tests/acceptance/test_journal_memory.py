"""The memory of a long run does not grow with its rows, wherever its journal is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/status").exists(), reason="the system tells no peak"
    ),
]

SCRIPT = Path(__file__).with_name("journal_memory.py")
FEW, MANY = 5_000, 40_000
#: How much more the many may take: a row's share is far less than the row.
GROWTH = 1.15


@pytest.fixture
def peak(
    importer: Importer, new_journal: Callable[[str], Path | str]
) -> Callable[..., int]:
    """Measure a journal with so many rows, in a process of its own."""

    def measure(rows: int, *flags: str) -> int:
        place = new_journal(f"rows-{rows}{''.join(flags)}")
        ended = subprocess.run(  # noqa: S603 - a script of our own
            [sys.executable, str(SCRIPT), str(place), str(rows), *flags],
            env=importer.environment,
            capture_output=True,
            text=True,
            timeout=150,
            check=True,
        )
        return int(ended.stdout)

    return measure


def test_memory_does_not_grow_with_the_rows_of_a_run(peak: Callable[..., int]) -> None:
    """Eight times as many rows; where all lines are kept, it does: the control."""
    few = peak(FEW)
    assert peak(MANY) < GROWTH * few
    assert peak(MANY, "keep") > GROWTH * few
