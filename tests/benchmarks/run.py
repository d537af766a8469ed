"""Everything that is measured, as ratios within one run, printed as a table.

    make bench
    .venv/bin/python tests/benchmarks/run.py --only reading --write docs/benchmarks.md

Machines are noisy and differ, so no figure is compared with one of another run. A
measure is a module beside this file with `measure(options) -> list[Line]`.
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import limit
import reading
import startup
import throughput
from common import Line, Options

MEASURES = {
    "startup": startup.measure,
    "reading": reading.measure,
    "throughput": throughput.measure,
    "limit": limit.measure,
}
VERSIONS = ("aiohttp", "uvloop", "pydantic", "SQLAlchemy", "orjson", "pandas")


def main() -> int:
    """Measure, print, and write where asked to."""
    options, only, target = _arguments()
    lines = [_heading()]
    print(lines[0], flush=True)
    for name in only:
        for line in MEASURES[name](options):
            lines.append(str(line))
            print(line, flush=True)
    if target is not None:
        target.write_text(_page(lines), encoding="utf-8")
    return 0


def _arguments() -> tuple[Options, list[str], Path | None]:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", choices=MEASURES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--write", type=Path, help="a Markdown page to write")
    given = parser.parse_args()
    options = Options(repeats=given.repeats, rows=given.rows)
    return options, given.only or list(MEASURES), given.write


def _heading() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{platform.system()} {platform.machine()}, {python}, {libraries}\n\n"
        + str(Line("what", "measured", "beside", "ratio"))
        + "\n| --- | --- | --- | --- |"
    )


def _page(lines: list[str]) -> str:
    command = " ".join(["tests/benchmarks/run.py", *sys.argv[1:]])
    return (
        "# Benchmarks\n\nPrinted by `.venv/bin/python "
        + command
        + "`; ratios hold, absolute figures are this machine's.\n\n"
        + "\n".join(lines)
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
