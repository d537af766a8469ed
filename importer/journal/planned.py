"""The plan in the journal: rows go in once, in the order of the input.

Rows gather and are committed a thousand at a time: nothing was sent yet, so nothing
is lost if the process dies here but the time it took. Invariants: every row of the
input is here exactly once, with its cells as the file has them; a location counts as
compared only together with all the decisions about its rows.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from importer.journal import schema
from importer.journal.schema import BETWEEN, before, compared, inputs, rows
from importer.journal.statements import run_many
from importer.journal.writer import storage
from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Engine

    from importer.models import Existing, InputFile, Invalid, Job, Problem, Row, Table

#: How many rows are committed in one go.
BATCH = 1000


class Planned:
    """Rows, what the locations held before, and what the plan decided."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._gathered: list[dict[str, Any]] = []
        self._decisions: list[dict[str, Any]] = []
        self._comparing: Connection | None = None

    def start_anew(self) -> None:
        """Forget what was read: the reading before this one was cut short.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._gathered = []
        with storage(), self._engine.begin() as connection:
            connection.execute(delete(rows))
            connection.execute(delete(inputs))

    def open_input(self, number: int, table: Table, file: InputFile) -> None:
        """Say where the rows come from that follow."""
        with storage(), self._engine.begin() as connection:
            connection.execute(
                insert(inputs),
                {
                    "id": number,
                    "file": file.file,
                    "sheet": file.sheet,
                    "preset": file.preset,
                    "header": json.dumps(table.header),
                    "left_out": json.dumps(file.columns_left_out),
                    "rows": 0,
                },
            )

    def close_input(self, number: int, count: int) -> None:
        """Say how many rows came of it."""
        self.flush_rows()
        with storage(), self._engine.begin() as connection:
            connection.execute(
                update(inputs).where(inputs.c.id == number).values(rows=count)
            )

    def add_job(
        self, number: int, row: Row, job: Job, remarks: Sequence[Problem]
    ) -> None:
        """A row that shall be sent, with what is worth telling about it."""
        self._add(
            number,
            row,
            seq=job.seq,
            status=Status.PLANNED.value,
            location_id=job.location_id,
            name=job.name,
            slug=job.slug,
            type=job.type,
            body=job.body,
            code="",
            message="",
            remark_code=remarks[0].code.value if remarks else "",
            remark=BETWEEN.join(map(str, remarks)),
        )

    def add_refused(
        self, number: int, seq: int, status: Status, refused: Invalid
    ) -> None:
        """A row that is never sent, with everything wrong with it."""
        self._add(
            number,
            refused.row,
            seq=seq,
            status=status.value,
            location_id=refused.location_id,
            name=refused.name,
            slug=refused.slug,
            type="",
            body=b"",
            code=refused.problems[0].code.value,
            message=BETWEEN.join(map(str, refused.problems)),
            remark_code="",
            remark="",
        )

    def _add(self, number: int, row: Row, **columns: object) -> None:
        self._gathered.append(
            {
                "input": number,
                "row": row.place.row,
                "row_end": row.place.row_end,
                "cells": json.dumps(row.cells, ensure_ascii=False),
                "collection_id": "",
                "attempts": 0,
                "trace_id": "",
                "http_status": None,
                "started_at": None,
                "finished_at": None,
            }
            | columns
        )
        if len(self._gathered) >= BATCH:
            self.flush_rows()

    def flush_rows(self) -> None:
        """Commit the rows that were added.

        Raises:
            StorageError: the disk is full or gone.
        """
        if not self._gathered:
            return
        with storage(), self._engine.begin() as connection:
            run_many(connection, schema.ADD_ROW, self._gathered)
        self._gathered = []

    def add_before(self, location_id: str, found: Sequence[Existing]) -> None:
        """Keep what a location held before the run; `decide` and a flush follow.

        Nothing of it is on the disk before `flush_decisions`: a run that is killed
        between must compare again, or it would create what is there already.
        """
        with self._comparison() as connection:
            if found:
                connection.execute(
                    insert(before),
                    [
                        {
                            "location_id": location_id,
                            "collection_id": one.collection_id,
                            "slug": one.slug,
                        }
                        for one in found
                    ],
                )
            connection.execute(
                insert(compared),
                {"location_id": location_id, "collections": len(found)},
            )

    def compared(self) -> set[str]:
        """The locations whose rows were compared already."""
        with self._engine.connect() as connection:
            return {
                one for (one,) in connection.execute(select(compared.c.location_id))
            }

    def decide(self, decision: dict[str, Any]) -> None:
        """Take in a decision of the plan (the bound names of `schema.DECIDED`)."""
        self._decisions.append(decision)
        if len(self._decisions) >= BATCH:
            self._write_decisions()

    def flush_decisions(self) -> None:
        """Commit the decisions about some locations, together with what they held.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._write_decisions()
        with self._comparison() as connection:
            connection.commit()
        self.close()

    def close(self) -> None:
        """Forget a comparison that did not come to its end."""
        self._decisions = []
        if self._comparing is not None:
            self._comparing.close()
            self._comparing = None

    def _write_decisions(self) -> None:
        if self._decisions:
            with self._comparison() as connection:
                run_many(connection, schema.DECIDED, self._decisions)
            self._decisions = []

    @contextmanager
    def _comparison(self) -> Iterator[Connection]:
        """The one transaction of the locations that are being compared."""
        with storage():
            if self._comparing is None:
                self._comparing = self._engine.connect()
            yield self._comparing
