"""A PostgreSQL of the selftest's own, which it may kill; or the address of another one.

Its programs are those of the system or of the package `pgserver`. It listens on one
port of the loopback, where it asks for a password that was drawn for it. PostgreSQL
does not run as root, so there it runs as the user `nobody`. Invariants: it ends when
the process that started it does; what it kept is removed.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from importer.errors import UnreachableError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

USER = "importer"
#: How long a start or an end may take, seconds; how often it is looked at.
PATIENCE_SECONDS, LOOK_SECONDS = 60.0, 0.1
#: Ends the server when the standard input does, so with the process that started it.
_WATCHED = (
    'exec 3<&0; "$@" </dev/null 3<&- & server=$!; '
    "(read -r end <&3; kill -INT $server 2>/dev/null) & reader=$!; "
    "wait $server; kill $reader 2>/dev/null"
)
#: No power cut is tried, so nothing has to wait for the disk itself.
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "fsync": "off",
    "full_page_writes": "off",
    "password_encryption": "scram-sha-256",
    "listen_addresses": "127.0.0.1",
}


def programs() -> Path:
    """Return the folder of a server's programs.

    Raises:
        UsageError: there is none here.
    """
    found = importlib.util.find_spec("pgserver")
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders.sort(key=lambda path: int(path.parent.name.partition(".")[0]), reverse=True)
    if on_path := shutil.which("postgres"):
        folders.insert(0, Path(on_path).resolve().parent)
    if found is not None and found.origin is not None:
        folders.append(Path(found.origin).parent / "pginstall" / "bin")
    for folder in folders:
        if (folder / "postgres").is_file() and (folder / "initdb").is_file():
            return folder
    msg = "The selftest of a cluster needs a PostgreSQL, and none is installed here."
    remedy = (
        "Install its server (apt install postgresql, brew install postgresql, or pip "
        "install pgserver), or give an empty database of yours with --journal; that "
        "one is not killed."
    )
    raise UsageError(msg, remedy=remedy)


@dataclass
class Server:
    """One server; `start` before anything else, `stop` at the end."""

    folder: Path = field(
        default_factory=lambda: Path(tempfile.mkdtemp(prefix="importer-selftest-pg-"))
    )
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    _password: str = field(default_factory=secrets.token_hex, repr=False)
    _pause: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        """Its address, with the password that is asked for."""
        place = f"127.0.0.1:{self.port}/postgres"
        return f"postgresql://{USER}:{self._password}@{place}"

    def start(self) -> None:
        """Make the server's folder if there is none, and wait until it answers.

        Raises:
            UnreachableError: it does not start.
        """
        folder = programs()
        if not (self.folder / "data").exists():
            self._make(folder)
        self.port = self.port or _free_port()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._starts(folder, deadline):
            # what a killed one has left lets no other begin before it is gone
            self._end()
            if time.monotonic() > deadline:
                log = (self.folder / "log").read_text("utf-8", "replace")
                msg = f"The PostgreSQL of the selftest does not start: {log[-500:]}"
                raise UnreachableError(msg)
            self._pause.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop it, and remove all that it kept."""
        self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill it in the middle of whatever it does."""
        pid_file = self.folder / "data" / "postmaster.pid"
        with suppress(ProcessLookupError):
            os.kill(int(pid_file.read_text().partition("\n")[0]), signal.SIGKILL)
        self._end()

    def _make(self, folder: Path) -> None:
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password, encoding="ascii")
        if (identity := _identity()) is not None:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, identity)
            shutil.chown(secret, identity)
        command: list[str | Path] = [
            *(folder / "initdb", "-D", self.folder / "data", f"--username={USER}"),
            *("--encoding=UTF8", "--locale=C", "--no-sync", f"--pwfile={secret}"),
            *("--auth-local=reject", "--auth-host=scram-sha-256"),
        ]
        made = subprocess.run(  # noqa: S603 - the server's own program
            command, check=False, capture_output=True, cwd="/", user=identity
        )
        secret.unlink()
        if made.returncode:
            msg = f"The database cannot be made: {made.stderr.decode()[-300:]}"
            raise UnreachableError(msg)

    def _starts(self, folder: Path, deadline: float) -> bool:
        """Start it, and return whether it answers; not, where it has ended."""
        settings = _SETTINGS | {
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        program = [str(folder / "postgres"), "-D", str(self.folder / "data"), *options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the server's own program
                ["sh", "-c", _WATCHED, "sh", *program],  # noqa: S607 - of POSIX
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                user=_identity(),
            )
        ready: list[str | Path] = [
            folder / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        while self.process.poll() is None and time.monotonic() < deadline:
            asked = subprocess.run(ready, check=False)  # noqa: S603 - the same
            if asked.returncode == 0:
                return True
            self._pause.wait(LOOK_SECONDS)
        return False

    def _end(self) -> None:
        if self.process is None:
            return
        assert self.process.stdin is not None  # noqa: S101 - a pipe, as was asked for
        self.process.stdin.close()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@asynccontextmanager
async def started() -> AsyncIterator[Server]:
    """Start a server for as long as the block lasts.

    Raises:
        UsageError: there are no programs of one.
        UnreachableError: it does not start.
    """
    programs()
    server = Server()
    try:
        await asyncio.to_thread(server.start)
        yield server
    finally:
        server.stop()


def _identity() -> str | None:
    """Return as whom the server runs where that is not who runs this."""
    return "nobody" if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
