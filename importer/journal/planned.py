"""The plan in the journal: rows go in once, in the order of the input.

Rows gather and are committed a thousand at a time: nothing was sent yet, so nothing
is lost if the process dies here but the time it took. Invariants: every row of the
input is here exactly once, with its cells as the file has them; a location counts as
compared only together with all the decisions about its rows.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import delete, insert, select, update

from importer.journal import schema
from importer.journal.commits import storage
from importer.journal.schema import compared, inputs, records, states
from importer.journal.spread import Spread
from importer.journal.statements import POSTGRESQL, analyze, load, put, run_many
from importer.models import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Engine

    from importer.journal.statements import Values
    from importer.models import (
        DoneBefore,
        Existing,
        InputFile,
        Invalid,
        Job,
        Plain,
        Problem,
        Row,
        Status,
        Table,
    )

#: How many rows are committed in one go.
BATCH = 1000
#: So much of a comparison is held in memory before it is written.
GATHERED = 5_000


@dataclass(frozen=True, slots=True)
class Decision:
    """What the plan makes of a row.

    `code` and `message` say what became of it. Where `body` is filled it is sent
    instead of the row's own, and `remark_code` and `remark` are told with it;
    `changes` are then the fields that differ, each with what is there and what the
    row says. `shown` is what the server has made of what was sent, as in `Outcome`.
    """

    seq: int
    status: Status
    collection_id: str = ""
    code: str = ""
    message: str = ""
    remark_code: str = ""
    remark: str = ""
    body: bytes = b""
    changes: Mapping[str, tuple[str, str]] | None = None
    shown: str = ""


class Planned:
    """Rows, what the locations held before, and what the plan decided."""

    def __init__(self, engine: Engine, bulk: Callable[[], Connection]) -> None:
        """Wrap an engine whose tables exist; `bulk` opens a connection to fill them."""
        self._engine = engine
        self._among: list[str] | None = None
        self._records: list[Values] = []
        self._states: list[Values] = []
        self._decisions: list[Decision] = []
        self._before: list[Values] = []
        self._compared: list[Values] = []
        self._comparing: Connection | None = None
        self._loading = Loading(bulk)
        self._spread = Spread()

    def start_anew(self) -> None:
        """Forget what was read: the reading before this one was cut short.

        Raises:
            StorageError: the disk is full or gone.
        """
        self._records, self._states, self._spread = [], [], Spread()
        with self._loading.transaction() as connection:
            # without the index while rows come in; made at the end it costs a fraction
            connection.exec_driver_sql(schema.NO_INDEX)
            for table in (records, states, inputs):
                connection.execute(delete(table))

    def all_in(self) -> None:
        """Say that no row follows, so that those of a location can be found.

        Raises:
            StorageError: the disk is full or gone.
        """
        with self._loading.transaction() as connection:
            fits = connection.dialect.name == POSTGRESQL
            connection.exec_driver_sql(schema.INDEX_WITH_KEY if fits else schema.INDEX)
            analyze(connection, records.name, states.name)
        self._loading.close()

    def open_input(
        self, number: int, table: Table, file: InputFile, spread: Spread | None = None
    ) -> None:
        """Say where the rows come from that follow, and where each of them goes.

        Args:
            number: of the table.
            table: with its header.
            file: what is told of it.
            spread: the locations of each row; None where it is of one, as it stands.
        """
        self._spread = spread or Spread()
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
        """Add a row that shall be sent, with what is worth telling about it."""
        code, text = "", ""
        if remarks:
            code, text = remarks[0].code.value, BETWEEN.join(map(str, remarks))
        self._add(
            (
                job.seq,
                number,
                row.first,
                row.last,
                _json(row.cells),
                job.location_id,
                job.name,
                job.slug,
                job.type,
                job.body,
                code,
                text,
            )
        )

    def add_plain(self, seq: int, number: int, row: Plain, body: bytes) -> None:
        """Add a row that shall be sent and of which there is nothing to tell."""
        first, cells, parts = row
        place = (seq, number, first, first, _json(cells), parts["location_id"])
        self._add(
            (*place, parts["name"], parts["slug"], str(parts["type"]), body, "", "")
        )

    def add_refused(
        self, number: int, seq: int, status: Status, refused: Invalid
    ) -> None:
        """Add a row that is never sent, with everything wrong with it."""
        code = refused.problems[0].code.value
        text = BETWEEN.join(map(str, refused.problems))
        state = (seq, status.value, "", code, text, 0, None, "", None, None, "")
        self._states += self._spread.numbered(state)
        self._add_unsent(number, seq, refused)

    def add_done(self, number: int, seq: int, status: Status, done: DoneBefore) -> None:
        """Add a row that an earlier run has done, with the id that it got there."""
        code, text = done.remark.code.value, str(done.remark)
        collection_id = done.collection_id
        told = (collection_id, code, text, 0, None, "", None, None, "")
        self._states += self._spread.numbered((seq, status.value, *told))
        self._add_unsent(number, seq, done)

    def _add_unsent(self, number: int, seq: int, row: Invalid | DoneBefore) -> None:
        place = row.row.place
        places = (seq, number, place.row, place.row_end, _json(row.row.cells))
        self._add((*places, row.location_id, row.name, row.slug, "", b"", "", ""))

    def _add(self, record: Values) -> None:
        """Take in the columns of `schema.records`, in their order."""
        self._records += self._spread.records(record)
        if len(self._records) >= BATCH:
            self.flush_rows()

    def flush_rows(self) -> None:
        """Commit the rows that were added.

        Raises:
            StorageError: the disk is full or gone.
        """
        if not self._records:
            return
        with self._loading.transaction() as connection:
            load(connection, schema.ADD_RECORD, self._records)
            if self._states:
                load(connection, schema.ADD_STATE, self._states)
        self._records, self._states = [], []

    def part(self, locations: Collection[str]) -> Planned:
        """Return the same for some locations, where others compare the rest.

        It gathers by itself.
        """
        part = Planned(self._engine, self._loading.connect)
        part._among = list(locations)
        return part

    def add_before(self, location_id: str, found: Sequence[Existing]) -> None:
        """Keep what a location held before the run; `decide` and a flush follow.

        Nothing of it is on the disk before `flush_decisions`: a run that is killed
        between must compare again, or it would create what is there already.
        """
        self._before += (
            (location_id, existing.collection_id, existing.slug)
            for existing in found
            if existing.collection_id
        )
        self._compared.append((location_id, len(found)))
        self._spill()

    @property
    def spilled(self) -> bool:
        """Whether a transaction is open, as the comparison became too large to hold.

        No other work may come before it is committed.
        """
        return self._comparing is not None

    def compared(self) -> set[str]:
        """Return the locations whose rows were compared already."""
        wanted = select(compared.c.location_id)
        if self._among is not None:
            wanted = wanted.where(compared.c.location_id.in_(self._among))
        with self._engine.connect() as connection:
            return {one for (one,) in connection.execute(wanted)}

    def decide(self, decision: Decision) -> None:
        """Take in a decision of the plan."""
        self._decisions.append(decision)
        self._spill()

    def flush_decisions(self) -> None:
        """Commit the decisions about some locations, together with what they held.

        Raises:
            StorageError: the disk is full or gone.
        """
        if self._before or self._compared or self._decisions or self.spilled:
            self._write_comparison()
            with storage(), self._comparison() as connection:
                # what was there before and what the plan made of it, in one commit:
                # half of it would take what was there for the run's own
                connection.commit()
        self.close()

    def close(self) -> None:
        """Forget a comparison that did not come to its end."""
        self._loading.close()
        self._before, self._compared, self._decisions = [], [], []
        if self._comparing is not None:
            self._comparing.close()
            self._comparing = None

    def _spill(self) -> None:
        """Write what was gathered, before it fills the memory."""
        if len(self._before) + len(self._decisions) >= GATHERED:
            self._write_comparison()

    def _write_comparison(self) -> None:
        with storage(), self._comparison() as connection:
            execute, dialect = connection.exec_driver_sql, connection.dialect
            put(execute, dialect, schema.BEFORE, self._before)
            put(execute, dialect, schema.COMPARED, self._compared)
            _write_down(connection, self._decisions)
        self._before, self._compared, self._decisions = [], [], []

    @contextmanager
    def _comparison(self) -> Iterator[Connection]:
        """Give the one transaction of the locations that were compared.

        Held open for no longer than it takes to write: who waits for a list meanwhile
        would keep a connection from others, and in the end from itself.
        """
        if self._comparing is None:
            self._comparing = self._engine.connect()
        yield self._comparing


class Loading:
    """A connection that is opened when it is first needed."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        """Keep how it is opened."""
        self.connect = connect
        self._connection: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open one transaction, committed at the end of the block.

        Raises:
            StorageError: the disk is full or gone.
        """
        with storage():
            if self._connection is None:
                self._connection = self.connect()
            with self._connection.begin():
                yield self._connection

    def close(self) -> None:
        """Let go of the connection; others wait for the disk and are not it."""
        if self._connection is not None:
            # not closed into the pool: the next to use it would not wait for the disk
            self._connection.invalidate()
            self._connection = None


def _write_down(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Write decisions into the transaction of a comparison."""
    made = [
        (
            decision.seq,
            decision.status.value,
            decision.collection_id,
            decision.code,
            decision.message,
            decision.shown,
        )
        for decision in decisions
    ]
    put(connection.exec_driver_sql, connection.dialect, schema.DECIDED, made)
    differing = [
        (decision.seq, json.dumps(decision.changes))
        for decision in decisions
        if decision.changes
    ]
    put(connection.exec_driver_sql, connection.dialect, schema.CHANGES, differing)
    remarked = [
        (decision.body, decision.remark_code, decision.remark, decision.seq)
        for decision in decisions
        if decision.body
    ]
    if remarked:
        run_many(connection, schema.REMARKED, remarked)


def _json(cells: Sequence[str]) -> str:
    """Write cells as a JSON list, also such as hold half of a surrogate pair.

    orjson takes none of these, and json does.
    """
    try:
        return orjson.dumps(cells).decode()
    except orjson.JSONEncodeError:
        return json.dumps(cells)
