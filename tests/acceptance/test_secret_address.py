"""The password of a database is nowhere: not on disk, on a screen, in `ps`, in tables.

Every command is run, also while its database is killed and where the program itself
fails. The server is this file's own, as the others' would be killed with it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

import postgres_server
import psycopg
import pytest
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ended, Importer, Sandbox

pytestmark = pytest.mark.slow

USER = "keeper"
#: What an address has to escape, and what is found again however it is written.
MARKER = "MARKER-4f1c9"
PASSWORD = f"p@ss/{MARKER}:7%"
#: The command, in which nothing of PostgreSQL works and a fault of its own comes up.
BROKEN = """
import sys
from importer.journal.postgres import connection
from importer.cli import main
def fail(opened, parameters, set_up):
    raise RuntimeError(f"importer {set_up} {parameters}")
connection._prepare = fail
sys.argv[0] = "importer"
main()
"""


@pytest.fixture
def server() -> Iterator[postgres_server.Server]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    made = postgres_server.Server()
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def database(server: postgres_server.Server) -> str:
    """The name of a database of a user with a password that is looked for."""
    name = server.new_database()
    with psycopg.connect(server.url(name), autocommit=True) as admin:
        role, secret = sql.Identifier(USER), sql.Literal(PASSWORD)
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, secret))
        given = sql.SQL("ALTER DATABASE {} OWNER TO {}")
        admin.execute(given.format(sql.Identifier(name), role))
    return name


@pytest.fixture
def address(server: postgres_server.Server, database: str) -> str:
    """Its address, with that password."""
    secret = quote(PASSWORD, safe="")
    return f"postgresql://{USER}:{secret}@127.0.0.1:{server.port}/{database}"


def command_lines() -> list[str]:
    """What `ps` shows of every process of this machine."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(
                path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            )
        except OSError:  # it has just ended
            continue
    return lines


def rows_of_all_tables(server: postgres_server.Server, database: str) -> Iterator[str]:
    """Everything that a database holds, the server's own tables included, as text."""
    with psycopg.connect(server.url(database)) as opened:
        tables = opened.execute(
            "SELECT schemaname, tablename FROM pg_tables"
        ).fetchall()
        for place in tables:
            whole = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(*place))
            for (text,) in opened.execute(whole):
                yield text


class Watch:
    """Looks at the processes of this machine all the time, in a thread of its own."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.looks += 1
            self.seen += [line for line in command_lines() if MARKER in line]


def every_command(importer: Importer, url: tuple[str, ...]) -> Iterator[Ended]:
    """Run them all, as talkative as they get."""
    all_said = (*url, "-vv")
    bad = f"{importer.location},,x y,manual,"
    file = importer.write("shop.csv", [*importer.rows(3), bad])
    yield importer("run", file, *all_said, "--run-id", "night", "--yes")
    yield importer("run", file, *all_said, "--run-id", "json", "--json", "--yes")
    yield importer("resume", "night", *all_said)
    yield importer("resume", "--all", *all_said)
    yield importer("audit", "night", *all_said)
    yield importer("report", "night", "--format", "csv,html,jsonl,xlsx", "-vv")
    yield importer("settle", "night", *all_said)
    yield importer("plan", file, *all_said, "-o", "plan.json")
    yield importer("runs", "--json")
    yield importer("runs", "-vv")
    yield importer("doctor", *all_said)
    yield importer("doctor", *url, "--json", "--bundle", "help.zip", "--with-cells")
    yield importer("config", "show")
    yield importer("undo", "night", *all_said, "--yes", "--unseen-products")
    yield importer("runs", "prune", "--older", "0d", "--yes", "-vv")
    yield importer("runs", "retire", "json", "-vv")
    yield importer(
        "run", file, *all_said, "--run-id", "old", env={"IMPORTER_JOURNAL": ""}
    )
    yield importer("runs", "move", "old", "-vv")


def test_a_password_is_nowhere_whatever_happens(
    server: postgres_server.Server,
    database: str,
    address: str,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """Every command, a database that is killed, and a fault of the program itself."""
    importer.environment["IMPORTER_JOURNAL"] = address
    api = sandbox("--strict", "--latency", "100ms")
    url = ("--base-url", api.url)
    with Watch() as watch:
        said = [ended.out + ended.err for ended in every_command(importer, url)]
        said += killed_under(server, importer, api, url)
        said.append(broken(importer, url))
    assert watch.looks > 10
    assert watch.seen == []
    found = [text for text in said if MARKER in text]
    assert found == []
    for path in importer.folder.rglob("*"):
        assert not path.is_file() or MARKER.encode() not in path.read_bytes(), path
    assert (importer.folder / "runs" / "night" / "run.log").stat().st_size > 0
    held = list(rows_of_all_tables(server, database))
    assert any("night" in text for text in held)
    assert not any(MARKER in text for text in held)


def killed_under(
    server: postgres_server.Server,
    importer: Importer,
    api: Sandbox,
    url: tuple[str, ...],
) -> Iterator[str]:
    """What commands say whose database goes away, and of one that is not there."""
    file = importer.write("more.csv", importer.rows(40, first=100))
    before = api.creates()
    one_by_one = ("--concurrency", "1", "--run-id", "killed", "--yes", "-vv")
    process = importer.start("run", file, *url, *one_by_one)
    api.wait_for_creates(before + 5)
    server.kill()
    gone = importer("resume", "killed", *url, "-vv")
    assert gone.code == 74, gone
    yield gone.out + gone.err
    yield "".join(importer("doctor", *url, "-vv").err)
    time.sleep(1)  # noqa: TID251 - it is away for a while
    server.start()
    ended = importer.stop(process)
    assert ended.code == 0, ended
    yield ended.out + ended.err


def broken(importer: Importer, url: tuple[str, ...]) -> str:
    """What is said of a fault of the program whose words hold the password."""
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", BROKEN, "run", "shop.csv", *url, "-vv", "--yes"],
        cwd=importer.folder,
        env=importer.environment | {"TMPDIR": str(importer.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended
    traces = [
        text
        for path in importer.folder.glob("importer-bug-*.log")
        if "RuntimeError: importer" in (text := path.read_text("utf-8"))
    ]
    # it is written down, and the words of it were struck
    assert traces
    assert all("***" in text for text in traces)
    return ended.stdout + ended.stderr
