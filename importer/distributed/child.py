"""One process of a cluster on this machine: `python -m importer.distributed.child`.

What it needs comes by its standard input, which only the process that began it can
write to: where the scheduler is, the certificate, and settings that stand in no file.
Invariants: it listens on the loopback alone, and only to who has the certificate; when
the process that began it is gone it ends at once, as rows that it has sent are settled
by who goes on with the run.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

import dask
from distributed import Security, Worker

from importer.distributed import preparation, worker

#: So many shards are under way in a process at once; each waits more than it works.
THREADS = 16
#: Only what tells whether it lives is answered by http.
ROUTES = ["distributed.http.health"]


@dataclass(frozen=True, slots=True)
class Birth:
    """What a process is given; `given` are settings by name, which may be secret."""

    scheduler: str
    certificate: str
    key: str
    folder: str
    given: dict[str, Any] = field(default_factory=dict, repr=False)

    def line(self) -> bytes:
        """Write it as a line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def security(certificate: str, key: str) -> Security:
    """Return the security of all that belong to one cluster of this machine.

    Args:
        certificate: in PEM, of its own authority.
        key: in PEM; it is in memory alone.
    """
    roles = ("client", "scheduler", "worker")
    keys = {f"tls_{role}_key": key for role in roles}
    certificates = {f"tls_{role}_cert": certificate for role in roles}
    return Security(
        require_encryption=True, tls_ca_file=certificate, **keys, **certificates
    )


def main() -> None:
    """Be a worker until the process that began this one is gone."""
    birth = Birth(**json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_watch, name="parent", daemon=True).start()
    worker.hand(birth.given)
    preparation.prepare(worker.secrets)
    asyncio.run(_work(birth))
    # the scheduler has given it up: whatever is under way in other threads
    os._exit(1)


async def _work(birth: Birth) -> None:
    with dask.config.set({"distributed.worker.http.routes": ROUTES}):
        begun = Worker(
            birth.scheduler,
            nthreads=THREADS,
            host="127.0.0.1",
            security=security(birth.certificate, birth.key),
            local_directory=birth.folder,
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
        )
    async with begun:
        await begun.finished()


def _watch() -> None:
    """End when the standard input does; the process that wrote to it is gone."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
