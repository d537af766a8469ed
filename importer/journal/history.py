"""The journal as it is read for a report: lines, counts and the files behind them.

Only reads, and as streams where a run may hold a million rows. Invariant: lines come
in the order of the input, whatever the order was in which they were sent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import bindparam, func, or_, select

from importer.journal.schema import inputs, records, rows
from importer.journal.statements import fetch, stream
from importer.models import BETWEEN, Code, InputFile, Place, ReportLine, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import Engine

    from importer.journal.statements import Values


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
        self, *statuses: Status, codes: Collection[Code] = (), cells: bool = True
    ) -> Iterator[ReportLine]:
        """The rows in input order, as a stream.

        Args:
            statuses: only rows in one of these states; all where none is given.
            codes: and rows with one of these codes, whatever their state.
            cells: whether the lines shall have the input's own header and cells.
        """
        wanted = select(*_LINE, *((rows.c.cells,) if cells else ()))
        wanted = wanted.order_by(rows.c.seq)
        if statuses or codes:
            wanted = wanted.where(
                or_(rows.c.status.in_(statuses), rows.c.code.in_(list(codes)))
            )
        read = self._inputs()
        with self._engine.connect() as connection:
            for one in stream(connection, wanted):
                yield _line(one, *read[one[0]])

    def files(self) -> list[InputFile]:
        """The tables that were read."""
        return [file for file, _ in self._inputs().values()]

    def place(self, seq: int) -> Place | None:
        """Where one row stands; None where there is no such row."""
        found = fetch(self._engine, _PLACE_OF, (seq,))
        return Place(*found[0]) if found else None

    def rows_in(self) -> int:
        """How many rows the plan took in."""
        with self._engine.connect() as connection:
            counted = select(func.count()).select_from(records)
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


def _line(one: Values, file: InputFile, header: tuple[str, ...]) -> ReportLine:
    _, row, row_end, location_id, name, slug, status, *rest = one
    collection_id, code, message, remark_code, remark, *sent = rest
    attempts, http_status, trace_id, started_at, finished_at, *cells = sent
    if remark:
        message = f"{message}{BETWEEN}{remark}" if message else remark
    return ReportLine(
        Place(file.file, file.sheet, row, row_end),
        location_id,
        name,
        slug,
        _STATUSES[status],
        collection_id,
        code or remark_code,
        message,
        attempts,
        http_status,
        trace_id,
        started_at,
        finished_at,
        *((header, tuple(orjson.loads(cells[0]))) if cells else ()),
    )


#: What a report line is made of, in the order of `_line`.
_LINE = (
    rows.c.input,
    rows.c.row,
    rows.c.row_end,
    rows.c.location_id,
    rows.c.name,
    rows.c.slug,
    rows.c.status,
    rows.c.collection_id,
    rows.c.code,
    rows.c.message,
    rows.c.remark_code,
    rows.c.remark,
    rows.c.attempts,
    rows.c.http_status,
    rows.c.trace_id,
    rows.c.started_at,
    rows.c.finished_at,
)
#: Where a row stands, in the order of `Place`.
_PLACE_OF = (
    select(inputs.c.file, inputs.c.sheet, records.c.row, records.c.row_end)
    .join(inputs, inputs.c.id == records.c.input)
    .where(records.c.seq == bindparam("seq"))
)
#: States by their text: looking them up in the enum costs more than the line.
_STATUSES = {status.value: status for status in Status}
