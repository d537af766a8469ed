"""A machine of several that share a database: the command with a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from importer.journal.postgres import address, connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Importer, Sandbox

SCRIPT = Path(__file__).with_name("frozen_holder.py")
PATIENCE_SECONDS = 90


@dataclass
class Host:
    """Starts the command with a database; `name` tells its folder of runs."""

    importer: Importer
    database: str
    server: Sandbox
    name: str = "here"
    rate: str = "none"
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, point: str, *arguments: str) -> subprocess.Popen[str]:
        """Start a command that freezes at a point, or at `none`."""
        flags = (
            *("--base-url", self.server.url, "--timeout", "1s", "--rate", self.rate),
            *("--settle-pauses", "0.1s,0.3s", "--runs-dir", f"runs-{self.name}"),
            *("--concurrency", "8"),
        )
        process = subprocess.Popen(  # noqa: S603 - the command, in a script of our own
            [sys.executable, str(SCRIPT), point, *arguments, *flags],
            cwd=self.importer.folder,
            env=self.importer.environment | {"IMPORTER_JOURNAL": self.database},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        process = self.start("none", *arguments)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def end(self) -> None:
        """End what was started and has not ended."""
        for process in self.started:
            process.kill()
            process.communicate()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Let the database take no connection, and have none, in the block."""
        found = address.know(self.database)
        everywhere = found.parameters() | {"dbname": "postgres"}
        allow = f'ALTER DATABASE "{found.database}" ALLOW_CONNECTIONS'
        end = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        )
        with connection.driver().connect(**everywhere, autocommit=True) as other:
            other.execute(f"{allow} false")
            other.execute(end, (found.database,))
            try:
                yield
            finally:
                other.execute(f"{allow} true")
