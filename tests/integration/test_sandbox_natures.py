"""The natures of the sandbox: what a client sees of each, and what is truly held.

Each test talks HTTP to a real server in this process.
"""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from importer.sandbox import Options, Sandbox, running
from importer.sandbox.natures import Nature, rewritten_name, rewritten_slug

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

HEADERS = {
    "Authorization": "Bearer t",
    "Version": "2021-07-28",
    "User-Agent": "tests/1",
}
COLLECTIONS = "/products/collections"
PLACE = "LOC"
DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"


@dataclass(frozen=True)
class Client:
    """Calls one sandbox."""

    box: Sandbox
    session: aiohttp.ClientSession

    async def ask(
        self, method: str, path: str = COLLECTIONS, body: object = None, **query: object
    ) -> tuple[int, Any]:
        """Status and body of one call."""
        url = self.box.url + path
        params = {"altId": PLACE, "altType": "location"} | {
            key: str(value) for key, value in query.items()
        }
        async with self.session.request(
            method, url, json=body, params=None if body else params
        ) as answer:
            return answer.status, await answer.json(content_type=None)

    async def create(self, slug: str, name: str = "", place: str = PLACE) -> Any:
        """Create one; status and `data`."""
        body = {"altId": place, "altType": "location", "slug": slug}
        status, told = await self.ask("POST", body=body | {"name": name or slug})
        return status, told.get("data", told)

    async def fill(self, count: int, place: str = PLACE) -> None:
        """Let others make so many."""
        made = [{"name": f"n{n}", "slug": f"{place}-{n}"} for n in range(count)]
        seed = {"location": place, "collections": made}
        assert (await self.ask("POST", "/_sandbox/seed", seed))[0] == 200

    async def read(self, limit: int = 50) -> tuple[list[Any], list[Any]]:
        """Page until one is empty; all items, and the totals of the pages."""
        items: list[Any] = []
        totals = []
        while True:
            told = (await self.ask("GET", limit=limit, offset=len(items)))[1]
            totals.append(told.get("total"))
            if not told["data"]:
                return items, totals
            items += told["data"]


@asynccontextmanager
async def calling(*names: Nature, **options: Any) -> AsyncIterator[Client]:
    """A client of a sandbox with these natures."""
    chosen = Options(natures=frozenset(names), limit=None, **options)
    async with (
        running(chosen) as box,
        aiohttp.ClientSession(headers=HEADERS) as session,
    ):
        yield Client(box, session)


def with_nature(
    name: Nature, act: Callable[[Client], Awaitable[None]], **options: Any
) -> None:
    """Run the steps of a test against a fresh sandbox of that nature."""

    async def go() -> None:
        async with calling(name, **options) as client:
            await act(client)

    asyncio.run(go())


def slugs(items: list[Any]) -> set[str]:
    """The slugs of these items."""
    return {item["slug"] for item in items}


@pytest.mark.parametrize("name", [Nature.SHORT_LIST, Nature.MOVING_LIST])
@pytest.mark.parametrize("seed", range(3))
def test_an_unsettled_reading_shows_that_it_is_and_a_whole_one_comes(
    name: Nature, seed: int
) -> None:
    """Whoever compares totals and items never takes a part for the whole."""

    async def act(client: Client) -> None:
        await client.fill(130)
        whole = {f"{PLACE}-{n}" for n in range(130)}
        good = []
        for _ in range(20):
            items, totals = await client.read()
            seen = [item["_id"] for item in items]
            agree = set(totals) == {len(seen)} and len(seen) == len(set(seen))
            assert not agree or slugs(items) == whole
            good.append(agree)
        assert not all(good)
        assert all(any(good[n : n + 5]) for n in range(len(good) - 4))

    with_nature(name, act, seed=seed)


def test_a_short_list_has_short_pages_in_the_middle() -> None:
    """A page that is shorter than asked for is not the last one."""

    async def act(client: Client) -> None:
        await client.fill(130)
        pages = [
            len((await client.ask("GET", limit=50, offset=0))[1]["data"])
            for _ in range(20)
        ]
        assert min(pages) < 50
        assert min(pages) > 0
        assert max(pages) == 50

    with_nature(Nature.SHORT_LIST, act)


def test_a_moving_list_shows_the_newest_first() -> None:
    """So the run's own creates push the others over the borders of pages."""

    async def act(client: Client) -> None:
        await client.fill(3)
        await client.create("newest")
        readings = [(await client.ask("GET"))[1]["data"] for _ in range(5)]
        own = [item["slug"] for item in readings[-1]]  # a settled one
        assert own == ["newest", f"{PLACE}-2", f"{PLACE}-1", f"{PLACE}-0"]

    with_nature(Nature.MOVING_LIST, act)


def test_where_offsets_are_ignored_every_page_is_the_first() -> None:
    """The total is right all the same."""

    async def act(client: Client) -> None:
        await client.fill(30)
        first = (await client.ask("GET", limit=20, offset=0))[1]
        assert (await client.ask("GET", limit=20, offset=20))[1] == first
        assert (len(first["data"]), first["total"]) == (20, 30)

    with_nature(Nature.IGNORES_OFFSET, act)


def test_readers_see_id_in_place_of_underscore_id_and_of_some_none() -> None:
    """The slug is always shown, and a 201 has `_id`."""

    async def act(client: Client) -> None:
        made = (await client.create("own"))[1]
        one = (await client.ask("GET", f"{COLLECTIONS}/{made['_id']}"))[1]["data"]
        assert "_id" not in one
        await client.fill(90)
        items = (await client.ask("GET", limit=100))[1]["data"]
        assert not [item for item in items if "_id" in item]
        assert 0 < len([item for item in items if "id" not in item]) < 30
        assert len(slugs(items)) == 91

    with_nature(Nature.ID_NOT_UNDERSCORE_ID, act)


def test_totals_are_wrong_in_a_way_of_each_location() -> None:
    """Seven ways; the items are right."""

    async def act(client: Client) -> None:
        ways = {}
        for number in range(60):
            place = f"LOC{number}"
            await client.fill(12, place)
            told = (await client.ask("GET", altId=place, limit=10))[1]
            assert len(told["data"]) == 10
            ways[place] = str(told.get("total", "missing"))
            again = (await client.ask("GET", altId=place, limit=10))[1]
            assert again == told
        expected = {"0", "-1", "10", "10000000", "1000000000", "missing"}
        assert set(ways.values()) == expected | {"12 collections"}

    with_nature(Nature.WRONG_TOTAL, act)


def test_lists_show_other_locations_with_their_own_alt_id() -> None:
    """Also where one has the slug that is looked for."""

    async def act(client: Client) -> None:
        await client.create("same", place="OTHER")
        await client.create("own")
        told = (await client.ask("GET"))[1]
        shown = [(item["altId"], item["slug"]) for item in told["data"]]
        assert (shown, told["total"]) == ([("OTHER", "same"), (PLACE, "own")], 2)

    with_nature(Nature.OTHER_LOCATIONS, act)


def test_a_page_above_twenty_is_refused_in_words() -> None:
    """422, and twenty work."""

    async def act(client: Client) -> None:
        await client.fill(30)
        status, told = await client.ask("GET", limit=21)
        assert (status, told["message"]) == (
            422,
            ["limit must not be greater than 20"],
        )
        assert len((await client.ask("GET", limit=20))[1]["data"]) == 20

    with_nature(Nature.PAGE_LIMIT_20, act)


def test_slugs_are_rewritten_in_the_201_and_in_lists() -> None:
    """Small letters, single dashes, sometimes a suffix; the truth has what was sent."""

    async def act(client: Client) -> None:
        sent = [f"Best--Of---{number}" for number in range(30)]
        made = {slug: (await client.create(slug))[1]["slug"] for slug in sent}
        assert made["Best--Of---0"].startswith("best-of-0")
        suffixed = [now for old, now in made.items() if now != plain(old)]
        assert 0 < len(suffixed) < 30
        items = (await client.ask("GET", limit=100))[1]["data"]
        assert slugs(items) == set(made.values())
        held = client.box.truth()["locations"][PLACE]["collections"]
        assert [one["sent_slug"] for one in held] == sent

    def plain(slug: str) -> str:
        return slug.lower().replace("---", "-").replace("--", "-")

    with_nature(Nature.REWRITES_SLUG, act)
    assert rewritten_slug("a--B", 1, 7) == rewritten_slug("a--B", 1, 7)


def test_names_are_rewritten_in_the_201_and_in_lists() -> None:
    """NFC, single spaces, cut, escaped; the truth has what was sent."""
    sent = unicodedata.normalize("NFD", "Café &  Bar ") + "x" * 60

    async def act(client: Client) -> None:
        made = (await client.create("cafe", sent))[1]
        assert made["name"] == "Café &amp; Bar " + "x" * 29 == rewritten_name(sent)
        [item] = (await client.ask("GET"))[1]["data"]
        assert item["name"] == made["name"]
        [held] = client.box.truth()["locations"][PLACE]["collections"]
        assert (held["name"], held["sent_name"]) == (made["name"], sent)

    with_nature(Nature.REWRITES_NAME, act)


def test_answers_of_creates_under_way_together_are_swapped() -> None:
    """Each is created once; two get each other's whole `data`, none is lost."""

    async def act(client: Client) -> None:
        sent = [f"s{number}" for number in range(60)]
        told = await asyncio.gather(*map(client.create, sent))
        answers = {
            slug: data["slug"] for slug, (_, data) in zip(sent, told, strict=True)
        }
        wrong = {slug for slug, answer in answers.items() if slug != answer}
        assert 0 < len(wrong) < 40
        assert sorted(answers.values()) == sorted(sent)
        assert all(answers[answers[slug]] == slug for slug in wrong)
        held = client.box.truth()["locations"][PLACE]["collections"]
        assert sorted(one["slug"] for one in held) == sorted(sent)

    with_nature(Nature.MIXED_ANSWERS, act, latency_seconds=0.1)


def test_a_slug_that_is_there_is_a_conflict_and_creates_nothing() -> None:
    """409 with the API's shape; another location may have the slug."""

    async def act(client: Client) -> None:
        assert (await client.create("same"))[0] == 201
        status, told = await client.create("same")
        assert (status, told["statusCode"], told["message"]) == (
            409,
            409,
            "slug already exists",
        )
        assert (await client.create("same", place="OTHER"))[0] == 201
        assert client.box.summary()["locations"][PLACE]["collections"] == 1

    with_nature(Nature.CONFLICT_409, act)


def test_every_nature_is_in_the_docs() -> None:
    """docs/sandbox.md has a line for each."""
    text = DOCS.read_text(encoding="utf-8")
    for name in Nature:
        assert f"| `{name}` |" in text


# what a person does


def test_a_person_can_change_and_remove_what_is_there() -> None:
    """The truth says that no call of a client has done it."""

    async def go() -> None:
        async with calling() as client:
            first = (await client.create("first"))[1]
            second = (await client.create("second"))[1]
            change = {"location": PLACE, "id": first["_id"]}
            change |= {"fields": {"image": "https://a.example/i.png"}}
            assert (await client.ask("POST", "/_sandbox/change", change))[0] == 200
            remove = {"location": PLACE, "ids": [second["_id"]]}
            assert (await client.ask("POST", "/_sandbox/remove", remove))[0] == 200
            place = client.box.truth()["locations"][PLACE]
            [held], [gone] = place["collections"], place["removed"]
            assert (held["slug"], held["image"]) == (
                "first",
                "https://a.example/i.png",
            )
            assert (gone["slug"], gone["removed_by_call"]) == ("second", None)
            assert gone["created_by_call"] is not None
            again = await client.ask("POST", "/_sandbox/remove", remove)
            assert again[0] == 400

    asyncio.run(go())


def test_a_name_can_be_too_long_for_the_server_alone() -> None:
    """A genuine 422: nothing is created; a person may make it all the same."""

    async def go() -> None:
        async with calling(max_name=10) as client:
            status, told = await client.create("long", "a" * 11)
            assert status == 422
            assert "shorter than or equal to 10" in told["message"][0]
            [refused] = client.box.truth()["locations"][PLACE]["unprocessable"]
            assert refused["slug"] == "long"
            assert (await client.create("short", "a" * 10))[0] == 201
            long = {"slug": "long", "name": "a" * 11}
            made = {"location": PLACE, "collections": [long]}
            assert (await client.ask("POST", "/_sandbox/seed", made))[0] == 200
            assert client.box.summary()["locations"][PLACE]["collections"] == 2

    asyncio.run(go())
