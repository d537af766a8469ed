"""What people do beside a run, and after it: said, left, and never taken for its own.

Whole runs against the sandbox in this process. What a person does at the server is done
to the sandbox's store, at the time that the test names.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from late_commits import LATE_SECONDS, LateCommits

from importer import api, journal, settings
from importer.errors import UsageError
from importer.exit_codes import Exit
from importer.models import Code, Outcome, Status
from importer.runs import look_back
from importer.runs.folders import RunFolder
from importer.runs.session import Session
from importer.runs.undo import Undone
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from importer.api.results import RunResult
    from importer.models import ReportLine, Sent
    from importer.runs.audit import Audited
    from importer.runs.undo import Foreseen, Result
    from importer.sandbox import Sandbox

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
TOKEN = "pit-others-work-0123456789"  # noqa: S105 - made up
PRODUCT = "655b33a82209e60b6adb87a5"
AN_HOUR = 3600.0
#: Names that are longer are refused with a 422.
LONGEST = 12


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Shop:
    """A sandbox, a folder of runs, and the settings that lead to both."""

    box: Sandbox
    folder: Path

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.box.url,
            "token": TOKEN,
            "location_id": HERE,
            "runs_dir": self.folder / "runs",
            "settle_pauses": "0.02,0.05",
            "rate": "none",
            "require_product_ids": False,
        }

    async def run(
        self, rows: Sequence[str], header: str = "name,slug", **more: Any
    ) -> RunResult:
        """A run of slugs, or of whole lines below a header of their own."""
        run_id = more.pop("run_id", "mine")
        path = self.folder / f"{run_id}.csv"
        lines = [row if "," in row else f"Name {row},{row}" for row in rows]
        path.write_text("\n".join([header, *lines]), encoding="utf-8")
        return await api.run(path, run_id=run_id, **self.settings | more)

    async def audit(self, *, repair: bool = False) -> Audited:
        async with self._look_back() as session:
            found = await look_back.audit(session, repair=repair)
            session.report()
            return found

    async def undo(self, *, unseen_products: bool = True) -> Result:
        async with self._look_back() as session:
            return await look_back.undo(session, unseen_products=unseen_products)

    async def foreseen(self) -> Foreseen:
        async with self._look_back() as session:
            return (await look_back.look_before_undo(session, dry_run=True)).foreseen

    @asynccontextmanager
    async def _look_back(self) -> AsyncIterator[Session]:
        chosen = settings.load(self.settings)
        async with Session.take_up(chosen, self.run_folder) as session:
            yield session

    @property
    def run_folder(self) -> RunFolder:
        return RunFolder(self.folder / "runs", "mine")

    def lines(self) -> dict[str, ReportLine]:
        """The rows by slug, as the journal has them."""
        book = journal.open(self.run_folder.journal)
        try:
            return {line.slug: line for line in book.history.lines()}
        finally:
            book.close()

    def sent(self) -> dict[str, Sent]:
        """The rows that were sent, by slug."""
        book = journal.open(self.run_folder.journal)
        try:
            return {row.slug: row for row in book.review.sent(HERE)}
        finally:
            book.close()

    def put(self, slug: str, later: float = 0.0, **fields: Any) -> str:
        """A person makes a collection, so many seconds from now; its id."""
        made = {"name": f"Name {slug}", "slug": slug} | fields
        now = self.box.clock() + later
        listed = -later  # at once, whenever it says that it was created
        return self.box.store.create(HERE, made, now=now, lag_seconds=listed).id

    def change(self, slug: str, /, **fields: Any) -> None:
        """A person changes the only collection with a slug."""
        (made,) = self.held()[slug]
        found = self.box.store.find(HERE, made)
        assert found is not None
        self.box.store.replace(HERE, found, {**found.fields, **fields})

    def held(self) -> dict[str, list[str]]:
        """What is there: ids by slug."""
        ids: dict[str, list[str]] = {}
        for one in self.box.truth(HERE)["locations"][HERE]["collections"]:
            ids.setdefault(one["slug"], []).append(one["_id"])
        return ids


@asynccontextmanager
async def shop(folder: Path, **box: Any) -> AsyncIterator[Shop]:
    usual: dict[str, Any] = {
        "limit": Limit(5000, 1.0),
        "require_products": False,
        "max_name": LONGEST,
    }
    async with running(Options(**usual | box)) as sandbox:
        yield Shop(sandbox, folder)


def twice(*slugs: str) -> dict[str, Sequence[str]]:
    """Faults that make each of the rows be sent twice, and created once."""
    return {slug: ["error_before"] for slug in slugs}


# copies that a person made


@pytest.mark.parametrize("later", [-AN_HOUR, -60.0, 60.0, 180.0, AN_HOUR])
def test_copies_that_were_made_by_hand_are_said_and_never_removed(
    tmp_path: Path, later: float
) -> None:
    """Six rows that were sent twice, and six copies with their names and slugs."""

    async def go() -> None:
        slugs = [*"abcdef"]
        async with shop(tmp_path, fault_for=twice(*slugs)) as here:
            await here.run(slugs)
            assert {row.attempts for row in here.sent().values()} == {2}
            theirs = [here.put(slug, later) for slug in slugs]
            before = here.held()

            found = await here.audit(repair=True)
            undone = await here.undo()

            assert (found.removed, found.findings) == (0, {Code.COPY_OF_OTHERS: 6})
            assert undone.counts == {Undone.DELETED: 6}
            assert before.keys() == here.held().keys()
            assert sorted(theirs) == sorted(one for [one] in here.held().values())

    asyncio.run(go())


def test_copies_whose_time_is_not_shown_are_never_removed(tmp_path: Path) -> None:
    """Nothing proves who made them: exit 3, and a person looks."""

    async def go() -> None:
        hidden = frozenset({"createdAt"})
        faults = twice("a")
        async with shop(tmp_path, fault_for=faults, list_hides=hidden) as here:
            await here.run(["a"])
            here.put("a")
            found = await here.audit(repair=True)
            assert (found.removed, found.findings) == (0, {Code.CREATED_TWICE: 1})
            assert len(here.held()["a"]) == 2
            assert "Nothing proves that this run made it" in here.lines()["a"].message

    asyncio.run(go())


@pytest.mark.parametrize(
    ("hides", "own_id", "code"),
    [
        ((), "", Code.COPY_OF_OTHERS),
        # the first digits of an id exclude it, where those of answers tell times
        (("createdAt",), "", Code.COPY_OF_OTHERS),
        (("createdAt",), "made-by-hand", Code.COPY_UNCLAIMED),
    ],
)
@pytest.mark.parametrize("later", [10.0, AN_HOUR])
def test_what_is_made_by_hand_after_a_genuine_422_is_never_claimed_nor_undone(
    tmp_path: Path, hides: Sequence[str], own_id: str, code: Code, later: float
) -> None:
    """The row stays rejected in the API's words, and says that one like it is there."""

    async def go() -> None:
        async with shop(tmp_path, list_hides=frozenset(hides)) as here:
            await here.run(["much-too-long", "a"])
            refused = here.lines()["much-too-long"]
            assert refused.code == Code.API_UNPROCESSABLE
            given = {"_id": own_id} if own_id else {}
            theirs = here.put("much-too-long", later, **given)

            for _ in range(2):  # a second audit says no more than the first
                found = await here.audit(repair=True)
                line = here.lines()["much-too-long"]
                assert found.findings == {code: 1}
                assert (line.status, line.code) == (refused.status, refused.code)
                assert line.collection_id == ""
                assert line.message.startswith(f"{refused.message} | The location ")
                assert line.message.count(theirs) == 1
            assert (await here.undo()).counts == {Undone.DELETED: 1}
            assert here.held() == {"much-too-long": [theirs]}

            here.box.store.remove(HERE, theirs)
            assert dict((await here.audit()).findings) == {}
            assert here.lines()["much-too-long"].message == refused.message

    asyncio.run(go())


@pytest.mark.parametrize("offset", [0.0, AN_HOUR, -AN_HOUR])
def test_a_run_knows_its_own_by_clocks_that_are_an_hour_apart(
    tmp_path: Path, offset: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 422 that created is claimed, a late copy is removed; both others' are left."""
    late = LateCommits()
    late.hold(monkeypatch)

    async def go() -> None:
        faults = {"a": ["refused_but_created"], "b": ["slow_commit"], **twice("c")}
        async with shop(
            tmp_path,
            fault_for=faults,
            clock_offset_seconds=offset,
            slow_commit_seconds=LATE_SECONDS,
        ) as here:
            await here.run([*"abc"], timeout="0.6s")
            book = journal.open(here.run_folder.journal)
            clocks = book.clocks()
            book.close()
            assert clocks is not None
            assert clocks.low - 0.1 <= offset <= clocks.high + 0.1
            assert clocks.high - clocks.low < 3.0
            assert here.lines()["a"].code == Code.CREATED_ALL_THE_SAME
            await late.happen(lambda: len(here.held()["b"]) == 2)
            # what this machine's clock would call the time of the run
            theirs = here.put("c", -offset if offset else 60.0)

            found = await here.audit(repair=True)

            assert (found.removed, len(here.held()["b"])) == (1, 1)
            assert found.findings == {Code.SURPLUS_REMOVED: 1, Code.COPY_OF_OTHERS: 1}
            assert theirs in here.held()["c"]

    asyncio.run(go())


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Ours now"},
        {"image": "https://shop.example/new.png"},
        {"seo": {"title": "Buy"}},
        {"productIds": [PRODUCT]},
    ],
)
def test_a_surplus_copy_that_a_person_works_with_is_left(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    """It was this run's, and is not any more: the report says so."""

    async def go() -> None:
        faults = {"a": ["slow_commit"]}
        async with shop(tmp_path, fault_for=faults, slow_commit_seconds=2.0) as here:
            await here.run(["a", "b"], timeout="0.6s")
            await asyncio.sleep(2.0)
            kept = here.lines()["a"].collection_id
            (copy,) = set(here.held()["a"]) - {kept}
            found = here.box.store.find(HERE, copy)
            assert found is not None
            here.box.store.replace(HERE, found, {**found.fields, **changed})
            audited = await here.audit(repair=True)
            assert (audited.removed, len(here.held()["a"])) == (0, 2)
            if "name" not in changed:  # that one is no copy at all
                assert audited.findings == {Code.CREATED_TWICE: 1}
                message = here.lines()["a"].message
                assert f"The surplus copy {copy} was changed since" in message

    asyncio.run(go())


# what an undo leaves


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "https://shop.example/new.png"),
        ("seo", {"title": "Buy"}),
        ("seo", {"description": "Cheap"}),
        ("productIds", [PRODUCT]),
        ("name", "Renamed"),
        ("slug", "renamed"),
        ("rules", {"logic": "AND", "conditions": [{"field": "title"}]}),
    ],
)
def test_what_a_person_added_or_changed_keeps_a_collection(
    tmp_path: Path, field: str, value: object
) -> None:
    """A field that the row left blank counts as blank."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"], audit=True)
            (enriched,) = here.held()["a"]
            here.change("a", **{field: value})
            result = await here.undo()
            assert result.counts == {Undone.CHANGED: 1, Undone.DELETED: 1}
            (words,) = (words for _, state, words in result.lines if words)
            assert words.startswith(f"{field} is ")
            assert [enriched] in here.held().values()

    asyncio.run(go())


FULL = "name,slug,type,image,seo_title,seo_description,product_ids"
LINE = f"Name a,a,manual,https://x.example/a.png,Buy,Cheap,{PRODUCT}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", ""),
        ("image", "https://x.example/other.png"),
        ("seo", {"title": "Buy"}),
        ("productIds", []),
        ("productIds", [PRODUCT, "655b33a82209e60b6adb87a6"]),
        ("type", "smart"),
    ],
)
def test_what_a_person_took_away_or_replaced_keeps_a_collection(
    tmp_path: Path, field: str, value: object
) -> None:
    """Every field that the run filled is compared, where the list shows it."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run([LINE, LINE.replace("a,a", "b,b")], header=FULL)
            here.change("a", **{field: value})
            result = await here.undo(unseen_products=False)
            assert result.counts == {Undone.CHANGED: 1, Undone.DELETED: 1}
            assert set(here.held()) == {"a"}

    asyncio.run(go())


def test_what_highlevel_makes_by_itself_is_no_change(tmp_path: Path) -> None:
    """Hashes, versions, statistics, times, and the products of a smart collection."""

    async def go() -> None:
        rules = '{""logic"":""AND"",""conditions"":[{""field"":""title""}]}'
        async with shop(tmp_path) as here:
            await here.run([f'Name a,a,smart,"{rules}"'], header="name,slug,type,rules")
            here.change(
                "a",
                ruleHash="x",
                ruleVersion=3,
                stats={"count": 1},
                updatedAt="2031-01-01T00:00:00.000Z",
                productIds=[PRODUCT],
                __v=2,
            )
            assert (await here.undo(unseen_products=False)).counts == {
                Undone.DELETED: 1
            }

    asyncio.run(go())


def test_what_a_later_run_updated_is_not_the_first_runs_any_more(
    tmp_path: Path,
) -> None:
    """Also where it was set back since, so that nothing differs."""

    async def go() -> None:
        header = "name,slug,image"
        async with shop(tmp_path) as here:
            await here.run(["Name a,a,", "Name b,b,"], header=header)
            image = "https://shop.example/new.png"
            later = await here.run(
                [f"Name a,a,{image}"],
                header=header,
                run_id="later",
                on_existing="update",
            )
            assert later.summary.counts["updated"] == 1
            here.change("a", image="")
            result = await here.undo()
            assert result.counts == {Undone.CHANGED: 1, Undone.DELETED: 1}
            assert "Run later has updated it since." in {
                words for _, _, words in result.lines
            }
            assert (await here.undo()).counts == {Undone.CHANGED: 1}
            assert set(here.held()) == {"a"}

    asyncio.run(go())


def test_what_another_run_was_given_the_id_of_is_left(tmp_path: Path) -> None:
    """Answers were mixed up, and nobody can say whose it is."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            await here.run(["c"], run_id="other")
            (mixed,) = here.held()["a"]
            book = journal.open(RunFolder(here.folder / "runs", "other").journal)
            book.delivery.record(
                Outcome(0, Status.CREATED, mixed, attempts=1, http_status=201)
            )
            book.close()
            result = await here.undo()
            assert result.counts == {Undone.MADE_BY_OTHERS: 1, Undone.DELETED: 1}
            assert "a" in here.held()

    asyncio.run(go())


def test_what_was_there_before_the_run_is_never_undone(tmp_path: Path) -> None:
    """Although an answer named its id to a row: the audit says whose it is."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            before = here.put("old")
            await here.run(["a"])
            here.box.store.remove(HERE, here.held()["a"][0])
            book = journal.open(here.run_folder.journal)
            book.delivery.record(
                Outcome(0, Status.CREATED, before, attempts=1, http_status=201)
            )
            book.close()
            result = await here.undo()
            assert result.counts == {Undone.MADE_BY_OTHERS: 1}
            found = await here.audit()
            assert found.findings == {Code.MADE_BY_OTHERS: 1}
            line = here.lines()["a"]
            assert (line.status, line.collection_id) == (Status.EXISTING, before)
            assert (await here.undo()).counts == {}
            assert here.held() == {"old": [before]}

    asyncio.run(go())


def test_what_a_list_gave_a_row_at_another_time_is_not_undone(tmp_path: Path) -> None:
    """An earlier version had claimed what was made by hand after a 422."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["much-too-long"])
            theirs = here.put("much-too-long", AN_HOUR)
            row = here.sent()["much-too-long"]
            book = journal.open(here.run_folder.journal)
            code = Code.CREATED_ALL_THE_SAME.value
            book.delivery.record(
                Outcome(
                    *(0, Status.CREATED, theirs, code),
                    attempts=1,
                    http_status=422,
                    finished_at=row.finished_at,
                )
            )
            book.close()
            result = await here.undo()
            assert result.counts == {Undone.MADE_BY_OTHERS: 1}
            assert here.held() == {"much-too-long": [theirs]}

    asyncio.run(go())


# what the list does not show


def test_what_the_list_does_not_show_is_read_by_its_id(tmp_path: Path) -> None:
    """It lags: what is as it was is deleted, what was enriched is left."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=600.0) as here:
            await here.run([*"abc"])
            here.change("a", image="https://shop.example/new.png")
            here.box.store.remove(HERE, here.held()["b"][0])
            result = await here.undo()
            assert result.counts == {
                Undone.CHANGED: 1,
                Undone.GONE: 1,
                Undone.DELETED: 1,
            }
            assert set(here.held()) == {"a"}

    asyncio.run(go())


@pytest.mark.parametrize("long_ago", [False, True])
def test_what_can_be_seen_nowhere_is_deleted_only_right_after_the_run(
    tmp_path: Path, long_ago: bool
) -> None:
    """Minutes after it the list may lag; a day later nobody knows what happened."""

    async def go() -> None:
        async with shop(tmp_path, list_lag_seconds=600.0, get_by_id="refused") as here:
            await here.run(["a"])
            row = here.sent()["a"]
            if long_ago:
                book = journal.open(here.run_folder.journal)
                book.delivery.record(
                    Outcome(
                        *(0, Status.CREATED, row.collection_id),
                        attempts=1,
                        http_status=201,
                        finished_at=(row.finished_at or 0.0) - 700.0,
                    )
                )
                book.close()
            result = await here.undo()
            expected = Undone.GONE if long_ago else Undone.DELETED
            assert result.counts == {expected: 1}
            assert set(here.held()) == ({"a"} if long_ago else set())

    asyncio.run(go())


# products that cannot be seen

UNSEEN: dict[str, Any] = {"list_hides": frozenset({"productIds"})}


def test_an_undo_that_cannot_see_products_deletes_nothing_unasked(
    tmp_path: Path,
) -> None:
    """It says of how many; a smart collection's products are nobody's choice."""

    async def go() -> None:
        header = "name,slug,type,product_ids,rules"
        rules = '"{""logic"":""AND"",""conditions"":[{""field"":""title""}]}"'
        lines = [
            f"Name a,a,manual,{PRODUCT},",
            "Name b,b,,,",
            f"Name c,c,smart,,{rules}",
        ]
        async with shop(tmp_path, **UNSEEN, get_by_id="refused") as here:
            await here.run(lines, header=header)
            foreseen = await here.foreseen()
            assert (foreseen.delete, foreseen.unseen) == (3, 2)
            assert foreseen.locations == (HERE,)
            with pytest.raises(UsageError, match="2 of the 3 collections") as refused:
                await here.undo(unseen_products=False)
            assert refused.value.exit_code == Exit.USAGE
            assert "--unseen-products" in refused.value.remedy
            assert set(here.held()) == {*"abc"}
            assert (await here.undo()).counts == {Undone.DELETED: 3}

    asyncio.run(go())


def test_products_that_single_answers_show_are_compared_there(tmp_path: Path) -> None:
    """The list hides them, and what was added is found all the same."""

    async def go() -> None:
        header = "name,slug,type,product_ids"
        lines = [f"Name {slug},{slug},manual,{PRODUCT}" for slug in "abc"]
        async with shop(tmp_path, **UNSEEN) as here:
            await here.run(lines, header=header)
            here.change("b", productIds=[PRODUCT, "655b33a82209e60b6adb87a6"])
            assert (await here.foreseen()).unseen == 0
            result = await here.undo(unseen_products=False)
            assert result.counts == {Undone.DELETED: 2, Undone.CHANGED: 1}
            assert set(here.held()) == {"b"}

    asyncio.run(go())


def test_what_was_looked_at_long_ago_is_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person took an hour to say yes, and somebody else was quicker."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
            async with here._look_back() as session:
                work = await look_back.look_before_undo(session, dry_run=False)
                assert work.foreseen.delete == 2
                here.change("a", image="https://shop.example/new.png")
                monkeypatch.setattr("importer.runs.undo.FRESH_SECONDS", 0.0)
                result = await look_back.carry_out(session, work, unseen_products=True)
            assert result.counts == {Undone.CHANGED: 1, Undone.DELETED: 1}
            assert set(here.held()) == {"a"}

    asyncio.run(go())


def test_an_id_is_found_among_more_than_a_statement_takes(tmp_path: Path) -> None:
    """A run of thousands asks another journal once, not a thousand times."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run(["a", "b"])
        book = journal.open(here.run_folder.journal)
        made = book.review.created()
        many = dict.fromkeys(map(str, range(5000)), True)
        assert set(book.review.claimed(many | made)) == made.keys()
        assert book.review.claimed(made) == book.review.claimed(many | made)
        assert book.review.claimed(many) == {}
        book.close()

    asyncio.run(go())
