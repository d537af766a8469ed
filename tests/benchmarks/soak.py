"""One long run at full rate with faults: does it need more and more, is each row there?

A sandbox that goes wrong in every way, at 3 % of the calls that write, serves one run
over some locations. Every few seconds the run's memory and its open files are read
from the system. Growth is the least squares line through what was read after the first
minute. Invariant: what is printed is one JSON object, and the exit code is 0 only where
every collection is there once, whatever the growth.

    make soak MINUTES=10
    make soak ROWS=100000 LIMIT=none
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression, median
from typing import TYPE_CHECKING, Any

import processes
import rows as spreadsheet

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOK_EVERY_SECONDS = 2.0
#: What is read before is how a run begins.
SETTLED_SECONDS = 60.0
CALLS_PER_SECOND = 10  # of one location: 100 in 10 s
#: No run may go on for longer than this times the least that it can take.
PATIENCE, LEAST_PATIENCE_SECONDS = 5, 600.0
#: Every kind of accident but those after which a person has to act.
FAULTS = (
    *("reset_before", "reset_after", "error_before", "error_after", "bad_gateway"),
    *("refused", "refused_but_created", "null_body", "broken_body", "slow_commit"),
    *("list_lags", "edge_block"),
)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the run held at one moment."""

    seconds: float
    resident_mb: float
    open_files: int
    threads: int


def write(path: Path, rows: int, locations: int) -> None:
    """Write short rows, the locations taking turns."""
    ids = spreadsheet.location_ids(locations)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(spreadsheet.SHORT_COLUMNS)
        for row in range(rows):
            slug, product = f"row-{row}", f"{row:024x}"
            writer.writerow([ids[row % locations], slug, slug, "manual", product])


def sample(process: subprocess.Popen[bytes], seconds: float) -> Sample | None:
    """Read what a process holds; None where it has just ended."""
    folder = Path("/proc") / str(process.pid)
    try:
        lines = (folder / "status").read_text("ascii").splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        resident = int(fields["VmRSS"].split()[0]) / 1e3
        open_files = len(list((folder / "fd").iterdir()))
        return Sample(seconds, resident, open_files, int(fields["Threads"]))
    except (OSError, KeyError):
        return None


def watch(process: subprocess.Popen[bytes], patience: float) -> list[Sample]:
    """Read samples until the process has ended; it is ended when it takes too long."""
    began = time.monotonic()
    samples = []
    while process.poll() is None:
        seconds = time.monotonic() - began
        if taken := sample(process, seconds):
            samples.append(taken)
        if seconds > patience:
            process.kill()
        try:
            process.wait(LOOK_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    return samples


def growth(samples: Sequence[Sample], field: str) -> dict[str, float]:
    """Describe one figure after the first minute: where it lies and how it grows."""
    settled = [taken for taken in samples if taken.seconds >= SETTLED_SECONDS]
    if len(settled) < 3:
        return {}
    minutes = [taken.seconds / 60 for taken in settled]
    values = [float(getattr(taken, field)) for taken in settled]
    slope, _ = linear_regression(minutes, values)
    figures = {
        "least": min(values),
        "median": median(values),
        "most": max(values),
        "grows_a_minute": slope,
    }
    return {name: round(value, 3) for name, value in figures.items()}


def outcome(url: str, rows: int) -> dict[str, Any]:
    """Count what the sandbox holds afterwards."""
    summary = processes.tell(url, "/_sandbox/summary")
    held = sum(place["collections"] for place in summary["locations"].values())
    return {
        "rows": rows,
        "held": held,
        "slugs_twice": summary["slugs_twice"],
        "calls": summary["calls"],
        "faults": summary["faults"],
    }


def choose(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="at full rate")
    parser.add_argument("--rows", type=int, help="instead of --minutes")
    parser.add_argument("--locations", type=int, default=40)
    parser.add_argument("--limit", default="100/10s", help="of the sandbox, or none")
    parser.add_argument("--share", type=float, default=0.03, help="of calls that fail")
    parser.add_argument("--latency", default="50ms", help="of the sandbox")
    parser.add_argument("--seed", default="1", help="of the sandbox")
    parser.add_argument("--folder", type=Path, default=Path("build/soak"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Do the run, and print what it needed and what it left."""
    options = choose(arguments)
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    full = round(options.minutes * 60 * CALLS_PER_SECOND * options.locations)
    rows = options.rows or full
    write(options.folder / "rows.csv", rows, options.locations)
    faults = ",".join(f"{name}={options.share / len(FAULTS):.5f}" for name in FAULTS)
    nature = ("--latency", options.latency, "--seed", options.seed, "--faults", faults)
    with processes.sandbox("--limit", options.limit, *nature) as url:
        command = [*processes.IMPORTER, "run", options.folder / "rows.csv", "--yes"]
        command += ["--base-url", url, "--runs-dir", options.folder / "runs", "--quiet"]
        if options.limit == "none":
            command += ["--rate", "none"]
        process = processes.start(command, out=subprocess.DEVNULL)
        expected = rows / (CALLS_PER_SECOND * options.locations)
        began = time.monotonic()
        patience = max(LEAST_PATIENCE_SECONDS, PATIENCE * expected)
        samples = watch(process, patience)
        seconds = time.monotonic() - began
        found = outcome(url, rows)
    figures = {
        **found,
        "exit_code": process.returncode,
        "seconds": round(seconds, 1),
        "calls_a_second": round(found["calls"] / seconds, 1),
        "resident_mb": growth(samples, "resident_mb"),
        "open_files": growth(samples, "open_files"),
        "threads": growth(samples, "threads"),
    }
    kept = json.dumps([asdict(taken) for taken in samples])
    (options.folder / "samples.json").write_text(kept, encoding="utf-8")
    print(json.dumps(figures))
    whole = found["held"] == rows and not found["slugs_twice"]
    return 0 if whole and process.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
