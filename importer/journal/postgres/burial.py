"""Who is dead: processes whose lease ran out, and those that are certainly no more.

A dead process of this machine is seen to be dead, so that what it held is free at once,
as a lock of a file would be. Of any other only its lease tells. Invariant: that a
holder is gone is written in the statement that removes its lease, so a renewal either
comes before it and keeps the lease, or finds none.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# a row that is locked is left for the next time: a commit of that holder is under way,
# or a renewal is, and to wait would keep this process from renewing its own
_BURY = """
WITH late AS (
  SELECT l.holder, l.expires_at, l.window_seconds FROM importer.leases l
  JOIN importer.holders h ON h.id = l.holder
  WHERE l.expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED
), ended AS (
  DELETE FROM importer.leases l USING late WHERE l.holder = late.holder
  RETURNING l.holder, late.expires_at, late.window_seconds
)
UPDATE importer.holders h SET gone = true, gone_at = ended.expires_at,
  calm_at = ended.expires_at + ended.window_seconds * interval '1 s'
FROM ended WHERE h.id = ended.holder
"""
_HERE = """
SELECT h.id, h.pid FROM importer.holders h JOIN importer.leases l ON l.holder = h.id
WHERE h.machine = %s AND h.pid <> %s
"""
# no `gone_at`: it has sent nothing since it died, which is before now; but the window
# of a limit may be full of what it had sent until then
_DEAD = """
WITH ended AS (
  DELETE FROM importer.leases WHERE holder = ANY(%s) RETURNING holder, window_seconds
)
UPDATE importer.holders h SET gone = true,
  calm_at = clock_timestamp() + ended.window_seconds * interval '1 s'
FROM ended WHERE h.id = ended.holder
"""
# one that a claim names stays, or what it held could not be taken from it
_FORGET = """
DELETE FROM importer.holders h WHERE h.gone
AND NOT EXISTS (SELECT 1 FROM importer.claims c WHERE c.holder = h.id)
AND NOT EXISTS (SELECT 1 FROM importer.run_claims c WHERE c.holder = h.id)
"""


def process() -> tuple[str, int, str]:
    """Return the host, the number and the machine of this process."""
    return socket.gethostname(), os.getpid(), machine()


@cache
def machine() -> str:
    """Return what all processes share that can see each other; empty: not known.

    The host's name alone would not do: two containers may have the same one.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return f"{boot.strip()} {Path('/proc/self/ns/pid').readlink()}"
    except (OSError, ValueError):
        return ""


def bury(engine: Engine) -> None:
    """Bury all whose lease ran out.

    Raises:
        SQLAlchemyError: the database is away.
    """
    with engine.begin() as opened:
        opened.exec_driver_sql(_BURY)


def bury_dead(engine: Engine) -> None:
    """Bury all whose lease ran out, and those of this machine that are no more.

    Raises:
        SQLAlchemyError: the database is away.
    """
    bury(engine)
    if not machine():
        return
    with engine.begin() as opened:
        here = opened.exec_driver_sql(_HERE, (machine(), os.getpid())).all()
        dead = [holder for holder, pid in here if is_dead(machine(), pid)]
        if dead:
            opened.exec_driver_sql(_DEAD, (dead,))


def forget(opened: Connection) -> None:
    """Remove the rows of the dead that hold nothing, so that they do not gather.

    Raises:
        SQLAlchemyError: the database is away.
    """
    opened.exec_driver_sql(_FORGET)


def is_dead(where: str, pid: int) -> bool:
    """Return whether a process is one of this machine that is no more."""
    if not where or where != machine():
        return False
    try:
        os.kill(pid, 0)
        # behind the name in brackets, which may hold anything
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return True
    except (OSError, IndexError):
        return False
    return state in {"Z", "X"}
