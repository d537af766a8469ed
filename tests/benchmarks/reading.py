"""Reading, mapping and validating beside the bare `csv` reader."""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import Line, Options, environment, median, pinned, write_rows

ROWS = 100_000
CHECK = """
import resource, sys, time
from importer import pipeline, settings
chosen = settings.load({})
started = time.perf_counter()
result = pipeline.check_inputs((sys.argv[1],), chosen)
assert result.counts["valid"] == int(sys.argv[2]), result.counts
print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def measure(options: Options) -> list[Line]:
    """Rows a second of `check`, and its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_rows(Path(folder) / "rows.csv", ROWS)
        bare = median(options.repeats, lambda: _bare(path))
        peaks: list[float] = []

        def once() -> float:
            spent, peak = _check(path)
            peaks.append(peak)
            return spent

        ours = median(options.repeats, once)
    return [
        Line(
            f"check of {ROWS:,} rows",
            f"{ROWS / ours:,.0f} rows/s, {max(peaks) / 1024:.0f} MB",
            f"bare csv reader {ROWS / bare:,.0f} rows/s",
            f"{bare / ours:.2f}",
        )
    ]


def _bare(path: Path) -> float:
    started = time.perf_counter()
    with path.open(newline="", encoding="utf-8") as stream:
        for _ in csv.reader(stream):
            pass
    return time.perf_counter() - started


def _check(path: Path) -> tuple[float, float]:
    command = [sys.executable, "-c", CHECK, str(path), str(ROWS)]
    ended = subprocess.run(
        pinned(command, 0),
        check=True,
        capture_output=True,
        text=True,
        env=environment(),
    )
    spent, peak = ended.stdout.split()
    return float(spent), float(peak) / (1 if sys.platform == "linux" else 1024)
