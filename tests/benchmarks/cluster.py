"""What a shard costs beside its rows, and what a run by two processes needs.

The cost is CPU of the process that carries shards out, one after the other: the server
of the journal and that of the collections are others. The run is one large location
beside many small ones at the documented limit: when the small ones are done it is
paused, and what the system and the database saw of it meanwhile is told. Every figure
is of two processes on this machine, and none is extrapolated to more.
"""

from __future__ import annotations

import csv
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # what is shared is no package

import postgres_server
import processes
import psutil
import psycopg
from common import Figures, Goal, Line, Measured, Options
from psycopg import sql

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

COST = Path(__file__).with_name("cluster_cost.py")
#: Locations, and rows of each; so many locations make a shard.
FEW_ROWS, MANY_ROWS, SHARD = (100, 4), (40, 200), 5
MOST_SHARD_MS, MOST_OVER = 40.0, 1.10
#: A run by two processes: small locations with so many rows, and one large one.
SMALL, SMALL_ROWS, LARGE_ROWS, LARGE = 2_000, 5, 20_000, "big00000000000000000"
MOST_SHARE, MOST_CONNECTIONS, MOST_MB, MOST_PAUSE_SECONDS = 0.1, 100, 300.0, 5.0
LOOK_SECONDS, PATIENCE_SECONDS = 0.5, 400.0
#: What `importer run` ends with when it was paused.
PAUSED = 10


def measure(options: Options) -> Measured:
    """Cost first, then the run."""
    if reason := postgres_server.missing():
        return Measured(notes=[f"cluster: not measured, {reason}."])
    server = postgres_server.Server(settings={"max_connections": "150"})
    try:
        server.start()
        lines = [
            *_cost(options, server, FEW_ROWS, large=False),
            *_cost(options, server, MANY_ROWS, large=True),
            *_run(options, server),
        ]
    finally:
        server.stop()
    return Measured(lines)


def _cost(
    options: Options,
    server: postgres_server.Server,
    sizes: tuple[int, int],
    *,
    large: bool,
) -> list[Line]:
    """CPU of shards beside the same rows in one process without any."""
    locations, rows = max(SHARD, options.scaled(sizes[0])), sizes[1]
    rounds = []
    for turn in range(options.repeats):
        folder = options.folder / f"cost-{rows}-{turn}"
        place = server.loopback(server.new_database())
        with processes.fast_server() as url:
            given = [url, place, folder, locations, rows, SHARD]
            rounds.append(processes.run([sys.executable, COST, *given]).document)
    shards = rounds[0]["shards"]
    parts, alone = (
        Figures.of(one[way][0] / shards * 1e3 for one in rounds)
        for way in ("parts", "alone")
    )
    ratio = parts.over(alone)
    beside = Figures.of(
        part - one for part, one in zip(parts.values, alone.values, strict=True)
    )
    elapsed = Figures.of(one["parts"][1] / one["alone"][1] for one in rounds)
    goal = (
        Goal.at_most(MOST_OVER, ratio.median)
        if large
        else Goal.at_most(MOST_SHARD_MS, beside.median, " ms beside its rows")
    )
    return [
        Line(
            f"cluster: CPU of a shard of {SHARD} locations of {rows:,} rows each",
            f"{parts.spread(1)} ms, {beside.spread(1)} of them beside its rows",
            f"one process without shards {alone.spread(1)} ms; elapsed "
            f"{elapsed.spread()} times as long, one shard after the other",
            ratio.spread(),
            [goal],
        )
    ]


@dataclass(slots=True)
class Seen:
    """The most that was seen of a run from outside."""

    connections: int = 0
    peak_mb: float = 0.0
    small_done: int = 0
    large_done: int = 0


def _run(options: Options, server: postgres_server.Server) -> list[Line]:
    """Two processes, one large location beside many small ones."""
    small, large = options.scaled(SMALL), options.scaled(LARGE_ROWS)
    path = _write(options.folder / "skewed.csv", small, large)
    place = server.url(server.new_database("skewed"))
    seen = Seen()
    with processes.fast_server() as url:
        there = ["--runs-dir", options.folder / "runs", "--journal", place]
        flags = [*there, "--base-url", url, "--yes", "--quiet", "--run-id", "skewed"]
        command = [*processes.IMPORTER, "run", path, *flags, "--cluster", "local:2"]
        begun = processes.start(command, out=sys.stderr)
        try:
            seconds = _watched(begun, server, small * SMALL_ROWS, seen)
            asked = time.perf_counter()
            pausing = [*processes.IMPORTER, "pause", "skewed", *there]
            pause = processes.start(pausing, out=sys.stderr)
            told, shards = (seen - asked for seen in _until_free(server))
            assert pause.wait(PATIENCE_SECONDS) == 0
            code = begun.wait(PATIENCE_SECONDS)
            paused = time.perf_counter() - asked
        finally:
            if begun.poll() is None:
                begun.send_signal(signal.SIGKILL)
                begun.wait()
    assert code == PAUSED, code
    share = seen.large_done / large
    what = f"cluster: {small:,} locations of {SMALL_ROWS} rows beside one of {large:,}"
    return [
        Line(
            f"{what}, by two processes",
            f"the small ones done after {seconds:.1f} s, {share:.1%} of the large one",
            "",
            f"{share:.3f}",
            [Goal.at_most(MOST_SHARE, share)],
        ),
        Line(
            "the same run, seen from outside",
            f"{seen.connections} connections to the database, {seen.peak_mb:.0f} MB "
            "the largest process that sends",
            goals=[
                Goal.at_most(MOST_CONNECTIONS, seen.connections, " connections"),
                Goal.at_most(MOST_MB, seen.peak_mb, " MB"),
            ],
        ),
        Line(
            "the same run, paused",
            f"`pause` was written down after {told:.1f} s, its last shard ended after "
            f"{shards:.1f} s, the run with its reports after {paused:.1f} s",
            goals=[Goal.at_most(MOST_PAUSE_SECONDS, shards, " s")],
        ),
    ]


def _watched(
    begun: subprocess.Popen[bytes],
    server: postgres_server.Server,
    wanted: int,
    seen: Seen,
) -> float:
    """Look at a run until all small locations are done; seconds since its first row."""
    first = None
    deadline = time.perf_counter() + PATIENCE_SECONDS
    with psycopg.connect(server.url("skewed"), autocommit=True) as opened:
        while seen.small_done < wanted:
            assert begun.poll() is None, "the run has ended by itself"
            assert time.perf_counter() < deadline, f"only {seen.small_done} were done"
            _look(opened, psutil.Process(begun.pid), seen)
            if first is None and seen.small_done:
                first = time.perf_counter()
            processes.pause(LOOK_SECONDS)
    return time.perf_counter() - (first or 0.0)


def _until_free(server: postgres_server.Server) -> Iterator[float]:
    """Yield when the pause is written down, and when no process works any more."""
    deadline = time.perf_counter() + PATIENCE_SECONDS
    with psycopg.connect(server.url("skewed"), autocommit=True) as opened:
        for wanted in ("runs WHERE NOT pause", "claims"):
            query = f"SELECT 1 FROM importer.{wanted} LIMIT 1"  # noqa: S608 - literals
            while opened.execute(query).fetchone():
                assert time.perf_counter() < deadline, "a shard has not ended"
                processes.pause(LOOK_SECONDS / 10)
            yield time.perf_counter()


def _look(
    opened: psycopg.Connection[tuple[object, ...]], run: psutil.Process, seen: Seen
) -> None:
    for child in run.children():
        try:
            seen.peak_mb = max(seen.peak_mb, child.memory_info().rss / 1e6)
        except psutil.NoSuchProcess:
            continue
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    ((found,),) = opened.execute(others).fetchall()
    seen.connections = max(seen.connections, int(str(found)))
    try:
        ((schema,),) = opened.execute("SELECT schema FROM importer.runs").fetchall()
    except (psycopg.errors.UndefinedTable, ValueError):  # it has not begun yet
        return
    counts = sql.SQL(
        "SELECT count(*) FILTER (WHERE location_id <> %s), "
        "count(*) FILTER (WHERE location_id = %s) FROM {} WHERE status = %s"
    ).format(sql.Identifier(str(schema), "rows"))
    try:
        ((small, large),) = opened.execute(counts, (LARGE, LARGE, "created")).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return
    seen.small_done, seen.large_done = int(str(small)), int(str(large))


def _write(path: Path, small: int, large: int) -> Path:
    """A file in which the rows of the large location come first."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("location_id", "name", "slug"))
        writer.writerows((LARGE, f"Large {n}", f"large-{n}") for n in range(large))
        writer.writerows(
            (f"loc{place:017}", f"Small {place} {n}", f"small-{place}-{n}")
            for place in range(small)
            for n in range(SMALL_ROWS)
        )
    return path
