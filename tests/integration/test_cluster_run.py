"""The library with a cluster: what it tells nobody, and whom it does not send by.

The processes are real. What the scheduler knows is dumped by Dask itself while shards
are under way.
"""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import library_user
import postgres_server
import psutil
import psycopg
import pytest
from psycopg import sql

import importer
from importer.distributed import engine, versions
from importer.errors import UsageError
from importer.sandbox import Limit, Options

if TYPE_CHECKING:
    from pathlib import Path

    from importer.distributed.engine import Engine, Seen
    from importer.sandbox import Sandbox

pytestmark = pytest.mark.slow

TOKEN = "marker-TOKEN-5c1d8a"  # noqa: S105 - made up
#: Stands wherever a run is named, so where it is not found the search finds nothing.
PLANTED = "marker-planted-77aa01"
ROWS = [
    {"name": f"Row {number}", "slug": f"row-{number}", "location_id": location}
    for location in ("loc0000000000000000A", "loc0000000000000000B")
    for number in range(30)
]


class Overheard:
    """What can be read beside a run: of the scheduler, of processes, of the system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.tasks = b""
        self.dump = b""
        self.commands = ""
        self.listening: set[str] = set()

    def look(self, found: Engine) -> None:
        """Take a dump and see the processes, once, while shards are under way."""
        if self.dump or not found._futures:
            return
        path = self._folder / "dump"
        found._client.dump_cluster_state(str(path))
        self.dump = b"".join(
            _unzipped(one.read_bytes()) for one in self._folder.glob("dump*")
        )
        here = psutil.Process()
        every = [here, *here.children(recursive=True)]
        self.commands = "\n".join(" ".join(one.cmdline()) for one in every)
        self.listening = {
            opened.laddr.ip
            for one in every
            for opened in one.net_connections("tcp")
            if opened.status == psutil.CONN_LISTEN
        }


def _unzipped(content: bytes) -> bytes:
    import gzip  # noqa: PLC0415 - a dump alone is packed

    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


@pytest.fixture
def overheard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Overheard:
    """Listen to the connection to the scheduler."""
    found = Overheard(tmp_path)
    submit, seen = engine.Engine.submit, engine.Engine.seen

    def submitted(self: Engine, key: str, order: Any, *more: Any) -> None:
        found.tasks += pickle.dumps(order) + key.encode()
        submit(self, key, order, *more)

    def looked(self: Engine) -> Seen:
        found.look(self)
        return seen(self)

    monkeypatch.setattr(engine.Engine, "submit", submitted)
    monkeypatch.setattr(engine.Engine, "seen", looked)
    return found


def everything_in(address: str) -> str:
    """Return all rows of all tables of a database, as text."""
    tables = (
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    )
    texts = []
    with psycopg.connect(address) as opened:
        for name in opened.execute(tables).fetchall():
            rows = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(*name))
            texts += [text or "" for (text,) in opened.execute(rows)]
    return "\n".join(texts)


def test_neither_the_token_nor_the_password_is_told_to_anyone(
    postgres: postgres_server.Server,
    overheard: Overheard,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not to the scheduler, in a task, a log, the journal, or the list of processes.

    Nobody on another machine reaches any of it, either.
    """
    name = postgres.new_database()
    address = postgres.loopback(name)

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        del given["location_id"]
        made = await importer.run(
            ROWS,
            **given | {"token": TOKEN},
            run_id=PLANTED,
            journal=address,
            runs_dir=tmp_path / "runs",
            cluster="local:1",
        )
        assert made.summary.counts["created"] == len(ROWS)
        assert sandbox.truth()["slugs_twice"] == []

    slow = Options(limit=Limit(10, 1.0), require_products=False)
    library_user.with_sandbox(work, slow, env=False)
    logs = b"".join(
        path.read_bytes() for path in (tmp_path / "runs").rglob("*") if path.is_file()
    )
    told = {
        "dump": overheard.dump,
        "tasks": overheard.tasks,
        "logs": logs,
        "output": "".join(capfd.readouterr()).encode(),
        "journal": everything_in(address).encode(),
        "commands": overheard.commands.encode(),
    }
    for place, text in told.items():
        assert TOKEN.encode() not in text, place
        assert postgres_server.PASSWORD.encode() not in text, place
    # and the search finds what is there
    for place in ("dump", "tasks", "logs", "journal"):
        assert PLANTED.encode() in told[place], place
    assert "importer.distributed.child" in overheard.commands
    assert overheard.listening == {"127.0.0.1"}


def test_processes_of_another_version_send_nothing(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends with 2 before the first request, and nothing is left of the run."""
    other = replace(versions.own(), journal=1)
    monkeypatch.setattr(versions, "own", lambda: other)

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        where: dict[str, Any] = {"journal": database, "runs_dir": tmp_path}
        by = {"cluster": "local:1", "run_id": "other"}
        with pytest.raises(UsageError, match="The version of the journal is 1 here"):
            await importer.run(ROWS, **given | where | by)
        assert sandbox.truth()["by_method"] == {}
        assert not await importer.list_runs(**where, env=False)

    library_user.with_sandbox(work, env=False)
