"""How it is told who holds what: the process, its host, and when it will be free.

Knows no database. A process of another host is told with that host, as its number alone
would be looked for on the wrong one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from importer.errors import LocationHeldError
from importer.journal.postgres import burial

if TYPE_CHECKING:
    from importer.journal.postgres.claim_rows import Holder


class Process(int):
    """The number of a process, told with its host where that is another one."""

    host: str

    def __new__(cls, pid: int, host: str) -> Self:
        """Keep both."""
        made = super().__new__(cls, pid)
        made.host = host
        return made

    def __getnewargs__(self) -> tuple[int, str]:  # type: ignore[override] # of int
        """Return what a copy is made of."""
        return int(self), self.host

    def __str__(self) -> str:
        """Return what a person can find it by."""
        here = self.host == burial.process()[0]
        return int.__repr__(self) if here else f"{int.__repr__(self)} on {self.host}"

    def __format__(self, how: str) -> str:
        """Write it like its text."""
        return format(str(self), how)


def of_run(run_id: str, holder: Holder | None, ttl_seconds: float) -> LocationHeldError:
    """Return the refusal of a run that another process works on."""
    who = _who(holder)
    msg = f"Run {run_id} is being worked on by {who}."
    return LocationHeldError(
        msg, remedy=f"Wait until it has ended. {_until(ttl_seconds)}"
    )


def of_location(
    location: str, holder: Holder | None, ttl_seconds: float
) -> LocationHeldError:
    """Return the refusal of a location that another run works on."""
    run = f"Run {holder.run_id}" if holder else "Another run"
    msg = f"{run} ({_who(holder)}) is working on location {location} at this moment."
    if _is_own(holder):
        remedy = "Await that run first, or give the rows of both to one run."
        return LocationHeldError(msg, remedy=remedy)
    remedy = f"Wait until it has ended, or stop it. {_until(ttl_seconds)}"
    return LocationHeldError(msg, remedy=remedy)


def _who(holder: Holder | None) -> str:
    if holder is None:  # it has let go at this very moment
        return "another process"
    if _is_own(holder):
        return "this very process"
    return f"process {holder.pid} on {holder.host}"


def _is_own(holder: Holder | None) -> bool:
    if holder is None or holder.pid != os.getpid():
        return False
    return (holder.host, holder.machine) == burial.process()[::2]


def _until(ttl_seconds: float) -> str:
    return (
        f"What a process holds that is gone or frozen is free after {ttl_seconds:g} s."
    )
