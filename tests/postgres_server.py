"""A PostgreSQL server of the tests' own: started when it is first wanted, then stopped.

Its programs come with the package `pgserver`, or are Debian's. It listens on a socket
in a folder of its own and on one port of the loopback, where it asks for a password,
and ends by itself when the process that started it is gone. PostgreSQL does not run as
root, so there it runs as the user `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PASSWORD = "pass-PASSWORD-0123"  # noqa: S105 - of a server that listens to us alone
USER = "importer"
#: How long a start or a stop may take, seconds.
PATIENCE_SECONDS = 60.0
#: Ends the server when the standard input does, so with the process that started it.
_WATCHED = '"$@" & server=$!; read -r end; kill -INT $server 2>/dev/null; wait $server'
_SETTINGS = {
    "max_connections": "60",
    "shared_buffers": "32MB",
    "log_min_messages": "warning",
    "password_encryption": "scram-sha-256",
}
#: For tests, which no power cut meets.
HASTY = {"fsync": "off", "full_page_writes": "off"}


def binaries() -> Path | None:
    """Return the folder of a server's programs, None where there is none."""
    found = importlib.util.find_spec("pgserver")
    folders = []
    if found is not None and found.origin is not None:
        folders.append(Path(found.origin).parent / "pginstall" / "bin")
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda path: path.parent.name, reverse=True)
    return next((path for path in folders if (path / "postgres").is_file()), None)


def missing() -> str:
    """Return why there can be no server here; empty where there can."""
    if not hasattr(os, "fork"):
        return "the PostgreSQL server of the tests is started on POSIX systems only"
    programs = binaries()
    if programs is None:
        return "no PostgreSQL server: pip install pgserver, or apt install postgresql"
    try:
        _run([programs / "postgres", "--version"])
    except (OSError, subprocess.SubprocessError) as failure:
        return f"the PostgreSQL server cannot be started: {failure}"
    return ""


@dataclass
class Server:
    """One server; `start` before anything else, `stop` at the end."""

    settings: dict[str, str] = field(default_factory=lambda: dict(HASTY))
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg-")))
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def start(self) -> None:
        """Make the server's folder if there is none, and wait until it answers."""
        programs = binaries()
        assert programs is not None, missing()
        data = self.folder / "data"
        if not data.exists():
            self._make(programs)
        self.port = self.port or _free_port()
        given = {
            **_SETTINGS,
            **self.settings,
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
        }
        options = [part for item in given.items() for part in ("-c", "=".join(item))]
        command: list[str | Path] = [
            "sh",
            "-c",
            _WATCHED,
            "sh",
            programs / "postgres",
            "-D",
            data,
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the server's own program
                [*command, "-D", data, *options],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                user=_identity(),
            )
        self._wait()

    def stop(self) -> None:
        """Stop it and remove all that it kept."""
        if self.process is not None:
            self._end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """Kill the server in the middle of whatever it does, as `kill -9` does."""
        pid_file = self.folder / "data" / "postmaster.pid"
        os.kill(int(pid_file.read_text().partition("\n")[0]), signal.SIGKILL)
        self._end()
        # the processes of its connections end by themselves a moment later
        deadline = time.monotonic() + PATIENCE_SECONDS
        segment = pid_file.read_text().split("\n")
        while _attached(segment) and time.monotonic() < deadline:
            time.sleep(0.05)  # noqa: TID251 - a server's own pace

    def new_database(self, name: str = "") -> str:
        """Create an empty database and return its name."""
        name = name or f"test_{os.getpid()}_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'")
        with psycopg.connect(self.url("postgres"), autocommit=True) as admin:
            admin.execute(create.format(sql.Identifier(name)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whatever is still connected to it."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with psycopg.connect(self.url("postgres"), autocommit=True) as admin:
            admin.execute(drop.format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """Return an address by the socket, where no password is asked for."""
        return f"postgresql://{USER}@/{database}?host={self.folder}&port={self.port}"

    def loopback(self, database: str) -> str:
        """Return an address by the loopback, with the password that is asked for."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _make(self, programs: Path) -> None:
        self.folder.chmod(0o755)
        secret = self.folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        identity = _identity()
        if identity is not None:
            shutil.chown(self.folder, identity)
            shutil.chown(secret, identity)
        made: list[str | Path] = [programs / "initdb", "-D", self.folder / "data"]
        locale = ["--encoding=UTF8", "--locale=C", "--no-sync", f"--username={USER}"]
        ways = ["--auth-local=trust", "--auth-host=scram-sha-256"]
        _run([*made, *locale, *ways, f"--pwfile={secret}"])

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as failure:
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text("utf-8", "replace")
                    msg = f"the server did not start: {failure}\n{log[-2000:]}"
                    raise RuntimeError(msg) from None
                time.sleep(0.05)  # noqa: TID251 - a server's own pace
            else:
                return

    def _end(self) -> None:
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_SECONDS)
        self.process = None


def _identity() -> str | None:
    """Return as whom the server runs where that is not who runs the tests."""
    return "nobody" if os.geteuid() == 0 else None


def _run(command: Sequence[str | Path]) -> None:
    subprocess.run(  # noqa: S603 - the server's own programs
        command, check=True, capture_output=True, cwd="/", user=_identity()
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _attached(pid_file: Sequence[str]) -> bool:
    """Return whether a process of a killed server still holds its shared memory."""
    # the seventh line has the key and the number of the segment
    number = pid_file[6].split()[1] if len(pid_file) > 6 and pid_file[6] else ""
    try:
        listed = Path("/proc/sysvipc/shm").read_text("ascii").splitlines()[1:]
    except OSError:
        time.sleep(1)  # noqa: TID251 - nothing tells when
        return False
    return any(
        line.split()[1] == number and int(line.split()[6]) > 0 for line in listed
    )
