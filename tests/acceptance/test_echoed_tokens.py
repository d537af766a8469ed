"""A server that writes the token into everything it answers, and what is left of it.

The server is small and real: it lists, creates, refuses and fails, and puts the token
into ids of traces, names, messages and headers, in another encoding each time.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import subprocess
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Ended, Importer, Sandbox

#: Made up; no part of them is in any other text.
TOKEN = "pit-3f2b8c1e-77aa-4d0f-9b6e-5a1c0d9e8f7a"  # noqa: S105 - made up
OTHER = "eyJhbGciOiJIUzI1NiJ9.eyJsb2NhdGlvbiI6InNlY29uZCJ9.c2lnbmF0dXJlLW9mLWl0"


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


#: How the server writes a token, and the same within JSON where that is special.
ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "upper": str.upper,
    "percent": lambda token: "".join(f"%{ord(letter):02x}" for letter in token),
    "partly": lambda token: token.replace("-", "%2d").replace(".", "%2E"),
    "base64": lambda token: base64_of(f"Bearer {token}"),
    "base64_1": lambda token: base64_of(f"a{token}").rstrip("="),
    "base64_2": lambda token: base64_of(f"ab{token}").rstrip("="),
    "base64_url": lambda token: base64.urlsafe_b64encode(token.encode()).decode(),
    "hex": lambda token: token.encode().hex(),
    "html": lambda token: "".join(f"&#{ord(letter)};" for letter in token),
    "unseen": "\u200b".join,
    "json_twice": lambda token: "".join(f"\\u{ord(letter):04x}" for letter in token),
}


class Echo(BaseHTTPRequestHandler):
    """Answers with the token in every field."""

    protocol_version = "HTTP/1.1"
    statuses: tuple[int, ...] = (201,)
    #: a file with a token that has expired, and the token that takes its place
    renewal: tuple[Path, str] | None = None
    seen = 0
    echoes = 0

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.answer(200, {"data": [], "total": 0, "traceId": self.echo()})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        kind = type(self)
        status = self.statuses[kind.seen % len(self.statuses)]
        if self.renewal and self.renewal[1] not in self.headers["Authorization"]:
            self.renewal[0].write_text(self.renewal[1], "utf-8")
            status = 401
        kind.seen += 1
        if status == 200:
            self.answer(status, {"traceId": self.echo()})
        elif status < 300:
            shown = {**body, "_id": f"made-{kind.seen:024}"}
            if kind.seen % 2:
                shown["name"] = f"{body['name']} {self.echo()}"
                shown["image"] = f"https://x.test/{self.echo()}"
            self.answer(status, {"data": shown, "traceId": f"trace {self.echo()}"})
        else:
            words = [f"a {self.echo()} b", f"t={self.echo()}&c"]
            self.answer(
                status,
                {
                    "message": words if kind.seen % 2 else words[0],
                    "error": self.echo(),
                    "traceId": self.echo(),
                    self.echo(): {"deep": [self.echo()]},
                },
            )

    def do_DELETE(self) -> None:
        self.answer(404, {"message": self.echo(), "traceId": self.echo()})

    def echo(self) -> str:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        kind = type(self)
        kind.echoes += 1
        return list(ENCODINGS.values())[kind.echoes % len(ENCODINGS)](token)

    def answer(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        if self.seen % 2:  # what needs no escape may have one all the same
            body = body.replace(b"-", b"\\u002d").replace(b"/", b"\\/")
        if status in (502, 503):
            body = f"<html>{self.echo()} {'x' * 500}</html>".encode()
        self.send_response(status, self.echo().encode("ascii", "ignore").decode())
        self.send_header("Content-Length", str(len(body)))
        header = self.echo().encode("utf-8").decode("latin-1")
        self.send_header("X-Trace-Id", header)
        self.send_header("X-Server-Instance", header)
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def echoing(*statuses: int, renewal: tuple[Path, str] | None = None) -> Iterator[str]:
    """Serve; the address."""
    kind = type("Echoing", (Echo,), {"statuses": statuses, "renewal": renewal})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def spelled(token: str) -> set[str]:
    """What must be found nowhere, in lower case: parts of a token in each notation."""
    found = {token[4:24], token[-20:], token[10:30]}
    for made in ENCODINGS.values():
        for before in ("", "a", "ab", "Bearer "):
            text = made(f"{before}{token}")
            middle = len(text) // 2
            found.add(text[middle - 12 : middle + 12])
    return {part.lower() for part in found}


def written(folder: Path) -> Iterator[tuple[str, str]]:
    """Every file below a folder as text, those in archives and tables too."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes().decode("utf-8", "replace")
        if path.suffix in {".xlsx", ".zip"}:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield f"{path.name}/{name}", archive.read(name).decode("utf-8")
        if path.suffix == ".db":
            with sqlite3.connect(path) as journal:
                yield f"{path.name} dumped", "\n".join(map(str, journal.iterdump()))


def assert_silent(importer: Importer, *ended: Ended, tokens: tuple[str, ...]) -> None:
    texts = [(f"out {n}", one.out) for n, one in enumerate(ended)]
    texts += [(f"err {n}", one.err) for n, one in enumerate(ended)]
    texts += list(written(importer.folder))
    assert len(texts) > 8
    for name, text in texts:
        low = re.sub("[\u200b\x00]", "", text).lower()
        found = [part for token in tokens for part in spelled(token) if part in low]
        assert not found, (name, found, low[max(0, low.find(found[0]) - 200) :][:400])


def test_an_echoed_token_is_in_nothing_that_the_program_writes_or_prints(
    importer: Importer,
) -> None:
    """Whatever the status, the field and the notation: files, journal, both streams."""
    secrets = {"FIRST_TOKEN": TOKEN, "SECOND_TOKEN": OTHER}
    listed = "".join(
        f'[[locations]]\nid = "{place}"\nname = "{name}"\ntoken_env = "{name}_TOKEN"\n'
        for name, place in zip(
            ("FIRST", "SECOND"),
            (importer.location, importer.other_location),
            strict=True,
        )
    )
    (importer.folder / "locations.toml").write_text(listed)
    rows = [*importer.rows(9), *importer.rows(9, importer.other_location, 9)]
    file = importer.write("shop.csv", rows)
    statuses = (201, 422, 201, 409, 400, 502)
    with echoing(*statuses) as url:
        flags: list[object] = ["--base-url", url, "--concurrency", 1, "--attempts", 1]
        flags += ["--settle-pauses", "0", "--yes", "--metrics-file", "run.prom"]
        first = importer("run", file, *flags, "--run-id", "r", "-v", "-v", env=secrets)
        assert (importer.folder / "runs" / "r" / "report.csv").exists(), first
        second = importer("run", file, *flags, "--json", env=secrets)
        doctor = importer(
            "doctor",
            *("--base-url", url, "--bundle", "support.zip", "--with-cells"),
            env=secrets,
        )
        formats = importer("report", "r", "--format", "csv,html,xlsx,jsonl")
    assert formats.code == 0, formats
    assert (importer.folder / "run.prom").exists()
    assert_silent(importer, first, second, doctor, formats, tokens=(TOKEN, OTHER))
    report = (importer.folder / "runs" / "r" / "report.csv").read_text("utf-8")
    assert "***" in report


@pytest.mark.parametrize("status", [200, 401, 403, 503])
def test_no_status_shows_a_token(status: int, importer: Importer) -> None:
    """Those that stop a location, too, and what is no JSON."""
    importer.token = TOKEN
    importer.environment["HIGHLEVEL_TOKEN"] = TOKEN
    file = importer.write("shop.csv", importer.rows(2))
    with echoing(status) as url:
        ended = importer(
            "run",
            file,
            *("--base-url", url, "--attempts", 1, "--settle-pauses", "0", "-v", "-v"),
        )
    assert ended.code not in (0, 1), ended
    assert_silent(importer, ended, tokens=(TOKEN,))


def test_a_token_that_is_renewed_is_as_secret_as_the_one_before(
    importer: Importer,
) -> None:
    """It is read while the run works, and was known to no one at its start."""
    file = importer.write("shop.csv", importer.rows(6))
    with TemporaryDirectory() as elsewhere:
        kept = Path(elsewhere, "token")
        kept.write_text(TOKEN, "utf-8")
        with echoing(201, 422, 502, renewal=(kept, OTHER)) as url:
            flags = ("--base-url", url, "--token-file", kept, "--attempts", 1)
            shown = ("--run-id", "r", "-v", "-v", "--metrics-file", "run.prom")
            ended = importer("run", file, *flags, "--settle-pauses", "0", *shown)
        assert kept.read_text("utf-8") == OTHER
    report = (importer.folder / "runs" / "r" / "report.csv").read_text("utf-8")
    assert "created" in report, ended
    assert_silent(importer, ended, tokens=(TOKEN, OTHER))


def test_a_bug_shows_no_token(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Neither in the log of a run, nor in that of a command that has no run."""
    importer.environment["HIGHLEVEL_TOKEN"] = TOKEN
    importer.environment["TMPDIR"] = str(importer.folder)
    importer.environment["PYTHONPATH"] += f"{os.pathsep}{importer.folder}"
    (importer.folder / "sitecustomize.py").write_text(
        "import os\n"
        "from importer.runs import decision\n"
        "async def decide(session):\n"
        "    token = os.environ['HIGHLEVEL_TOKEN']\n"
        "    shown = f'no {token}', token.encode().hex()\n"
        "    raise RuntimeError(*shown) from KeyError(token)\n"
        "decision.decide = decide\n"
    )
    file = importer.write("shop.csv", importer.rows(1))
    flags = ("--base-url", sandbox().url, "-v", "-v")
    for name in ("plan", "run"):
        with (importer.folder / f"{name}.said").open("w") as said:
            code = subprocess.call(  # noqa: S603 - our own command
                importer.command(name, file, *flags),
                cwd=importer.folder,
                env=importer.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        assert code == 1
    [log] = importer.folder.glob("importer-bug-*")
    assert "RuntimeError" in log.read_text("utf-8")
    assert_silent(importer, tokens=(TOKEN,))


@pytest.mark.parametrize("token", ["summer", "summer-sale"])
def test_a_practice_token_that_is_a_word_of_the_rows_makes_no_row_doubtful(
    token: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Its letters were masked in the answers, which then told of other rows."""
    server = sandbox("--limit", "none")
    importer.environment["HIGHLEVEL_TOKEN"] = token
    row = f"Summer Sale,summer-sale,manual,{importer.product}"
    file = importer.write("shop.csv", [row], "name,slug,type,product_ids")
    settings = (*("--base-url", server.url), *("--location-id", importer.location))
    ended = importer("run", file, *settings, "--yes", "--run-id", "r")
    assert ended.code == 0, ended
    report = (importer.folder / "runs" / "r" / "report.csv").read_text("utf-8")
    assert "summer-sale,created," in report
    assert "settled_by_listing" not in report
