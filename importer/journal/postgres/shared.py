"""The schema that all runs of a database share: which there are, and who works on what.

Made where it is missing, brought up to date where it is older, both under one lock of
the database. Invariants: its version grows with every change of a table; all times are
the database's own clock, as those of several machines differ.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateTable

from importer.errors import FatalError, InputError
from importer.journal.postgres import connection

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from importer.journal.postgres.address import Address

#: The schema; those of the runs begin otherwise.
NAME = "importer"
VERSION = 4
#: The lock under which it is made and changed: a number of our own, "importer" in hex.
_LOCK = 0x696D_706F_7274_6572
_NOW = text("clock_timestamp()")
#: So long a transaction about what is shared may stand still; see `connection.engine`.
#: As long as a lease: whoever stands still for longer has lost what it held.
STILL_SECONDS = 15.0

metadata: MetaData = MetaData(schema=NAME)

version: Table = Table("version", metadata, Column("number", Integer, nullable=False))


def _moment(name: str, *, usual: bool = True) -> Column[Any]:
    default = _NOW if usual else None
    moment = DateTime(timezone=True)
    return Column(name, moment, nullable=False, server_default=default)


def _words(name: str, *, key: bool = False) -> Column[str]:
    default = None if key else ""
    return Column(name, Text, primary_key=key, nullable=False, server_default=default)


#: The runs, each with the schema that its journal is in.
runs: Table = Table(
    "runs",
    metadata,
    _words("run_id", key=True),
    Column("schema", Text, nullable=False, unique=True),
    _words("base_url"),
    # the machine and the run folder that keep its reports
    _words("host"),
    _words("folder"),
    _moment("created_at"),
    _moment("written_at"),
    # whether anything may have been sent; asked where the journal is gone
    Column("began", Boolean, nullable=False, server_default=text("false")),
    # why it is left out by later runs; empty: it is not
    _words("retired"),
    Column("facts", Text, nullable=False, server_default="{}"),  # JSON object
    # whether the process that works on it was asked to end
    Column("pause", Boolean, nullable=False, server_default=text("false")),
    # why all that work on it shall end; empty: they need not (since version 3)
    _words("stop"),
)

#: Processes that work, or have worked; the number fences the commits of each.
holders: Table = Table(
    "holders",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _words("host"),
    Column("pid", Integer, nullable=False, server_default=text("0")),
    # the machine as its processes know it: they see each other die
    _words("machine"),
    _moment("began_at"),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    # when the lease of one ran out that was not seen to die
    Column("gone_at", DateTime(timezone=True)),
    # when nothing that it has called is in a window of a limit any more (since 4)
    Column("calm_at", DateTime(timezone=True)),
)

#: How long a holder is believed to work; apart from `holders`, so that a commit which
#: looks at that never waits for a renewal.
leases: Table = Table(
    "leases",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    _moment("expires_at", usual=False),
    # the longest window of a limit that it has met (since 4)
    Column("window_seconds", Double, nullable=False, server_default=text("10")),
)

#: Who works on which location.
claims: Table = Table(
    "claims",
    metadata,
    _words("server", key=True),
    _words("location_id", key=True),
    Column("holder", BigInteger, nullable=False),
    Column("run_id", Text, nullable=False),
    Index("ix_claims_holder", "holder"),
    Index("ix_claims_run_id", "run_id"),
)

#: Who works on which run.
run_claims: Table = Table(
    "run_claims",
    metadata,
    _words("run_id", key=True),
    Column("holder", BigInteger, nullable=False),
    Index("ix_run_claims_holder", "holder"),
)

#: Which runs have worked on a location, and when last; found by the location.
touched: Table = Table(
    "touched",
    metadata,
    _words("server", key=True),
    _words("location_id", key=True),
    _words("run_id", key=True),
    _moment("at"),
    Index("ix_touched_run_id", "run_id"),
)

#: What each process that works on a run has come to, since it took part (since 3).
progress: Table = Table(
    "progress",
    metadata,
    _words("run_id", key=True),
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("done", BigInteger, nullable=False, server_default=text("0")),
    Column("bad", BigInteger, nullable=False, server_default=text("0")),
    Column("calls", BigInteger, nullable=False, server_default=text("0")),
    # false: it has let go of the run, and what it has done still counts
    Column("working", Boolean, nullable=False, server_default=text("true")),
)

#: What the last process has called at a location that has not left the limit's window
#: `until` (since 4): the limit was so many calls in so many seconds, where it is known.
spent: Table = Table(
    "spent",
    metadata,
    _words("server", key=True),
    _words("location_id", key=True),
    _moment("until", usual=False),
    # null: how many is not known
    Column("calls", Integer),
    Column("most", Integer),
    Column("seconds", Double),
)

#: Slugs that a server has changed, as `journal.slugs` keeps them for a folder.
slugs: Table = Table(
    "slugs",
    metadata,
    _words("server", key=True),
    _words("location_id", key=True),
    _words("sent", key=True),
    Column("collection_id", Text, nullable=False),
    Column("shown", Text, nullable=False),
)

#: Runs that send, and have not yet written down what they know of slugs.
sending: Table = Table("sending", metadata, _words("run_id", key=True))


def _table(made: Table) -> str:
    """Return the statement that makes a table."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(CreateTable(made).compile(dialect=dialect))


#: What makes each later version of the one before it.
STEPS: dict[int, tuple[str, ...]] = {
    2: (f"ALTER TABLE {NAME}.runs ADD COLUMN pause boolean NOT NULL DEFAULT false",),
    3: (
        f"ALTER TABLE {NAME}.runs ADD COLUMN stop text NOT NULL DEFAULT ''",
        _table(progress),
    ),
    4: (
        f"ALTER TABLE {NAME}.holders ADD COLUMN calm_at timestamptz",
        f"ALTER TABLE {NAME}.leases ADD window_seconds float8 NOT NULL DEFAULT 10",
        _table(spent),
    ),
}


_made: list[Engine] = []


def engine(address: Address) -> Engine:
    """Return this process's engine for what the runs of a database share.

    Raises:
        InputError: a newer program made it.
        StorageError: the database cannot be used.
        UsageError: psycopg is not installed, or something about the database is wrong.
    """
    return _engine(address.server, os.getpid())


@cache
def _engine(address: Address, process: int) -> Engine:
    del process  # connections of a process that was forked are its parent's
    made = connection.engine(address, NAME, still_seconds=STILL_SECONDS)
    try:
        prepare(made)
    except (SQLAlchemyError, OSError, FatalError) as failure:
        made.dispose()
        raise connection.unreachable(address, failure) from None
    _made.append(made)
    return made


def close() -> None:
    """Close what `engine` has opened; the next use opens it again."""
    for made in _made:
        made.dispose()
    _made.clear()
    _engine.cache_clear()


def prepare(shared: Engine) -> None:
    """Make the schema, or bring it up to date, unless it is of this version.

    Raises:
        InputError: a newer program made it.
    """
    with shared.connect() as opened:
        if _found(opened) == VERSION:
            return
    with shared.begin() as opened:
        lock(opened)
        found = _found(opened)
        if found > VERSION:
            msg = (
                f"The schema {NAME} of the database has version {found}; this program "
            )
            msg += f"knows versions up to {VERSION}."
            raise InputError(msg, remedy="Use the newest version of the program.")
        if not found:
            opened.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {NAME}")
            metadata.create_all(opened)
            opened.execute(insert(version), {"number": VERSION})
        elif found < VERSION:
            for number in range(found + 1, VERSION + 1):
                for step in STEPS[number]:
                    opened.exec_driver_sql(step)
            opened.execute(update(version).values(number=VERSION))


def lock(opened: Connection, run_id: str = "") -> None:
    """Let no other process make or change a schema until the transaction has ended.

    Args:
        opened: the transaction.
        run_id: whose schema; empty for the shared one.
    """
    number = _LOCK
    if run_id:
        digest = hashlib.sha256(f"importer/{run_id}".encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
    opened.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (number,))


def _found(opened: Connection) -> int:
    """Return the version that the schema has, 0 where there is none."""
    if not inspect(opened).has_table(version.name, schema=NAME):
        return 0
    return opened.execute(select(version.c.number)).scalar() or 0
