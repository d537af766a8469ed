"""Rows that call products by SKU, name or handle, until their ids are known.

Rows go in with what they call their products, and come out again to be looked up.
Invariant: a row's ids, and that it need not be looked up any more, reach the disk
together.
"""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, exists, select, update

from importer.catalog import FIELDS
from importer.journal import schema
from importer.journal.catalog import kind_of
from importer.journal.commits import storage
from importer.journal.schema import called, inputs, listed, rows
from importer.journal.spread import Spread
from importer.journal.statements import load, put, run_many, stream
from importer.models import Called, Found, Place, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Engine

    from importer.journal.statements import Values

#: Rows that are written in one go.
BATCH = 1000

_FOUND = (
    update(called)
    .where(called.c.seq == bindparam("of"))
    .where(called.c.field == bindparam("in_field"))
    .values(found=bindparam("what"))
)
#: Rows that are still to be looked up: those that a POST may be made for.
_OPEN = (
    called.c.found == "",
    rows.c.status.in_((Status.PLANNED.value, Status.UNKNOWN.value)),
    rows.c.collection_id == "",
)


class Row(NamedTuple):
    """A row whose products are to be looked up."""

    seq: int
    body: bytes
    remark_code: str
    remark: str
    called: tuple[Called, ...]


class Looked(NamedTuple):
    """What came of a row: its body and remark, or a status that says why not.

    `found` has for each column what its texts mean; None leaves the row to be looked
    up again.
    """

    row: Row
    body: bytes
    remark_code: str
    remark: str
    found: tuple[tuple[Found, ...], ...] | None = ()
    status: Status = Status.PLANNED
    code: str = ""
    message: str = ""


class Answer(NamedTuple):
    """What the texts of one column of a row mean, as far as that was found."""

    seq: int
    place: Place
    location_id: str
    slug: str
    column: str
    found: tuple[Found, ...]


class Named:
    """The rows that call products by something else than ids."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine
        self._called: list[Values] = []

    def start_anew(self) -> None:
        """Forget what was read: the reading before this one was cut short.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._called = []
        if self.used():
            with storage(), self._engine.begin() as connection:
                connection.execute(delete(called))

    def want(
        self, seq: int, columns: Sequence[Called], spread: Spread | None = None
    ) -> None:
        """Keep what a row, or each of those it is spread to, calls its products.

        `flush` follows.

        Raises:
            StorageError: the disk is full or gone.
        """
        everywhere = spread or Spread()
        for column in columns:
            texts, needed = json.dumps(column.texts), int(column.needed)
            called = (seq, column.field, column.column, texts, needed, "")
            self._called += everywhere.numbered(called)
        if len(self._called) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Commit what was handed in.

        Raises:
            StorageError: the disk is full or gone.
        """
        if self._called:
            with storage(), self._engine.begin() as connection:
                load(connection, schema.ADD_CALLED, self._called)
            self._called = []

    def used(self) -> bool:
        """Return whether any row calls its products by something else than ids."""
        with self._engine.connect() as connection:
            first = select(called.c.seq).limit(1)
            return connection.execute(first).first() is not None

    def waiting(self, among: Collection[str] | None = None) -> dict[str, set[str]]:
        """Return locations with rows to be looked up, each with the kinds of list.

        Args:
            among: only these are looked at, not too many; None for all of them.
        """
        wanted = (
            select(rows.c.location_id, called.c.field)
            .join(called, called.c.seq == rows.c.seq)
            .where(*_OPEN)
            .distinct()
        )
        if among is not None:
            wanted = wanted.where(rows.c.location_id.in_(list(among)))
        kinds: dict[str, set[str]] = defaultdict(set)
        with self._engine.connect() as connection:
            for location_id, field in connection.execute(wanted):
                kinds[location_id].add(kind_of(field))
        return kinds

    def seqs(self, location_id: str) -> set[int]:
        """Return the numbers of all rows of a location that call products so."""
        wanted = (
            select(called.c.seq)
            .join(rows, rows.c.seq == called.c.seq)
            .where(rows.c.location_id == location_id)
            .distinct()
        )
        with self._engine.connect() as connection:
            return {seq for (seq,) in connection.execute(wanted)}

    def rows(self, location_id: str, after: int, most: int) -> list[Row]:
        """Return a location's next rows that are to be looked up, in input order."""
        which = (
            select(rows.c.seq, rows.c.body, rows.c.remark_code, rows.c.remark)
            .where(rows.c.location_id == location_id)
            .where(rows.c.seq > after)
            .where(exists().where(called.c.seq == rows.c.seq, *_OPEN))
            .order_by(rows.c.seq)
            .limit(most)
        )
        with self._engine.connect() as connection:
            found = list(connection.execute(which))
            columns: dict[int, list[Called]] = defaultdict(list)
            parts = select(called).where(called.c.seq.in_([item.seq for item in found]))
            for record in connection.execute(parts):
                texts = tuple(json.loads(record.texts))
                column = Called(record.field, record.header, texts, bool(record.needed))
                columns[record.seq].append(column)
        order = list(FIELDS)
        return [
            Row(
                *item,
                tuple(sorted(columns[item.seq], key=lambda c: order.index(c.field))),
            )
            for item in found
        ]

    def looked_up(self, answers: Sequence[Looked]) -> None:
        """Write what came of some rows, all of it or nothing.

        Raises:
            StorageError: the disk is full or gone.
        """
        decided = [
            (answer.row.seq, answer.status.value, "", answer.code, answer.message, "")
            for answer in answers
            if answer.status is not Status.PLANNED
        ]
        written = [
            (answer.body, answer.remark_code, answer.remark, answer.row.seq)
            for answer in answers
            if answer.status is Status.PLANNED
        ]
        found = [
            (json.dumps(mine), answer.row.seq, column.field)
            for answer in answers
            if answer.found is not None
            for column, mine in zip(answer.row.called, answer.found, strict=True)
        ]
        # one transaction: a row whose ids are there, but is looked up again, would be
        # told twice
        with storage(), self._engine.begin() as connection:
            put(connection.exec_driver_sql, connection.dialect, schema.DECIDED, decided)
            for statement, values in ((schema.REMARKED, written), (_FOUND, found)):
                if values:
                    run_many(connection, statement, values)

    def look_again(self, locations: Collection[str], codes: Collection[str]) -> None:
        """Have products of rows with such a code looked up in lists that are read anew.

        Args:
            locations: of the rows.
            codes: why they were never sent.

        Raises:
            StorageError: the disk is full or gone.
        """
        if not self.used():
            return
        refused = select(rows.c.seq).where(
            rows.c.status == Status.INVALID.value,
            rows.c.code.in_([str(code) for code in codes]),
        )
        with storage(), self._engine.begin() as connection:
            for location in locations:
                theirs = refused.where(rows.c.location_id == location)
                again = update(called).where(called.c.seq.in_(theirs))
                connection.execute(again.values(found=""))
                mine = listed.c.location_id == location
                connection.execute(delete(listed).where(mine))

    def answers(self) -> Iterator[Answer]:
        """Yield what was found for every row, column after column, in input order."""
        place = (inputs.c.file, inputs.c.sheet, rows.c.row, rows.c.row_end)
        wanted = (
            select(
                called.c.seq,
                *place,
                rows.c.location_id,
                rows.c.slug,
                called.c.header,
                called.c.found,
            )
            .join(rows, rows.c.seq == called.c.seq)
            .join(inputs, inputs.c.id == rows.c.input)
            .where(called.c.found != "")
            # SKUs, names, handles
            .order_by(called.c.seq, called.c.field.desc())
        )
        with self._engine.connect() as connection:
            for seq, *places, location_id, slug, column, found in stream(
                connection, wanted
            ):
                mine = tuple(Found(*load) for load in json.loads(found))
                yield Answer(seq, Place(*places), location_id, slug, column, mine)
