"""A cluster on this machine: a scheduler in this process, and processes that send.

Nothing of it can be reached by another user: all that speak to each other have a
certificate that was made for this one run and is in their memory alone, and every port
is on the loopback. A process that ends is begun anew. Invariant: no process outlives
the one that began it.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from tempfile import mkdtemp
from typing import IO, TYPE_CHECKING, Any

import dask
from distributed import LocalCluster, Security

from importer.distributed.child import ROUTES, Birth

if TYPE_CHECKING:
    from pathlib import Path

#: How often it is looked whether a process has ended, seconds.
LOOK_SECONDS = 0.5
#: How long a process may take to end by itself, seconds.
PATIENCE_SECONDS = 5.0
#: A process that ends so often at once will not come about.
MOST_BIRTHS = 20
#: How the scheduler of one run works. A shard is placed once, and again only where its
#: process is gone; a process that gives no sign is taken out, and asked no more.
SCHEDULER: dict[str, object] = {
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.allowed-failures": 10,
    "distributed.scheduler.worker-ttl": "60s",
    "distributed.scheduler.http.routes": ROUTES,
    "distributed.comm.timeouts.connect": "30s",
}


class Processes:
    """The scheduler and the processes; `close` ends them."""

    def __init__(self, number: int, given: dict[str, Any], log: Path) -> None:
        """Begin them, and look after them from a thread.

        Args:
            number: how many.
            given: settings for them that stand in no file; they may be secret.
            log: the file that they write their log into.
        """
        made = Security.temporary()
        self.security: Security = made
        self._folder = mkdtemp(prefix="importer-")
        # of the scheduler alone, which reads it when it begins
        with dask.config.set(SCHEDULER):
            self._cluster = LocalCluster(
                n_workers=0,
                host="127.0.0.1",
                protocol="tls://",
                security=made,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        self.address: str = self._cluster.scheduler_address
        birth = Birth(
            self.address,
            str(made.tls_ca_file),
            str(made.tls_worker_key),
            self._folder,
            given,
        )
        self._line = birth.line()
        self._log: IO[bytes] = log.open("ab")
        log.chmod(0o600)
        self._ending = threading.Event()
        self._births = 0
        self._children = [self._begin() for _ in range(number)]
        self._looking = threading.Thread(
            target=self._look, name="processes", daemon=True
        )
        self._looking.start()

    @property
    def gone(self) -> bool:
        """Whether processes end as soon as they are begun, so that none will come."""
        return self._births >= MOST_BIRTHS + len(self._children)

    @property
    def pids(self) -> list[int]:
        """The numbers of the processes."""
        return [child.pid for child in self._children]

    def close(self) -> None:
        """End all of it; what is under way in a process is not waited for."""
        self._ending.set()
        self._looking.join(PATIENCE_SECONDS)
        for child in self._children:
            _let_go(child)
        for child in self._children:
            _end(child)
        with suppress(Exception):  # Dask's own ways to fail at its end are no news
            self._cluster.close(timeout=PATIENCE_SECONDS)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> subprocess.Popen[bytes]:
        self._births += 1
        child = subprocess.Popen(
            # -P: what lies in the current folder is not what is meant
            [sys.executable, "-P", "-m", "importer.distributed.child"],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            # a Ctrl-C is for the process that began it
            start_new_session=True,
        )
        assert child.stdin is not None  # noqa: S101 - a pipe, as was asked for
        with suppress(OSError):  # it has ended already
            child.stdin.write(self._line)
            child.stdin.flush()
        return child

    def _look(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            for place, child in enumerate(self._children):
                if child.poll() is not None and not self.gone:
                    _end(child)
                    self._children[place] = self._begin()


def _let_go(child: subprocess.Popen[bytes]) -> None:
    """Tell a process to end."""
    with suppress(OSError):
        if child.stdin is not None:
            child.stdin.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a process, if it has not ended, and wait until it has."""
    _let_go(child)
    try:
        child.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:  # it is frozen
        child.kill()
        child.wait()
