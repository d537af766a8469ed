"""The journal while rows are being sent: what is next, and what became of it.

Reads are direct; writes go through the writer thread, and only `sending` waits for
the disk. Invariant: `sending` returns after the row is on the disk as such, and a
request leaves only after that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from importer.journal import schema
from importer.journal.schema import before, rows
from importer.journal.writer import Writer, storage
from importer.models import Job, Status

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from importer.models import Outcome


class Delivery:
    """The rows that are to be sent, and their states."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._writer: Writer | None = None

    def close(self) -> None:
        """Write what is left and end the writer's thread."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def locations(self, *statuses: Status) -> dict[str, int]:
        """The locations that have rows in one of these states, with how many."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(rows.c.location_id, func.count())
                .where(rows.c.status.in_([one.value for one in statuses]))
                .group_by(rows.c.location_id)
                .order_by(func.min(rows.c.seq))
            )
            return {one.location_id: one[1] for one in found}

    def jobs(
        self, location_id: str, after: int, limit: int, *statuses: Status
    ) -> list[Job]:
        """The next rows of a location in one of these states, in input order."""
        wanted = [one.value for one in statuses or (Status.PLANNED,)]
        with self._engine.connect() as connection:
            found = connection.execute(
                select(
                    rows.c.seq,
                    rows.c.location_id,
                    rows.c.name,
                    rows.c.slug,
                    rows.c.type,
                    rows.c.body,
                    rows.c.collection_id,
                    rows.c.attempts,
                )
                .where(rows.c.location_id == location_id)
                .where(rows.c.status.in_(wanted))
                .where(rows.c.seq > after)
                .order_by(rows.c.seq)
                .limit(limit)
            )
            return [Job(*one) for one in found]

    async def sending(self, seq: int, attempts: int) -> None:
        """A request is about to leave; returns when that is on the disk.

        Raises:
            StorageError: it could not be written, so nothing may be sent.
        """
        values = {"of": seq, "n": attempts, "at": time.time()}
        await self._writing().durable(schema.SENDING, values)

    def record(self, outcome: Outcome) -> None:
        """Keep what became of a row, soon.

        Raises:
            StorageError: an earlier write failed.
        """
        self._writing().post(
            schema.OUTCOME,
            {
                "of": outcome.seq,
                "to": outcome.status.value,
                "id": outcome.collection_id,
                "why": outcome.code,
                "words": outcome.message,
                "n": outcome.attempts,
                "http": outcome.http_status,
                "trace": outcome.trace_id,
                "at": outcome.finished_at,
            },
        )

    async def flush(self) -> None:
        """Return when everything recorded is on the disk.

        Raises:
            StorageError: something could not be written.
        """
        await self._writing().flush()

    def _writing(self) -> Writer:
        if self._writer is None:
            self._writer = Writer(self._engine)
        return self._writer

    def reopen(self) -> None:
        """For a resume: rows left `sending` are unknown, failed ones get new tries."""
        with storage(), self._engine.begin() as connection:
            connection.execute(
                update(rows)
                .where(rows.c.status == Status.SENDING.value)
                .values(status=Status.UNKNOWN.value)
            )
            connection.execute(
                update(rows)
                .where(rows.c.status == Status.FAILED.value)
                .values(status=Status.PLANNED.value)
            )

    def before(self, location_id: str) -> set[str]:
        """The ids that a location held before the run."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(before.c.collection_id).where(
                    before.c.location_id == location_id
                )
            )
            return {one for (one,) in found}
