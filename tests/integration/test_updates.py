"""Updates of what exists, in whole runs: nothing is lost or changed unasked."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest
from aiohttp import web
from yarl import URL

import importer
from importer import settings
from importer.api.results import RunResult
from importer.runs import new_folders
from importer.runs.session import Session
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
FIRST, SECOND, THIRD = (f"655b33a82209e60b6adb87a{n}" for n in (1, 2, 3))
RULES = '{"logic": "AND", "conditions": [{"field": "title", "value": "%s"}]}'
SEO = {"title": "Old title", "description": "Old words"}
OLD = {
    "name": "Winter",
    "slug": "winter",
    "type": "manual",
    "image": "https://x.example/w.png",
    "seo": SEO,
    "productIds": [FIRST],
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Shop:
    """A sandbox, and runs that update what it holds."""

    box: Sandbox

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "base_url": self.box.url,
            "token": "a-token-0123456789",
            "location_id": LOCATION,
            "on_existing": "update",
            "settle_pauses": "0.02,0.05",
        }

    def put(self, **fields: Any) -> str:
        """Create a collection without the importer; its id."""
        now = self.box.clock()
        return self.box.store.create(LOCATION, {**OLD, **fields}, now=now).id

    def change(self, collection_id: str, **fields: Any) -> None:
        """Change a collection as a person does."""
        found = self.box.store.find(LOCATION, collection_id)
        assert found is not None
        self.box.store.replace(LOCATION, found, {**found.fields, **fields})

    def held(self, collection_id: str) -> dict[str, Any]:
        found = self.box.store.find(LOCATION, collection_id)
        assert found is not None
        return dict(found.fields)

    async def run(self, *rows: dict[str, str], **more: Any) -> Any:
        return await importer.run(pd.DataFrame(rows), **self.settings | more)

    async def plan(self, *rows: dict[str, str], **more: Any) -> Any:
        return await importer.plan(pd.DataFrame(rows), **self.settings | more)

    @property
    def puts(self) -> int:
        return int(self.box.truth()["by_method"].get("PUT", 0))


def with_shop(work: Callable[[Shop], Awaitable[None]], **box: Any) -> None:
    """Do something with a sandbox that refuses no products."""

    async def main() -> None:
        options: dict[str, Any] = {
            "limit": Limit(1000, 1.0),
            "require_products": False,
        }
        async with running(Options(**options | box)) as sandbox:
            await work(Shop(sandbox))

    asyncio.run(main())


def row(**fields: str) -> dict[str, str]:
    """A row of the collection that is there, with nothing but its name."""
    return {"name": "Winter", "slug": "winter", **fields}


def told(result: Any) -> list[tuple[str, str]]:
    return [(str(one.status), one.code) for one in result.lines()]


UPDATES = pytest.mark.parametrize("updates", ["merge", "replace"])
#: How single collections can be read: by id, by the list's part, by the whole list.
WAYS = pytest.mark.parametrize("get_by_id", ["shown", "refused"])


# nothing is lost


@UPDATES
@WAYS
def test_night_after_night_nothing_is_lost(updates: str, get_by_id: str) -> None:
    """One file has the title and another the description; each keeps the other's."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        for night in range(4):
            part = ("seo_title", "seo_description")[night % 2]
            done = await shop.run(row(**{part: f"Night {night}"}))
            assert told(done) == [("updated", "")]
        now = shop.held(held)
        assert now["seo"] == {"title": "Night 2", "description": "Night 3"}
        assert now["image"] == OLD["image"]
        assert now["productIds"] == OLD["productIds"]

    with_shop(work, updates=updates, get_by_id=get_by_id)


@UPDATES
@WAYS
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Renamed"),
        ("image", "https://x.example/new.png"),
        ("seo_title", "New"),
        ("seo_description", "New"),
    ],
)
def test_a_change_of_one_field_leaves_all_others(
    updates: str, get_by_id: str, field: str, value: str
) -> None:
    """Whatever a PUT does with what it leaves out."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        before = shop.held(held)
        await shop.run(row(**{field: value}))
        after = shop.held(held)
        after.pop("updatedAt")
        wanted: dict[str, Any] = {field: value}
        if field.startswith("seo_"):
            wanted = {"seo": {**SEO, field.removeprefix("seo_"): value}}
        assert after == {**before, **wanted}

    with_shop(work, updates=updates, get_by_id=get_by_id)


# what happens between the comparison and the sending


async def interrupted(
    shop: Shop, meanwhile: Callable[[], object], *rows: dict[str, str], **more: Any
) -> Any:
    """A run in which something happens after the comparison; its lines."""
    chosen = settings.load(shop.settings | more)
    folder = new_folders.make(chosen.home, None, time.time())
    inputs = (pd.DataFrame(rows),)
    async with Session.begin(chosen, folder, inputs) as session:
        await session.read(inputs)
        await session.compare()
        meanwhile()
        await session.deliver()
        summary = session.report(page=False)
    return RunResult(summary, folder)


@WAYS
def test_what_a_person_changes_meanwhile_is_kept(get_by_id: str) -> None:
    """The collection is read when it is sent, not when it was compared."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        theirs = {"seo": {"title": "By hand"}, "image": "https://x.example/hand.png"}
        done = await interrupted(
            shop, lambda: shop.change(held, **theirs), row(name="Renamed")
        )
        assert told(done) == [("updated", "")]
        now = shop.held(held)
        assert now["name"] == "Renamed"
        assert {key: now[key] for key in theirs} == theirs

    with_shop(work, updates="replace", get_by_id=get_by_id)


@WAYS
def test_what_differs_no_longer_is_left_alone(get_by_id: str) -> None:
    """Somebody has made the change by hand: no PUT, and the row says existing."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        done = await interrupted(
            shop, lambda: shop.change(held, name="Renamed"), row(name="Renamed")
        )
        assert told(done) == [("existing", "")]
        assert shop.puts == 0

    with_shop(work, get_by_id=get_by_id)


@WAYS
def test_a_slug_that_was_changed_meanwhile_is_not_overwritten(get_by_id: str) -> None:
    """It is another collection now, for all that the row knows."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        done = await interrupted(
            shop, lambda: shop.change(held, slug="hiver"), row(name="Renamed")
        )
        assert told(done) == [("invalid", "collection_id_taken")]
        assert "hiver" in next(done.lines()).message
        assert done.summary.exit_code == 3
        assert shop.held(held)["name"] == "Winter"
        assert shop.puts == 0

    with_shop(work, get_by_id=get_by_id)


@pytest.mark.parametrize(
    ("get_by_id", "ended"),
    [("shown", ("rejected", "api_404")), ("refused", ("failed", "attempts_used_up"))],
)
def test_a_collection_that_is_gone_is_never_called_updated(
    get_by_id: str, ended: tuple[str, str]
) -> None:
    """Where only the list can be asked it may lag, so a resume looks again."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        done = await interrupted(
            shop,
            lambda: shop.box.store.remove(LOCATION, held),
            row(name="Renamed"),
            attempts=2,
        )
        assert told(done) == [ended]
        assert shop.puts == 0
        again = await shop.run(row(name="Renamed"))
        assert told(again)[0][0] == "created"

    with_shop(work, get_by_id=get_by_id)


# products and rules


def with_products(*ids: str, **fields: str) -> dict[str, str]:
    return row(type="manual", product_ids=" ".join(ids), **fields)


def test_changed_products_are_told_and_not_sent() -> None:
    """In plan, run and report; the run has no problem."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        wanted = with_products(FIRST, SECOND)
        plan, run = await shop.plan(wanted), await shop.run(wanted)
        for result in (plan, run):
            assert told(result) == [("existing", "products_not_updated")]
            assert "1 product that the collection lacks" in next(result.lines()).message
        assert run.summary.exit_code == 0
        assert run.summary.codes == {"products_not_updated": 1}
        assert shop.held(held)["productIds"] == [FIRST]
        assert shop.puts == 0

    with_shop(work)


def test_a_row_that_is_updated_tells_of_its_products_too() -> None:
    """The name is sent, the products are not."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        run = await shop.run(with_products(SECOND) | {"name": "Renamed"})
        assert told(run) == [("updated", "products_not_updated")]
        assert shop.held(held)["productIds"] == [FIRST]
        assert shop.held(held)["name"] == "Renamed"

    with_shop(work, updates="replace")


@UPDATES
@WAYS
@pytest.mark.parametrize("hidden", [frozenset(), frozenset({"productIds", "rules"})])
def test_products_are_sent_once_where_the_setting_says_so(
    updates: str, get_by_id: str, hidden: frozenset[str]
) -> None:
    """And not again in the next night, whether the list shows them or not."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        wanted = with_products(SECOND, FIRST)
        plan = await shop.plan(wanted, update_products=True)
        assert (plan.forecast.update, plan.forecast.calls) == (1, 2)
        first = await shop.run(wanted, update_products=True)
        assert told(first) == [("updated", "")]
        assert shop.held(held)["productIds"] == [SECOND, FIRST]
        assert shop.held(held)["seo"] == SEO
        again = await shop.run(with_products(FIRST, SECOND), update_products=True)
        assert told(again) == [("existing", "")]
        assert shop.puts == 1

    with_shop(work, updates=updates, get_by_id=get_by_id, list_hides=hidden)


@pytest.mark.parametrize("hidden", [frozenset(), frozenset({"productIds", "rules"})])
def test_changed_rules_are_told_or_sent(hidden: frozenset[str]) -> None:
    """What a journal of the create knows is compared where the list hides them."""

    def smart(value: str) -> dict[str, str]:
        return row(type="smart", rules=RULES % value)

    async def work(shop: Shop) -> None:
        created = await shop.run(smart("shirt"))
        same = await shop.run(smart("shirt"))
        left = await shop.run(smart("shoe"))
        plan = await shop.plan(smart("shoe"))
        sent = await shop.run(smart("shoe"), update_products=True)
        again = await shop.run(smart("shoe"))
        assert [told(one)[0] for one in (created, same, left, plan, sent, again)] == [
            ("created", ""),
            ("existing", ""),
            ("existing", "rules_not_updated"),
            ("existing", "rules_not_updated"),
            ("updated", ""),
            ("existing", ""),
        ]

    with_shop(work, list_hides=hidden)


def test_the_products_of_a_smart_collection_are_not_compared() -> None:
    """HighLevel finds them by the rules."""

    async def work(shop: Shop) -> None:
        rules = {"logic": "AND", "conditions": [{"field": "title", "value": "shirt"}]}
        shop.put(type="smart", rules=rules, productIds=[FIRST, SECOND, THIRD])
        run = await shop.run(
            row(type="smart", rules=RULES % "shirt"), update_products=True
        )
        assert told(run) == [("existing", "")]
        assert shop.puts == 0

    with_shop(work)


def test_products_that_nothing_shows_are_told_once_for_all_rows() -> None:
    """No row is said to differ, and the forecast says that nobody knows."""

    async def work(shop: Shop) -> None:
        shop.put()
        plan = await shop.plan(with_products(SECOND))
        assert told(plan) == [("existing", "")]
        assert plan.forecast.unseen == 1
        seen = await shop.plan(row())
        assert seen.forecast.unseen == 0

    with_shop(work, list_hides=frozenset({"productIds"}))


def test_what_a_journal_of_another_server_says_is_not_believed() -> None:
    """A rehearsal in a sandbox has sent nothing to HighLevel."""

    async def work(shop: Shop) -> None:
        await shop.run(with_products(FIRST))
        async with running(shop.box.options) as elsewhere:
            other = Shop(elsewhere)
            other.put()
            plan = await other.plan(with_products(SECOND))
            assert told(plan) == [("existing", "")]
            assert plan.forecast.unseen == 1

    with_shop(work, list_hides=frozenset({"productIds"}))


def test_products_that_a_row_calls_by_name_are_not_compared_by_its_ids() -> None:
    """Its ids are a part of what it means, and would replace the whole."""

    async def work(shop: Shop) -> None:
        held = shop.put(productIds=[FIRST, SECOND])
        wanted = with_products(FIRST, product_skus="SHIRT-1")
        run = await shop.run(wanted, update_products=True)
        assert told(run) == [("existing", "products_not_updated")]
        assert "by SKU, name or handle" in next(run.lines()).message
        assert shop.held(held)["productIds"] == [FIRST, SECOND]

    with_shop(work)


# what the server makes of values


def test_a_value_that_the_server_rewrites_is_not_sent_every_night() -> None:
    """It was shown after the same value had been sent, so it is no difference."""

    async def work(shop: Shop) -> None:
        created = await shop.run(row(name="Shirts & shoes  for   all"))
        assert told(created)[0][0] == "created"
        again = await shop.run(row(name="Shirts & shoes  for   all"))
        assert told(again)[0][0] == "existing"
        assert shop.puts == 0
        other = await shop.run(row(name="Short"))
        assert told(other)[0][0] == "updated"

    with_shop(work, natures=frozenset({"rewrites-name"}))


# failures of the look


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_look_that_fails_costs_no_more_than_a_wait(status: int) -> None:
    """Nothing was sent, so nothing is unknown."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        async with between(shop.box.url, refuse_once(status)) as url:
            run = await shop.run(row(name="Renamed"), base_url=url)
        assert told(run) == [("updated", "")]
        assert shop.held(held)["name"] == "Renamed"
        assert shop.puts == 1

    with_shop(work)


def test_a_look_that_fails_for_ever_fails_the_row_and_sends_nothing() -> None:
    """`failed` is certainly not changed, which a resume tries again."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        fails = {True: 500, False: 0}
        async with between(shop.box.url, lambda path: fails[held in path]) as url:
            run = await shop.run(row(name="Renamed"), base_url=url, attempts=2)
        assert told(run) == [("failed", "attempts_used_up")]
        assert "could not be read" in next(run.lines()).message
        assert shop.puts == 0

    with_shop(work)


def test_a_collection_is_found_by_its_id_in_a_list_that_is_not_read_whole() -> None:
    """A location may hold thousands that no row is about."""

    async def work(shop: Shop) -> None:
        held = {slug: shop.put(slug=slug) for slug in ("s0", "s1", "s2")}
        asked = []

        def note(path: str) -> int:
            asked.append(path)
            return 0

        rows = [row(slug=slug, name="Renamed") for slug in held]
        async with between(shop.box.url, note) as url:
            run = await shop.run(*rows, base_url=url, concurrency=1)
        assert set(told(run)) == {("updated", "")}
        by_id = ["collectionIds=" in path for path in asked if "offset=" in path]
        assert by_id[by_id.index(True) :] == [True] * len(held)

    with_shop(work, updates="replace", get_by_id="refused")


def test_a_list_that_ignores_ids_is_read_whole_and_once_for_many_rows() -> None:
    """A request for one collection may be answered with any."""

    async def work(shop: Shop) -> None:
        held = {
            slug: shop.put(slug=slug, seo={"title": f"T {slug}"})
            for slug in (f"s{number}" for number in range(30))
        }
        rows = [row(slug=slug, seo_description="New") for slug in held]
        lists = []

        def forget(path: str) -> int:
            lists.append(path)
            return 0

        async with between(shop.box.url, forget, drop="collectionIds") as url:
            run = await shop.run(*rows, base_url=url, concurrency=1)
        assert set(told(run)) == {("updated", "")}
        for slug, collection_id in held.items():
            seo = {"title": f"T {slug}", "description": "New"}
            assert shop.held(collection_id)["seo"] == seo
        assert len(lists) < 12

    with_shop(work, updates="replace", get_by_id="refused")


@asynccontextmanager
async def between(
    url: str, judge: Callable[[str], int], drop: str = ""
) -> AsyncIterator[str]:
    """A server that hands calls on, or answers with the status that `judge` says.

    `drop` is a parameter that it takes out of every query.
    """

    async def respond(request: web.BaseRequest) -> web.Response:
        status = judge(str(request.rel_url)) if request.method == "GET" else 0
        if status:
            return web.json_response({"message": "no"}, status=status)
        target = URL(url).join(request.rel_url.without_query_params(drop))
        headers = {
            key: value
            for key, value in request.headers.items()
            if key not in ("Host", "Content-Length")
        }
        body = await request.read()
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, target, headers=headers, data=body) as got,
        ):
            return web.Response(
                status=got.status,
                body=await got.read(),
                content_type=got.content_type,
            )

    runner = web.ServerRunner(web.Server(respond))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def refuse_once(status: int) -> Callable[[str], int]:
    """Answer the first look at a single collection with a status."""
    seen: list[str] = []

    def judge(path: str) -> int:
        if "collections/" not in path or seen:
            return 0
        seen.append(path)
        return status

    return judge


# the limit, and answers that are lost


@pytest.mark.parametrize("faults", [{}, {"refused": 0.2}])
def test_updates_keep_to_a_narrow_limit_and_come_to_an_end(
    faults: dict[str, float],
) -> None:
    """A row never holds a slot while it waits for the next: that would be for ever."""

    async def work(shop: Shop) -> None:
        held = [shop.put(slug=f"s{number}") for number in range(12)]
        rows = [row(slug=f"s{number}", seo_description="New") for number in range(12)]
        run = await asyncio.wait_for(shop.run(*rows, rate="4/0.3s"), 60)
        assert set(told(run)) == {("updated", "")}
        for collection_id in held:
            assert shop.held(collection_id)["seo"] == {**SEO, "description": "New"}
        assert bool(run.summary.calls.refused) is bool(faults)

    with_shop(
        work,
        limit=Limit(4, 0.3),
        faults=faults,
        fault_calls="all",
        updates="replace",
    )


@pytest.mark.parametrize("fault", ["error_after", "reset_after"])
def test_an_update_whose_answer_was_lost_is_updated_and_not_repeated(
    fault: str,
) -> None:
    """The next look shows that it was carried out."""

    async def work(shop: Shop) -> None:
        held = shop.put()
        run = await shop.run(row(name="Renamed"))
        assert told(run) == [("updated", "")]
        assert "without a clear answer" in next(run.lines()).message
        assert shop.held(held)["name"] == "Renamed"
        assert shop.puts == 1

    with_shop(work, fault_for={"winter": [fault]})
