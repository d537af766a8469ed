"""What the acceptance tests stand on: sandboxes and importers as real processes.

A sandbox ends by itself after `SANDBOX_SECONDS`, whatever becomes of the test. The
importer gets an environment without anything that could configure it.

To measure a process's coverage costs as much as what it does. So importers are measured
only in tests with the mark `measured`, which cover what no test in the process does.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import documents_seen
import forks
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

SANDBOX_SECONDS = 120
PATIENCE_SECONDS = 150
DAY = 86_400
LOADED: list[forks.Loaded] = []
TOKEN = "pit-acceptance-0123456789abcdef"  # noqa: S105 - of a sandbox
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
OTHER_LOCATION = "6578278e879ad2646715ba9c"
PRODUCT = "655b33a82209e60b6adb87a5"
HEADER = "location_id,name,slug,type,product_ids"
SAMPLE = Path(__file__).parents[2] / "sample_data"


def hear_signals() -> None:
    """Let commands hear what `nohup`, or a shell's `&`, has switched off for us."""
    for name in ("SIGINT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


hear_signals()


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON object on stdout; anything beside it fails the test."""
        return json.loads(self.out)


@dataclass
class Sandbox:
    """A sandbox in a process of its own."""

    url: str
    process: subprocess.Popen[str]

    def end(self) -> None:
        """Have it write its state and end, as it does with the test otherwise."""
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def truth(self) -> Any:
        """What it holds and what has happened to it."""
        with urllib.request.urlopen(f"{self.url}/_sandbox/truth", timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def change(self, **fields: object) -> None:
        """Change the faults while it runs."""
        self.post("faults", json.dumps(fields).encode())

    def post(self, address: str, body: bytes) -> None:
        """Send something to one of its own addresses."""
        request = urllib.request.Request(f"{self.url}/_sandbox/{address}", body)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
            pass

    def held(self) -> dict[tuple[str, str], list[str]]:
        """The ids that it holds, by location and slug."""
        ids: dict[tuple[str, str], list[str]] = {}
        for location, one in self.truth()["locations"].items():
            for collection in one["collections"]:
                key = (location, collection["slug"])
                ids.setdefault(key, []).append(collection["_id"])
        return ids

    def creates(self) -> int:
        """How many POSTs reached it."""
        return int(self.truth()["by_method"].get("POST", 0))

    def wait_for_creates(self, least: int) -> None:
        """Return when so many POSTs have reached it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.creates() < least:
            assert time.monotonic() < end, f"{least} creates never came"
            time.sleep(0.02)  # noqa: TID251 - another process is waited for


@dataclass
class Importer:
    """The command, run in a folder of its own."""

    folder: Path
    token: str = TOKEN
    location: str = LOCATION
    other_location: str = OTHER_LOCATION
    product: str = PRODUCT
    header: str = HEADER
    samples: Path = SAMPLE
    environment: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def rows(count: int, location: str = LOCATION, first: int = 0) -> list[str]:
        """Good rows with slugs of their own."""
        return [
            f"{location},Collection {number},collection-{number},manual,{PRODUCT}"
            for number in range(first, first + count)
        ]

    def write(self, name: str, rows: Sequence[str], header: str = HEADER) -> str:
        """Write a CSV file; its name."""
        text = "\n".join((header, *rows)) + "\n"
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def command(self, *args: object) -> list[str]:
        """The command line of an importer."""
        return [sys.executable, "-m", "importer", *map(str, args)]

    def __call__(
        self,
        *args: object,
        env: Mapping[str, str] | None = None,
        before: Callable[[], None] | None = None,
    ) -> Ended:
        """Run a command to its end."""
        given = self.environment | dict(env or {})
        loaded = forkable(given)
        if loaded and not before:
            process = loaded.fork(["importer", *map(str, args)], self.folder, given)
            ended_so = self.stop(process)
            documents_seen.printed([*map(str, args)], ended_so.out)
            documents_seen.planned(self.folder, [*map(str, args)])
            return ended_so
        ended = subprocess.run(  # noqa: S603 - our own command
            self.command(*args),
            cwd=self.folder,
            env=given,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE_SECONDS,
            check=False,
            preexec_fn=before,
        )
        # whatever happens, nobody sees a traceback
        assert "Traceback" not in ended.stderr, ended.stderr
        assert "Traceback" not in ended.stdout
        documents_seen.files(self.folder)
        documents_seen.printed([*map(str, args)], ended.stdout)
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *args: object, fresh: bool = False) -> subprocess.Popen[str]:
        """Start a command and let it work.

        A `fresh` process begins from nothing and has a command line of its own.
        """
        loaded = None if fresh else forkable(self.environment)
        if loaded:
            line = ["importer", *map(str, args)]
            return loaded.fork(line, self.folder, self.environment)
        return subprocess.Popen(  # noqa: S603 - our own command
            self.command(*args),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def stop(self, process: subprocess.Popen[str], *numbers: signal.Signals) -> Ended:
        """Send signals, a moment between them, and wait for the end."""
        for position, number in enumerate(numbers):
            if position:
                time.sleep(0.3)  # noqa: TID251 - a person's second key press
            process.send_signal(number)
        try:
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        # whatever happens, nobody sees a traceback
        assert "Traceback" not in err, err
        assert "Traceback" not in out
        documents_seen.files(self.folder)
        return Ended(process.returncode, out, err)

    @staticmethod
    def age(folder: Path, days: int) -> None:
        """Let a run have ended so many days ago, by its words and by its files."""
        then = time.time() - days * DAY
        with sqlite3.connect(folder / "journal.db") as book:
            changed = "UPDATE meta SET value = ? WHERE key IN (?, ?)"
            book.execute(changed, [json.dumps(then), "started_at", "finished_at"])
        book.close()
        for path in folder.iterdir():
            os.utime(path, (then, then))

    def run_folder(self) -> Path:
        """The only run folder."""
        found = [
            path
            for path in (self.folder / "runs").iterdir()
            if not path.name.startswith(".")
        ]
        assert len(found) == 1, found
        return found[0]

    def summary(self) -> Any:
        """The summary of the only run."""
        return json.loads((self.run_folder() / "summary.json").read_text("utf-8"))

    def log(self) -> list[dict[str, Any]]:
        """The events in the log of the only run."""
        text = (self.run_folder() / "run.log").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


def environment(*, measured: bool = False) -> dict[str, str]:
    """The environment without what could configure an importer.

    A `measured` process tells its coverage, where that is wanted at all.
    """
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - to be scrubbed
        if name in {"PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR"}
        or (measured and name.startswith("COVERAGE"))
    }
    root = str(Path(__file__).parents[2])
    return kept | {"PYTHONPATH": root, "PYTHONUTF8": "1"}


@pytest.fixture(scope="session", autouse=True)
def loaded_processes() -> Iterator[None]:
    """The processes that importers and sandboxes are forked from end with the tests."""
    yield
    while LOADED:
        LOADED.pop().close()


def forkable(given: Mapping[str, str]) -> forks.Loaded | None:
    """What a process with this environment can be forked from, None for nothing."""
    if not hasattr(os, "fork"):
        return None
    for loaded in LOADED:
        if loaded.fits(given):
            return loaded
    for usual in (environment(), environment(measured=True)):
        if forks.alike(usual, given):
            LOADED.append(forks.Loaded(usual))
            return LOADED[-1]
    return None


def started(command: list[str]) -> subprocess.Popen[str]:
    """A sandbox, told by the first line that it prints."""
    if loaded := forkable(environment()):
        return loaded.fork(command, Path.cwd(), environment(), 2)
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE,
        env=environment(),
        text=True,
    )


@contextmanager
def serving(*flags: str) -> Iterator[Sandbox]:
    """A sandbox of its own process with these flags."""
    bounded = ("--exit-with-parent", "--max-seconds", f"{SANDBOX_SECONDS}s")
    with started(["importer.sandbox", *bounded, *flags]) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert line.startswith("sandbox listening on http://127.0.0.1:")
            yield Sandbox(line.split()[-1], server)
        finally:
            server.terminate()


@pytest.fixture
def sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with flags; all end with the test."""
    with ExitStack() as stack:
        yield lambda *flags: stack.enter_context(serving(*flags))


@pytest.fixture
def importer(tmp_path: Path, request: pytest.FixtureRequest) -> Importer:
    """An importer in an empty folder, with a token and without any other setting."""
    measured = request.node.get_closest_marker("measured") is not None
    given = environment(measured=measured) | {"HIGHLEVEL_TOKEN": TOKEN}
    return Importer(tmp_path, environment=given)


@pytest.fixture(params=["folder", "postgresql"])
def machines(
    request: pytest.FixtureRequest, importer: Importer
) -> tuple[Importer, Importer]:
    """A folder as two terminals have it, or a database as two machines have it."""
    if request.param == "folder":
        return importer, importer
    server = request.getfixturevalue("postgres")
    address = server.loopback(server.new_database())
    given = importer.environment | {"IMPORTER_JOURNAL": address}
    found = []
    for name in ("first", "second"):
        folder = importer.folder / name
        folder.mkdir()
        found.append(replace(importer, folder=folder, environment=given))
    return found[0], found[1]
