"""The journal of a run on PostgreSQL: what is true of that store alone."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import text  # noqa: TID251 - its own schema is looked at

from importer import journal
from importer.errors import (
    DatabaseError,
    InputError,
    JournalDamaged,
    StorageError,
    UsageError,
)
from importer.journal import Depth
from importer.journal.planned import GATHERED, Decision
from importer.journal.postgres import address, connection, shared
from importer.journal.postgres.store import PostgresStore, schema_of
from importer.journal.statements import STAND_IN
from importer.models import (
    Code,
    Existing,
    InputFile,
    Invalid,
    Job,
    Outcome,
    Place,
    Problem,
    Row,
    Status,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.journal import Claim

#: Texts that mean something to a database, or to how values get there.
HOSTILE = [
    "",
    "NULL",
    "null",
    "plain",
    'a "quoted" word',
    "back\\slash",
    "\\",
    '"',
    '","',
    "{a,b}",
    "tab\tnew\nline\rend",
    "\\N",
    "\\.",
    "%s %(x)s",
    "it's; DROP TABLE states",
    "ü \U0001d4b3 \u2028",
]


@pytest.fixture
def place(database: str) -> str:
    return f"{database}&run=first"


@pytest.fixture
def book(place: str) -> Iterator[journal.Journal]:
    made = journal.create(place, run_id="first")
    yield made
    made.close()


def fill(book: journal.Journal, *locations: str, slug: str = "s{}") -> None:
    """One planned row for each location, in this order."""
    book.planned.open_input(
        0, Table("f", "", ("Name",), 1, ()), InputFile("f", "", "own", 0, ())
    )
    for seq, location in enumerate(locations):
        own = slug.format(seq)
        row = Row.at(Place("f", "", seq + 2, seq + 2), (own,))
        book.planned.add_job(0, row, Job(seq, location, own, own, "", b"{}"), ())
    book.planned.close_input(0, len(locations))
    book.planned.all_in()


def test_every_text_comes_out_as_it_went_in(book: journal.Journal) -> None:
    """Loaded by COPY, written as arrays; only a NUL has a picture of it instead."""
    texts = [*HOSTILE, "nul\0inside"]
    kept = [*HOSTILE, f"nul{STAND_IN}inside"]
    book.planned.open_input(
        0, Table("f", "", ("Name",), 1, ()), InputFile("f", "", "own", 0, ())
    )
    for seq, own in enumerate(texts):
        row = Row.at(Place("f", "", seq + 2, seq + 2), (own,))
        body = b"\0\\\xff" + own.encode()
        book.planned.add_job(0, row, Job(seq, "a", own, own, "", body), ())
    book.planned.close_input(0, len(texts))
    book.planned.all_in()

    async def go() -> None:
        for seq, own in enumerate(texts):
            outcome = Outcome(seq, Status.UNKNOWN, own, own, own, 1, 500, own, 1.5)
            book.delivery.record(outcome)
        await book.delivery.flush()

    jobs = book.delivery.jobs("a", -1, None)
    assert [job.name for job in jobs] == kept
    assert [job.body[3:].decode() for job in jobs] == texts
    # as JSON, in which a NUL is written out
    assert [line.cells for line in book.history.lines()] == [(own,) for own in texts]
    asyncio.run(go())
    lines = list(book.history.lines())
    assert [line.collection_id for line in lines] == kept
    assert [line.trace_id for line in lines] == kept
    assert [line.finished_at for line in lines] == [1.5] * len(texts)


def test_a_row_that_is_refused_for_a_nul_is_kept(book: journal.Journal) -> None:
    """Its name and its message show where the sign stood."""
    problem = Problem(Code.NAME_MISSING, column="no\0name")
    row = Row.at(Place("f", "", 2, 2), ("n\0",))
    refused = Invalid(row, (problem,), location_id="a", name="n\0", slug="s")
    book.planned.add_refused(0, 0, Status.INVALID, refused)
    book.planned.flush_rows()
    book.planned.all_in()
    with book._engine.connect() as opened:
        found = opened.execute(text("SELECT name, cells, message FROM rows")).one()
    assert found[0] == f"n{STAND_IN}"
    assert json.loads(found[1]) == ["n\0"]
    assert "\0" not in found[2]


def test_two_rows_of_one_batch_keep_what_stands_there_already(
    book: journal.Journal,
) -> None:
    """The first request's time stays, as an audit asks from when on."""
    fill(book, "a", "a")

    async def go() -> None:
        await book.delivery.sending(0, 1)
        first = started()
        await book.delivery.sending(0, 2)
        await book.delivery.sending(1, 1)
        assert started()[0] == first[0]
        assert started()[1] is not None

    def started() -> list[float | None]:
        return [line.started_at for line in book.history.lines()]

    asyncio.run(go())


def test_locations_come_by_their_first_rows_whatever_the_language(
    book: journal.Journal,
) -> None:
    """And texts are compared by their code points, as in a file."""
    fill(book, "b", "Z", "a", "b", "Ä")
    delivery = book.delivery
    assert list(delivery.locations(Status.PLANNED)) == ["b", "Z", "a", "Ä"]
    with book._engine.connect() as opened:
        ordered = opened.execute(
            text("SELECT DISTINCT location_id FROM rows ORDER BY 1")
        )
        assert [location for (location,) in ordered] == ["Z", "a", "b", "Ä"]


def test_a_journal_of_another_run_is_not_written_to(
    book: journal.Journal, place: str
) -> None:
    """The schema was removed and made anew: its names are the same."""
    fill(book, "a", "a")
    journal.create(place, run_id="first").close()

    async def go() -> None:
        with pytest.raises(StorageError, match="removed from the database"):
            await book.delivery.sending(0, 1)

    asyncio.run(go())
    with pytest.raises(StorageError, match="removed from the database"):
        book.delivery.reopen()
    with pytest.raises(StorageError, match="removed from the database"):
        book.review.note_undo(0, "deleting")
    again = journal.open(place)
    assert again.history.counts() == {}
    assert again.review.undo_states() == {}
    again.close()


def test_a_claim_is_asked_in_the_transaction_that_it_allows(
    book: journal.Journal,
) -> None:
    """Whatever writes: the writer, the comparison, a resume, an audit."""
    fill(book, "a")

    class Lost:
        run_id = "first"
        fence = 7
        asked = 0

        def alive(self) -> bool:
            return True

        def check(self) -> None:
            """It holds, as far as this process knows."""

        def fenced(self, execute: object) -> None:
            del execute
            self.asked += 1
            raise StorageError("buried")  # noqa: EM101 - a test's own

    claim = Lost()
    book.guard(cast("Claim", claim))
    with pytest.raises(StorageError, match="buried"):
        book.delivery.reopen()
    book.planned.add_before("a", [])
    with pytest.raises(StorageError, match="buried"):
        book.planned.flush_decisions()
    book.planned.close()
    with pytest.raises(StorageError, match="buried"):
        book.note(state="running")
    with pytest.raises(StorageError, match="buried"):
        book.review.note_undo(0, "deleting")

    async def go() -> None:
        with pytest.raises(StorageError, match="buried"):
            await book.delivery.sending(0, 1)

    asyncio.run(go())
    assert claim.asked == 5
    assert book.planned.compared() == set()
    assert book.history.counts() == {"a": {"planned": 1}}


def test_the_list_of_runs_says_what_began(book: journal.Journal, place: str) -> None:
    """Also after the journal itself is gone: then it is damaged, and not new."""
    store = journal.resolve(place)
    fill(book, "a")
    assert not store.began()
    asyncio.run(_send(book))
    assert store.began()
    book.close()
    with shared.engine(address.know(place)).begin() as opened:
        opened.exec_driver_sql(f'DROP SCHEMA "{schema_of("first")}" CASCADE')
    with pytest.raises(JournalDamaged, match="it is gone") as refused:
        journal.open(place)
    assert "importer runs retire first" in refused.value.remedy


async def _send(book: journal.Journal) -> None:
    await book.delivery.sending(0, 1)


@pytest.mark.slow
@pytest.mark.parametrize("depth", [Depth.PAGES, Depth.ALL])
def test_a_journal_that_lacks_something_is_damaged(
    book: journal.Journal, place: str, depth: Depth
) -> None:
    """A state that is no word of ours, then a table, then the facts."""
    fill(book, "a")
    with book._engine.begin() as opened:
        opened.exec_driver_sql("INSERT INTO states (seq, status) VALUES (0, 'x')")
    with pytest.raises(JournalDamaged, match="makes no sense"):
        journal.open(place, depth=depth)
    for table, told in (("undone", "the table undone"), ("meta", "facts")):
        with book._engine.begin() as opened:
            opened.exec_driver_sql(f"DROP TABLE {table}")
        with pytest.raises(JournalDamaged, match=told):
            journal.open(place, depth=Depth.FACTS)


def test_an_address_without_a_run_keeps_no_journal(database: str) -> None:
    """It says where the run is to be written."""
    with pytest.raises(UsageError) as refused:
        journal.open(database)
    assert "names no run" in str(refused.value)
    assert "run=RUN" in refused.value.remedy


def test_two_runs_whose_names_read_alike_are_kept_apart() -> None:
    """However long a name is, the server cuts none of ours."""
    names = ["a b", "a-b", "A_B", "x" * 200, "x" * 199 + "y", "ü", "ö"]
    schemas = {schema_of(name) for name in names}
    assert len(schemas) == len(names)
    assert all(len(schema.encode()) <= 63 for schema in schemas)


@pytest.mark.slow
def test_two_that_create_the_same_journal_leave_one(place: str) -> None:
    """One after the other, and each a whole one."""
    failures: list[BaseException] = []

    def make() -> None:
        try:
            PostgresStore(address.know(place)).create(fills)
        except BaseException as failure:  # noqa: BLE001 - told below
            failures.append(failure)

    def fills(engine: Any) -> None:
        with engine.begin() as opened:
            opened.exec_driver_sql("CREATE TABLE meta (key text, value text)")
            opened.exec_driver_sql("INSERT INTO meta VALUES ('schema', '5')")

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with shared.engine(address.know(place)).connect() as opened:
        schemas = opened.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname ~ '^(run|new)_'")
        )
        assert list(schemas) == [(schema_of("first"),)]
        runs = opened.execute(text("SELECT run_id FROM importer.runs"))
        assert list(runs) == [("first",)]


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_shard_reopens_the_locations_that_it_has_claimed(
    where: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What another has on its way stays so, and what it looks for are its own rows."""
    made: str = (
        f"{request.getfixturevalue('database')}&run=first"
        if where == "postgresql"
        else str(tmp_path_factory.mktemp("run") / "journal.db")
    )
    book = journal.create(made, run_id="first")
    fill(book, "a", "b", "a", "b")

    async def go() -> None:
        await asyncio.gather(*(book.delivery.sending(seq, 1) for seq in range(2)))
        for seq in (2, 3):
            book.delivery.record(Outcome(seq, Status.FAILED, attempts=1))
        await book.delivery.flush()

    asyncio.run(go())
    delivery = book.delivery
    delivery.reopen(["a"])
    counts = book.history.counts()
    assert counts["a"] == {"unknown": 1, "planned": 1}
    assert counts["b"] == {"sending": 1, "failed": 1}
    assert delivery.locations(Status.SENDING, Status.UNKNOWN) == {"a": 1, "b": 1}
    assert delivery.locations(Status.SENDING, Status.UNKNOWN, among=["b"]) == {"b": 1}
    assert delivery.locations(Status.UNKNOWN, among=[]) == {}
    many = [f"l{number}" for number in range(2000)]
    assert delivery.locations(Status.UNKNOWN, among=[*many, "a"]) == {"a": 1}
    delivery.leave([*many, "b"])
    assert delivery.locations(Status.UNKNOWN) == {"a": 1, "b": 1}
    book.close()


@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_a_comparison_holds_no_connection_while_a_list_is_waited_for(
    where: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Until it is too large for the memory: then it is committed at once."""
    made: str = (
        f"{request.getfixturevalue('database')}&run=first"
        if where == "postgresql"
        else str(tmp_path_factory.mktemp("run") / "journal.db")
    )
    book = journal.create(made, run_id="first")
    fill(book, "a", "b")
    planned = book.planned
    planned.add_before("a", [Existing("a", "c1", "s0")])
    planned.decide(Decision(0, Status.EXISTING, "c1"))
    assert borrowed(book) == 0
    many = [Existing("b", f"c{number}", f"t{number}") for number in range(GATHERED)]
    planned.add_before("b", many)
    spilled: list[bool] = [planned.spilled]
    # written, and not yet committed
    assert planned.compared() == set()
    planned.flush_decisions()
    assert [*spilled, planned.spilled] == [True, False]
    assert planned.compared() == {"a", "b"}
    assert len(book.delivery.before("b")) == GATHERED
    assert book.delivery.before("a") == {"c1"}
    assert book.history.counts()["a"] == {"existing": 1}
    book.close()


@pytest.mark.slow
def test_a_report_of_many_rows_is_fetched_in_parts(book: journal.Journal) -> None:
    """None is lost between them, and who stops reading keeps no connection."""
    fill(book, *["a"] * 5000)
    assert [line.place.row for line in book.history.lines()] == list(range(2, 5002))
    lines: Any = book.history.lines()
    next(lines)
    lines.close()
    assert borrowed(book) == 0


def borrowed(book: journal.Journal) -> int:
    """How many connections are in use."""
    pool: Any = book._engine.pool
    return int(pool.checkedout())


@pytest.mark.slow
def test_a_name_in_capitals_or_with_dots_is_a_run_like_any_other(database: str) -> None:
    """Whatever a run may be called in a folder."""
    for name in ("Run.1", "run-1", "RUN_1", "select", "übung"):
        made = journal.create(str(address.know(database).of_run(name)), own=name)
        made.close()
    for name in ("Run.1", "run-1", "RUN_1", "select", "übung"):
        again = journal.open(str(address.know(database).of_run(name)))
        assert again.noted()["own"] == name
        again.close()


def test_a_database_that_cannot_be_reached_is_told() -> None:
    """No journal is damaged because of it, and none is missing."""
    with pytest.raises(DatabaseError, match="cannot be used"):
        journal.open("postgresql://nobody@127.0.0.1:1/none?run=r&connect_timeout=2")


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseError),
        ("SET ROLE pg_monitor; SELECT * FROM pg_authid", InputError),
        ("SELECT * FROM nothing", JournalDamaged),
    ],
)
def test_what_a_look_fails_with_is_told_as_what_it_is(
    database: str, place: str, statement: str, kind: type[Exception]
) -> None:
    """Cut off, forbidden, or not there: only the last of them is damage."""
    journal.create(place).close()
    store = journal.resolve(place)
    engine = connection.engine(address.know(database), schema_of("first"))
    with (
        pytest.raises(kind) as refused,
        store.readable(),
        engine.connect() as opened,
    ):
        opened.exec_driver_sql(statement)
    assert type(refused.value) is kind
    engine.dispose()


def test_a_journal_of_another_user_is_not_called_damaged(
    database: str, place: str
) -> None:
    """Its tables cannot be seen, as if they were gone."""
    journal.create(place).close()
    with shared.engine(address.know(database)).begin() as opened:
        opened.exec_driver_sql("DROP ROLE IF EXISTS other")
        opened.exec_driver_sql("CREATE ROLE other LOGIN")
        opened.exec_driver_sql("GRANT USAGE ON SCHEMA importer TO other")
        opened.exec_driver_sql("GRANT SELECT ON ALL TABLES IN SCHEMA importer TO other")
    with pytest.raises(InputError, match="another user") as refused:
        journal.open(place.replace("importer@", "other@"))
    assert not isinstance(refused.value, JournalDamaged)
