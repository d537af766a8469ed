"""The life of this process in the database: a number, and a lease that is renewed.

A process has one life for all runs that it works on. Its lease is renewed by a thread
of its own, so that a busy event loop does not lose it. A lease that ran out is removed
by whoever wants what its process held (`burial`); the renewal then finds nothing, and
the life is over for good: what the process begins after that is another life, with
another number. Invariant: `alive` is false some seconds before another process can take
the lease for over, whether this one was busy, frozen, asleep or cut off.
"""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from importer.journal.commits import storage
from importer.journal.postgres import burial, connection, shared

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from importer.journal.postgres.address import Address

#: How long a lease lasts that is not renewed, seconds; more than the window of a rate
#: limit, so that a new owner does not meet the calls of the one before.
TTL_SECONDS = 15.0
#: The window of a limit that was not told yet.
WINDOW_SECONDS = 10.0
#: In so many parts of it: the time between two renewals, and what `alive` ends earlier.
PARTS = 5

_BEGIN = """
WITH life AS (
  INSERT INTO importer.holders (host, pid, machine) VALUES (%s, %s, %s) RETURNING id
)
INSERT INTO importer.leases (holder, expires_at)
SELECT id, clock_timestamp() + %s * interval '1 s' FROM life RETURNING holder
"""
_RENEW = """
UPDATE importer.leases SET expires_at = clock_timestamp() + %s * interval '1 s',
  window_seconds = %s
WHERE holder = %s RETURNING 1
"""
# what it could not give back is taken from it as from one that died
_END = """
WITH ended AS (
  DELETE FROM importer.leases WHERE holder = %s RETURNING holder, window_seconds
)
UPDATE importer.holders SET gone = true,
  calm_at = clock_timestamp() + window_seconds * interval '1 s'
FROM ended WHERE id = holder
"""

#: Runs on while the machine sleeps, where the system has such a clock.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class Moment(NamedTuple):
    """A moment by two clocks: one that is never set, and one that is never stopped."""

    steady: float
    wall: float


def now() -> Moment:
    """Return this moment.

    A virtual machine that is suspended stops its steady clocks; its wall clock is set
    when it goes on.
    """
    return Moment(steady(), time.time())


def steady() -> float:
    """Return the seconds of a clock that is never set."""
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


class Life:
    """One life of this process: from its first claim to its last, or to its burial."""

    def __init__(self, address: Address, ttl_seconds: float) -> None:
        """Begin it, and the thread that renews its lease.

        Raises:
            StorageError: the database cannot be used.
        """
        self.address = address
        self.ttl_seconds: float = ttl_seconds
        self._step = ttl_seconds / PARTS
        self.lost: bool = False
        self.users: int = 0
        self._process = os.getpid()
        self._longest: list[Callable[[], float]] = []
        self._ending = threading.Event()
        self._reviving = threading.Lock()
        self._asked_at = -math.inf
        # a renewal that is frozen before its commit would keep others from burying it
        self._engine = connection.engine(
            _hasty(address, self._step), shared.NAME, still_seconds=ttl_seconds
        )
        asked = now()
        me = (*burial.process(), ttl_seconds)
        with storage(), self._engine.begin() as opened:
            self.number: int = opened.exec_driver_sql(_BEGIN, me).scalar_one()
        self._until = self._end_of(asked, ttl_seconds)
        renewing = threading.Thread(target=self._renewing, name="lease", daemon=True)
        renewing.start()
        self._thread = renewing

    def alive(self) -> bool:
        """Return whether no other process can have taken over; no query is made."""
        until, moment = self._until, now()
        return (
            not self.lost
            and moment.steady < until.steady
            and moment.wall < until.wall
            and os.getpid() == self._process  # a fork has no thread that renews
        )

    @property
    def least_seconds(self) -> float:
        """How long its lease lasts at least, whenever the process freezes."""
        return self.ttl_seconds - self._step

    def outlast(self, longest_seconds: Callable[[], float]) -> None:
        """Have the lease last longer than this from its next renewal on."""
        self._longest = [*self._longest, longest_seconds]

    def forget(self, asked: Collection[Callable[[], float]]) -> None:
        """Ask these no longer how long the lease has to last."""
        self._longest = [longest for longest in self._longest if longest not in asked]

    def end(self) -> None:
        """Stop renewing, and let others have at once what this life held."""
        self._ending.set()
        self._thread.join(timeout=self._step)
        # where it cannot be said the lease runs out by itself
        with suppress(SQLAlchemyError, OSError), self._engine.begin() as opened:
            opened.exec_driver_sql(_END, (self.number,))
        self.lost = True
        self._engine.dispose()

    def _renewing(self) -> None:
        while not (self.lost or self._ending.wait(self._step)):
            # a thread that ends would lose the lease: whatever went wrong, the next
            # renewal may succeed, and until then `alive` decides
            with suppress(Exception):
                self.renew()

    def revive(self) -> bool:
        """Renew a lease that ran out, and return whether this life is alive then.

        A machine that slept goes on, if it was alone. Where the database is away it is
        not asked each time: who asks waits for the answer.
        """
        with self._reviving:
            if self.alive() or self.lost or steady() < self._asked_at + self._step:
                return self.alive()
            self._asked_at = steady()
            with suppress(Exception):
                self.renew()
            return self.alive()

    def renew(self) -> None:
        """Renew the lease, or find out that it was lost; bury others meanwhile.

        Raises:
            SQLAlchemyError: the database is away.
        """
        window = self._longest_seconds()
        seconds = max(self.ttl_seconds, window + self._step)
        # before the statement leaves: the lease that it gives begins later
        asked = now()
        with self._engine.begin() as opened:
            given = (seconds, window or WINDOW_SECONDS, self.number)
            renewed = opened.exec_driver_sql(_RENEW, given).scalar()
        if renewed is None:
            self.lost = not self._ending.is_set()
            return
        self._until = self._end_of(asked, seconds)
        burial.bury(self._engine)

    def _longest_seconds(self) -> float:
        return max((longest() for longest in self._longest), default=0.0)

    def _end_of(self, asked: Moment, seconds: float) -> Moment:
        left = seconds - self._step
        return Moment(asked.steady + left, asked.wall + left)


def _hasty(address: Address, seconds: float) -> Address:
    """Return the address for connections that give up early: another try is better."""
    given = dict(address.options)
    usual = {
        "connect_timeout": str(max(2, round(seconds))),
        "tcp_user_timeout": str(round(seconds * 1000)),
    }
    return replace(address.server, options=tuple({**usual, **given}.items()))


_mutex = threading.Lock()
_lives: dict[tuple[int, Address, float], Life] = {}


def join(address: Address, ttl_seconds: float) -> Life:
    """Return the present life of this process, or begin one; `leave` gives it back.

    Raises:
        StorageError: the database cannot be used.
    """
    key = (os.getpid(), address.server, ttl_seconds)
    with _mutex:
        life = _lives.get(key)
        if life is None or not life.alive():
            life = _lives[key] = Life(address.server, ttl_seconds)
        life.users += 1
        return life


def share(life: Life) -> None:
    """Use a life that is used already; `leave` gives it back."""
    with _mutex:
        life.users += 1


def leave(life: Life) -> None:
    """Give a life back; the last to do so ends it."""
    with _mutex:
        life.users -= 1
        if life.users:
            return
        for key in [key for key, found in _lives.items() if found is life]:
            del _lives[key]
    life.end()
