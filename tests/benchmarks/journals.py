"""The journal in a database beside the journal in a file, on the same machine.

Loading is what the reading of an input does; durable rows are announced and answered,
64 at once, as a run at full rate does; whole runs are the program's processes, of
which the CPU time counts. The server is the tests' own, with `fsync` on, and both keep
their files in the same folder of the system. Without a server its lines say so.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # what is shared is no package

import postgres_server
import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options

from importer import journal
from importer.journal.postgres import shared
from importer.models import InputFile, Outcome, Status, Table

if TYPE_CHECKING:
    from collections.abc import Callable

#: Rows that are announced and answered, and how many at once.
ROWS, AT_ONCE = 20_000, 64
LOADED = 100_000
#: What a database must reach of a file's rates, and rows a second where a file makes
#: `QUICK_FILE` of them.
DURABLE, LOADING = 0.15, 0.5
#: A whole run: its rows, and how much of a file's CPU time a row may take.
RUN_ROWS, RUN_CPU = 20_000, 1.25
QUICK_ROWS, QUICK_FILE = 10_000, 55_000
BODY = b'{"name":"A collection","slug":"a-collection","productIds":["655b33a8"]}'
CELLS = ["A collection", "a-collection", "manual", "655b33a82209e60b6adb87a5"]


def measure(options: Options) -> Measured:
    """Rows a second of both, in turns."""
    if reason := postgres_server.missing():
        return Measured(notes=[f"journal on PostgreSQL: not measured, {reason}."])
    server = postgres_server.Server(settings={})
    try:
        server.start()
        return _measure(options, server)
    finally:
        shared.close()
        server.stop()


def _measure(options: Options, server: postgres_server.Server) -> Measured:
    stores: dict[str, Callable[[int], str]] = {
        "file": lambda turn: str(options.folder / f"journal-{turn}.db"),
        "database": lambda turn: f"{server.url(server.new_database())}&run={turn}",
    }
    loading: dict[str, list[float]] = {name: [] for name in stores}
    durable: dict[str, list[float]] = {name: [] for name in stores}
    # the first turn is for the caches, and its figures are dropped
    for turn in range(options.repeats + 1):
        for name, place in stores.items():
            rates = _rates(place(turn), options)
            if turn:
                loading[name].append(rates[0])
                durable[name].append(rates[1])
    lines = [_line("loading", loading), _line("durable", durable)]
    return Measured([*lines, _whole_runs(options, server)])


def _whole_runs(options: Options, server: postgres_server.Server) -> Line:
    """Microseconds of CPU a row of whole runs, in turns."""
    count = options.scaled(RUN_ROWS)
    path = spreadsheet.write(options.folder / "run.csv", count)
    spent: dict[str, list[float]] = {"file": [], "database": [], "server": []}
    with processes.fast_server() as url:
        runs = options.folder / "runs"
        command = processes.unlimited_run(path, url, runs)
        for turn in range(options.repeats + 1):
            file = processes.run(command, core=processes.CLIENT_CORE)
            shutil.rmtree(runs)
            database = ["--journal", server.url(server.new_database())]
            before = _server_seconds(server)
            ended = processes.run([*command, *database], core=processes.CLIENT_CORE)
            shutil.rmtree(runs)
            if turn:
                spent["file"].append(file.cpu_seconds)
                spent["database"].append(ended.cpu_seconds)
                spent["server"].append(_server_seconds(server) - before)
    took = {
        name: Figures.of(one / count * 1e6 for one in spent[name]) for name in spent
    }
    ratio = took["database"].over(took["file"])
    return Line(
        f"journal: CPU a row of a run of {count:,} rows, PostgreSQL beside a file",
        f"{took['database'].spread(0)} µs (the server {took['server'].median:.0f} µs)",
        f"SQLite {took['file'].spread(0)} µs",
        ratio.spread(),
        [Goal.at_most(RUN_CPU, ratio.median)],
    )


def _server_seconds(server: postgres_server.Server) -> float:
    """Return the CPU time of a server and of all its processes, where that is known."""
    first = (server.folder / "data" / "postmaster.pid").read_text("ascii").split()[0]
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            # the second field, a name in brackets, may have blanks
            fields = path.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if path.parent.name == first:
            ticks += sum(map(int, fields[11:15]))
        elif fields[1] == first:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _rates(place: str, options: Options) -> tuple[float, float]:
    """Return the rows a second that are loaded, and that are durable."""
    count = max(options.scaled(ROWS), AT_ONCE)
    loaded = max(options.scaled(LOADED), count)
    book = journal.create(place, run_id="bench")
    try:
        began = time.perf_counter()
        _load(book, loaded)
        halfway = time.perf_counter()
        asyncio.run(_deliver(book, count))
        ended = time.perf_counter()
    finally:
        book.close()
    return loaded / (halfway - began), count / (ended - halfway)


def _load(book: journal.Journal, count: int) -> None:
    parts = {"location_id": "a", "name": CELLS[0], "slug": CELLS[1], "type": "manual"}
    table = Table("f.csv", "", ("name", "slug", "type", "product_ids"), 1, ())
    book.planned.start_anew()
    book.planned.open_input(0, table, InputFile("f.csv", "", "own", 0, ()))
    for seq in range(count):
        book.planned.add_plain(seq, 0, (seq + 2, CELLS, parts), BODY)
    book.planned.close_input(0, count)
    book.planned.all_in()


async def _deliver(book: journal.Journal, count: int) -> None:
    waiting = iter(range(count))

    async def send() -> None:
        for seq in waiting:
            await book.delivery.sending(seq, 1)
            book.delivery.record(
                Outcome(
                    seq,
                    Status.CREATED,
                    f"6578278e879ad{seq:011d}",
                    attempts=1,
                    http_status=201,
                    trace_id=f"trace-{seq}",
                    finished_at=time.time(),
                )
            )

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(send())
    await book.delivery.flush()


def _line(what: str, rates: dict[str, list[float]]) -> Line:
    file, database = Figures.of(rates["file"]), Figures.of(rates["database"])
    ratio = database.over(file)
    goals = [Goal.at_least(LOADING if what == "loading" else DURABLE, ratio.median)]
    if what == "durable" and file.median >= QUICK_FILE:
        goals.append(Goal.at_least(QUICK_ROWS, database.median, " rows/s"))
    words = {
        "loading": "journal: rows of the input, PostgreSQL beside a file",
        "durable": f"journal: durable rows at {AT_ONCE} in flight, the same",
    }
    return Line(
        words[what],
        f"{database.spread(0)} rows/s",
        f"SQLite {file.spread(0)} rows/s",
        f"{ratio.spread()}",
        goals,
    )
