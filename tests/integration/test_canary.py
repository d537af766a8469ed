"""A canary: some locations are sent and audited, the others only if that went well."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from refusing import Api, serving

import importer
from importer.api import sentence
from importer.api.hooks import Hooks
from importer.errors import AccessError, Interrupted, UsageError
from importer.exit_codes import Exit
from importer.journal import FolderHome
from importer.models import Status
from importer.runs import new_folders
from importer.runs.session import Session
from importer.runs.shards import LocalRunner
from importer.sandbox import Options, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from refusing import Body, Refusal

    from importer.models import Canary
    from importer.runs.folders import RunFolder
    from importer.runs.shards import Shard, ShardResult
    from importer.sandbox import Sandbox
    from importer.settings import Settings as Gathered

PLACES = tuple(f"loc{number:017d}" for number in range(6))
THIRD = PLACES[2]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with six locations, three rows for each, and a token for all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIGHLEVEL_TOKEN", "pit-canary-0123456789")
    for name in ("HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    Path("locations.toml").write_text(
        "\n".join(f'[[locations]]\nid = "{p}"\nname = "Shop {p[-1]}"\n' for p in PLACES)
    )
    rows = "".join(f"{slug},{slug},smart,title contains x\n" for slug in "abc")
    Path("shop.csv").write_text(f"name,slug,type,rules\n{rows}")
    return tmp_path


def usual(url: str, **more: Any) -> dict[str, Any]:
    given = {"base_url": url, "rate": "none", "settle_pauses": "0.01", "attempts": 2}
    return given | more


def run_with(
    api: Api, work: Callable[[dict[str, Any]], Awaitable[None]], **more: Any
) -> None:
    """Do it against a server that refuses what the test says."""

    async def go() -> None:
        async with serving(api):
            await work(usual(api.url, into="all", **more))

    asyncio.run(go())


def made(api: Api) -> dict[str, int]:
    """How many collections each location holds."""
    return {place: len(held) for place, held in api.held.items() if held}


def journals() -> list[Path]:
    """The journals of all runs."""
    return list(Path("runs").glob("*/journal.db"))


def canary(found: importer.RunResult) -> Canary:
    """The canary of a run that has one."""
    assert found.summary.canary is not None
    return found.summary.canary


def refuses(place: str, status: int = 422) -> Callable[[Body], Refusal]:
    return lambda body: (status, "No.") if body["altId"] == place else None


def without(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}


async def resumed(given: Mapping[str, Any], **more: Any) -> importer.RunResult:
    found = await importer.resume("one", **without(given, "into", "canary"), **more)
    assert found is not None
    return found


@pytest.mark.parametrize("status", [400, 422, 500])
def test_nothing_is_sent_to_the_others_where_the_canary_fails(status: int) -> None:
    """Exit 6; a resume tries the canary's rows again, then goes on, none twice."""
    api = Api(creating=refuses(THIRD, status))

    async def work(given: dict[str, Any]) -> None:
        first = await importer.run("shop.csv", run_id="one", **given)
        assert made(api) == dict.fromkeys((*PLACES[:2], PLACES[3]), 3)
        summary = first.summary
        assert summary.exit_code == Exit.TOO_MANY_ERRORS
        assert (canary(first).locations, canary(first).passed) == (PLACES[:4], False)
        assert "The canary did not go well: Shop 2" in summary.stopped_because
        assert "Nothing was sent to the 2 other locations." in summary.stopped_because
        document = json.loads((first.folder.path / "summary.json").read_text())
        assert document["canary"] == {"locations": list(PLACES[:4]), "passed": False}
        lines = {line.location_id: line for line in first.lines()}
        assert lines[PLACES[5]].status is Status.NOT_ATTEMPTED
        assert "The canary did not go well" in lines[PLACES[5]].message

        again = await resumed(given)
        assert again.summary.exit_code == Exit.TOO_MANY_ERRORS
        assert made(api).keys() == {*PLACES[:2], PLACES[3]}

        api.creating = lambda _: None
        done = await resumed(given)
        assert done.summary.exit_code == Exit.OK
        assert canary(done).passed
        assert made(api) == dict.fromkeys(PLACES, 3)

    run_with(api, work, canary=4, early_stop=0)


def test_a_location_that_is_refused_altogether_stops_the_canary() -> None:
    """It is one of the first, whether anything can be sent to it or not."""
    api = Api(listing=lambda place: (401, "No.") if place == PLACES[0] else None)

    async def work(given: dict[str, Any]) -> None:
        first = await importer.run("shop.csv", run_id="one", **given)
        assert first.summary.exit_code == Exit.TOO_MANY_ERRORS
        assert made(api) == {PLACES[1]: 3}
        assert "Location Shop 0" in first.summary.stopped_because
        api.listing = lambda _: None
        assert (await resumed(given)).summary.exit_code == Exit.OK
        assert made(api) == dict.fromkeys(PLACES, 3)

    run_with(api, work, canary=2)


def test_what_an_audit_finds_missing_stops_the_canary() -> None:
    """Answers were good, and the list does not have what they promised."""
    api = Api()

    async def work(given: dict[str, Any]) -> None:
        listing = api.listing

        def loses(place: str) -> Refusal:
            if place == PLACES[1] and len(api.held.get(place, [])) == 3:
                api.held[place].pop()
            return listing(place)

        api.listing = loses
        first = await importer.run("shop.csv", run_id="one", **given)
        assert first.summary.exit_code == Exit.TOO_MANY_ERRORS
        assert "1 row created (missing_at_server)" in first.summary.stopped_because
        assert first.summary.audited == 2
        assert PLACES[2] not in made(api)

    run_with(api, work, canary=2)


def test_a_limit_of_errors_says_what_a_canary_may_have() -> None:
    """Below it the others follow; a share is one of the canary's rows."""

    def first_row(body: Body) -> Refusal:
        return (422, "No.") if body["altId"] == THIRD and body["slug"] == "a" else None

    async def tried(limit: str) -> tuple[int, int]:
        api = Api(creating=first_row)
        async with serving(api):
            options = usual(api.url, into="all", canary=3, max_errors=limit)
            found = await importer.run("shop.csv", **options)
        return found.summary.exit_code, len(made(api))

    async def work() -> None:
        # one of nine is bad
        assert await tried("2") == (Exit.PROBLEMS, 6)
        assert await tried("12%") == (Exit.PROBLEMS, 6)
        assert await tried("11%") == (Exit.TOO_MANY_ERRORS, 3)
        assert await tried("1") == (Exit.TOO_MANY_ERRORS, 3)

    asyncio.run(work())


def test_rows_that_the_check_refuses_do_not_count_unless_a_limit_counts_them() -> None:
    """They were known, and told, before anything was sent."""
    with Path("shop.csv").open("a") as stream:
        stream.write("d,d d,smart,title contains x\na again,a,smart,title contains x\n")

    async def tried(**more: str) -> tuple[int, int]:
        api = Api()
        async with serving(api):
            options = usual(api.url, into="all", canary=1, **more)
            found = await importer.run("shop.csv", **options)
        return found.summary.exit_code, len(made(api))

    async def work() -> None:
        assert await tried() == (Exit.PROBLEMS, 6)
        code, locations = await tried(max_errors="19%")
        assert code == Exit.TOO_MANY_ERRORS
        assert locations <= 1

    asyncio.run(work())


def test_products_that_a_location_lacks_stop_the_canary_until_it_has_them() -> None:
    """The plan finds it, not the server; a resume reads the location's list again."""
    Path("shop.csv").write_text("name,slug,type,product_skus\nA,a,manual,SKU1\n")
    stock = [
        (place, {"name": "P", "skus": ["SKU1"]}) for place in PLACES if place != THIRD
    ]

    async def work(box: Sandbox) -> None:
        given = usual(box.url, into="all", canary=3)
        first = await importer.run("shop.csv", run_id="one", **given)
        assert first.summary.exit_code == Exit.TOO_MANY_ERRORS
        told = first.summary.stopped_because
        assert (
            "Shop 2 (loc00000000000000002): 1 row invalid (product_not_found)" in told
        )
        box.store.add_product(THIRD, {"name": "P", "skus": ["SKU1"]}, now=box.clock())
        done = await resumed(given)
        assert done.summary.exit_code == Exit.OK
        assert done.summary.counts["created"] == 6

    async def go() -> None:
        async with running(Options(products=stock)) as box:
            await work(box)

    asyncio.run(go())


def test_what_is_there_already_stops_the_canary_and_is_never_changed() -> None:
    """With on_existing=fail; once it is gone the row is created and not updated."""
    api = Api()
    api.held[THIRD] = [{"_id": "f" * 24, "name": "x", "slug": "a", "altId": THIRD}]

    async def work(given: dict[str, Any]) -> None:
        first = await importer.run("shop.csv", run_id="one", **given)
        assert "1 row invalid (exists_already)" in first.summary.stopped_because
        api.held[THIRD] = api.held[THIRD][1:]
        done = await resumed(given)
        assert (done.summary.exit_code, api.put) == (Exit.OK, [])
        assert made(api) == dict.fromkeys(PLACES, 3)

    run_with(api, work, canary=3, on_existing="fail")


def test_names_choose_a_canary_and_0_sends_the_rest_all_the_same() -> None:
    """A resume without it leaves what failed, and does the others."""
    api = Api(creating=refuses(PLACES[5]))

    async def work(given: dict[str, Any]) -> None:
        first = await importer.run("shop.csv", run_id="one", **given)
        assert made(api) == {PLACES[1]: 3}
        assert canary(first).locations == (PLACES[5], PLACES[1])
        done = await resumed(given, canary=0)
        assert made(api) == dict.fromkeys(PLACES[:5], 3)
        assert done.summary.exit_code == Exit.PROBLEMS
        assert done.summary.canary is None

    run_with(api, work, canary=["Shop 5", PLACES[1]])


def test_a_name_that_the_run_has_no_rows_for_is_refused() -> None:
    """Before anything is sent, with the name that was meant; nothing is left of it."""
    api = Api()

    async def work(given: dict[str, Any]) -> None:
        with pytest.raises(UsageError) as caught:
            await importer.run("shop.csv", **given)
        assert 'no rows for a location "Shop 7"' in str(caught.value)
        assert 'Did you mean "Shop ' in caught.value.remedy
        assert not api.posted
        assert not journals()

    run_with(api, work, canary="Shop 7")


def test_a_plan_says_which_locations_come_first_and_a_run_of_it_keeps_to_that() -> None:
    """So does the forecast that a person is asked with, and the page of the run."""
    api = Api()

    async def work(given: dict[str, Any]) -> None:
        plan = await importer.plan("shop.csv", **given)
        assert (plan.forecast.canary, plan.forecast.create) == (2, 18)
        plan.save("plan.json")
        del given["canary"]
        result = await importer.run(plan="plan.json", **given)
        assert result.summary.canary is not None
        assert len(result.summary.canary.locations) == 2
        page = (result.folder.path / "report.html").read_text("utf-8")
        assert "That went well, so the others followed." in page

    run_with(api, work, canary=2)


class Killed(BaseException):
    """The process is gone."""


class Kills(LocalRunner):
    """Sends some rows of what it is given first, and is gone then."""

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        """Send to one location."""
        first = whole.locations[:1]
        await super().run(replace(whole, locations=first), rows)
        raise Killed


async def begun(chosen: Gathered, folder: RunFolder) -> None:
    """Begin a run that is killed in the middle of its canary."""
    async with Session.begin(chosen, folder, ["shop.csv"]) as session:
        await session.read(["shop.csv"])
        await session.compare()
        await session.deliver(Kills(session.process))


def test_a_kill_in_the_middle_of_a_canary_leaves_its_meaning() -> None:
    """The same locations go first again, and nothing else before they went well."""
    api = Api()
    seen: list[Sequence[str]] = []

    class Sees(LocalRunner):
        async def run(
            self, whole: Shard, rows: Mapping[str, int]
        ) -> Sequence[ShardResult]:
            seen.append(whole.locations)
            assert rows.keys() == {*whole.locations}
            return await super().run(whole, rows)

    async def work(given: dict[str, Any]) -> None:
        chosen = importer.Settings(**given).with_options({})
        folder = new_folders.make(FolderHome(Path("runs")), "one", 0.0)
        with pytest.raises(Killed):
            await begun(chosen, folder)
        assert made(api) == {PLACES[0]: 3}

        class Watched(Hooks[Any, Any]):
            def runner(self, session: Session) -> LocalRunner:
                return Sees(session.process)

        again = importer.Settings(**without(given, "into", "canary")).with_options({})
        await sentence.resume(folder, again, Watched())
        # of the first nothing was left to be sent
        assert seen == [PLACES[1:3], PLACES[3:]]
        assert made(api) == dict.fromkeys(PLACES, 3)

    run_with(api, work, canary=3)


def test_a_stop_in_the_middle_of_a_canary_is_no_verdict() -> None:
    """It ends as a stop does, and a resume goes on with the canary."""
    server = Api()

    async def work(given: dict[str, Any]) -> None:
        chosen = importer.Settings(**given).with_options({})
        folder = new_folders.make(FolderHome(Path("runs")), "one", 0.0)
        async with Session.begin(chosen, folder, ["shop.csv"]) as session:
            await session.read(["shop.csv"])
            await session.compare()

            def stops(_: Body) -> Refusal:
                session.stop(Interrupted("Stopped."))
                return None

            server.creating = stops
            await session.deliver()
            summary = session.report()
        assert summary.exit_code == Exit.INTERRUPTED
        assert made(server).keys() <= {*PLACES[:3]}
        server.creating = refuses(PLACES[1])
        second = await resumed(given)
        assert second.summary.exit_code == Exit.TOO_MANY_ERRORS
        assert made(server).keys() <= {*PLACES[:3]}
        server.creating = lambda _: None
        assert (await resumed(given)).summary.exit_code == Exit.OK
        assert made(server) == dict.fromkeys(PLACES, 3)

    run_with(server, work, canary=3, concurrency=1)


def test_the_books_of_a_canary_and_of_the_rest_are_one() -> None:
    """Rows, calls and progress of both sendings are counted once each."""
    server = Api()

    async def work(given: dict[str, Any]) -> None:
        found = await importer.run("shop.csv", **given)
        assert found.summary.counts["created"] == 18
        assert found.summary.calls.made == sum(server.calls.values())
        assert Counter(body["altId"] for body in server.posted) == dict.fromkeys(
            PLACES, 3
        )
        # the canary is done before the first of the others begins
        assert {body["altId"] for body in server.posted[:6]} == {*PLACES[:2]}

    run_with(server, work, canary=2)


def test_a_day_that_is_over_is_no_verdict_on_a_canary() -> None:
    """The quota ends the run with its own exit code; nothing is sent to the others."""

    async def work() -> None:
        async with running(Options(daily=3)) as box:
            given = usual(box.url, into="all", canary=1, daily_reserve=0)
            found = await importer.run("shop.csv", **given)
            assert found.summary.exit_code == Exit.QUOTA
            assert not canary(found).passed
            held = box.truth()["locations"]
            assert {p for p in held if held[p]["collections"]} == {PLACES[0]}

    asyncio.run(work())


def test_a_canary_that_cannot_be_audited_has_not_passed() -> None:
    """All of it was created, and no list says so."""
    api = Api()

    async def work(given: dict[str, Any]) -> None:
        api.listing = lambda _: (500, "No.") if api.posted else None
        found = await importer.run("shop.csv", run_id="one", **given)
        assert found.summary.exit_code == Exit.TOO_MANY_ERRORS
        assert made(api) == {PLACES[0]: 3}
        api.listing = lambda _: None
        assert (await resumed(given)).summary.exit_code == Exit.OK
        assert made(api) == dict.fromkeys(PLACES, 3)

    run_with(api, work, canary=1)


def test_the_kind_of_what_failed_does_not_change_the_exit_code() -> None:
    """A location that is refused ends a run with 4, and one of a canary with 6."""
    assert AccessError.exit_code == Exit.ACCESS
    server = Api(listing=lambda place: (403, "No.") if place == PLACES[0] else None)

    async def work(given: dict[str, Any]) -> None:
        found = await importer.run("shop.csv", **given)
        assert found.summary.exit_code == Exit.TOO_MANY_ERRORS
        plain = await importer.run("shop.csv", **without(given, "canary"))
        assert plain.summary.exit_code == Exit.ACCESS

    run_with(server, work, canary=1)
