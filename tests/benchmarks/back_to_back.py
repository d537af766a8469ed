"""Runs one right after the other over the same locations: does each come to its end?

Every run finds the windows of its locations half used by the run before it, which it
takes for calls of another program, and has new rows to send. One sandbox process
serves all of them. A run hangs where it makes no call for as long as `SILENT_SECONDS`;
it is then ended, and counts as hung. Invariant: what is printed is one JSON object,
and the exit code is 0 only where every run has created all of its rows.

    make back-to-back RUNS=20
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import json
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet

if TYPE_CHECKING:
    from collections.abc import Sequence

#: So long without a call is a hang: no pause of a run over the sandbox is as long.
SILENT_SECONDS = 60.0
LOOK_EVERY_SECONDS = 2.0
#: No run takes longer on any machine, however much it does beside.
LONGEST_SECONDS = 900.0
CONTROL = "Another version of the program is measured with --importer 'COMMAND'."


@dataclass(frozen=True, slots=True)
class Run:
    """How one of the runs ended."""

    number: int
    seconds: float
    exit_code: int | None
    #: collections that the server has more than before the run
    created: int
    rows: int
    hung: bool
    #: how often the program's own watchdog found nothing going on
    stalled: int
    longest_silence_seconds: float

    @property
    def complete(self) -> bool:
        """Whether each of its rows was created, once."""
        return self.exit_code == 0 and self.created == self.rows


def write(path: Path, number: int, locations: int, rows_each: int) -> int:
    """Write the rows of a run, which no other run has; returns how many."""
    ids = spreadsheet.location_ids(locations)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(spreadsheet.SHORT_COLUMNS)
        for row in range(locations * rows_each):
            slug = f"run-{number}-row-{row}"
            product = f"{row:024x}"
            writer.writerow([ids[row % locations], slug, slug, "manual", product])
    return locations * rows_each


def calls(url: str) -> int:
    """How many calls the sandbox has answered so far."""
    return int(processes.tell(url, "/_sandbox/summary")["calls"])


def held(url: str) -> int:
    """How many collections the sandbox holds, those that are there twice included."""
    locations = processes.tell(url, "/_sandbox/summary")["locations"]
    return sum(location["collections"] for location in locations.values())


def watch(process: subprocess.Popen[bytes], url: str) -> tuple[bool, float]:
    """Wait for a run's end: whether it hung, and the longest time without a call.

    A run that hangs, or takes too long, is ended.
    """
    began = changed = time.monotonic()
    known, silence = calls(url), 0.0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK_EVERY_SECONDS)
            return False, silence
        count, now = calls(url), time.monotonic()
        if count != known:
            known, changed = count, now
        silence = max(silence, now - changed)
        if silence > SILENT_SECONDS or now - began > LONGEST_SECONDS:
            process.kill()
            process.wait()
            return True, silence


def measure(number: int, url: str, options: argparse.Namespace) -> Run:
    """Do one run and say how it went."""
    path = options.folder / "rows.csv"
    count = write(path, number, options.locations, options.rows)
    runs = options.folder / "runs"
    command = [*shlex.split(options.importer), "run", path, "--base-url", url, "--yes"]
    command += ["--quiet", "--json", "--runs-dir", runs, "--run-id", f"run-{number}"]
    before, began = held(url), time.monotonic()
    process = processes.start([*command, *options.flag], out=subprocess.DEVNULL)
    hung, silence = watch(process, url)
    seconds = time.monotonic() - began
    return Run(
        number,
        round(seconds, 1),
        None if hung else process.returncode,
        held(url) - before,
        count,
        hung,
        stalled(runs / f"run-{number}" / "run.log"),
        round(silence, 1),
    )


def stalled(log: Path) -> int:
    """How often the log of a run says that nothing went on."""
    if not log.exists():
        return 0
    return log.read_text("utf-8").count('"run.stalled"')


def choose(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=CONTROL)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--locations", type=int, default=1_500)
    parser.add_argument("--rows", type=int, default=6, help="for each location")
    parser.add_argument("--limit", default="100/10s", help="of the sandbox")
    parser.add_argument("--latency", default="0", help="of the sandbox")
    parser.add_argument("--jitter", default="0", help="of the sandbox")
    parser.add_argument("--folder", type=Path, default=Path("build/back-to-back"))
    parser.add_argument("--importer", default=shlex.join(processes.IMPORTER))
    parser.add_argument("--flag", action="append", default=[], help="of the run")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Do all runs, or as many as come before one that hangs."""
    options = choose(arguments)
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    done: list[Run] = []
    network = ("--latency", options.latency, "--jitter", options.jitter)
    with processes.sandbox("--limit", options.limit, *network) as url:
        for number in range(1, options.runs + 1):
            run = measure(number, url, options)
            done.append(run)
            print(json.dumps(asdict(run)), file=sys.stderr, flush=True)
            if run.hung:
                break
        twice = processes.tell(url, "/_sandbox/summary")["slugs_twice"]
    figures = {
        "runs": [asdict(run) for run in done],
        "asked": options.runs,
        "complete": sum(run.complete for run in done),
        "hung": sum(run.hung for run in done),
        "stalled": sum(run.stalled for run in done),
        "slugs_twice": twice,
    }
    print(json.dumps(figures))
    return 0 if figures["complete"] == options.runs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
