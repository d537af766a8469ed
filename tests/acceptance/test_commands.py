"""The other commands, the streams they write to, and what none of them tells."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


def test_runs_lists_every_run_with_its_state(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One line a run; a damaged one is listed too and said to be so."""
    server = sandbox()
    name = importer.write("two.csv", importer.rows(2))
    importer("run", name, "--base-url", server.url, "--run-id", "a-good-one")
    (importer.folder / "runs" / "b-damaged").mkdir()
    (importer.folder / "runs" / "b-damaged" / "journal.db").write_bytes(b"x" * 9000)

    ended = importer("runs")

    damaged, good = ended.out.splitlines()
    assert ended.code == 5
    assert "importer runs retire b-damaged" in ended.err
    assert good.startswith("a-good-one")
    assert "finished" in good
    assert "2 created" in good
    assert damaged.startswith("b-damaged")
    assert "is damaged" in damaged


def test_runs_without_a_run_says_so(importer: Importer) -> None:
    """An empty place is no failure."""
    ended = importer("runs")

    assert (ended.code, ended.out) == (0, "There are no runs in runs.\n")


def test_report_writes_every_format_again(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The files come back from the journal, byte by byte where they are CSV."""
    server = sandbox()
    name = importer.write("two.csv", importer.rows(2))
    importer("run", name, "--base-url", server.url, "--run-id", "mine")
    folder = importer.run_folder()
    before = (folder / "report.csv").read_bytes()
    (folder / "report.csv").unlink()

    ended = importer("report", "mine", "--format", "csv,jsonl,xlsx")

    assert ended.code == 0
    assert ended.out.split() == [
        f"runs/mine/report.{name}" for name in ("csv", "jsonl", "xlsx")
    ]
    assert (folder / "report.csv").read_bytes() == before
    assert len((folder / "report.jsonl").read_text("utf-8").splitlines()) == 2
    assert (folder / "report.xlsx").stat().st_size > 0


@pytest.mark.parametrize("formats", ["pdf", ""])
def test_report_in_a_format_that_nobody_knows_is_refused(
    formats: str, importer: Importer
) -> None:
    """Exit 2 before anything is written, with the formats that there are."""
    (importer.folder / "runs" / "mine").mkdir(parents=True)
    (importer.folder / "runs" / "mine" / "journal.db").touch()

    ended = importer("report", "mine", "--format", formats)

    assert ended.code == 2
    assert "csv" in ended.err
    assert "xlsx" in ended.err


@pytest.mark.measured
def test_plan_shows_a_sign_a_line_and_sends_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """+ for a create, * for an update, ! and - for problems, and the forecast."""
    server = sandbox()
    old = importer.write("old.csv", importer.rows(1))
    importer("run", old, "--base-url", server.url)
    posted = server.creates()
    rows = [
        f"{importer.location},Renamed,collection-0,manual,{importer.product}",
        *importer.rows(1, first=1),
        *importer.rows(1, first=1),
        f"{importer.location},Nothing in it,nothing,manual,",
    ]
    new = importer.write("new.csv", rows)

    ended = importer("plan", new, "--on-existing", "update", "--base-url", server.url)

    assert ended.code == 3
    signs = [line[:1] for line in ended.out.splitlines()[:4]]
    assert signs == ["+", "*", "!", "-"]
    assert "from 'Collection 0' to 'Renamed'" in ended.out
    assert "1 to create, 1 to update" in ended.out
    assert "2 rows have a problem" in ended.out
    assert "NOTHING WAS SENT." in ended.out
    assert server.creates() == posted


def test_config_show_says_where_each_value_came_from(importer: Importer) -> None:
    """Environment, .env, file and default, with the token masked."""
    (importer.folder / ".env").write_text("IMPORTER_ATTEMPTS=7\n")
    (importer.folder / "importer.toml").write_text("concurrency = 9\n")

    ended = importer("config", "show", env={"HIGHLEVEL_LOCATION_ID": "Loc1"})

    found = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert ended.code == 0
    assert found["location_id"] == ["Loc1", "environment"]
    assert found["attempts"] == ["7", ".env"]
    assert found["concurrency"] == ["9", "importer.toml"]
    assert found["pace"] == ["burst", "default"]
    assert found["token"] == ["(set)", "environment"]
    assert importer.token not in ended.out


def test_results_are_on_stdout_and_all_else_on_stderr(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Progress and log lines never mix with the result, not even with -v -v."""
    server = sandbox()
    name = importer.write("two.csv", importer.rows(2))

    ended = importer("run", name, "--base-url", server.url, "-v", "-v")
    quiet = importer("run", name, "--base-url", server.url, "-q")

    assert ended.out.startswith("Run ")
    assert "row.created" in ended.err
    assert "Sending" in ended.err
    assert "row.created" not in ended.out
    assert quiet.out + quiet.err == ""


def test_colours_are_for_terminals_only(importer: Importer) -> None:
    """Neither a pipe nor NO_COLOR sees an escape sequence."""
    name = importer.write("bad.csv", [f"{importer.location},,,manual,"])

    ended = importer("check", name, env={"NO_COLOR": "1", "TERM": "xterm-256color"})

    assert ended.code == 3
    assert "\x1b" not in ended.out + ended.err


@pytest.mark.parametrize("words", [("check", "bad.csv"), ("config", "show"), ("runs",)])
@pytest.mark.measured
def test_a_reader_that_has_gone_is_no_accident(
    words: tuple[str, ...], importer: Importer
) -> None:
    """With stdout closed at the other end there is no traceback, and no bug."""
    wrong = [f"{importer.location},,,manual,"] * 3000
    importer.write("bad.csv", wrong)
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as gone:
        ended = subprocess.run(  # noqa: S603 - our own command
            importer.command(*words),
            cwd=importer.folder,
            env=importer.environment,
            stdout=gone,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert ended.stderr == b""
    assert ended.returncode in {0, 3}


# secrets


@contextmanager
def echoing(status: int) -> Iterator[str]:
    """A server that lists nothing and answers every create with the token it got."""

    class Echo(BaseHTTPRequestHandler):
        def answer(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self.answer(200, {"data": [], "total": 0})

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            got = self.headers["Authorization"]
            words = f"cannot use {got}"
            self.answer(status, {"message": words, "traceId": got.split()[1]})

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "token"),
    [
        (401, "a-token-of-no-known-shape"),
        (403, "a-token-of-no-known-shape"),
        (422, "a-token-of-no-known-shape"),
        (422, "pit-0123456789abcdef"),
        (500, "a-token-of-no-known-shape"),
    ],
)
def test_a_token_that_the_server_echoes_is_written_nowhere(
    status: int, token: str, importer: Importer
) -> None:
    """Neither the run folder, byte by byte, nor any stream has it."""
    name = importer.write("two.csv", importer.rows(2))
    flags = ("-v", "-v", "--attempts", 1, "--settle-pauses", "0.1")

    with echoing(status) as url:
        ended = importer(
            "run", name, "--base-url", url, *flags, env={"HIGHLEVEL_TOKEN": token}
        )

    assert ended.code in {3, 4, 7}
    assert token not in ended.out + ended.err
    files = [path for path in importer.folder.rglob("*") if path.is_file()]
    assert {"journal.db", "report.csv", "run.log", "summary.json"} <= {
        path.name for path in files
    }
    for path in files:
        assert token.encode() not in path.read_bytes(), path.name


def test_a_token_is_in_no_file_no_stream_and_no_process_list(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A whole run with -v -v, the token from a file; the command line shows none."""
    server = sandbox("--limit", "none", "--latency", "100ms")
    name = importer.write("rows.csv", importer.rows(20))
    secret = importer.folder / "secret"
    secret.write_text(importer.token + "\n")
    importer.environment["HIGHLEVEL_TOKEN"] = ""
    flags = ("--token-file", secret, "--base-url", server.url, "-vv")
    process = importer.start("run", name, *flags, "--concurrency", 2, fresh=True)
    server.wait_for_creates(1)

    listed = subprocess.run(  # noqa: S603 - fixed words
        ["ps", "-o", "args=", "-p", str(process.pid)],  # noqa: S607 - as above
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    out, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "token-file" in listed
    assert importer.token not in listed + out + err
    for path in importer.run_folder().iterdir():
        assert importer.token.encode() not in path.read_bytes(), path.name


def test_the_run_folder_is_private(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nobody else may look into it."""
    name = importer.write("one.csv", importer.rows(1))

    importer("run", name, "--base-url", sandbox().url)

    assert importer.run_folder().stat().st_mode & 0o077 == 0
