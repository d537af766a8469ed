"""The command, in a process that freezes itself once, at a point that has a name.

    python frozen_holder.py POINT ARGUMENT...

A lease lasts two seconds in it, as a test does not wait for fifteen. Where the point
ends with `/unguarded`, neither fence nor gate stands before anything: that shows what
they are for.
"""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import aiohttp
from sqlalchemy import Engine, event  # noqa: TID251 - freezes at a statement

from importer.client import wire
from importer.journal import commits
from importer.journal.postgres import fence, guard, home, lives
from importer.journal.postgres.leases import LeaseClaim, LeaseClaims

if TYPE_CHECKING:
    from collections.abc import Callable

TTL_SECONDS = 2.0
#: So long a database that is away is waited for.
PATIENCE_SECONDS = 10.0
#: So many rows were sent when the process freezes.
SENT = 20
#: The window of the limit that nothing tells of.
WINDOW_SECONDS = 0.5


def replace(place: object, name: str, by: object) -> None:
    """Put something in the place of a part of the program."""
    setattr(place, name, by)


class Freezer:
    """Counts requests, and stops the whole process once."""

    def __init__(self) -> None:
        self.sent = 0
        self.done = False
        self.sending = wire._Whole.send

    def freeze(self) -> None:
        if self.sent >= SENT and not self.done:
            self.done = True
            # to this very thread: it would go on until another one had stopped them all
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    def count(self, request: Any) -> None:
        self.sent += request.method == "POST"

    # the points

    def before_commit(self) -> None:
        """`sending` is about to be written."""
        self._around_commits(before=self.freeze)

    def in_transaction(self) -> None:
        """It is written, and not committed; the fence comes next."""
        self._around_fence(before=self.freeze)

    def in_renewal(self) -> None:
        """The lease is renewed, which is not committed."""

        def executed(
            _: object, _cursor: object, statement: str, *_given: object
        ) -> None:
            if statement == lives._RENEW:
                self.freeze()

        event.listen(Engine, "after_cursor_execute", executed)

    def behind_fence(self) -> None:
        """It is written, the database has agreed, and the commit comes next."""
        self._around_fence(after=self.freeze)

    def after_commit(self) -> None:
        """It is on the disk, and the requests are about to leave."""
        self._around_commits(after=self.freeze)

    def connected(self) -> None:
        """A request has its connection."""
        connecting = aiohttp.TCPConnector.connect

        async def connect(pool: Any, request: Any, *given: Any, **named: Any) -> Any:
            connection = await connecting(pool, request, *given, **named)
            if request.method == "POST":
                self.freeze()
            return connection

        replace(aiohttp.TCPConnector, "connect", connect)

    def renewing(self) -> None:
        """The lease is about to be renewed."""
        asked = lives.now

        def now() -> lives.Moment:
            moment = asked()
            if threading.current_thread().name == "lease":
                self.freeze()
            return moment

        replace(lives, "now", now)

    def in_flight(self) -> None:
        """A request has left, and its answer is awaited."""

    def install(self, point: str) -> None:
        getattr(self, point)()
        sending = wire._Whole.send

        async def send(request: Any, connection: Any) -> Any:
            answer = await sending(request, connection)
            self.count(request)
            if point == "in_flight" and request.method == "POST":
                self.freeze()
            return answer

        replace(wire._Whole, "send", send)

    def _around_commits(
        self,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
    ) -> None:
        committing = commits.Writer._commit

        def commit(writer: Any, writes: Any) -> None:
            lets_send = any(map(commits._lets_send, writes))
            if before and lets_send:
                before()
            committing(writer, writes)
            if after and lets_send:
                after()

        replace(commits.Writer, "_commit", commit)

    def _around_fence(
        self,
        before: Callable[[], None] | None = None,
        after: Callable[[], None] | None = None,
    ) -> None:
        fencing = guard.Guard.fenced

        def fenced(book: Any, execute: Any) -> None:
            writer = threading.current_thread().name == "journal"
            if before and writer:
                before()
            fencing(book, execute)
            if after and writer:
                after()

        replace(guard.Guard, "fenced", fenced)


def unguard() -> None:
    """Believe in every claim for ever."""
    replace(LeaseClaim, "alive", lambda claim: not claim._released)
    for name in ("check", "gate"):
        replace(LeaseClaim, name, lambda _: None)
    replace(fence, "holds", lambda *_: True)


def main() -> None:
    from importer.cli import main as command  # noqa: PLC0415 - all is in its place

    point, *arguments = sys.argv[1:]
    claims = property(lambda kept: LeaseClaims(kept.address, TTL_SECONDS))
    replace(home.PostgresHome, "claims", claims)
    replace(commits, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    replace(lives, "WINDOW_SECONDS", WINDOW_SECONDS)
    point, _, unguarded = point.partition("/")
    if unguarded:
        unguard()
    if point != "none":
        Freezer().install(point)
    sys.argv = ["importer", *arguments]
    command()


if __name__ == "__main__":
    main()
