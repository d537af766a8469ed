"""The sandbox as a process: its one line, its signals, its state file, its end."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer.sandbox import Options, StateError, running
from importer.sandbox import store as state
from importer.sandbox.__main__ import main
from importer.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-m", "importer.sandbox", "--max-seconds", "30"]


@contextmanager
def serving(*flags: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A sandbox of its own process, and its address."""
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("sandbox listening on http://127.0.0.1:")
            yield process, line.split()[-1]
        finally:
            process.kill()


def create(url: str, slug: str) -> None:
    """Create one collection."""
    body = {"altId": "LOC", "altType": "location", "name": slug, "slug": slug}
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{url}/products/collections",
        orjson.dumps(body),
        {
            "Authorization": "Bearer t",
            "Version": "2021-07-28",
            "User-Agent": "tests/1",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        assert response.status == 201


def truth(url: str) -> Any:
    """What the sandbox says it holds."""
    with urllib.request.urlopen(f"{url}/_sandbox/truth", timeout=10) as response:  # noqa: S310
        return orjson.loads(response.read())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    """Exit 0, nothing on stderr, and what was created is in the state file."""
    kept, port_file = tmp_path / "state.json", tmp_path / "port"
    flags = ("--state", str(kept), "--port-file", str(port_file))
    with serving(*flags) as (process, url):
        assert url.endswith(f":{port_file.read_text(encoding='utf-8')}")
        create(url, "one")
        before = truth(url)["locations"]["LOC"]["collections"]
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")
    with serving(*flags) as (_, url):
        told = truth(url)
        assert told["locations"]["LOC"]["collections"] == before
        assert told["calls"] == 0


def test_a_kill_loses_at_most_the_last_second(tmp_path: Path) -> None:
    """The state file is written while it runs, not only at its end."""
    kept = tmp_path / "state.json"
    with serving("--state", str(kept)) as (process, url):
        create(url, "one")
        deadline = time.monotonic() + 5
        while b'"one"' not in kept.read_bytes() and time.monotonic() < deadline:
            assert process.poll() is None
            truth(url)
        process.kill()
    store = Store()
    state.load(kept, store)
    assert len(store.location("LOC").collections) == 1


def test_it_ends_with_the_process_that_started_it() -> None:
    """`--exit-with-parent`: nobody is left behind when a test is killed."""
    starter = (
        "import subprocess, sys; "
        f"subprocess.Popen({[*COMMAND, '--exit-with-parent']!r}, stderr=2); "
        "sys.stdin.read()"
    )
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", starter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        assert truth(url)["calls"] == 0
        process.kill()
        # The pipe ends when the sandbox, its last holder, is gone.
        assert process.stdout.read() == ""
    with pytest.raises(urllib.error.URLError):
        truth(url)


def test_it_ends_after_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    """`--max-seconds` stops it with 0, having said its address once."""
    assert main(["--max-seconds", "50ms"]) == 0
    assert capsys.readouterr().out.count("sandbox listening on http://127.0.0.1:") == 1


def test_a_port_that_is_taken_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and the way out is in the message."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert main(["--port", str(port), "--max-seconds", "1"]) == 2
    assert "--port 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a state file"),
        ("[]", "is not a state file"),
        ('{"schema": 1}', "is not a state file"),
        ('{"schema": 99}', "comes from another version"),
    ],
)
def test_a_state_file_that_cannot_be_used_is_explained(
    content: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 5, and the file is left as it was."""
    path = tmp_path / "state.json"
    path.write_text(content, encoding="utf-8")
    assert main(["--state", str(path), "--max-seconds", "1"]) == 5
    assert message in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == content


def test_a_state_file_in_a_folder_that_is_not_there_is_explained(
    tmp_path: Path,
) -> None:
    """The last save tells, since nothing would be kept."""

    async def go() -> None:
        async with running(Options(state=tmp_path / "no" / "state.json")) as box:
            box.store.create("LOC", {"name": "a", "slug": "a"}, now=box.clock())

    with pytest.raises(StateError, match="cannot be written"):
        asyncio.run(go())


def test_what_is_loaded_is_what_was_saved(tmp_path: Path) -> None:
    """Ids, times, calls, products and the count of ids survive."""
    path = tmp_path / "state.json"
    store, again = Store(1), Store(1)
    store.create("A", {"name": "ä", "slug": "a"}, now=5.0, lag_seconds=2.0, call=7)
    store.add_product("B", {"name": "Hat", "skus": ["H"]}, now=6.0)
    state.write(path, state.dump(store))
    state.load(path, again)
    assert again.location("A").collections == store.location("A").collections
    assert again.location("B").products == store.location("B").products
    third = again.create("A", {"name": "b", "slug": "b"}, now=5.0)
    assert third.id not in store.location("A").collections
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_help_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """The help speaks as `importer sandbox` and lists the faults."""
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    said = capsys.readouterr().out
    assert stopped.value.code == 0
    assert said.startswith("Usage: importer sandbox ")
    assert "reset_before" in said
    assert "edge_block" in said
