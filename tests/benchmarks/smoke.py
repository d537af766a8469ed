"""A look at the working tree's speed in a minute or two: start, reading, sending.

    make bench-smoke

It prints what each figure took, and judges nothing: figures of different machines and
hours are not comparable; `make bench AGAINST=REV` compares. The exit code is 2 where
the program fails, and 0 otherwise.
"""

from __future__ import annotations

import argparse
import sys

import page
import processes
import trials
from common import Figures, Options

MEASURES = ("startup", "reading", "throughput")
REPEATS = 3
FAILED = 2
HEADER = "| figure | CPU seconds | wall seconds | peak |\n| --- | --- | --- | --- |"


def main() -> int:
    """Run each trial some times and print the middle, and between which ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of it, once")
    quick = parser.parse_args().quick
    print(f"{page.machine()}\n\n{HEADER}", flush=True)
    with processes.scratch() as folder, processes.fast_server() as url:
        options = Options(folder, 1 if quick else REPEATS, quick=quick)
        try:
            for trial in trials.chosen(options, url, MEASURES):
                print(_line(trial, options.repeats), flush=True)
        except processes.UnexpectedEndError as error:
            print(error, file=sys.stderr)
            return FAILED
    return 0


def _line(trial: trials.Trial, repeats: int) -> str:
    ended = [trial.once(processes.IMPORTER) for _ in range(repeats)]
    cpu = Figures.of(one.cpu_seconds for one in ended).spread()
    wall = Figures.of(one.seconds for one in ended).spread()
    peak = Figures.of(one.peak_mb for one in ended).median
    return f"| {trial.what} | {cpu} | {wall} | {peak:.0f} MB |"


if __name__ == "__main__":
    sys.exit(main())
