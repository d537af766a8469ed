"""The processes that are measured, and the servers that they talk to.

A process is measured from outside: wall time from start to end, CPU time and the
largest resident memory as the system kept them for it. Invariant: a server ends with
the block that started it, and none outlives the one who measures.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CLIENTS = HERE / "clients"
IMPORTER = (sys.executable, "-m", "importer")
#: The environment of what only benchmarks need; `make bench` makes both.
VENV_PYTHON = ROOT / "build" / "bench" / "bin" / "python"
NODE_FOLDER = ROOT / "build" / "bench-node"
#: A server is no longer needed then, whatever has become of the rest.
SERVER_SECONDS = 3600
CLIENT_CORE, SERVER_CORE = 0, 1
_BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended, and what it took."""

    code: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON that it printed."""
        return json.loads(self.out)


class UnexpectedEndError(Exception):
    """A process that is measured did not do what was to be measured."""


def run(
    command: Sequence[object],
    *,
    core: int | None = None,
    codes: Sequence[int] = (0,),
    given: bytes = b"",
    folder: Path | str | None = None,
) -> Ended:
    """Run a command to its end, in `folder` if need be; `given` is what it reads.

    Raises:
        UnexpectedEndError: it ended with none of `codes`.
    """
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        tempfile.TemporaryFile() as into,
    ):
        into.write(given)
        into.seek(0)
        started = time.perf_counter()
        process = start(command, core=core, into=into, out=out, err=err, folder=folder)
        # the memory of the one who measures is the least that the system reports,
        # so nothing large is imported here
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [_text(out), _text(err)]
    if process.returncode not in codes:
        tail = "\n".join(texts)[-2000:]
        message = f"{_name(command)} ended with {process.returncode}:\n{tail}"
        raise UnexpectedEndError(message)
    return Ended(
        process.returncode,
        seconds,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss * _BYTES_OF_MAXRSS / 1e6,
        *texts,
    )


def start(
    command: Sequence[object],
    *,
    core: int | None = None,
    into: Any = subprocess.DEVNULL,
    out: Any = subprocess.PIPE,
    err: Any = None,
    folder: Path | str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command, on one core where the system can do that."""
    return subprocess.Popen(
        pinned([str(part) for part in command], core),
        env=environment(),
        cwd=folder,
        stdin=into,
        stdout=out,
        stderr=err,
    )


def unlimited_run(
    path: Path, url: str, runs: Path, importer: Sequence[str] = IMPORTER
) -> list[object]:
    """Return the command that sends a file's rows as fast as they go."""
    flags = ["--base-url", url, "--rate", "none", "--yes", "--quiet"]
    return [*importer, "run", path, *flags, "--runs-dir", runs]


def pinned(command: list[str], core: int | None) -> list[str]:
    """The command on one core, where the system can do that."""
    if core is None or not shutil.which("taskset") or (os.cpu_count() or 1) < 2:
        return command
    return ["taskset", "-c", str(core), *command]


def environment() -> dict[str, str]:
    """No setting of whoever measures gets in, and nobody phones home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IMPORTER_", "HIGHLEVEL_", "DLT_", "PYTHON"))
    }
    return kept | {
        "HIGHLEVEL_TOKEN": "benchmark",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


def pause(seconds: float) -> bool:
    """Wait a moment; true, so that it can stand in a condition."""
    time.sleep(seconds)
    return True


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder for files that are measured with; no code or settings lie there."""
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as folder:
        yield Path(folder)


@contextmanager
def sandbox(*flags: str, core: int | None = None) -> Iterator[str]:
    """A sandbox of its own process; its address."""
    bounds = ["--exit-with-parent", "--max-seconds", f"{SERVER_SECONDS}s"]
    command = [sys.executable, "-m", "importer.sandbox", *bounds, *flags]
    with _serving(command, core) as url:
        yield url


@contextmanager
def fast_server() -> Iterator[str]:
    """The benchmark's own server on the other core; its address."""
    command = [sys.executable, str(HERE / "fast_server.py")]
    with _serving(command, SERVER_CORE) as url:
        yield url


def tell(url: str, path: str, *, post: bool = False) -> Any:
    """Ask a server of ours something about itself, or have it start over."""
    method = "POST" if post else "GET"
    request = urllib.request.Request(url + path, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@contextmanager
def _serving(command: list[str], core: int | None) -> Iterator[str]:
    with start(command, core=core) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().decode().split()[-1]
        finally:
            server.terminate()


def _text(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read(), "utf-8", "replace")


def _name(command: Sequence[object]) -> str:
    return " ".join(Path(str(part)).name for part in command[:4])
