"""What holds for all tests: on a busy machine a property may take as long as it takes.

The type checker leaves this file out, for it takes `tests/acceptance/conftest.py` for
the same module.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import postgres_server

settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")


#: Where a journal is kept; in a database it takes longer.
STORES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try every store, but of a test that looks at a file itself (`path`)."""
    if "new_journal" in metafunc.fixturenames:
        stores = STORES[:1] if "path" in metafunc.fixturenames else STORES
        metafunc.parametrize("new_journal", stores, indirect=True)


@pytest.fixture
def new_journal(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[str], Path | str]:
    """Give the address of a journal that is not there yet, by a name."""
    if request.param == "sqlite":
        return lambda name: tmp_path / f"{name}.db"
    database = request.getfixturevalue("database")
    return lambda name: f"{database}&run={quote(name)}"


@pytest.fixture
def journal_place(new_journal: Callable[[str], Path | str]) -> Path | str:
    """Give the address of one, of every store."""
    return new_journal("journal")


@pytest.fixture(scope="session")
def postgres() -> Iterator[postgres_server.Server]:
    """Give a PostgreSQL server, one for all tests of a process."""
    import postgres_server  # noqa: PLC0415 - few tests want it

    reason = postgres_server.missing()
    if reason:
        pytest.skip(reason)
    server = postgres_server.Server()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def database(postgres: postgres_server.Server) -> Iterator[str]:
    """Give the address of an empty database, without a password."""
    name = postgres.new_database()
    yield postgres.url(name)
    # imported by the test itself, if at all
    if "importer.journal.postgres.shared" in sys.modules:
        sys.modules["importer.journal.postgres.shared"].close()
    postgres.drop(name)
