"""The journal while rows are being sent: what is next, and what became of it.

Reads are direct; writes go through the writer thread, and only `sending` waits for
the disk. Invariant: `sending` returns after the row is on the disk as such, and a
request leaves only after that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select, update

from importer import wording
from importer.journal import located, schema
from importer.journal.commits import Writer, storage
from importer.journal.schema import before, rows, states
from importer.journal.statements import fetch, stream
from importer.models import Job, Status

if TYPE_CHECKING:
    from asyncio import Future
    from collections.abc import Callable, Collection, Iterator

    from sqlalchemy import Engine

    from importer.journal.ports import CommitGuard
    from importer.models import Outcome

#: No sentence on a row is longer; what is, has somewhat of a server's in it.
LONGEST_MESSAGE = 4_000


class Waiting(NamedTuple):
    """Rows that wait to be sent, by what will be sent."""

    creates: int
    updates: int


class Shown(NamedTuple):
    """A row that the server shows otherwise than it was sent.

    `shown` is what it shows, as a JSON object.
    """

    location_id: str
    name: str
    slug: str
    collection_id: str
    shown: str


class Delivery:
    """The rows that are to be sent, and their states."""

    def __init__(self, engine: Engine, mark: CommitGuard) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._mark = mark
        self._writer: Writer | None = None

    def part(self, locations: Collection[str]) -> Part:
        """Return the same for some locations, where others are another process's."""
        return Part(self._engine, self._mark, locations, self._writing)

    def close(self) -> None:
        """Write what is left and end the writer's thread."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def locations(
        self, *statuses: Status, among: Collection[str] | None = None
    ) -> dict[str, int]:
        """Return the locations that have rows in one of these states, with how many.

        Args:
            statuses: the states.
            among: only these locations are looked at; None for all of them.
        """
        wanted = (
            select(rows.c.location_id, func.count(), func.min(rows.c.seq))
            .where(rows.c.status.in_([status.value for status in statuses]))
            .group_by(rows.c.location_id)
        )
        found: list[tuple[str, int, int]] = []
        with self._engine.connect() as connection:
            for theirs in located.at(rows.c.location_id, among):
                which = connection.execute(wanted.where(theirs))
                found += ((row[0], row[1], row[2]) for row in which)
        return {
            location_id: count for location_id, count, _ in sorted(found, key=_first)
        }

    def standing(self, among: Collection[str]) -> dict[str, dict[Status, int]]:
        """Count the rows of some locations by state, in the order of the input."""
        wanted = select(
            func.min(rows.c.seq), rows.c.location_id, rows.c.status, func.count()
        ).group_by(rows.c.location_id, rows.c.status)
        found: list[tuple[int, str, str, int]] = []
        with self._engine.connect() as connection:
            for theirs in located.at(rows.c.location_id, among):
                which = connection.execute(wanted.where(theirs))
                found += ((*row,) for row in which)
        counted: dict[str, dict[Status, int]] = {}
        for _, location_id, status, count in sorted(found):
            counted.setdefault(location_id, {})[Status(status)] = count
        return counted

    def jobs(
        self,
        location_id: str,
        after: int,
        limit: int | None,
        status: Status = Status.PLANNED,
    ) -> list[Job]:
        """Return the next rows of a location in a state, in input order.

        Args:
            location_id: whose rows.
            after: those behind this one; -1 begins with the first.
            limit: so many at most; None for all of them.
            status: their state.
        """
        which = (location_id, status.value, after)
        if limit is None:
            found = fetch(self._engine, schema.ALL_JOBS, which)
        else:
            found = fetch(self._engine, schema.JOBS, (*which, limit))
        return [Job(*record) for record in found]

    def planned(self, location_id: str) -> Waiting:
        """Count the rows of a location that wait to be sent."""
        values = (location_id, Status.PLANNED.value)
        ((creates, updates),) = fetch(self._engine, schema.WAITING, values)
        return Waiting(creates, updates)

    def sending(self, seq: int, attempts: int) -> Future[None]:
        """Note that a request is about to leave.

        What is returned is done when that is on disk.

        Raises:
            StorageError: it could not be written, so nothing may be sent.
        """
        values = (seq, Status.SENDING.value, attempts, time.time())
        return self._writing().durable(schema.SENDING, values)

    def record(self, outcome: Outcome) -> None:
        """Keep what became of a row, soon.

        Raises:
            StorageError: an earlier write failed.
        """
        values = (
            outcome.seq,
            outcome.status.value,
            outcome.collection_id,
            outcome.code,
            wording.cut(outcome.message, LONGEST_MESSAGE),
            outcome.attempts,
            outcome.http_status,
            outcome.trace_id,
            outcome.finished_at,
            outcome.shown,
        )
        # posted, not waited for: an outcome that is lost is found again, as its row is
        # `sending` on the disk
        self._writing().post(schema.OUTCOME, values)

    async def flush(self) -> None:
        """Return when everything recorded is on the disk.

        Raises:
            StorageError: something could not be written.
        """
        await self._writing().flush()

    def _writing(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self._engine, self._mark)
        return self._writer

    def reopen(self, among: Collection[str] | None = None) -> None:
        """Make rows ready for a resume.

        Those left `sending` are unknown, failed ones new.

        Args:
            among: the locations that were claimed, where others may be at work on the
                rest of the run; None for all of them.

        Raises:
            StorageError: the disk is full or gone.
        """
        # first those in doubt: nothing that may have been created gets new tries
        self.leave(among)
        self._change(Status.FAILED, Status.PLANNED, among)

    def try_again(self, locations: Collection[str], codes: Collection[str]) -> None:
        """Make rows ready that the server, or the plan with such a code, has refused.

        Args:
            locations: of the rows; claimed by this process.
            codes: of rows that were never sent.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._change(Status.REJECTED, Status.PLANNED, locations)
        planned = (Status.PLANNED.value, "", "", "")
        names = ("status", "collection_id", "code", "message")
        change = (
            update(states)
            .where(states.c.status == Status.INVALID.value)
            .where(states.c.code.in_([str(code) for code in codes]))
            # an id is that of the collection in the way, and would make an update of it
            .values(dict(zip(names, planned, strict=True)))
        )
        with storage(), self._engine.begin() as connection:
            for theirs in located.of(states.c.seq, locations):
                connection.execute(change.where(theirs))

    def leave(self, among: Collection[str] | None = None) -> None:
        """Take the answers of a process that was killed for lost: they are unknown.

        Args:
            among: as of `reopen`.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._change(Status.SENDING, Status.UNKNOWN, among)

    def _change(
        self, earlier: Status, later: Status, among: Collection[str] | None
    ) -> None:
        change = update(states).where(states.c.status == earlier.value)
        with storage(), self._engine.begin() as connection:
            for theirs in located.of(states.c.seq, among):
                connection.execute(change.where(theirs).values(status=later.value))

    # what answers and lists have shown

    def created(self, seq: int) -> Job | None:
        """Return a row if it is created, to be sent once more or looked for."""
        found = fetch(self._engine, schema.CREATED_JOB, (seq, Status.CREATED.value))
        return Job(*found[0]) if found else None

    def created_as(self, collection_id: str) -> int | None:
        """Return the row that got an id; None where no row has it."""
        wanted = (collection_id, Status.CREATED.value)
        found = fetch(self._engine, schema.CREATED_AS, wanted)
        return found[0][0] if found else None

    def created_ids(self) -> Iterator[str]:
        """Return the id of every row that is created."""
        with self._engine.connect() as connection:
            wanted = select(states.c.collection_id).where(
                states.c.status == Status.CREATED.value
            )
            for (collection_id,) in stream(connection, wanted):
                yield collection_id

    def owned(self, location_id: str) -> Iterator[str]:
        """Yield the ids of a location's created rows; there may be very many."""
        wanted = (
            select(rows.c.collection_id)
            .where(rows.c.location_id == location_id)
            .where(rows.c.status == Status.CREATED.value)
        )
        with self._engine.connect() as connection:
            for (collection_id,) in stream(connection, wanted):
                yield collection_id

    def started(self, location_id: str) -> dict[int, float]:
        """Return when the first requests of a location's unknown rows left.

        By the rows' numbers, in seconds since the epoch.
        """
        values = (location_id, Status.UNKNOWN.value)
        found = fetch(self._engine, schema.STARTED, values)
        return {seq: at for seq, at in found if at is not None}

    def slugs(self, location_id: str) -> dict[str, int]:
        """Return the rows of a location that may be sent, by their slugs."""
        return dict(fetch(self._engine, schema.SLUGS, (location_id, b"")))

    def shown(self) -> list[Shown]:
        """Return the rows that the server shows otherwise than they were sent."""
        with self._engine.connect() as connection:
            columns = (rows.c[name] for name in Shown._fields)
            wanted = select(*columns).where(rows.c.shown != "")
            return [Shown(*row) for row in stream(connection, wanted)]

    def before(self, location_id: str) -> set[str]:
        """Return the ids that a location held before the run."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(before.c.collection_id).where(
                    before.c.location_id == location_id
                )
            )
            return {one for (one,) in found}


class Part(Delivery):
    """The rows of some locations of a run, written by the writer of the whole.

    What was shown of other locations is not read: there may be very many, and others
    are at work on them.
    """

    def __init__(
        self,
        engine: Engine,
        mark: CommitGuard,
        among: Collection[str],
        writing: Callable[[], Writer],
    ) -> None:
        """Wrap an engine; `writing` gives the writer."""
        super().__init__(engine, mark)
        self._among = among
        self._whole = writing
        #: whether no answer was kept for any row there: then none is looked for
        self.untouched: bool = False

    def close(self) -> None:
        """Do nothing: the writer is the whole's."""

    def _writing(self) -> Writer:
        return self._whole()

    def created_ids(self) -> Iterator[str]:
        """Return the id of every created row of the locations."""
        if self.untouched:
            return
        wanted = select(rows.c.collection_id).where(
            rows.c.status == Status.CREATED.value
        )
        with self._engine.connect() as connection:
            for theirs in located.at(rows.c.location_id, self._among):
                for (collection_id,) in connection.execute(wanted.where(theirs)):
                    yield collection_id

    def shown(self) -> list[Shown]:
        """Return the rows of the locations that the server shows otherwise."""
        if self.untouched:
            return []
        columns = [rows.c[name] for name in Shown._fields]
        wanted = select(*columns).where(rows.c.shown != "")
        found: list[Shown] = []
        with self._engine.connect() as connection:
            for theirs in located.at(rows.c.location_id, self._among):
                found += (
                    Shown(*row) for row in connection.execute(wanted.where(theirs))
                )
        return found


def _first(found: tuple[str, int, int]) -> int:
    """Return a location's first row, by which locations are ordered."""
    return found[2]
