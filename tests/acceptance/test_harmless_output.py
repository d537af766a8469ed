"""What others wrote moves no cursor, and what a server says is bounded."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from importer import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ended, Importer, Sandbox

#: A title for the window, a colour, a C1 control, a mark of direction, and others.
ODD = "a\x1b]0;x\x07\x1b[31m\x9b2J\x7f\u202eb\u200b\u2028\ufeffc"
LARGE = 3_000_000


class Endless(BaseHTTPRequestHandler):
    """Refuses every row with a message that is as long as a book."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.answer(200, b'{"data":[],"total":0}')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        words = json.dumps(f"{ODD} " + "word " * (LARGE // 5))
        self.answer(422, f'{{"statusCode":422,"message":{words}}}'.encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:  # it is not read to its end
            self.close_connection = True


@contextmanager
def endless() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def assert_harmless(*outputs: str) -> None:
    for text in outputs:
        assert texts.escaped(text) == text, ascii(text[:2000])


def test_a_message_as_long_as_a_book_is_cut_and_refuses_its_row(
    importer: Importer,
) -> None:
    """The rows are refused, not in doubt, and no file holds more than a sentence."""
    file = importer.write("shop.csv", importer.rows(6))
    with endless() as url:
        ended = importer("run", file, "--base-url", url, "-v", "-v")
    assert ended.code == 3, ended
    assert importer.summary()["counts"]["rejected"] == 6
    folder = importer.run_folder()
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert size < LARGE // 2
    assert_harmless(
        ended.out,
        ended.err,
        *((folder / name).read_text() for name in ("run.log", "summary.json")),
    )
    assert "word word word" in (folder / "report.csv").read_text()


@pytest.mark.parametrize("flags", [("-v", "-v"), ("--json",), ("--log-format", "json")])
def test_names_that_hold_commands_to_a_terminal_are_shown_harmless(
    flags: tuple[str, ...], importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Of files, columns and collections, in each command and on both streams."""
    name = f"{ODD}.csv"
    rows = [
        f"{importer.location},{ODD},good,manual,{importer.product}",
        f"{importer.location},{ODD},bad {ODD},odd {ODD},",
    ]
    importer.write(name, rows, f"{importer.header},extra {ODD}")
    url = sandbox().url
    ended: list[Ended] = [
        importer("run", name, "--base-url", url, "--run-id", "r", *flags),
        importer("plan", name, "--base-url", url, *flags),
        importer("check", name, *flags),
        importer("check", f"missing {ODD}", *flags),
        importer("check", name, *flags, env={"IMPORTER_SHEET": ODD}),
    ]
    assert ended[0].code == 3, ended[0]
    for one in ended:
        assert_harmless(one.out, one.err)
    importer("report", "r", "--format", "jsonl")
    for path in ("run.log", "summary.json", "report.jsonl"):
        text = (importer.folder / "runs" / "r" / path).read_text("utf-8")
        assert_harmless(text)
        assert "\\u001b" in text


def test_a_crash_of_a_command_leaves_no_core_file(importer: Importer) -> None:
    """The memory holds the tokens; of a program that uses the library it decides."""
    resource = pytest.importorskip("resource")
    code = (
        "import resource, sys; soft = resource.getrlimit(resource.RLIMIT_CORE)\n"
        "import importer, importer.cli\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == soft\n"
        "sys.argv = ['importer', 'explain']\n"
        "try: importer.cli.main()\n"
        "except SystemExit: pass\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        env=importer.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.splitlines()[-1] == "(0, 0)"
    assert resource.RLIMIT_CORE is not None
