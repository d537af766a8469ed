"""Answers are evidence: compared with what was sent, and only as good as they show.

Whole runs against the sandbox in this process, whose nature is other than assumed.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiohttp import web

from importer import api, journal
from importer.exit_codes import Exit
from importer.models import Status
from importer.runs.folders import RunFolder
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from importer.api.results import RunResult
    from importer.models import ReportLine

HERE = "Z4Bxl8J4SaPEPLq9IQ8g"
THERE = "6578278e879ad2646715ba9c"
TOKEN = "pit-evidence-0123456789"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Shop:
    """A server, a folder of runs, and the settings that lead to both."""

    url: str
    folder: Path

    async def run(
        self, run_id: str, rows: Sequence[tuple[str, str]], **more: Any
    ) -> RunResult:
        """A run of these slugs and names; `location/slug` puts one elsewhere."""
        path = self.folder / f"{run_id}.csv"
        lines = ["location_id,slug,name"]
        for row, name in rows:
            location, _, slug = row.rpartition("/")
            lines.append(f'{location or HERE},{slug},"{name}"')
        path.write_text("\n".join(lines), encoding="utf-8")
        return await api.run(path, run_id=run_id, **self.settings | more)

    async def resume(self, run_id: str, **more: Any) -> RunResult:
        result = await api.resume(run_id, **self.settings | more)
        assert result is not None
        return result

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.url,
            "token": TOKEN,
            "runs_dir": self.folder / "runs",
            "settle_pauses": "0.02,0.05",
            "rate": "none",
        }


class Held(Shop):
    """A shop whose server is the sandbox."""

    box: Any

    @property
    def collections(self) -> list[dict[str, Any]]:
        places = self.box.truth()["locations"].values()
        return [one for place in places for one in place["collections"]]

    @property
    def creates(self) -> int:
        return int(self.box.truth()["by_method"].get("POST", 0))


@asynccontextmanager
async def shop(folder: Path, *natures: str, **box: Any) -> AsyncIterator[Held]:
    options: dict[str, Any] = {
        "limit": Limit(1000, 1.0),
        "natures": frozenset(natures),
    } | box
    async with running(Options(**options)) as sandbox:
        held = Held(sandbox.url, folder)
        held.box = sandbox
        yield held


def by_name(count: int) -> list[tuple[str, str]]:
    return [(f"shelf--{number}", f"Shelf {number}") for number in range(count)]


def check(lines: Sequence[ReportLine], there: Sequence[dict[str, Any]]) -> None:
    """Every line says what the server holds under its id, once."""
    held = {one["_id"]: one for one in there}
    for line in lines:
        one = held[line.collection_id]
        assert (line.slug, line.name) == (one["slug"], one["name"])
    ids = [line.collection_id for line in lines]
    assert len(set(ids)) == len(ids)


def test_a_slug_that_the_server_rewrites_makes_nothing_twice(tmp_path: Path) -> None:
    """Not in the run, though answers are lost, and not in the next one."""

    async def go() -> None:
        lossy = {"faults": {"reset_after": 0.3}, "seed": 3}
        async with shop(tmp_path, "rewrites-slug", **lossy) as here:
            rows = by_name(20)
            first = await here.run("first", rows)
            assert first.summary.exit_code == Exit.OK
            assert len(here.collections) == 20
            lines = list(first.lines())
            check(lines, here.collections)
            assert {line.status for line in lines} == {Status.CREATED}
            assert all("HighLevel made the slug" in line.message for line in lines)
            second = await here.run("second", rows)
            lines = list(second.lines())
            assert {line.status for line in lines} == {Status.EXISTING}
            assert all(line.code == "slug_rewritten" for line in lines)
            assert len(here.collections) == 20

    asyncio.run(go())


def test_a_rewritten_slug_is_remembered_by_server(tmp_path: Path) -> None:
    """Another server made nothing of it, though it has the same address."""

    async def go() -> None:
        async with shop(tmp_path, "rewrites-slug") as here:
            await here.run("first", by_name(3))
            here.box.reset()
            again = await here.run("second", by_name(3))
            assert [line.status for line in again.lines()] == [Status.CREATED] * 3

    asyncio.run(go())


def test_a_killed_run_tells_the_next_one_what_became_of_its_slugs(
    tmp_path: Path,
) -> None:
    """Its journal knows it, however old it is."""

    async def go() -> None:
        async with shop(tmp_path, "rewrites-slug") as here:
            await here.run("first", by_name(5))
            (tmp_path / "runs" / ".slugs" / "slugs.db").unlink()
            (tmp_path / "runs" / ".slugs" / "first.begun").touch()
            second = await here.run("second", by_name(5), fresh=True)
            assert [line.status for line in second.lines()] == [Status.EXISTING] * 5
            assert len(here.collections) == 5
            shutil.rmtree(tmp_path / "runs" / "first")
            third = await here.run("third", by_name(5), fresh=True)
            assert [line.status for line in third.lines()] == [Status.EXISTING] * 5

    asyncio.run(go())


def test_a_row_with_the_slug_that_another_row_got_is_a_collection_of_its_own(
    tmp_path: Path,
) -> None:
    """`a--b` became `a-b`, and the input has `a-b` as well."""

    async def go() -> None:
        async with shop(tmp_path, "rewrites-slug", seed=2) as here:
            rows = [("a--b", "First"), ("a-b", "Second"), ("a---b", "Third")]
            first = await here.run("first", rows)
            assert first.summary.exit_code == Exit.OK
            check(list(first.lines()), here.collections)
            assert len(here.collections) == 3
            second = await here.run("second", rows)
            assert [line.status for line in second.lines()] == [Status.EXISTING] * 3
            check(list(second.lines()), here.collections)

    asyncio.run(go())


LONG = "A very long name, with <signs> & more, that will be cut {}"


def test_a_name_that_the_server_rewrites_is_the_rows_own(tmp_path: Path) -> None:
    """Rows without an answer are found, and called by what is there."""

    async def go() -> None:
        lossy = {"faults": {"reset_after": 0.4}, "seed": 5}
        async with shop(tmp_path, "rewrites-name", **lossy) as here:
            rows = [(f"shelf-{n}", f"{n}  &  {LONG.format(n)}") for n in range(20)]
            result = await here.run("first", rows)
            lines = list(result.lines())
            codes = Counter(line.code for line in lines)
            assert codes.keys() <= {"name_rewritten", "settled_by_listing"}
            assert min(codes.values()) > 3
            assert {line.status for line in lines} == {Status.CREATED}
            check(lines, here.collections)
            assert len(here.collections) == 20

    asyncio.run(go())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mixed_up_answers_give_no_row_the_id_of_another(
    tmp_path: Path, seed: int
) -> None:
    """Both rows are looked for, and each gets its own."""

    async def go() -> None:
        slow = {"latency_seconds": 0.02, "jitter_seconds": 0.01, "seed": seed}
        async with shop(tmp_path, "mixed-answers", **slow) as here:
            rows = [*by_name(30), *((f"{THERE}/{slug}", n) for slug, n in by_name(9))]
            result = await here.run("first", rows)
            lines = list(result.lines())
            assert any(line.code == "settled_by_listing" for line in lines)
            assert {line.status for line in lines} == {Status.CREATED}
            check(lines, here.collections)
            assert len(here.collections) == 39
            for line in lines:
                held = {one["_id"]: one for one in here.collections}
                assert held[line.collection_id]["altId"] == line.location_id

    asyncio.run(go())


def test_a_conflict_is_an_answer(tmp_path: Path) -> None:
    """One look serves all of its rows, and none of them is sent again."""

    async def go() -> None:
        async with shop(tmp_path, "conflict-409", list_lag_seconds=60.0) as here:
            rows = by_name(30)
            await here.run("first", rows)
            for one in here.collections:  # the list has caught up, the runs are gone
                assert one["slug"]
            calls = here.box.truth()["calls"]
            for path in (tmp_path / "runs").iterdir():
                path.rename(tmp_path / f"gone-{path.name.strip('.')}")
            result = await here.run("second", rows)
            assert {line.status for line in result.lines()} == {Status.REJECTED}
            assert {line.code for line in result.lines()} == {"api_409"}
            assert here.box.truth()["calls"] - calls < 60
            assert len(here.collections) == 30

    asyncio.run(go())


def test_a_conflict_with_what_the_list_shows_is_existing(tmp_path: Path) -> None:
    """A colleague was quicker by a moment."""

    async def go() -> None:
        async with shop(tmp_path, "conflict-409", list_lag_seconds=0.1) as here:
            now = here.box.clock()
            made = here.box.store.create(
                HERE, {"name": "Theirs", "slug": "a"}, now=now, lag_seconds=2.0
            )
            pauses = {"settle_pauses": "0.5,1,1"}
            result = await here.run("first", [("a", "Ours"), ("b", "B")], **pauses)
            (line, other) = result.lines()
            assert (line.status, line.code) == (Status.EXISTING, "api_409")
            assert line.collection_id == made.id
            assert other.status is Status.CREATED

    asyncio.run(go())


def test_a_conflict_after_a_lost_answer_is_the_rows_own(tmp_path: Path) -> None:
    """The first request created it, late; the second one is refused because of that."""

    async def go() -> None:
        late = {"slow_commit_seconds": 0.6, "fault_for": {"a": ["slow_commit"]}}
        async with shop(tmp_path, "conflict-409", **late) as here:
            quick = {"timeout": "0.2s", "settle_pauses": "0.05,0.1"}
            result = await here.run("first", [("a", "A")], **quick)
            if result.summary.exit_code == Exit.UNKNOWN_ROWS:
                result = await here.resume("first", **quick)
            (line,) = result.lines()
            assert line.status is Status.CREATED
            check([line], here.collections)
            assert len(here.collections) == 1

    asyncio.run(go())


def test_rejected_rows_are_looked_for_by_the_next_run(tmp_path: Path) -> None:
    """A 422 created all the same, the list lags, and a new run comes at once."""

    async def go() -> None:
        lying = {"fault_for": {"a": ["refused_but_created"]}}
        async with shop(tmp_path, list_lag_seconds=3.0, **lying) as here:
            first = await here.run("first", [("a", "A")], audit=False)
            assert [line.status for line in first.lines()] == [Status.REJECTED]
            pauses = {"settle_pauses": "1.5,1,1.5"}
            second = await here.run("second", [("a", "A")], **pauses)
            (line,) = second.lines()
            assert (line.status, line.code) == (Status.EXISTING, "made_by_others")
            assert len(here.collections) == 1

    asyncio.run(go())


def test_a_genuine_refusal_is_sent_again_by_the_next_run(tmp_path: Path) -> None:
    """After the looks it is certain that nothing was created."""

    async def go() -> None:
        async with shop(tmp_path, max_name=5) as here:
            first = await here.run("first", [("a", "A long name")])
            assert [line.status for line in first.lines()] == [Status.REJECTED]
            second = await here.run("second", [("a", "Short")])
            assert [line.status for line in second.lines()] == [Status.CREATED]

    asyncio.run(go())


# what runs before this one did


def test_what_a_recent_run_made_is_said_by_plan_and_run(tmp_path: Path) -> None:
    """The reason is that run, and a deletion since is believed with --fresh."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", [("a", "A"), ("b", "B")])
            here.box.store.remove(HERE, here.collections[0]["_id"])
            path = tmp_path / "first.csv"
            planned = await api.plan(path, **here.settings)
            assert planned.forecast.create == 0
            second = await here.run("second", [("a", "A"), ("b", "B")])
            (line, other) = second.lines()
            assert (line.status, line.code) == (Status.EXISTING, "recently_created")
            assert "Run first made it less than a minute ago" in line.message
            assert (other.status, other.code) == (Status.EXISTING, "")
            planned = await api.plan(path, **here.settings, fresh=True)
            assert planned.forecast.create == 1
            third = await here.run("third", [("a", "A"), ("b", "B")], fresh=True)
            assert [line.status for line in third.lines()] == [
                Status.CREATED,
                Status.EXISTING,
            ]

    asyncio.run(go())


def test_fresh_still_settles_what_is_without_an_answer(tmp_path: Path) -> None:
    """A list that lags is no proof, whatever a person believes."""

    async def go() -> None:
        lossy = {"fault_for": {"a": ["reset_after"]}, "list_lag_seconds": 3.0}
        async with shop(tmp_path, **lossy) as here:
            stopped = {"max_duration": "1s", "settle_pauses": "60"}
            first = await here.run("first", [("a", "A")], **stopped)
            assert [line.status for line in first.lines()] == [Status.UNKNOWN]
            pauses = {"settle_pauses": "1,1.5", "fresh": True}
            second = await here.run("second", [("a", "A")], **pauses)
            (line,) = second.lines()
            assert line.status is Status.EXISTING
            assert len(here.collections) == 1

    asyncio.run(go())


def test_what_was_made_at_another_server_is_not_there(tmp_path: Path) -> None:
    """A sandbox that was reset, or another one at the address, holds nothing of it."""

    async def go() -> None:
        async with shop(tmp_path) as here:
            await here.run("first", [("a", "A")])
            here.box.reset()
            second = await here.run("second", [("a", "A")])
            assert [line.status for line in second.lines()] == [Status.CREATED]

    asyncio.run(go())


# answers that no sandbox gives


@asynccontextmanager
async def server(
    change: Callable[[dict[str, Any], list[dict[str, Any]]], dict[str, Any]],
) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A server that keeps what it is sent, and whose answers are changed."""
    held: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        if request.method == "POST":
            body = await request.json()
            made = {**body, "_id": f"{len(held):024x}"}
            held.append(made)
            return web.json_response({"data": change(made, held)}, status=201)
        start, count = int(request.query["offset"]), int(request.query["limit"])
        page = [one for one in held if one["altId"] == request.query["altId"]]
        return web.json_response({"data": page[start : start + count]})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield site.name, held
    finally:
        await runner.cleanup()


def first_id(made: dict[str, Any], held: list[dict[str, Any]]) -> dict[str, Any]:
    return {"_id": held[0]["_id"] if len(held) == 3 else made["_id"]}


def elsewhere_id(made: dict[str, Any], held: list[dict[str, Any]]) -> dict[str, Any]:
    return {**made, "altId": THERE} if len(held) == 2 else made


def another(made: dict[str, Any], held: list[dict[str, Any]]) -> dict[str, Any]:
    wrong = {"_id": "f" * 24, "slug": "never-sent", "name": "Never sent"}
    return wrong if len(held) == 2 else made


def odd(made: dict[str, Any], held: list[dict[str, Any]]) -> dict[str, Any]:
    del held
    return {**made, "slug": None, "name": 7, "altId": [], "seo": "x", "rules": 3}


@pytest.mark.parametrize("change", [first_id, elsewhere_id, another, odd])
def test_an_answer_that_contradicts_the_row_is_looked_into(
    tmp_path: Path, change: Any
) -> None:
    """An id that stands twice, or another location; what is odd says nothing."""

    async def go() -> None:
        async with server(change) as (url, held):
            here = Shop(url, tmp_path)
            rows = [(f"s-{number}", f"S {number}") for number in range(5)]
            result = await here.run("first", rows, concurrency=1)
            lines = list(result.lines())
            assert {line.status for line in lines} == {Status.CREATED}
            ids = {one["slug"]: one["_id"] for one in held}
            assert [line.collection_id for line in lines] == [
                ids[slug] for slug, _ in rows
            ]
            assert len(held) == 5
            settled = [line for line in lines if line.code == "settled_by_listing"]
            expected = {first_id: 2, elsewhere_id: 1, another: 1, odd: 0}
            assert len(settled) == expected[change]

    asyncio.run(go())


def test_what_the_answer_shows_otherwise_is_in_the_journal(tmp_path: Path) -> None:
    """An undo starts from it: what the server itself has changed is no person's."""

    async def go() -> None:
        def change(made: dict[str, Any], held: list[dict[str, Any]]) -> dict[str, Any]:
            del held
            return {**made, "type": "manual", "image": "https://i.example/default.png"}

        async with server(change) as (url, _):
            await Shop(url, tmp_path).run("first", [("a", "A")])
        book = journal.open(RunFolder(tmp_path / "runs", "first").journal)
        (row,) = book.review.sent(HERE)
        book.close()
        assert orjson.loads(row.shown) == {
            "type": "manual",
            "image": "https://i.example/default.png",
        }

    asyncio.run(go())
