"""A run whose database is killed in the middle of it, and comes back.

The server is this file's own, as the others' would be killed with it. What falls when
is drawn from a seed, which a failure prints.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import postgres_server
import psycopg
import pytest

from importer.exit_codes import Exit
from importer.sandbox import Fault
from importer.selftest.lives import AGAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.slow

#: Any will do; a new one each time would make a failure hard to find again.
SEED = 18
#: One whose first blow falls when a good part of the rows was sent.
HALF_WAY = 0
ROWS = 3000
LOCATIONS = 12
#: How often each of them is killed, and both in the same moment.
SERVER_KILLS, PROGRAM_KILLS, BOTH_KILLS = 3, 1, 1
LONGEST_AWAY_SECONDS = 1.0
#: A run that has ended, with rows that are open by right, is resumed so often.
RESUMES = 8
LATE = ("--slow-commit", "500ms", "--list-lag", "500ms")
#: The command, whose commits do not wait for the disk of the database.
HASTY = Path(__file__).with_name("hasty_commits.py")


@pytest.fixture
def server() -> Iterator[postgres_server.Server]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    # the server writes by itself as seldom as it may: what is not asked for is lost
    seldom = {"wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}
    made = postgres_server.Server(settings=postgres_server.HASTY | seldom)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@dataclass
class Storm:
    """A run, what is killed around it, and what is left in the end."""

    importer: Importer
    api: Sandbox
    server: postgres_server.Server
    command: Callable[..., subprocess.Popen[str]]
    rows: int
    pauses: str = "0.3,0.7,1.5"
    #: the share of the rows at which all that was committed so far gets to the disk
    saved_at: float = 0.0
    killed: list[str] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the input, and give the database."""
        database = self.server.loopback(self.server.new_database())
        self.importer.environment["IMPORTER_JOURNAL"] = database
        each = self.rows // LOCATIONS
        lines = [
            row
            for number in range(LOCATIONS)
            for row in self.importer.rows(
                each, f"location{number:016d}", number * self.rows
            )
        ]
        self.importer.write("rows.csv", lines)

    def rage(self, blows: Sequence[str], seed: int) -> None:
        """Let blows fall while it works, spread over its rows, then let it finish."""
        drawn = random.Random(seed)  # noqa: S311 - only has to be repeatable
        process = self.start()
        if self.saved_at:
            self.reached(self.saved_at, process)
            self.save()
        for number, blow in enumerate(blows):
            share = (number + drawn.random()) / (len(blows) + 1)
            if not self.reached(share, process):
                process = self.go_on(process)
            process = self.strike(blow, process, drawn.random() * LONGEST_AWAY_SECONDS)
        for _ in range(RESUMES):
            process = self.go_on(process)
            if process.poll() is not None:
                return
        msg = f"it never finished: {self.codes}"
        raise AssertionError(msg)

    def save(self) -> None:
        """Have everything on the disk of the database: a commit that waits does it."""
        address = self.importer.environment["IMPORTER_JOURNAL"]
        with psycopg.connect(address) as connection:
            connection.execute("SELECT txid_current()")

    def strike(
        self, blow: str, process: subprocess.Popen[str], away_seconds: float
    ) -> subprocess.Popen[str]:
        """Kill the server, the program, or both; return the one that works then."""
        if blow != "program":
            self.server.kill()
        if blow != "server":
            process.kill()
            process.communicate()
        self.killed.append(blow)
        if blow != "program":
            time.sleep(away_seconds)  # noqa: TID251 - it is away for a while
            self.server.start()
        return process if blow == "server" else self.start()

    def start(self) -> subprocess.Popen[str]:
        """Start the run, or go on with it."""
        begun = (self.importer.folder / "runs" / "mine").exists()
        verb = ("resume", "mine") if begun else ("run", "rows.csv", "--run-id", "mine")
        flags = ("--base-url", self.api.url, "--quiet", "--timeout", "2s")
        pauses = ("--settle-pauses", self.pauses)
        return self.command(*verb, *flags, *pauses, *(() if begun else ("--yes",)))

    def reached(self, share: float, process: subprocess.Popen[str]) -> bool:
        """Return whether so many rows have arrived while it still works."""
        while process.poll() is None:
            if self.api.creates() >= share * self.rows:
                return True
            time.sleep(0.02)  # noqa: TID251 - another process is waited for
        return False

    def go_on(self, process: subprocess.Popen[str]) -> subprocess.Popen[str]:
        """Wait for its end, and resume it unless that was the last."""
        out, err = process.communicate(timeout=120)
        self.codes.append(process.returncode)
        if process.returncode == Exit.OK and self.finished():
            return process
        # a process whose database goes before it was ever reached does not wait for it
        allowed = AGAIN | {Exit.STORAGE}
        assert process.returncode in allowed, (process.returncode, out, err)
        return self.start()

    def finished(self) -> bool:
        """Return whether the run says that nothing is left."""
        path = self.importer.folder / "runs" / "mine" / "summary.json"
        return bool(json.loads(path.read_text("utf-8"))["state"] == "finished")

    def wrong(self) -> list[str]:
        """Return what is twice, what is missing, and what the report says wrongly."""
        held = self.api.held()
        found = [f"{key} {len(ids)} times" for key, ids in held.items() if len(ids) > 1]
        found += [f"{self.rows - len(held)} missing"] * (len(held) != self.rows)
        path = self.importer.folder / "runs" / "mine" / "report.csv"
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.DictReader(stream))
        found += [f"{len(lines)} lines"] * (len(lines) != self.rows)
        for line in lines:
            ids = held.get((line["location_id"], line["slug"]), [])
            if line["status"] != "created" or [line["collection_id"]] != ids:
                found.append(f"{line}, held: {ids}")
        return found


def test_a_run_outlives_its_database_and_itself(
    server: postgres_server.Server,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """With every fault: nothing twice, nothing missing, and the report is true."""
    faults = ",".join(f"{fault}=0.003" for fault in Fault)
    api = sandbox("--limit", "200/1s", "--faults", faults, *LATE, "--seed", SEED)
    storm = Storm(importer, api, server, importer.start, ROWS)
    blows = [
        *["server"] * SERVER_KILLS,
        *["program"] * PROGRAM_KILLS,
        *["both"] * BOTH_KILLS,
    ]
    random.Random(SEED).shuffle(blows)  # noqa: S311 - the same
    print(f"seed {SEED}: {blows}")  # noqa: T201 - what a failure shows

    storm.rage(blows, SEED)

    assert storm.wrong() == []
    assert storm.killed == blows
    assert api.truth()["faults"].keys() == {str(fault) for fault in Fault}
    told = [line["event"] for line in importer.log()]
    assert told.count("journal.away") >= 1
    assert told.count("journal.back") >= 1


@pytest.mark.parametrize("durable", [True, False])
def test_only_a_commit_that_is_on_the_disk_is_a_promise(
    server: postgres_server.Server,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
    *,
    durable: bool,
) -> None:
    """The control: where commits do not wait for the disk, rows are there twice.

    Lists show for a while nothing of what was created, so only the journal knows: for
    the control also beyond the window that is waited for where a process was killed.
    """
    late = ("--faults", "list_lags=1", "--list-lag", "12s" if durable else "20s")
    api = sandbox("--limit", "10/1s", *late, "--seed", SEED)
    script = [sys.executable, str(HASTY)]

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - our own command
            [*(importer.command() if durable else script), *arguments],
            cwd=importer.folder,
            env=importer.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    storm = Storm(importer, api, server, start, ROWS // 5, "5,5,5", saved_at=0.02)
    storm.rage(["both"], HALF_WAY)

    twice = api.truth()["slugs_twice"]
    assert (not storm.wrong(), not twice) == (durable, durable)
