"""Everything that is measured, as ratios within one run, printed as a table.

    make bench                                   all of it, about 30 minutes
    make bench ONLY=throughput REPEATS=3 ROWS=20000
    make bench QUICK=1                           a smoke test, about 2 minutes
    make bench-docs                              all of it, kept in docs/benchmarks.md

Machines are noisy and differ, so no figure is compared with one of another run. A
measure is a module beside this file with `measure(options) -> Measured`.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import traceback
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import budget
import cluster
import fleet
import journals
import limit
import locations
import memory
import page
import processes
import reading
import scenarios
import startup
import throughput
import workbench
import workbook
from common import Line, Measured, Options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common import Point

MEASURES = {
    "startup": startup.measure,
    "reading": reading.measure,
    "workbook": workbook.measure,
    "workbench": workbench.measure,
    "throughput": throughput.measure,
    "memory": memory.measure,
    "budget": budget.measure,
    "journal": journals.measure,
    "cluster": cluster.measure,
    "fleet": fleet.measure,
    "limit": limit.measure,
    "locations": locations.measure,
    "scenarios": scenarios.measure,
}


def main() -> int:
    """Measure, print, and write where asked to."""
    given = _arguments()
    measured: dict[str, Measured] = {}
    print(f"{page.machine()}\n{page.versions()}\n\n{page.HEADER}", flush=True)
    if given.quick:
        print("| a smoke test, too small for any figure or goal | | | | |")
    for name in given.only or MEASURES:
        measured[name] = _measured(name, given)
        for line in measured[name].lines:
            print(line, flush=True)
    for found in measured.values():
        for note in found.notes:
            print(f"\n{note}")
    if given.write is not None:
        drawn = draw(
            [point for one in measured.values() for point in one.points], given.write
        )
        page.write(given.write, measured, _command(given), drawn)
    return int(any(found.failed for found in measured.values()))


def _measured(name: str, given: argparse.Namespace) -> Measured:
    """What a measure found; where it failed, the others still get their turn."""
    with processes.scratch() as folder:
        options = Options(folder, given.repeats, given.rows, given.quick)
        try:
            return MEASURES[name](options)
        except (processes.UnexpectedEndError, AssertionError):
            traceback.print_exc()
            return Measured([Line(name, "failed, see above")], failed=True)


def draw(points: Sequence[Point], target: Path) -> list[str]:
    """Draw what was measured into the folder of the page's name; the plots' names."""
    plots: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for point in points:
        curves = plots.setdefault(point.plot, defaultdict(list))
        curves[point.curve].append((point.x, point.y))
    if plots:
        script = Path(__file__).with_name("plots.py")
        command = [processes.VENV_PYTHON, script, target.with_suffix("")]
        processes.run(command, given=json.dumps(plots).encode())
    return list(plots)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=MEASURES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000, help="of throughput")
    parser.add_argument("--quick", action="store_true", help="a hundredth of it all")
    parser.add_argument("--write", type=Path, help="a Markdown page to write")
    given = parser.parse_args()
    if given.quick:
        given.repeats, given.rows = 1, min(given.rows, 1_000)
    return given


def _command(given: argparse.Namespace) -> str:
    """What to type to get the same again."""
    words = ["make bench"]
    words += [f"ONLY={shlex.quote(' '.join(given.only))}"] if given.only else []
    words += [f"REPEATS={given.repeats}"] if given.repeats != 3 else []
    words += [f"ROWS={given.rows}"] if given.rows != 100_000 else []
    return " ".join(words)


if __name__ == "__main__":
    sys.exit(main())
