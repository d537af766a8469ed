"""The journal as it is read for a report: lines, counts and the files behind them.

Only reads, and as streams where a run may hold a million rows. Invariant: lines come
in the order of the input, whatever the order was in which they were sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from importer.journal.schema import BETWEEN, inputs, rows
from importer.models import Code, InputFile, Place, ReportLine, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Engine, Row

#: How many rows are fetched in one go.
BATCH = 1000


class History:
    """What a run did."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows by location and state."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(rows.c.location_id, rows.c.status, func.count()).group_by(
                    rows.c.location_id, rows.c.status
                )
            )
            counted: dict[str, dict[str, int]] = {}
            for location, status, count in found:
                counted.setdefault(location, {})[status] = count
            return counted

    def codes(self) -> dict[str, int]:
        """Rows by code, the most frequent first."""
        with self._engine.connect() as connection:
            found = connection.execute(
                select(rows.c.code, func.count().label("n"))
                .where(rows.c.code != "")
                .group_by(rows.c.code)
                .order_by(func.count().desc(), rows.c.code)
            )
            return {one.code: one.n for one in found}

    def lines(
        self, *statuses: Status, codes: Collection[Code] = ()
    ) -> Iterator[ReportLine]:
        """The rows in input order, as a stream.

        Args:
            statuses: only rows in one of these states; all where none is given.
            codes: and rows with one of these codes, whatever their state.
        """
        wanted = select(rows).order_by(rows.c.seq)
        if statuses or codes:
            wanted = wanted.where(
                or_(rows.c.status.in_(statuses), rows.c.code.in_(list(codes)))
            )
        read = self._inputs()
        with self._engine.connect() as connection:
            found = connection.execution_options(yield_per=BATCH).execute(wanted)
            for one in found:
                yield _line(one, *read[one.input])

    def files(self) -> list[InputFile]:
        """The tables that were read."""
        return [file for file, _ in self._inputs().values()]

    def rows_in(self) -> int:
        """How many rows the plan took in."""
        with self._engine.connect() as connection:
            counted = select(func.count()).select_from(rows)
            return connection.execute(counted).scalar_one()

    def _inputs(self) -> dict[int, tuple[InputFile, tuple[str, ...]]]:
        """The tables that were read and their headers, by number."""
        with self._engine.connect() as connection:
            found = connection.execute(select(inputs).order_by(inputs.c.id))
            return {
                one.id: (
                    InputFile(
                        one.file,
                        one.sheet,
                        one.preset,
                        one.rows,
                        tuple(json.loads(one.left_out)),
                    ),
                    tuple(json.loads(one.header)),
                )
                for one in found
            }


def _line(one: Row[Any], file: InputFile, header: tuple[str, ...]) -> ReportLine:
    return ReportLine(
        Place(file.file, file.sheet, one.row, one.row_end),
        one.location_id,
        one.name,
        one.slug,
        Status(one.status),
        one.collection_id,
        one.code or one.remark_code,
        BETWEEN.join(part for part in (one.message, one.remark) if part),
        one.attempts,
        one.http_status,
        one.trace_id,
        one.started_at,
        one.finished_at,
        header,
        tuple(json.loads(one.cells)),
    )
