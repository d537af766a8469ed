"""The journal as it is read: report lines, counts, files, and what the plan decided.

Only reads, and as streams where a run may hold a million rows. Invariants: lines come
in the order of the input, whatever the order was in which they were sent, and so do
decisions, so that two readings can be laid side by side.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import orjson
from sqlalchemy import bindparam, case, func, or_, select

from importer.journal.commits import storage
from importer.journal.schema import changes, inputs, records, rows, states
from importer.journal.statements import fetch, stream, streamed
from importer.models import BETWEEN, InputFile, Place, ReportBlock, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Engine

    from importer.journal.statements import Values
    from importer.models import Code, ReportLine


class DecidedRow(NamedTuple):
    """A row of the input with the decision about it.

    `input` is the number of its table; `cells` are the JSON of its cells; `status` is
    the text of one; `body` is what would be sent, and belongs to an update where
    `collection_id` is filled; `fields` are the JSON of what an update changes, or None.
    """

    input: int
    row: int
    row_end: int
    cells: str
    location_id: str
    name: str
    slug: str
    status: str
    collection_id: str
    code: str
    message: str
    remark_code: str
    remark: str
    body: bytes
    fields: str | None

    @property
    def why(self) -> tuple[str, str]:
        """Code and sentences, the plan's and those of the check."""
        parts = [text for text in (self.message, self.remark) if text]
        return self.code or self.remark_code, BETWEEN.join(parts)

    @property
    def changes(self) -> dict[str, list[str]]:
        """The fields that an update changes: what is there, and what the row says."""
        return orjson.loads(self.fields) if self.fields else {}


class Decided:
    """The rows with what the plan decided about them."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine

    def rows(self) -> Iterator[DecidedRow]:
        """Yield every row in the order of the input."""
        with self._engine.connect() as connection:
            for record in stream(connection, _ROWS):
                yield DecidedRow(*record)

    def headers(self) -> list[str]:
        """Return the header of every table that was read, as JSON, in their order."""
        with self._engine.connect() as connection:
            found = connection.execute(select(inputs.c.header).order_by(inputs.c.id))
            return [header for (header,) in found]


_ROWS = (
    select(
        *(rows.c[name] for name in DecidedRow._fields if name != "fields"),
        changes.c.fields,
    )
    .select_from(rows.outerjoin(changes, rows.c.seq == changes.c.seq))
    .order_by(rows.c.seq)
)


#: Rows of a block: enough for what is done once for all of them, and few enough to
#: stay in the processor's cache.
TOGETHER = 250


class Standing(NamedTuple):
    """A row with where it stands and how far it is; ids are empty where it has none."""

    seq: int
    place: Place
    location_id: str
    name: str
    slug: str
    status: Status
    collection_id: str


class Pace(NamedTuple):
    """Rows of a location that were finished, and when the first of them was."""

    rows: int
    first_at: float


class History:
    """What a run did."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine

    def counts(self) -> dict[str, dict[str, int]]:
        """Count rows by location and state."""
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

    def statuses(self) -> dict[str, int]:
        """Count rows by state, of all locations together.

        Raises:
            StorageError: the database is away.
        """
        counted = select(states.c.status, func.count()).group_by(states.c.status)
        with storage(), self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(counted)}

    def paces(self, since: float) -> dict[str, Pace]:
        """Count the rows of each location that were finished after a time.

        Args:
            since: seconds since the epoch.
        """
        finished = rows.c.finished_at
        counted = select(rows.c.location_id, func.count(), func.min(finished))
        counted = counted.where(finished >= since).group_by(rows.c.location_id)
        with self._engine.connect() as connection:
            found = connection.execute(counted)
            return {location: Pace(count, first) for location, count, first in found}

    def codes(self) -> Iterator[tuple[str, Status, str, int]]:
        """Count the rows of each location, state and code, as lines show it."""
        # what became of the row goes before what the plan remarked on it
        code = case((rows.c.code != "", rows.c.code), else_=rows.c.remark_code)
        place = (rows.c.location_id, rows.c.status)
        counted = select(*place, code.label("told"), func.count())
        with self._engine.connect() as connection:
            # by its name: written twice, PostgreSQL takes it for two expressions
            found = connection.execute(counted.group_by(*place, "told"))
            for location, status, shown, count in found:
                yield location, Status(status), shown, count

    def lines(
        self, *statuses: Status, codes: Collection[Code] = ()
    ) -> Iterator[ReportLine]:
        """Yield the rows in input order with their cells; which, as `blocks`."""
        for block in self.blocks(*statuses, codes=codes, cells=True):
            yield from block

    def blocks(
        self,
        *statuses: Status,
        codes: Collection[Code] = (),
        cells: bool = False,
        location: str | None = None,
    ) -> Iterator[ReportBlock]:
        """Yield the rows in input order, some hundred at a time.

        Args:
            statuses: only rows in one of these states; all where none is given.
            codes: and rows with one of these codes, whatever their state.
            cells: whether the lines shall have the input's own header and cells.
            location: only its rows.
        """
        wanted = select(*_LINE, *((rows.c.cells,) if cells else ()))
        wanted = wanted.order_by(rows.c.seq)
        if statuses or codes:
            wanted = wanted.where(
                or_(rows.c.status.in_(statuses), rows.c.code.in_(list(codes)))
            )
        if location is not None:
            wanted = wanted.where(rows.c.location_id == location)
        read = self._inputs()
        with self._engine.connect() as connection:
            for some in streamed(connection, wanted, TOGETHER):
                yield _block(some, read)

    def files(self) -> list[InputFile]:
        """Return the tables that were read."""
        return [file for file, _ in self._inputs().values()]

    def place(self, seq: int) -> Place | None:
        """Return where one row stands; None where there is no such row."""
        found = fetch(self._engine, _PLACE_OF, (seq,))
        return Place(*found[0]) if found else None

    def at(self, row: int) -> list[Standing]:
        """Return the rows that stand at a number, one of each table that was read.

        A collection that spans several rows stands at each of them.
        """
        found = [
            Standing(seq, Place(*place), location, name, slug, Status(status), own)
            for seq, *place, location, name, slug, status, own in fetch(
                self._engine, _AT, (row, row)
            )
        ]
        # where a number is the first row of one collection, the others only pass by it
        exact = [standing for standing in found if standing.place.row == row]
        return exact or found

    def owner(self, collection_id: str) -> Place | None:
        """Return where the row stands that has an id; None where none has it."""
        found = fetch(self._engine, _OWNER, (collection_id,))
        return Place(*found[0]) if found else None

    def rows_in(self) -> int:
        """Count the rows that the plan took in."""
        with self._engine.connect() as connection:
            counted = select(func.count()).select_from(records)
            return connection.execute(counted).scalar_one()

    def _inputs(self) -> dict[int, tuple[InputFile, tuple[str, ...]]]:
        """Return the tables that were read and their headers, by number."""
        with self._engine.connect() as connection:
            found = connection.execute(select(inputs).order_by(inputs.c.id))
            return {
                record.id: (
                    InputFile(
                        record.file,
                        record.sheet,
                        record.preset,
                        record.rows,
                        tuple(json.loads(record.left_out)),
                    ),
                    tuple(json.loads(record.header)),
                )
                for record in found
            }


def _block(
    some: Sequence[Values], read: Mapping[int, tuple[InputFile, tuple[str, ...]]]
) -> ReportBlock:
    """Turn rows as they were fetched into columns."""
    number, row, row_end, location_id, name, slug, status, *rest = zip(
        *some, strict=True
    )
    collection_id, code, message, remark_code, remark, *sent = rest
    attempts, http_status, trace_id, started_at, finished_at, shown, *cells = sent
    # asked of the whole block first: most blocks have no such row at all
    if any(shown):
        name, slug = zip(*map(_as_shown, name, slug, shown), strict=True)
    if any(remark):
        message = tuple(map(_with_remark, message, remark))
    if any(remark_code):
        code = tuple(one or other for one, other in zip(code, remark_code, strict=True))
    tables = [read[item] for item in number]
    return ReportBlock(
        [file.file for file, _ in tables],
        [file.sheet for file, _ in tables],
        row,
        row_end,
        location_id,
        name,
        slug,
        status,
        collection_id,
        code,
        message,
        attempts,
        http_status,
        trace_id,
        started_at,
        finished_at,
        [header for _, header in tables] if cells else (),
        [tuple(orjson.loads(cell)) for cell in cells[0]] if cells else (),
    )


def _as_shown(name: str, slug: str, shown: str) -> tuple[str, str]:
    """Return name and slug as the server has them, where it has changed them."""
    fields = orjson.loads(shown) if shown else {}
    return fields.get("name") or name, fields.get("slug") or slug


def _with_remark(message: str, remark: str) -> str:
    """Write what is told of a row: what became of it, and what the plan remarked."""
    return f"{message}{BETWEEN}{remark}" if message and remark else message or remark


#: What a report line is made of, in the order of `_block`.
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
    rows.c.shown,
)
#: Where a row stands, in the order of `Place`.
_PLACE_OF = (
    select(inputs.c.file, inputs.c.sheet, records.c.row, records.c.row_end)
    .join(inputs, inputs.c.id == records.c.input)
    .where(records.c.seq == bindparam("seq"))
)
#: Rows at a number, in the order of `Standing`.
_AT = (
    select(
        rows.c.seq,
        inputs.c.file,
        inputs.c.sheet,
        rows.c.row,
        rows.c.row_end,
        rows.c.location_id,
        rows.c.name,
        rows.c.slug,
        rows.c.status,
        rows.c.collection_id,
    )
    .join(inputs, inputs.c.id == rows.c.input)
    .where(rows.c.row <= bindparam("first"))
    .where(rows.c.row_end >= bindparam("last"))
    .order_by(rows.c.seq)
)
#: Where the row stands that has an id, in the order of `Place`.
_OWNER = (
    select(inputs.c.file, inputs.c.sheet, rows.c.row, rows.c.row_end)
    .join(inputs, inputs.c.id == rows.c.input)
    .where(rows.c.collection_id == bindparam("collection_id"))
    .order_by(rows.c.seq)
)
