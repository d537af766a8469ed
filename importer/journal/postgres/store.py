"""The store of a journal in a database: one schema for each run.

A schema is removed in one step, whatever is in it, and the statements name no run.
Invariants: a new journal appears whole, its schema and its line among the runs in one
transaction; it is made and changed by one process at a time.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from importer.errors import InputError, JournalDamaged, UsageError
from importer.journal import commits
from importer.journal.commits import storage
from importer.journal.ports import Depth
from importer.journal.postgres import connection, shared
from importer.journal.postgres.guard import Guard
from importer.journal.schema import SCHEMA, meta, metadata, rows, states
from importer.models import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine, Row
    from sqlalchemy.engine import ExceptionContext

    from importer.journal.ports import CommitGuard
    from importer.journal.postgres.address import Address

#: The first version that a journal in a database can have.
OLDEST = 5
#: What brings a journal to each later version, inside its schema.
STEPS: dict[int, tuple[str, ...]] = {}

#: States of a server that misses a table, a column or a schema, or reads nonsense.
_DAMAGED = frozenset(("42P01", "42703", "3F000", "22P02", "XX001", "XX002"))
#: A name is cut by the server after 63 bytes.
_SPOKEN = 40
_NUMBER = "SELECT oid FROM pg_namespace WHERE nspname = %s"
_ALLOWED = "SELECT has_schema_privilege(%s, 'USAGE')"
_TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = %s"
)


def schema_of(run_id: str) -> str:
    """Return the name of a run's schema: readable, and no other run's."""
    spoken = re.sub(r"[^a-z0-9]+", "_", run_id.lower())[:_SPOKEN]
    return f"run_{spoken}_{hashlib.sha256(run_id.encode()).hexdigest()[:12]}"


@dataclass
class PostgresStore:
    """The journal of a run in a database."""

    address: Address
    _guard: Guard | None = field(default=None, repr=False)
    _engine: Engine | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that names no run.

        Raises:
            UsageError: it names none.
        """
        if not self.address.run_id:
            msg = f"The address {self.address} names no run."
            remedy = f"Write it as {self.address.of_run('RUN')}, or give the path of a "
            raise UsageError(msg, remedy=f"{remedy}file, or sqlite:///PATH.")

    @property
    def run_id(self) -> str:
        """The run."""
        return self.address.run_id

    @property
    def schema(self) -> str:
        """The schema that the journal is in."""
        return schema_of(self.run_id)

    @property
    def url(self) -> str:
        """The address, which never holds a password; see `postgres.address`."""
        return str(self.address)

    @property
    def written_at(self) -> float:
        """When the database last wrote to it, by its own clock."""
        with self._reading():
            line = self._line()
        return line.written_at.timestamp() if line is not None else 0.0

    def exists(self) -> bool:
        """Return whether the schema is there."""
        with self._reading():
            return self._number() is not None

    def began(self) -> bool:
        """Return whether the list of the runs says that rows may have been sent."""
        with self._reading():
            line = self._line()
        return line is not None and line.began

    def create(self, fill: Callable[[Engine], None]) -> None:
        """Make the schema under another name, and give it its own when it is whole.

        Raises:
            StorageError: it cannot be written.
        """
        draft = self.schema.replace("run_", "new_", 1)
        with storage(), self._shared.begin() as opened:
            # it stands still for as long as the journal is filled
            opened.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            shared.lock(opened, self.run_id)
            # seen by the connections that fill it, so it is committed before
            with self._shared.begin() as beside:
                _drop(beside, draft)
                beside.exec_driver_sql(f'CREATE SCHEMA "{draft}"')
            engine = connection.engine(self.address, draft)
            try:
                fill(engine)
            finally:
                engine.dispose()
            _drop(opened, self.schema)
            opened.exec_driver_sql(f'ALTER SCHEMA "{draft}" RENAME TO "{self.schema}"')
            self._list(opened)

    def check(self, depth: Depth) -> int:
        """Return the version of the journal, once it can be believed.

        That its pages are whole is the server's own affair.

        Raises:
            JournalDamaged: it is not whole.
            InputError: there is none, or a newer program made it.
        """
        if not self.exists():
            if self.began():
                raise self.damaged(reason="it is gone")
            raise self._absent()
        engine = self.engine(write=False)
        try:
            with self.readable(), engine.connect() as opened:
                names = self._tables(opened)
                version = self._version(opened, names)
                missing = {*metadata.tables, rows.name} - names
                if version == SCHEMA and missing:
                    raise self.damaged(reason=f"the table {min(missing)} is gone")
                if depth is not Depth.FACTS:
                    for (status,) in opened.execute(select(states.c.status).distinct()):
                        Status(status)
                return version
        finally:
            engine.dispose()

    def upgrade(self, version: int) -> None:
        """Bring an older journal up to date, all of it or nothing.

        Raises:
            StorageError: it cannot be written.
        """
        engine = connection.engine(self.address, self.schema)
        try:
            with storage(), engine.begin() as opened:
                shared.lock(opened, self.run_id)
                metadata.create_all(opened)
                for number in range(version + 1, SCHEMA + 1):
                    for step in STEPS.get(number, ()):
                        opened.exec_driver_sql(step)
        finally:
            engine.dispose()

    def engine(self, *, write: bool) -> Engine:
        """Return an engine: durable at every commit, or one that writes nothing."""
        made = connection.engine(self.address, self.schema, write=write, patient=write)
        if write:
            event.listen(made, "commit", self._before_commit)
            event.listen(made, "handle_error", _tell_loss)
            self._engine = made
        return made

    def bulk(self, engine: Engine) -> Connection:
        """Return a connection whose commits do not wait for the disk."""
        opened = engine.connect()
        # nothing was sent yet, and a reading that was cut short begins anew
        opened.exec_driver_sql("SET synchronous_commit = off")
        opened.commit()
        return opened

    def guard(self) -> CommitGuard:
        """Return what stands before the commits of this process.

        Raises:
            InputError: there is no journal, or no more.
        """
        with self._reading():
            number = self._number()
        if number is None:  # its run was removed since it was checked
            raise self._absent()
        engine = self._engine or self._shared
        self._guard = Guard(engine, self.run_id, self.schema, number)
        return self._guard

    @contextmanager
    def readable(self) -> Iterator[None]:
        """Say of what makes no sense in the block that the journal is damaged.

        Raises:
            JournalDamaged: something does not.
            InputError: the database cannot be read.
            StorageError: it went away, and did not come back in time.
        """
        try:
            yield
        except DBAPIError as failure:
            cause = failure.orig or failure
            if commits.passing(cause):
                raise connection.unreachable(self.address, failure) from None
            why = commits.reason(cause)
            if getattr(cause, "sqlstate", None) in _DAMAGED:
                raise self.damaged(why) from None
            msg = f"The journal of run {self.run_id} cannot be read: {why}."
            raise InputError(msg, remedy=connection.LOOK) from None
        except ValueError:  # no JSON, or no word of ours
            raise self.damaged(reason="a text in it makes no sense") from None

    def damaged(self, reason: str) -> JournalDamaged:
        """Return the refusal of the journal, with the reason."""
        return JournalDamaged(
            f"The journal of run {self.run_id} in {self.address.server} is damaged: "
            f"{reason}.",
            remedy="It was left as it is; restore a backup of the database. Without "
            f"one: importer runs retire {shlex.quote(self.run_id)}",
        )

    @property
    def _shared(self) -> Engine:
        return shared.engine(self.address)

    def _before_commit(self, opened: Connection) -> None:
        if self._guard is not None:
            self._guard.before_commit(opened)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as failure:
            raise connection.unreachable(self.address, failure) from None

    def _number(self) -> int | None:
        """Return the server's own number of the schema; None where there is none."""
        with self._shared.connect() as opened:
            found = opened.exec_driver_sql(_NUMBER, (self.schema,)).scalar()
        return int(found) if found is not None else None

    def _line(self) -> Row[Any] | None:
        with self._shared.connect() as opened:
            wanted = select(shared.runs).where(shared.runs.c.run_id == self.run_id)
            return opened.execute(wanted).first()

    def _list(self, opened: Connection) -> None:
        """Take the run up among those of the database, or begin with it anew."""
        line = {"run_id": self.run_id, "schema": self.schema}
        anew = {
            "began": False,
            "retired": "",
            "created_at": func.clock_timestamp(),
            "written_at": func.clock_timestamp(),
        }
        new = insert(shared.runs).values(**line)
        opened.execute(new.on_conflict_do_update(index_elements=["run_id"], set_=anew))

    def _tables(self, opened: Connection) -> set[str]:
        # what is out of reach looks as if it were not there
        if not opened.exec_driver_sql(_ALLOWED, (self.schema,)).scalar():
            msg = (
                f"The journal of run {self.run_id} belongs to another user of the "
                "database."
            )
            raise InputError(msg, remedy=connection.LOOK)
        return {name for (name,) in opened.exec_driver_sql(_TABLES, (self.schema,))}

    def _version(self, opened: Connection, tables: set[str]) -> int:
        if meta.name not in tables:
            raise self.damaged(reason="the facts about the run are gone")
        wanted = select(meta.c.value).where(meta.c.key == "schema")
        version = json.loads(opened.execute(wanted).scalar() or "null")
        if version is None:
            raise self.damaged(reason="the facts about the run are gone")
        if not isinstance(version, int) or not OLDEST <= version <= SCHEMA:
            msg = (
                f"The journal of run {self.run_id} has version {version}; this program "
                f"knows versions up to {SCHEMA}."
            )
            raise InputError(msg, remedy="Use the version of the program that made it.")
        return version

    def _absent(self) -> InputError:
        msg = f"There is no journal of run {self.run_id} in {self.address.server}."
        return InputError(msg, remedy="List the runs with: importer runs")


def _tell_loss(context: ExceptionContext) -> BaseException | None:
    """Return what to raise for a connection that was lost, whoever needs it."""
    failure = context.original_exception
    if not context.is_pre_ping and commits.passing(failure):
        return commits.failed(failure)
    return None


def _drop(opened: Connection, schema: str) -> None:
    opened.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
