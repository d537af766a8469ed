"""The whole program beside a bare aiohttp loop, and beside what else could do it.

All read the same CSV and post the same bodies to the same server, the client on one
core and the server on the other. The program and the bare loop are whole processes,
start and report included; of the others, which are slower, fewer rows are enough for a
rate, and only their posting counts, without their start: that favours them. None of
them checks a row or remembers what it sent. Invariant: as many POSTs arrived as rows.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options, Point
from processes import CLIENT_CORE, CLIENTS, NODE_FOLDER, VENV_PYTHON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from processes import Ended

FEWER_ROWS = 3_000
PLOTTED_ROWS = (10_000, 50_000)
OF_BARE, OF_SDK, OF_DLT = 0.70, 5, 3
OURS, BARE, SDK = "importer run", "bare aiohttp", "the vendor's SDK"
DLT, DLT_FAST, NODE = "dlt, a row at a time", "dlt, 100 at a time", "Node script"
PYTHON_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    SDK: ("vendor_sdk.py",),
    "httpx": ("async_httpx.py",),
    "requests in threads": ("requests_pool.py",),
    DLT: ("dlt_destination.py", "1"),
    DLT_FAST: ("dlt_destination.py", "100"),
}


def measure(options: Options) -> Measured:
    """Rows a second of all of them, taking turns."""
    path = spreadsheet.write(options.folder / "run.csv", options.rows)
    found = Measured()
    with processes.fast_server() as url:
        once = Contest(options, url, path)
        rounds = [once.everybody() for _ in range(options.repeats)]
        found.points = [*once.growth(), *_points(options.rows, rounds)]
    rates = {name: Figures.of(one[name].rate for one in rounds) for name in rounds[0]}
    ours = rates.pop(OURS)
    busy = max(one[name].server_share for one in rounds for name in (OURS, BARE))
    what = f"run of {options.rows:,} rows, no limit"
    measured = (
        f"{ours.median:,.0f} rows/s, {_cpu(rounds, OURS, options.rows)} CPU a row"
    )
    for name, rate in rates.items():
        ratio = ours.over(rate)
        beside = f"{name} {rate.median:,.0f} rows/s"
        if name == BARE:
            beside += f", {_cpu(rounds, BARE, options.rows)} CPU a row"
        found.lines.append(
            Line(what, measured, beside, f"{ratio.spread()}", _goals(name, ratio))
        )
    found.lines += _absent()
    found.notes.append(
        f"The server's core was at most {busy:.0%} busy, so the clients were measured. "
        f"All but the program and the bare loop sent {options.scaled(FEWER_ROWS):,} "
        f"rows (Node all), and their start does not count."
    )
    return found


def _cpu(rounds: list[dict[str, Timed]], name: str, rows: int) -> str:
    spent = Figures.of(one[name].cpu_seconds for one in rounds).median
    return f"{spent / rows * 1e6:.0f} µs"


def _goals(name: str, ratio: Figures) -> list[Goal]:
    wanted = {BARE: OF_BARE, SDK: OF_SDK, DLT: OF_DLT, DLT_FAST: OF_DLT}.get(name)
    return [Goal.at_least(wanted, ratio.median)] if wanted else []


def _absent() -> list[Line]:
    if _node():
        return []
    return [Line(NODE, "not measured", "node or its packages are not installed")]


def _node() -> str | None:
    return shutil.which("node") if (NODE_FOLDER / "node_modules").is_dir() else None


class Timed:
    """One contender's turn."""

    def __init__(self, rows: int, seconds: float, ended: Ended, server: float) -> None:
        """Keep what it did, and how much of the server's core it needed."""
        self.rate = rows / seconds
        self.seconds = seconds
        self.cpu_seconds = ended.cpu_seconds
        self.peak_mb = ended.peak_mb
        self.server_share = server / seconds


class Contest:
    """The contenders, one file and one server."""

    def __init__(self, options: Options, url: str, path: Path) -> None:
        """Keep what each of them is given."""
        self._options = options
        self._url = url
        self._path = path
        self._rows = options.rows

    def everybody(self) -> dict[str, Timed]:
        """Each of them once; the program right after the bare loop."""
        fewer = min(self._rows, self._options.scaled(FEWER_ROWS))
        found = {BARE: self.bare(), OURS: self.ours()}
        for name, (script, *more) in PYTHON_SCRIPTS.items():
            command = [VENV_PYTHON, CLIENTS / script, self._url, self._path, fewer]
            found[name] = self._timed(fewer, [*command, *more], own_clock=True)
        if node := _node():
            command = [node, NODE_FOLDER / "create.mjs", self._url, self._path]
            found[NODE] = self._timed(
                self._rows, [*command, self._rows], own_clock=True
            )
        return found

    def bare(self) -> Timed:
        """The bare loop, the whole process."""
        script = CLIENTS / "bare_aiohttp.py"
        command = [sys.executable, script, self._url, self._path, self._rows]
        return self._timed(self._rows, command)

    def ours(self, path: Path | None = None, rows: int | None = None) -> Timed:
        """The program, the whole process."""
        runs = self._options.folder / "runs"
        command = processes.unlimited_run(path or self._path, self._url, runs)
        timed = self._timed(rows or self._rows, command)
        shutil.rmtree(runs)
        return timed

    def growth(self) -> list[Point]:
        """How the program's cost grows with its rows."""
        points = []
        for count in map(self._options.scaled, PLOTTED_ROWS):
            path = spreadsheet.write(self._options.folder / "growth.csv", count)
            points += _grown(count, self.ours(path, count))
        return points

    def _timed(
        self, rows: int, command: list[object], *, own_clock: bool = False
    ) -> Timed:
        processes.tell(self._url, "/_reset", post=True)
        ended = processes.run([str(part) for part in command], core=CLIENT_CORE)
        counted = processes.tell(self._url, "/_counted")
        assert counted["POST"] == rows, (command, counted)
        seconds = float(ended.out.split()[-1]) if own_clock else ended.seconds
        return Timed(rows, seconds, ended, counted["cpu"])


def _grown(count: int, timed: Timed) -> list[Point]:
    return [
        Point("rows-seconds", "run, no limit", count, timed.seconds),
        Point("rows-memory", "run, no limit", count, timed.peak_mb),
    ]


def _points(count: int, rounds: list[dict[str, Timed]]) -> list[Point]:
    middle: Callable[[Timed], float] = lambda one: one.seconds  # noqa: E731 - a key
    return _grown(
        count, sorted((one[OURS] for one in rounds), key=middle)[len(rounds) // 2]
    )
