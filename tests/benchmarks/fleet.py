"""What a run by two processes needs: thousands of small locations beside a large one.

At the documented limit, so the large one would take hours: when the small ones are done
the run is paused, and what the system and the database saw of it meanwhile is told.
Every figure is of two processes on this machine, and none is extrapolated to more.
"""

from __future__ import annotations

import csv
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # what is shared is no package

import postgres_server
import processes
import psutil
import psycopg
from common import Goal, Line, Measured, Options
from psycopg import sql

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

#: Small locations with so many rows, and one large one.
SMALL, SMALL_ROWS, LARGE_ROWS, LARGE = 10_000, 5, 100_000, "big00000000000000000"
MOST_SHARE, MOST_CONNECTIONS, MOST_MB, MOST_PAUSE_SECONDS = 0.1, 100, 300.0, 5.0
LOOK_SECONDS, PATIENCE_SECONDS = 0.5, 1200.0
#: Rows are counted so seldom, seconds: the database has others to serve.
COUNT_SECONDS = 3.0
#: What `importer run` ends with when it was paused.
PAUSED = 10


def measure(options: Options) -> Measured:
    """One run."""
    if reason := postgres_server.missing():
        return Measured(notes=[f"fleet: not measured, {reason}."])
    server = postgres_server.Server(settings={"max_connections": "150"})
    try:
        server.start()
        return Measured(_run(options, server))
    finally:
        server.stop()


@dataclass(slots=True)
class Seen:
    """The most that was seen of a run from outside."""

    connections: int = 0
    peak_mb: float = 0.0
    driver_mb: float = 0.0
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
    what = f"fleet: {small:,} locations of {SMALL_ROWS} rows beside one of {large:,}"
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
            f"the largest process that sends, {seen.driver_mb:.0f} MB the command",
            goals=[
                Goal.at_most(MOST_CONNECTIONS, seen.connections, " connections"),
                Goal.at_most(MOST_MB, seen.peak_mb, " MB"),
            ],
        ),
        Line(
            "the same run, paused",
            f"`pause` was written down after {told:.1f} s, its last shard ended "
            f"{shards - told:.1f} s later, the run with its reports "
            f"after {paused:.1f} s",
            goals=[Goal.at_most(MOST_PAUSE_SECONDS, shards - told, " s later")],
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
    deadline, count_at = time.perf_counter() + PATIENCE_SECONDS, 0.0
    with psycopg.connect(server.url("skewed"), autocommit=True) as opened:
        while seen.small_done < wanted:
            assert begun.poll() is None, "the run has ended by itself"
            now = time.perf_counter()
            assert now < deadline, f"only {seen.small_done} were done"
            _look(opened, psutil.Process(begun.pid), seen)
            if now >= count_at:
                count_at = now + COUNT_SECONDS
                _count(opened, seen)
            if first is None and seen.small_done:
                first = now
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
    """See how much memory there is in use, and how many connections."""
    seen.driver_mb = max(seen.driver_mb, run.memory_info().rss / 1e6)
    for child in run.children():
        with suppress(psutil.NoSuchProcess):
            seen.peak_mb = max(seen.peak_mb, child.memory_info().rss / 1e6)
    others = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    ((found,),) = opened.execute(others).fetchall()
    seen.connections = max(seen.connections, int(str(found)))


def _count(opened: psycopg.Connection[tuple[object, ...]], seen: Seen) -> None:
    """See how many rows are done."""
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
