"""How near a run comes to what the limit permits, and whether it is ever refused."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from common import IMPORTER, Line, Options, environment, sandbox, write_rows

ROWS, CALLS, SECONDS, LATENCY = 300, 100, 10.0, 0.2


def measure(options: Options) -> list[Line]:
    """300 rows at 100 calls in 10 s, answers after 200 ms, both kinds of window."""
    del options  # one run of half a minute each says enough
    return [_once(window) for window in ("fixed", "sliding")]


def _once(window: str) -> Line:
    flags = ("--limit", "100/10s", "--window", window, "--latency", "200ms")
    with tempfile.TemporaryDirectory() as name, sandbox(*flags) as url:
        path = write_rows(Path(name) / "rows.csv", ROWS)
        command = [*IMPORTER, "run", str(path), "--base-url", url, "--json", "--yes"]
        ended = subprocess.run(
            [*command, "--runs-dir", str(Path(name) / "runs")],
            check=True,
            capture_output=True,
            env=environment(),
        )
        with urllib.request.urlopen(f"{url}/_sandbox/summary", timeout=10) as answer:
            truth = json.load(answer)
    took = json.loads(ended.stdout)["duration_seconds"]
    (there,) = truth["locations"].values()
    windows = math.ceil(there["calls"] / CALLS) - 1
    best = windows * SECONDS + LATENCY
    return Line(
        f"{ROWS} rows, {CALLS} calls in 10 s, {window} window",
        f"{took:.1f} s, {there['refused']} refused",
        f"best possible for {there['calls']} calls {best:.1f} s",
        f"{best / took:.2f}",
    )
