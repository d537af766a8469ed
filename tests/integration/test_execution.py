"""The whole delivery against the sandbox: what the journal says is what is there.

Ledger, destination, client and budgets are the real ones; only the pauses are short.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer import client, destination, execution, journal, retry
from importer.destination import Destination
from importer.errors import (
    AccessError,
    FatalError,
    Interrupted,
    ListIncomplete,
    QuotaExhausted,
    StorageError,
    TimeIsUp,
    TooManyErrors,
    UnreachableError,
)
from importer.execution import ErrorLimit, Execution, Scale
from importer.journal.planned import Decision
from importer.models import (
    Definition,
    Done,
    Existing,
    InputFile,
    Job,
    NotProcessed,
    Outcome,
    Place,
    ReportLine,
    Row,
    Status,
    Table,
    Verdict,
)
from importer.ratelimit import Limiter, Permit, Rate
from importer.ratelimit import Options as Limits
from importer.runs.worktime import Allowance
from importer.sandbox import Limit, running
from importer.sandbox import Options as Box

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from importer.sandbox import Sandbox

#: What gives the address of a new journal, by the folder of the test that is running.
KEPT: dict[Path, Callable[[], Path | str]] = {}
INTERVAL = 0.2
#: Roomy, and short enough that a refusal is soon over.
ROOMY = Limit(1000, INTERVAL)
QUICK = retry.Options(
    attempts=8, base_seconds=0.01, cap_seconds=0.05, settle_seconds=(0.05, 0.1, 0.2)
)
TOKEN = "pit-test"  # noqa: S105 - made up
SIGNED = client.FixedToken(TOKEN)


@dataclass
class Shop:
    """A sandbox, a journal and everything between them."""

    box: Sandbox
    book: journal.Journal
    there: Destination
    limiter: Limiter
    events: Counter[str] = field(default_factory=Counter)
    made: Execution | None = None

    def plan(self, **counts: int) -> None:
        """So many rows for each location, after one another in turns."""
        planned = self.book.planned
        table = Table("shop.csv", "", ("Name",), 1, ())
        planned.open_input(0, table, InputFile("shop.csv", "", "own", 0, ()))
        seq = 0
        for number in range(max(counts.values(), default=0)):
            for location, count in counts.items():
                if number < count:
                    planned.add_job(0, row(seq), job(seq, location), ())
                    seq += 1
        planned.close_input(0, seq)

    async def compare(self, *locations: str) -> None:
        """Remember what each location holds before the run."""
        for location in locations:
            listed = await self.there.existing(location)
            self.book.planned.add_before(location, listed)
            self.book.planned.flush_decisions()

    def prepare(
        self,
        options: execution.Options | None = None,
        retries: retry.Options = QUICK,
        scale: Scale | None = None,
    ) -> Execution:
        delivery = self.book.delivery
        locations = delivery.locations(Status.PLANNED, Status.UNKNOWN)
        self.made = Execution(
            (delivery, self.there, self.limiter),
            list(locations),
            options or execution.Options(concurrency=16),
            retries,
            scale=scale or Scale(sum(locations.values())),
            watch=lambda event, *_: self.events.update([event]),
        )
        return self.made

    async def deliver(self, *args: Any, **kwargs: Any) -> FatalError | None:
        """Run to the end; a hang is a failure."""
        made = self.prepare(*args, **kwargs)
        delivery = self.book.delivery
        doubtful = [
            one
            for location in delivery.locations(Status.UNKNOWN)
            for one in delivery.jobs(location, -1, None, Status.UNKNOWN)
        ]
        stopped = await asyncio.wait_for(made.run(doubtful), 20)
        await delivery.flush()
        for budget in self.limiter.budgets.values():
            assert budget.in_flight == 0, "a permit did not come back"
        return stopped

    @property
    def lines(self) -> list[ReportLine]:
        return list(self.book.history.lines())

    @property
    def statuses(self) -> Counter[Status]:
        return Counter(line.status for line in self.lines)

    def held(self, location: str = "a") -> dict[str, list[str]]:
        """What the server really holds: slug → ids."""
        slugs: dict[str, list[str]] = {}
        told = self.box.truth(location)["locations"][location]["collections"]
        for one in told:
            slugs.setdefault(one["slug"], []).append(one["_id"])
        return slugs

    def agree(self, location: str = "a") -> None:
        """Every created row is there once, under the id of the report."""
        held = self.held(location)
        lines = [line for line in self.lines if line.location_id == location]
        created = {one.slug: one for one in lines if one.status is Status.CREATED}
        assert {slug: [line.collection_id] for slug, line in created.items()} == {
            slug: held.get(slug, []) for slug in created
        }
        others = [one for one in lines if one.status is not Status.CREATED]
        certain = {Status.FAILED, Status.NOT_ATTEMPTED, Status.PLANNED}
        assert not [one for one in others if one.status in certain and one.slug in held]


def row(seq: int) -> Row:
    return Row.at(Place("shop.csv", "", seq + 2, seq + 2), (f"Name {seq}",))


def job(seq: int, location: str) -> Job:
    wanted = Definition(location, f"Name {seq}", f"slug-{seq}")
    body = destination.create_body(wanted)
    return Job(seq, location, wanted.name, wanted.slug, "", body)


@pytest.fixture(autouse=True)
def kept(new_journal: Callable[[str], Path | str], tmp_path: Path) -> Iterator[None]:
    """Keep the journals of a test in one store, and in its second run in the other."""
    numbers = itertools.count()
    KEPT[tmp_path] = lambda: new_journal(f"journal-{next(numbers)}")
    yield
    del KEPT[tmp_path]


@asynccontextmanager
async def shop(
    tmp_path: Path, rate: Rate | None = None, patience: float = 2.0, **box: Any
) -> AsyncIterator[Shop]:
    box = {"limit": ROOMY} | box
    limiter = Limiter(Limits(rate))
    book = journal.create(KEPT[tmp_path]())
    try:
        async with running(Box(**box)) as sandbox:
            options = client.Options(sandbox.url, timeout_seconds=patience)
            async with client.connect(options, limiter, SIGNED) as made:
                there = Destination(made, QUICK, lambda: 0.5)
                yield Shop(sandbox, book, there, limiter)
    finally:
        book.close()


def once(tmp_path: Path, rows: int, **box: Any) -> tuple[Shop, FatalError | None]:
    """Compare, deliver, and compare the journal with the truth."""

    async def go() -> tuple[Shop, FatalError | None]:
        async with shop(tmp_path, **box) as here:
            here.plan(a=rows)
            await here.compare("a")
            stopped = await here.deliver()
            here.agree()
            # while the journal is open
            here.final = here.lines  # type: ignore[attr-defined]
            here.tally = here.statuses  # type: ignore[attr-defined]
            return here, stopped

    return asyncio.run(go())


def tally(here: Shop) -> Mapping[Status, int]:
    counted: Mapping[Status, int] = here.tally  # type: ignore[attr-defined]
    return counted


# without faults, and each fault by name


def test_every_row_is_created_exactly_once(tmp_path: Path) -> None:
    """In as many calls as there are rows, and one for the list before."""
    here, stopped = once(tmp_path, 150)
    assert stopped is None
    assert tally(here) == {Status.CREATED: 150}
    assert here.box.summary()["calls"] == 151


@pytest.mark.parametrize(
    "fault",
    [
        "reset_before",
        "reset_after",
        "error_before",
        "error_after",
        "bad_gateway",
        "refused",
        "null_body",
        "broken_body",
        "list_lags",
        "expired_token",
        "edge_block",
    ],
)
def test_a_fault_costs_time_but_no_row_and_makes_no_second_one(
    tmp_path: Path, fault: str
) -> None:
    """A fifth of all rows meets it; every row is there once in the end."""
    where: dict[str, Any] = {"faults": {fault: 0.2}}
    if fault in {"expired_token", "edge_block"}:
        # by chance one row could meet it twice in a row, and then it is believed
        where = {"fault_for": {f"slug-{seq}": [fault] for seq in range(0, 60, 5)}}
    here, stopped = once(tmp_path, 60, **where, seed=3, list_lag_seconds=0.1)
    assert stopped is None
    assert tally(here) == {Status.CREATED: 60}
    assert here.box.summary()["faults"][fault] > 2
    assert here.box.truth()["slugs_twice"] == []


def test_all_faults_together_cost_no_row_and_make_no_second_one(
    tmp_path: Path,
) -> None:
    """Faults meet each other: a lagging list hides what a reset left behind."""
    faults = dict.fromkeys(
        ("reset_before", "reset_after", "error_before", "error_after", "null_body"),
        0.08,
    )
    here, stopped = once(
        tmp_path,
        150,
        faults=faults | {"refused": 0.02, "list_lags": 0.3},
        list_lag_seconds=0.15,
        seed=5,
    )
    assert stopped is None
    assert tally(here) == {Status.CREATED: 150}
    assert here.box.truth()["slugs_twice"] == []


def test_a_422_rejects_the_row_even_where_it_created(tmp_path: Path) -> None:
    """The row says what the API said; that something is there is the audit's find."""
    here, stopped = once(tmp_path, 20, fault_for={"slug-7": ["refused_but_created"]})
    assert stopped is None
    assert tally(here) == {Status.CREATED: 19, Status.REJECTED: 1}
    assert here.box.summary()["locations"]["a"]["collections"] == 20


def test_a_commit_that_comes_after_the_timeout_is_found_in_the_list(
    tmp_path: Path,
) -> None:
    """The answer was not waited for, and the collection appears later."""

    async def go() -> None:
        async with shop(
            tmp_path,
            patience=0.15,  # the slow one is given up
            fault_for={"slug-3": ["slow_commit"]},
            slow_commit_seconds=0.25,
        ) as here:
            here.plan(a=10)
            await here.compare("a")
            assert await here.deliver() is None
            here.agree()
            assert here.statuses == {Status.CREATED: 10}
            assert here.lines[3].code == "settled_by_listing"
            assert here.box.truth()["slugs_twice"] == []

    asyncio.run(go())


def test_a_429_costs_no_attempt(tmp_path: Path) -> None:
    """Twenty refusals of one row, with eight attempts: it is created at the first."""
    here, _ = once(
        tmp_path,
        3,
        limit=Limit(1000, 0.03),
        fault_for={"slug-1": ["refused"] * 20},
    )
    assert tally(here) == {Status.CREATED: 3}
    assert [line.attempts for line in here.final] == [1, 1, 1]  # type: ignore[attr-defined]
    assert here.limiter.budget("a").refused == 20
    assert here.made is not None
    assert here.made.progress.retried == 0


def test_a_fault_that_is_answered_by_another_try_is_counted_as_one(
    tmp_path: Path,
) -> None:
    """Two tries more of one row."""
    here, _ = once(tmp_path, 3, fault_for={"slug-1": ["error_before"] * 2})
    assert tally(here) == {Status.CREATED: 3}
    assert here.made is not None
    assert here.made.progress.retried == 2


@pytest.mark.parametrize("window", ["fixed", "sliding"])
def test_the_limit_is_used_and_never_passed(tmp_path: Path, window: str) -> None:
    """60 calls at 20 in 0.3 s, with answers that come after 30 ms: no refusal."""
    here, _ = once(
        tmp_path,
        60,
        limit=Limit(20, 0.3),
        window=window,
        latency_seconds=0.03,
        jitter_seconds=0.02,
    )
    told = here.box.summary()["locations"]["a"]
    assert tally(here) == {Status.CREATED: 60}
    assert told["refused"] == 0
    assert told["max_in_window"] <= 20


# attempts


def test_used_up_attempts_are_failed_and_nothing_is_there(tmp_path: Path) -> None:
    """An error before the work, every time: failed after exactly eight requests."""
    here, stopped = once(tmp_path, 4, fault_for={"slug-2": ["error_before"] * 50})
    assert stopped is None
    assert tally(here) == {Status.CREATED: 3, Status.FAILED: 1}
    line = here.final[2]  # type: ignore[attr-defined]
    assert (line.status, line.attempts) == (Status.FAILED, 8)
    assert len(here.box.faults.scripts["slug-2"]) == 50 - 8


def test_an_answer_that_is_lost_after_the_work_is_settled_with_one_request(
    tmp_path: Path,
) -> None:
    """Found in the list: the row is never sent a second time."""
    here, _ = once(tmp_path, 4, fault_for={"slug-2": ["error_after"] * 50})
    assert tally(here) == {Status.CREATED: 4}
    line = here.final[2]  # type: ignore[attr-defined]
    assert (line.code, line.attempts) == ("settled_by_listing", 1)
    assert len(here.box.faults.scripts["slug-2"]) == 49


# settling


def test_what_was_there_before_the_run_is_never_adopted(tmp_path: Path) -> None:
    """The same slug and name from before: the doubtful row is sent again."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_before"]}) as here:
            old = here.box.store.create(
                "a", {"name": "Name 0", "slug": "slug-0"}, now=here.box.clock()
            )
            here.plan(a=1)
            await here.compare("a")
            await here.deliver()
            (line,) = here.lines
            assert line.status is Status.CREATED
            assert line.collection_id != old.id
            assert line.attempts == 2
            assert len(here.held()["slug-0"]) == 2

    asyncio.run(go())


def test_what_others_make_meanwhile_is_never_claimed(tmp_path: Path) -> None:
    """Another name under the same slug: it exists, and was not created by this run."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_before"]}) as here:
            here.plan(a=1)
            await here.compare("a")
            other = here.box.store.create(
                "a", {"name": "Theirs", "slug": "slug-0"}, now=here.box.clock()
            )
            await here.deliver()
            (line,) = here.lines
            assert (line.status, line.code) == (Status.EXISTING, "made_by_others")
            assert line.collection_id == other.id
            assert len(here.held()["slug-0"]) == 1

    asyncio.run(go())


def test_a_list_that_cannot_be_read_leaves_the_row_unknown(tmp_path: Path) -> None:
    """Nothing was learned, so nothing is sent again, and the run still ends."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_after"]}) as here:
            here.plan(a=5)
            await here.compare("a")
            here.there._options = retry.Options(attempts=1)
            here.box.faults.calls = "all"
            made = here.prepare()
            inner = here.there.existing

            async def broken(location_id: str, *needed: Any) -> Any:
                here.box.faults.set_rates({"error_before": 1.0})
                try:
                    return await inner(location_id, *needed)
                finally:
                    here.box.faults.set_rates({})

            here.there.existing = broken  # type: ignore[assignment,method-assign]
            assert await asyncio.wait_for(made.run(), 10) is None
            await here.book.delivery.flush()
            assert here.statuses == {Status.CREATED: 4, Status.UNKNOWN: 1}
            assert made.progress.doubtful == 1

    asyncio.run(go())


def test_a_list_that_is_whole_at_a_later_look_still_settles_the_row(
    tmp_path: Path,
) -> None:
    """One that moves while it is read is no reason to look no more."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_after"]}) as here:
            here.plan(a=1)
            await here.compare("a")
            inner, looks = here.there.existing, itertools.count(1)

            async def moving(location_id: str, *needed: Any) -> Any:
                if next(looks) == 1:
                    msg = "Its pages change while they are read."
                    raise ListIncomplete(msg)
                return await inner(location_id, *needed)

            here.there.existing = moving  # type: ignore[assignment,method-assign]
            await here.deliver()
            here.agree()
            assert here.statuses == {Status.CREATED: 1}

    asyncio.run(go())


def test_answers_that_name_other_rows_leave_the_counts_right(tmp_path: Path) -> None:
    """A row that was counted and then came in doubt is counted once in the end."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=6)
            await here.compare("a")
            inner, ids = here.there.create, list[str]()

            async def mixed(location_id: str, body: bytes, permit: Permit) -> Verdict:
                done = await inner(location_id, body, permit)
                assert isinstance(done, Done)
                ids.append(done.collection_id)
                return replace(done, collection_id=ids[0]) if len(ids) == 6 else done

            here.there.create = mixed  # type: ignore[method-assign]
            await here.deliver(execution.Options(concurrency=1))
            here.agree()
            assert here.events["row.unknown"] == 2
            assert here.made is not None
            progress = here.made.progress
            assert (progress.done, progress.doubtful) == ({Status.CREATED: 6}, 0)

    asyncio.run(go())


def test_only_refusals_of_the_token_in_a_row_bar_a_location(tmp_path: Path) -> None:
    """Good tokens are answered 401 now and then, whatever else comes between."""
    faults = {"slug-0": ["refused", "expired_token"] * 3}
    here, _ = once(tmp_path, 3, fault_for=faults)
    assert tally(here) == {Status.CREATED: 3}


def test_a_token_that_expires_while_rows_are_settled_bars_the_location(
    tmp_path: Path,
) -> None:
    """The rows stay unknown, and the message names the location once."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_after"]}) as here:
            here.plan(a=1)
            await here.compare("a")
            here.box.faults.calls = "all"
            made = here.prepare()
            inner = here.there.existing

            async def refused(location_id: str, *needed: Any) -> Any:
                here.box.faults.set_rates({"expired_token": 1.0})
                return await inner(location_id, *needed)

            here.there.existing = refused  # type: ignore[assignment,method-assign]
            stopped = await asyncio.wait_for(made.run(), 10)
            await here.book.delivery.flush()
            assert isinstance(stopped, AccessError)
            assert str(stopped).count("Location a") == 1
            assert here.statuses == {Status.UNKNOWN: 1}

    asyncio.run(go())


def test_a_token_that_expires_while_rows_are_settled_sends_no_other_row(
    tmp_path: Path,
) -> None:
    """The rest of the location is left, and not tried one by one."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_after"]}) as here:
            here.plan(a=300)
            await here.compare("a")
            made = here.prepare(execution.Options(concurrency=1))
            inner, refused = here.there.existing, asyncio.Event()

            async def refusing(location_id: str, *needed: Any) -> Any:
                here.box.faults.calls = "all"
                here.box.faults.set_rates({"expired_token": 1.0})
                try:
                    return await inner(location_id, *needed)
                finally:
                    here.box.faults.set_rates({})
                    refused.set()

            here.there.existing = refusing  # type: ignore[assignment,method-assign]
            delivery = here.book.delivery
            sending, later = delivery.sending, 0

            async def counted(seq: int, attempts: int) -> None:
                nonlocal later
                later += refused.is_set()
                await sending(seq, attempts)
                await asyncio.sleep(0.005)

            delivery.sending = counted  # type: ignore[assignment,method-assign]
            stopped = await asyncio.wait_for(made.run(), 20)
            await delivery.flush()
            assert isinstance(stopped, AccessError)
            assert later <= 1  # the one whose turn it was
            assert here.statuses[Status.PLANNED] > 200

    asyncio.run(go())


# a resume


def leave(here: Shop, **left: tuple[int, ...]) -> None:
    """Rows as an earlier process left them."""
    for status, seqs in left.items():
        for seq in seqs:
            outcome = Outcome(seq, Status(status), attempts=1)
            here.book.delivery.record(outcome)


def test_a_resume_settles_first_and_sends_no_row_twice(tmp_path: Path) -> None:
    """Doubtful rows lie ahead of hundreds that wait; refusals put them off.

    A row that was given back is `planned` in the journal and must not be read from
    there while it waits for its retry.
    """

    async def go() -> None:
        unknown = tuple(range(150, 400, 10))
        box: dict[str, Any] = {
            "limit": Limit(100, 0.25),
            "fault_for": {f"slug-{seq}": ["expired_token"] for seq in unknown},
        }
        async with shop(tmp_path, **box) as here:
            here.plan(a=400)
            await here.compare("a")
            there_already = unknown[::5]
            for seq in there_already:
                fields = {"name": f"Name {seq}", "slug": f"slug-{seq}"}
                here.box.store.create("a", fields, now=here.box.clock())
            leave(here, unknown=unknown)
            await here.book.delivery.flush()
            slow = retry.Options(
                base_seconds=0.6, cap_seconds=0.6, settle_seconds=(0.01,)
            )
            assert await here.deliver(None, slow) is None
            here.agree()
            assert here.statuses == {Status.CREATED: 400}
            assert here.box.truth()["slugs_twice"] == []
            found = {one.place.row - 2 for one in here.lines if one.code}
            assert found == set(there_already)

    asyncio.run(go())


def test_a_resumed_update_is_simply_repeated(tmp_path: Path) -> None:
    """A PUT may be carried out twice, so it needs no look."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            old = here.box.store.create(
                "a", {"name": "Old", "slug": "slug-0"}, now=here.box.clock()
            )
            here.plan(a=1)
            await here.compare("a")
            plan_update(here, 0, old.id)
            here.book.delivery.record(Outcome(0, Status.UNKNOWN, old.id, attempts=1))
            await here.book.delivery.flush()
            calls = here.box.summary()["calls"]
            assert await here.deliver() is None
            assert here.statuses == {Status.UPDATED: 1}
            assert here.box.summary()["calls"] == calls + 2  # read, then changed
            assert here.held() == {"slug-0": [old.id]}

    asyncio.run(go())


# updates


def plan_update(here: Shop, seq: int, collection_id: str) -> None:
    """What the plan decides for a row whose collection has another name."""
    wanted = Definition("a", f"Name {seq}", f"slug-{seq}")
    there = Existing("a", collection_id, wanted.slug, "Old")
    body = destination.update_body(wanted, there)
    here.book.planned.decide(Decision(seq, Status.PLANNED, collection_id, body=body))
    here.book.planned.flush_decisions()


@pytest.mark.parametrize(
    "fault", ["reset_before", "reset_after", "error_after", "null_body", "refused"]
)
def test_an_update_is_repeated_until_it_is_clear(tmp_path: Path, fault: str) -> None:
    """Doubt about a PUT is only a lost attempt."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": [fault]}) as here:
            old = here.box.store.create(
                "a", {"name": "Old", "slug": "slug-0"}, now=here.box.clock()
            )
            here.plan(a=1)
            await here.compare("a")
            plan_update(here, 0, old.id)
            assert await here.deliver() is None
            (line,) = here.lines
            assert (line.status, line.collection_id) == (Status.UPDATED, old.id)
            found = here.box.store.find("a", old.id)
            assert found is not None
            assert found.fields["name"] == "Name 0"

    asyncio.run(go())


def test_an_update_that_never_becomes_clear_is_unknown(tmp_path: Path) -> None:
    """Eight times no answer: nobody may say that it failed."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_before"] * 9}) as here:
            old = here.box.store.create(
                "a", {"name": "Old", "slug": "slug-0"}, now=here.box.clock()
            )
            here.plan(a=1)
            await here.compare("a")
            plan_update(here, 0, old.id)
            assert await here.deliver() is None
            (line,) = here.lines
            assert (line.status, line.attempts) == (Status.UNKNOWN, 8)
            assert line.collection_id == old.id

    asyncio.run(go())


# locations


@pytest.mark.parametrize("concurrency", [1, 2, 16])
def test_a_refused_location_does_not_hold_up_the_other(
    tmp_path: Path, concurrency: int
) -> None:
    """Its rows stay planned, the other's are all created, and access is the reason."""

    async def go() -> None:
        tokens = {TOKEN: frozenset({"a"})}
        async with shop(tmp_path, tokens=tokens) as here:
            here.plan(a=60, b=60)
            await here.compare("a")
            options = execution.Options(concurrency)
            stopped = await here.deliver(options)
            assert isinstance(stopped, AccessError)
            assert "Location b" in str(stopped)
            assert stopped.remedy
            here.agree("a")
            by_location = here.book.history.counts()
            assert by_location == {"a": {"created": 60}, "b": {"planned": 60}}
            assert "b" not in here.box.store.locations

    asyncio.run(go())


def test_a_location_whose_budget_is_closed_does_not_hold_up_the_other(
    tmp_path: Path,
) -> None:
    """The other's rows are done while one waits out its Retry-After."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=20, b=20)
            here.limiter.refused("a", 0.3)
            assert await here.deliver() is None
            lines = here.lines
            first = min(x.finished_at or 0 for x in lines if x.location_id == "a")
            last = max(x.finished_at or 0 for x in lines if x.location_id == "b")
            assert last < first

    asyncio.run(go())


# what ends a run early


def test_too_many_errors_stop_the_run(tmp_path: Path) -> None:
    """The rest stays planned, for a resume."""

    async def go() -> None:
        faults = {f"slug-{n}": ["refused_but_created"] for n in range(40)}
        async with shop(tmp_path, fault_for=faults) as here:
            here.plan(a=100)
            options = execution.Options(4, max_errors=ErrorLimit(count=10))
            stopped = await here.deliver(options)
            assert isinstance(stopped, TooManyErrors)
            assert here.statuses[Status.REJECTED] in range(10, 14)
            assert here.statuses[Status.PLANNED] >= 80
            assert "10 of 100 rows" in str(stopped)

    asyncio.run(go())


def test_an_input_that_is_too_bad_already_sends_nothing(tmp_path: Path) -> None:
    """Invalid rows count into `--max-errors` too."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=10)
            options = execution.Options(4, max_errors=ErrorLimit(share=0.1))
            stopped = await here.deliver(options, QUICK, Scale(rows=20, bad=5))
            assert isinstance(stopped, TooManyErrors)
            assert here.box.summary()["calls"] == 0
            assert here.statuses == {Status.PLANNED: 10}

    asyncio.run(go())


def test_the_end_of_the_time_drains_and_leaves_the_rest(tmp_path: Path) -> None:
    """What is in flight gets its answer; nothing is left in doubt."""

    async def go() -> None:
        async with shop(tmp_path, latency_seconds=0.05) as here:
            here.plan(a=500)
            await here.compare("a")
            made = here.prepare(execution.Options(4))
            with Allowance(0.3).counting(made.stop):
                stopped = await made.run()
            await here.book.delivery.flush()
            assert isinstance(stopped, TimeIsUp)
            here.agree()
            assert set(here.statuses) == {Status.CREATED, Status.PLANNED}
            assert len(here.held()) == here.statuses[Status.CREATED] < 100

    asyncio.run(go())


def test_an_interrupt_drains_at_once(tmp_path: Path) -> None:
    """The first Ctrl-C waits for what is in flight, and for nothing else."""

    async def go() -> None:
        faults = {"slug-0": ["reset_after"]}
        async with shop(tmp_path, fault_for=faults, latency_seconds=0.05) as here:
            here.plan(a=500)
            await here.compare("a")
            patient = retry.Options(settle_seconds=(60.0,))
            made = here.prepare(execution.Options(4), patient)
            loop = asyncio.get_running_loop()
            loop.call_later(0.3, made.stop, Interrupted("Ctrl-C"))
            stopped = await asyncio.wait_for(made.run(), 2)
            await here.book.delivery.flush()
            assert isinstance(stopped, Interrupted)
            assert here.statuses[Status.UNKNOWN] == 1
            assert Status.SENDING not in here.statuses
            assert len(here.held()) == here.statuses[Status.CREATED] + 1

    asyncio.run(go())


def test_an_interrupt_does_not_wait_for_a_listing(tmp_path: Path) -> None:
    """A budget that is closed for an hour would hold the drain for an hour."""

    async def go() -> None:
        async with shop(tmp_path, fault_for={"slug-0": ["reset_after"]}) as here:
            here.plan(a=1)
            await here.compare("a")
            made = here.prepare()
            loop = asyncio.get_running_loop()
            inner = here.there.existing

            async def slow(location_id: str, *needed: Any) -> Any:
                here.limiter.refused("a", 3600.0)
                loop.call_later(0.05, made.stop, Interrupted("Ctrl-C"))
                return await inner(location_id, *needed)

            here.there.existing = slow  # type: ignore[assignment,method-assign]
            stopped = await asyncio.wait_for(made.run(), 2)
            await here.book.delivery.flush()
            assert isinstance(stopped, Interrupted)
            assert here.statuses == {Status.UNKNOWN: 1}

    asyncio.run(go())


def test_the_days_quota_parks_the_location_above_its_reserve(tmp_path: Path) -> None:
    """100 a day with a reserve of 20 %: 80 calls, and the rest is for later."""

    async def go() -> None:
        async with shop(tmp_path, daily=100) as here:
            here.plan(a=120, b=10)
            await here.compare("a", "b")
            stopped = await here.deliver(execution.Options(16, daily_reserve=0.2))
            assert isinstance(stopped, QuotaExhausted)
            assert "location a" in str(stopped)
            here.agree()
            by_location = here.book.history.counts()
            assert by_location["b"] == {"created": 10}
            assert by_location["a"] == {"created": 79, "planned": 41}

    asyncio.run(go())


def test_a_full_disk_sends_nothing_that_is_not_on_it(tmp_path: Path) -> None:
    """The run stops; whatever is there has its row as `sending` or done."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=200)
            delivery = here.book.delivery
            inner, sent = delivery.sending, 0

            async def sending(seq: int, attempts: int) -> None:
                nonlocal sent
                sent += 1
                if sent > 50:
                    msg = "The journal could not be written: the disk is full."
                    raise StorageError(msg)
                await inner(seq, attempts)

            delivery.sending = sending  # type: ignore[assignment,method-assign]
            stopped = await here.deliver()
            assert isinstance(stopped, StorageError)
            here.agree()
            assert here.statuses == {Status.CREATED: 50, Status.PLANNED: 150}

    asyncio.run(go())


def test_a_disk_that_is_full_when_another_row_comes_in_doubt_stops_the_run(
    tmp_path: Path,
) -> None:
    """An answer that is another row's: what is known of that row cannot be kept."""

    async def go() -> None:
        mixed: dict[str, Any] = {"natures": frozenset({"mixed-answers"}), "seed": 1}
        mixed |= {"latency_seconds": 0.02, "jitter_seconds": 0.01}
        async with shop(tmp_path, **mixed) as here:
            here.plan(a=120)
            await here.compare("a")
            made = here.prepare()
            delivery, full = here.book.delivery, StorageError("The disk is full.")
            flush = delivery.flush

            async def flushed() -> None:
                raise full

            delivery.flush = flushed  # type: ignore[method-assign]
            stopped = await asyncio.wait_for(made.run(), 20)
            delivery.flush = flush  # type: ignore[method-assign]
            await flush()
            assert stopped is full

    asyncio.run(go())


def test_a_run_that_is_cut_down_leaves_every_request_on_the_disk(
    tmp_path: Path,
) -> None:
    """A second Ctrl-C, or a crash: what may be there is `sending`, the rest is not."""

    async def go() -> None:
        async with shop(tmp_path, latency_seconds=0.1) as here:
            here.plan(a=300)
            await here.compare("a")
            run = asyncio.ensure_future(here.prepare().run())
            await asyncio.sleep(0.25)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            await here.book.delivery.flush()
            await asyncio.sleep(0.15)  # the server goes on with what it got
            may_be_there = {
                line.slug for line in here.lines if line.status is not Status.PLANNED
            }
            assert set(here.held()) <= may_be_there
            assert here.statuses[Status.SENDING] > 0
            here.book.delivery.reopen()
            assert await here.deliver() is None
            here.agree()
            assert here.statuses == {Status.CREATED: 300}
            assert here.box.truth()["slugs_twice"] == []

    asyncio.run(go())


def test_nothing_to_send_ends_at_once(tmp_path: Path) -> None:
    """A second run of the same file, in which everything exists."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan()
            assert await here.deliver() is None

    asyncio.run(go())


def test_what_happens_is_told_to_whoever_watches(tmp_path: Path) -> None:
    """The log and the counts come from these events."""

    async def go() -> None:
        faults = {
            "slug-0": ["expired_token"],
            "slug-1": ["refused"],
            "slug-2": ["reset_before"],
            "slug-3": ["refused_but_created"],
        }
        async with shop(tmp_path, fault_for=faults) as here:
            here.plan(a=6)
            await here.compare("a")
            await here.deliver()
            assert here.events == {
                "row.created": 5,
                "row.rejected": 1,
                "row.retried": 1,
                "row.limited": 1,
                "row.unknown": 1,
                "row.absent": 1,
            }
            assert here.made is not None
            progress = here.made.progress
            assert progress.done == {Status.CREATED: 5, Status.REJECTED: 1}
            assert (progress.retried, progress.doubtful, progress.bad) == (2, 0, 1)
            assert orjson.dumps(here.box.summary())

    asyncio.run(go())


def test_a_server_that_is_away_for_a_while_costs_no_row_and_no_attempt(
    tmp_path: Path,
) -> None:
    """No connection says nothing of a row: it is waited for, and nothing is lost."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=40)
            await here.compare("a")
            inner, away = here.there.create, 60

            async def create(*given: Any) -> Any:
                nonlocal away
                if away:
                    away -= 1
                    here.limiter.give_back("a", given[2])
                    return NotProcessed("no connection to the server")
                return await inner(*given)

            here.there.create = create  # type: ignore[assignment, method-assign]
            assert await here.deliver() is None
            assert {line.attempts for line in here.lines} == {1}
            here.agree("a")

    asyncio.run(go())


def test_a_server_that_stays_away_ends_the_run_and_fails_no_row(tmp_path: Path) -> None:
    """Exit 6, and every row waits for the resume."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            here.plan(a=5)
            await here.compare("a")

            async def create(*given: Any) -> Any:
                here.limiter.give_back("a", given[2])
                return NotProcessed("no connection to the server")

            here.there.create = create  # type: ignore[assignment, method-assign]
            stopped = await asyncio.wait_for(here.deliver(), 30)
            assert isinstance(stopped, UnreachableError)
            assert here.book.history.counts() == {"a": {"planned": 5}}

    asyncio.run(go())
