"""What all runs of a PostgreSQL database share, and how it is connected to."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from pooler import pooling
from postgres_server import PASSWORD, USER
from sqlalchemy import (  # noqa: TID251 - its own schema is looked at
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError  # noqa: TID251 - what an engine raises

from importer.errors import InputError, StorageError, UsageError
from importer.journal.commits import storage
from importer.journal.postgres import address, connection, shared

if TYPE_CHECKING:
    from postgres_server import Server


def test_the_shared_schema_is_made_once_by_two_that_come_at_the_same_time(
    database: str,
) -> None:
    """Both find one schema of this version, and neither an error."""
    found = address.know(database)
    engines = [connection.engine(found, shared.NAME) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(shared.prepare, engines))
    with engines[0].connect() as opened:
        names = set(inspect(opened).get_table_names(schema=shared.NAME))
        assert opened.execute(select(shared.version)).all() == [(shared.VERSION,)]
    assert names == {table.name for table in shared.metadata.tables.values()}
    for engine in engines:
        engine.dispose()


def test_a_shared_schema_of_an_older_program_becomes_the_present_one(
    database: str,
) -> None:
    """Every table has the columns that a new one has."""
    engine = connection.engine(address.know(database), shared.NAME)
    shared.prepare(engine)
    with engine.begin() as opened:
        for statement in (
            "DROP TABLE importer.spent, importer.progress",
            "ALTER TABLE importer.holders DROP calm_at",
            "ALTER TABLE importer.leases DROP window_seconds",
            "ALTER TABLE importer.runs DROP stop, DROP pause",
        ):
            opened.exec_driver_sql(statement)
        opened.execute(update(shared.version).values(number=1))
    shared.prepare(engine)
    with engine.connect() as opened:
        assert opened.execute(select(shared.version)).scalar() == shared.VERSION
        for table in shared.metadata.tables.values():
            assert opened.execute(select(table)).all() is not None
    engine.dispose()


def test_a_shared_schema_of_a_newer_program_is_refused(database: str) -> None:
    """It is left as it is, and the message names both versions."""
    found = address.know(database)
    engine = connection.engine(found, shared.NAME)
    shared.prepare(engine)
    with engine.begin() as opened:
        opened.execute(update(shared.version).values(number=shared.VERSION + 1))
    engine.dispose()
    with pytest.raises(InputError, match=f"version {shared.VERSION + 1}"):
        shared.engine(found)


def test_a_password_is_kept_for_the_address_that_lost_it(postgres: Server) -> None:
    """The address that is handed out has none, and connects all the same."""
    name = postgres.new_database()
    found = address.know(postgres.loopback(name))
    assert PASSWORD not in f"{found} {found!r}"
    again = address.know(str(found))
    engine = connection.engine(again, shared.NAME)
    with engine.connect() as opened:
        assert opened.execute(text("SELECT 1")).scalar() == 1
    assert PASSWORD not in repr(engine.url)
    engine.dispose()
    postgres.drop(name)


def test_a_database_that_refuses_is_told_without_the_password(
    postgres: Server,
) -> None:
    """Who connects to what, and why not; not with which password."""
    wrong = postgres.loopback("nowhere").replace(PASSWORD, "secret-WRONG")
    found = address.know(wrong)
    with pytest.raises(StorageError) as refused:
        shared.engine(found)
    assert "password authentication failed" in str(refused.value)
    assert "secret-WRONG" not in f"{refused.value} {refused.value.remedy}"
    # what is known of this address serves no later test
    address.know(postgres.loopback("nowhere"))


def test_a_failure_of_the_database_tells_no_value_of_a_row(database: str) -> None:
    """A server's words hold the value that it refuses."""
    engine = shared.engine(address.know(database))
    with pytest.raises(StorageError) as refused, storage(), engine.begin() as opened:
        opened.exec_driver_sql("SELECT %s::text::int", ("secret cell",))
    assert "secret cell" not in str(refused.value)
    assert "InvalidTextRepresentation" in str(refused.value)


def test_an_engine_that_reads_writes_nothing(database: str) -> None:
    """The database itself refuses it."""
    found = address.know(database)
    shared.engine(found)
    reader = connection.engine(found, shared.NAME, write=False)
    row = {"server": "s", "location_id": "l", "run_id": "r"}
    with pytest.raises(SQLAlchemyError, match="read-only"), reader.begin() as opened:
        opened.execute(insert(shared.touched), row)
    reader.dispose()


def test_a_connection_is_durable_whatever_the_server_is_set_to(
    postgres: Server,
) -> None:
    """A role whose commits need not be on the disk gets them there all the same."""
    name = postgres.new_database()
    found = address.know(postgres.url(name))
    engine = connection.engine(found, shared.NAME)
    show = text("SHOW synchronous_commit")
    with engine.begin() as opened:
        opened.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    engine.dispose()
    with engine.connect() as opened:
        assert opened.execute(show).scalar() == "on"
    engine.dispose()
    postgres.drop(name)


def test_without_psycopg_it_is_said_what_to_install() -> None:
    """One sentence, with the command."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from importer.errors import UsageError\n"
        "from importer.journal.postgres import address, connection\n"
        "try: connection.engine(address.know('postgresql://h/d'), 's')\n"
        "except UsageError as refused: print(refused.remedy)"
    )
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install 'highlevel-collection-importer[postgres]'" in ended.stdout


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pool_that_hands_each_transaction_to_another_process_is_refused(
    postgres: Server, mode: str
) -> None:
    """What a connection was set up with would hold for its first transaction alone."""
    name = postgres.new_database()
    at = postgres.folder / f".s.PGSQL.{postgres.port}"
    with pooling(at, name, USER, mode) as pool:
        found = address.know(f"postgresql://{USER}@127.0.0.1:{pool.port}/{name}")
        if mode == "transaction":
            with pytest.raises(UsageError, match="PgBouncer") as refused:
                shared.engine(found)
            assert "pool_mode = session" in refused.value.remedy
        else:
            with shared.engine(found).connect() as opened:
                assert opened.execute(select(shared.version)).scalar() == shared.VERSION
        shared.close()
    postgres.drop(name)


def test_runs_in_a_folder_wait_for_nothing_of_postgresql() -> None:
    """Neither psycopg nor SQLAlchemy's dialect is imported unless asked for."""
    program = (
        "import sys, importer.journal\n"
        "importer.journal.resolve('journal.db')\n"
        "print([name for name in sys.modules if 'psycopg' in name "
        "or 'dialects.postgresql' in name])"
    )
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p-SECRET@h:port/d",
        "postgresql://u:p-SECRET/x@h/d",
        "postgresql://u:p-SECRET@h",
        "mysql://u:p-SECRET@h/d",
        "postgresql://u:p-SECRET@[h/d",
        "postgresql://u:p@SECRET:/x#y@h/d",
        "postgresql://u:p@SECRET/x?y@h/d",
        "postgresql://u:p@SECRET/x@h/d",
        "postgresql://u:1@SECRET/2@h",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(
    url: str,
) -> None:
    """What stands in it is not repeated, as any part may be one of a password."""
    assert address.has_secret(url)
    with pytest.raises(UsageError) as refused:
        address.know(url)
    assert "SECRET" not in f"{refused.value} {refused.value.remedy}"


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("postgres://u:p%40x@H.example:5433/d", "postgresql://u@H.example:5433/d"),
        ("postgresql:///d?host=/tmp/S&password=x", "postgresql:///d?host=/tmp/S"),
        ("postgresql://u@[::1]:5432/d%20d?run=r1", "postgresql://u@[::1]/d%20d?run=r1"),
        ("postgresql://%2Ftmp%2FAb/d", "postgresql://%2Ftmp%2FAb/d"),
    ],
)
def test_an_address_stays_the_same_but_for_its_password(url: str, public: str) -> None:
    """What is written out is read in again as the same address."""
    found = address.know(url)
    assert str(found) == public
    assert address.know(str(found)) == found
    assert not address.has_secret(str(found))
