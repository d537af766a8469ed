"""The sandbox as a client sees it: calls, lists, errors, headers, its own addresses.

Each test talks HTTP to a real server in this process.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest

from importer.sandbox import Limit, Options, Sandbox, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

JSON = {"Content-Type": "application/json"}
COLLECTIONS = "/products/collections"
PLACE = {"altId": "LOC", "altType": "location"}
GOOD = {
    "Authorization": "Bearer some-token",
    "Version": "2021-07-28",
    "User-Agent": "tests/1",
    "Content-Type": "application/json",
}
BEST = {**PLACE, "name": "Best Sellers", "slug": "best-sellers"}
LIMIT_HEADERS = {
    "X-RateLimit-Limit-Daily",
    "X-RateLimit-Daily-Remaining",
    "X-RateLimit-Interval-Milliseconds",
    "X-RateLimit-Max",
    "X-RateLimit-Remaining",
}


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return orjson.loads(self.text)


@dataclass(frozen=True)
class Client:
    """Calls one sandbox."""

    box: Sandbox
    session: aiohttp.ClientSession

    async def call(
        self,
        method: str,
        path: str = COLLECTIONS,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One call; a body that is bytes goes out as it is."""
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        async with self.session.request(
            method,
            self.box.url + path,
            params=query,
            data=None if body is None else content,
            headers=GOOD if headers is None else headers,
            skip_auto_headers=["User-Agent"],
        ) as response:
            return Reply(response.status, response.headers, await response.text())

    async def create(self, **fields: object) -> Reply:
        """Create Best Sellers, with other fields where they are given."""
        return await self.call("POST", body={**BEST, **fields})

    async def listed(self, **query: str) -> Any:
        """What the list shows."""
        return (await self.call("GET", query={**PLACE, **query})).json


@asynccontextmanager
async def calling(options: Options | None = None) -> AsyncIterator[Client]:
    """A client of a sandbox that runs while the block does."""
    async with running(options) as box, aiohttp.ClientSession() as session:
        yield Client(box, session)


def with_client(
    act: Callable[[Client], Awaitable[None]], options: Options | None = None
) -> None:
    """Run the steps of a test against a fresh sandbox."""

    async def go() -> None:
        async with calling(options) as client:
            await act(client)

    asyncio.run(go())


def test_a_create_answers_201_with_the_collection() -> None:
    """The answer has the shape of the API's page: `data` with `_id` and the fields."""

    async def act(client: Client) -> None:
        extras = {
            "type": "manual",
            "productIds": ["655b33a82209e60b6adb87a5"],
            "image": "https://example.com/a.png",
            "seo": {"title": "Best", "description": "All of them"},
        }
        reply = await client.create(**extras)
        assert reply.status == 201
        made = reply.json["data"]
        assert re.fullmatch(r"[0-9a-f]{24}", made["_id"])
        assert re.fullmatch(
            r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", made["createdAt"]
        )
        assert made | extras == made
        assert (made["altId"], made["slug"]) == ("LOC", "best-sellers")
        assert "altType" not in made

    with_client(act)


def test_duplicate_slugs_are_accepted_without_a_word() -> None:
    """Nobody is protected from a second POST; the truth names the slug."""

    async def act(client: Client) -> None:
        first, second = await client.create(), await client.create()
        assert first.json["data"]["_id"] != second.json["data"]["_id"]
        assert client.box.truth()["slugs_twice"] == [
            {"location": "LOC", "slug": "best-sellers", "count": 2}
        ]
        assert client.box.summary()["slugs_twice"] == 1

    with_client(act)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": None}, "name should not be empty"),
        ({"slug": ""}, "slug should not be empty"),
        ({"slug": 5}, "slug must be a string"),
        (
            {"altType": "LOCATION"},
            "altType must be one of the following values: location",
        ),
        ({"description": "x"}, "property description should not exist"),
        (
            {"type": "automatic"},
            "type must be one of the following values: manual, smart",
        ),
        ({"type": "manual"}, "productIds should not be empty"),
        ({"productIds": "a,b"}, "productIds must be an array"),
        ({"productIds": [1]}, "each value in productIds must be a string"),
        ({"rules": "tag = x"}, "rules must be an object"),
        ({"seo": "Best"}, "seo must be an object"),
        ({"seo": {"keywords": "x"}}, "seo.property keywords should not exist"),
        ({"seo": {"title": 1}}, "seo.title must be a string"),
        ({"collectionId": "12"}, "collectionId must be a mongodb id"),
        (
            {"ruleVersion": "1"},
            "ruleVersion must be a number conforming to the specified constraints",
        ),
    ],
)
def test_a_wrong_field_is_a_422_with_a_list(
    fields: dict[str, object], message: str
) -> None:
    """`message` is a list of strings that names the field, and nothing is created."""

    async def act(client: Client) -> None:
        reply = await client.create(**fields)
        assert reply.status == 422
        assert message in reply.json["message"]
        assert reply.json["statusCode"] == 422
        assert reply.json["traceId"]
        assert client.box.summary()["locations"]["LOC"]["collections"] == 0

    with_client(act, Options(strict=True))


def test_every_missing_field_is_named_at_once() -> None:
    """An empty object gets one list with all four required keys."""

    async def act(client: Client) -> None:
        reply = await client.call("POST", body={})
        named = {message.split()[0] for message in reply.json["message"]}
        assert (reply.status, named) == (422, {"altId", "altType", "name", "slug"})

    with_client(act)


def test_published_keys_only_refuses_the_newer_ones() -> None:
    """`--known-keys published` knows neither type nor rules nor their kin."""

    async def act(client: Client) -> None:
        reply = await client.create(type="smart", rules={"logic": "AND"})
        assert reply.json["message"] == [
            "property type should not exist",
            "property rules should not exist",
        ]
        assert (await client.create()).status == 201

    with_client(act, Options(known_keys="published"))


def test_a_body_that_does_not_call_itself_json_is_not_read() -> None:
    """Without the content type every required field is missing."""

    async def act(client: Client) -> None:
        headers = {**GOOD, "Content-Type": "application/x-www-form-urlencoded"}
        reply = await client.call("POST", body=BEST, headers=headers)
        assert reply.status == 422
        assert "name should not be empty" in reply.json["message"]

    with_client(act)


@pytest.mark.parametrize("body", [b"{", b"[]", b"null"])
def test_a_body_that_is_no_object_is_a_400_with_a_string(body: bytes) -> None:
    """`message` is a string on everything but 422."""

    async def act(client: Client) -> None:
        reply = await client.call("POST", body=body)
        assert reply.status == 400
        assert isinstance(reply.json["message"], str)

    with_client(act)


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"Version": None}, 401, "version header was not found."),
        ({"Version": "2020-01-01"}, 401, "version header is invalid"),
        ({"Authorization": None}, 401, "Invalid JWT"),
        ({"Authorization": "Bearer "}, 401, "Invalid JWT"),
        ({"Authorization": "Basic abc"}, 401, "Invalid JWT"),
        (
            {"Authorization": "Bearer wrong"},
            401,
            "Invalid token: access token is invalid",
        ),
        (
            {"Authorization": "Bearer elsewhere"},
            403,
            "The token does not have access to this location.",
        ),
    ],
)
def test_calls_without_the_right_papers_are_refused(
    changes: dict[str, str | None], status: int, message: str
) -> None:
    """Version, token and location each have HighLevel's own message, a string."""

    async def act(client: Client) -> None:
        headers = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
        reply = await client.call("POST", body=BEST, headers=headers)
        assert (reply.status, reply.json["message"]) == (status, message)
        assert (await client.create()).status == 201

    tokens = {"some-token": frozenset({"LOC"}), "elsewhere": frozenset({"OTHER"})}
    with_client(act, Options(tokens=tokens))


def test_a_readonly_scope_lists_but_does_not_create() -> None:
    """The message about the scope is the one that HighLevel's users report."""

    async def act(client: Client) -> None:
        reply = await client.create()
        assert reply.status == 401
        assert reply.json["message"] == "The token is not authorized for this scope."
        assert (await client.listed())["total"] == 0

    with_client(act, Options(scope="readonly"))


@pytest.mark.parametrize(
    "agent", [None, "Python-urllib/3.11", "python-requests/2", "Python/3.11 aiohttp/3"]
)
def test_the_edge_blocks_agents_that_nobody_chose(agent: str | None) -> None:
    """Where the sandbox is strict: 403 in HTML, and no budget spent; else 201."""
    headers = {**GOOD, "User-Agent": agent} if agent else dict(GOOD)
    if not agent:
        del headers["User-Agent"]

    async def strict(client: Client) -> None:
        reply = await client.call("POST", body=BEST, headers=headers)
        assert (reply.status, reply.headers["Content-Type"]) == (
            403,
            "text/html; charset=utf-8",
        )
        assert "error code: 1010" in reply.text
        assert reply.headers["X-RateLimit-Remaining"] == "100"

    async def lenient(client: Client) -> None:
        assert (await client.call("POST", body=BEST, headers=headers)).status == 201

    with_client(strict, Options(strict=True))
    with_client(strict, Options(edge_strict=True))
    with_client(lenient)
    with_client(lenient, Options(strict=True, edge_strict=False))


def test_every_answer_carries_the_rate_limit_headers() -> None:
    """Success, each kind of error and 429 alike."""

    async def act(client: Client) -> None:
        replies = [
            await client.create(),
            await client.call("GET", query=PLACE),
            await client.create(name=""),
            await client.call("POST", body=b"{"),
            await client.call("GET", f"{COLLECTIONS}/{'0' * 24}", query=PLACE),
            await client.call("PATCH", body=BEST),
            await client.call("POST", body=BEST, headers={"User-Agent": "x", **JSON}),
            await client.call("POST", body=BEST, headers=JSON),
            await client.create(),
            await client.create(),
        ]
        statuses = [reply.status for reply in replies]
        assert statuses == [201, 200, 422, 400, 404, 404, 401, 403, 201, 429]
        for reply in replies:
            assert set(reply.headers) >= LIMIT_HEADERS, reply.status
        assert replies[0].headers["X-RateLimit-Remaining"] == "6"
        assert replies[-1].headers["X-RateLimit-Remaining"] == "0"
        assert isinstance(replies[-1].json["message"], str)
        assert "Retry-After" not in replies[-1].headers

    with_client(act, Options(limit=Limit(7, 60.0), edge_strict=True))


def test_retry_after_comes_where_it_is_asked_for() -> None:
    """It says the rest of the window in whole seconds, rounded up."""

    async def act(client: Client) -> None:
        await client.create()
        reply = await client.create()
        assert (reply.status, reply.headers["Retry-After"]) == (429, "30")

    with_client(act, Options(limit=Limit(1, 30.0), retry_after=True))


def test_a_list_pages_by_ten_unless_asked() -> None:
    """`limit` and `offset` count items, `total` counts all of them."""

    async def act(client: Client) -> None:
        for number in range(25):
            await client.create(slug=f"slug-{number}")
        usual = await client.listed()
        assert (len(usual["data"]), usual["total"]) == (10, 25)
        last = await client.listed(limit="20", offset="20")
        assert [item["slug"] for item in last["data"]] == [
            f"slug-{number}" for number in range(20, 25)
        ]
        assert (await client.listed(offset="25"))["data"] == []

    with_client(act)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "101"}, "limit must not be greater than 100"),
        ({"limit": "0"}, "limit must not be less than 1"),
        ({"offset": "-1"}, "offset must not be less than 0"),
        ({"offset": "many"}, "offset must be a number string"),
        (
            {"altType": "agency"},
            "altType must be one of the following values: location",
        ),
    ],
)
def test_a_page_that_cannot_be_is_a_422(query: dict[str, str], message: str) -> None:
    """A list refuses what its query cannot mean."""

    async def act(client: Client) -> None:
        reply = await client.call("GET", query={**PLACE, **query})
        assert (reply.status, reply.json["message"]) == (422, [message])

    with_client(act, Options(strict=True))


def test_a_list_can_be_narrowed_by_name_and_ids() -> None:
    """Names match in part whatever their case; ids are separated by commas."""

    async def act(client: Client) -> None:
        ids = [
            (await client.create(name=name, slug=name.lower())).json["data"]["_id"]
            for name in ("Summer", "Late Summer", "Winter")
        ]
        found = await client.listed(name="summer")
        assert [item["_id"] for item in found["data"]] == ids[:2]
        found = await client.listed(collectionIds=f"{ids[2]},{ids[0]}")
        assert {item["_id"] for item in found["data"]} == {ids[0], ids[2]}

    with_client(act)


@pytest.mark.parametrize(
    ("match", "expected"),
    [("part", 2), ("prefix", 1), ("exact", 1)],
)
def test_how_names_match_is_a_setting(match: Any, expected: int) -> None:
    """Nobody knows how HighLevel matches, so each way can be tried."""

    async def act(client: Client) -> None:
        for name in ("Summer", "Late Summer"):
            await client.create(name=name)
        assert (await client.listed(name="SUMMER"))["total"] == expected

    with_client(act, Options(name_match=match))


def test_newest_first_turns_the_list_around() -> None:
    """The order of HighLevel's lists is unknown, so both can be tried."""

    async def act(client: Client) -> None:
        for slug in ("one", "two"):
            await client.create(slug=slug)
        slugs = [item["slug"] for item in (await client.listed())["data"]]
        assert slugs == ["two", "one"]

    with_client(act, Options(list_order="newest"))


def test_one_collection_can_be_read_changed_and_deleted() -> None:
    """An update keeps what it leaves out; after a delete there is a 404."""

    async def act(client: Client) -> None:
        made = (await client.create(image="https://example.com/a.png")).json["data"]
        path = f"{COLLECTIONS}/{made['_id']}"
        read = (await client.call("GET", path, query=PLACE)).json
        assert read == {"data": made, "status": True}
        changed = await client.call("PUT", path, body={**PLACE, "name": "Better"})
        assert (changed.status, changed.json) == (200, {"status": True})
        read = (await client.call("GET", path, query=PLACE)).json["data"]
        assert (read["name"], read["slug"], read["image"]) == (
            "Better",
            "best-sellers",
            "https://example.com/a.png",
        )
        gone = await client.call("DELETE", path, query=PLACE)
        assert (gone.status, gone.json) == (200, {"status": True})
        assert (await client.call("GET", path, query=PLACE)).status == 404
        assert (await client.listed())["total"] == 0

    with_client(act)


def test_an_update_cannot_change_the_type_or_another_location() -> None:
    """`type` is refused as unknown, and an id is only known in its location."""

    async def act(client: Client) -> None:
        made = (await client.create()).json["data"]
        path = f"{COLLECTIONS}/{made['_id']}"
        typed = await client.call("PUT", path, body={**PLACE, "type": "smart"})
        assert typed.json["message"] == ["property type should not exist"]
        other = {**PLACE, "altId": "OTHER", "name": "x"}
        assert (await client.call("PUT", path, body=other)).status == 404

    with_client(act)


def test_updates_can_drop_what_they_leave_out() -> None:
    """`--updates replace` plays the other possibility."""

    async def act(client: Client) -> None:
        made = (await client.create(image="https://example.com/a.png")).json["data"]
        path = f"{COLLECTIONS}/{made['_id']}"
        await client.call("PUT", path, body={**PLACE, "name": "Better"})
        read = (await client.call("GET", path, query=PLACE)).json["data"]
        assert "image" not in read

    with_client(act, Options(updates="replace"))


def test_a_collection_id_is_ignored_unless_forced() -> None:
    """Both readings of the page can be tried; a forced id is given once."""
    wish = "66057f9d28536eae584ec047"

    async def ignored(client: Client) -> None:
        made = (await client.create(collectionId=wish)).json["data"]
        assert made["_id"] != wish

    async def forced(client: Client) -> None:
        made = (await client.create(collectionId=wish)).json["data"]
        assert made["_id"] == wish
        assert (await client.create(collectionId=wish)).status == 400

    with_client(ignored)
    with_client(forced, Options(collection_ids="forced"))


def test_what_is_not_there_is_a_404() -> None:
    """Unknown paths and methods say so with a string."""

    async def act(client: Client) -> None:
        for method, path in (
            ("GET", "/products/reviews"),
            ("GET", "/products/any/images"),
            ("PATCH", "/products"),
            ("GET", "/elsewhere"),
            ("DELETE", COLLECTIONS),
            ("GET", f"{COLLECTIONS}/a/b"),
        ):
            reply = await client.call(method, path, query=PLACE)
            assert reply.status == 404
            assert reply.json["message"].startswith(f"Cannot {method}")

    with_client(act)


def test_seeded_products_can_be_listed_with_their_skus() -> None:
    """The list searches by name, the inventory has a row for each SKU."""

    async def act(client: Client) -> None:
        products = [
            {"name": "Shirt", "slug": "shirt", "skus": ["S-1", "S-2"]},
            {"name": "Hat", "slug": "hat"},
        ]
        seed = {"location": "LOC", "products": products}
        made = (await client.call("POST", "/_sandbox/seed", body=seed)).json["products"]
        query = {"locationId": "LOC", "search": "shi"}
        found = (await client.call("GET", "/products/", query=query)).json
        [shirt], counted = found["products"], found["total"]
        assert (shirt["_id"], shirt["name"], shirt["slug"]) == (
            made[0],
            "Shirt",
            "shirt",
        )
        assert counted == [{"total": 1}]
        stock = (await client.call("GET", "/products/inventory", query=PLACE)).json
        assert [row["sku"] for row in stock["inventory"]] == ["S-1", "S-2"]
        assert {row["product"] for row in stock["inventory"]} == {made[0]}
        assert (await client.call("GET", "/products/")).status == 422

    with_client(act)


def test_seeded_collections_look_as_if_others_had_made_them() -> None:
    """They are listed at once, were created by no call, and cost no budget."""

    async def act(client: Client) -> None:
        seed = {"collections": [{"altId": "LOC", "name": "Old", "slug": "old"}]}
        headers = {"Content-Type": "application/json"}
        reply = await client.call("POST", "/_sandbox/seed", body=seed, headers=headers)
        assert reply.status == 200
        assert [item["slug"] for item in (await client.listed())["data"]] == ["old"]
        told = client.box.truth("LOC")["locations"]["LOC"]
        assert told["collections"][0]["created_by_call"] is None
        assert told["calls"] == 1

    with_client(act)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sandbox/seed", {"collections": [{"name": "x", "slug": "x"}]}),
        ("/_sandbox/seed", {"location": "LOC", "collections": [{"name": "x"}]}),
        ("/_sandbox/faults", {"faults": {"explode": 0.5}}),
        ("/_sandbox/faults", {"faults": {"refused": 2}}),
        ("/_sandbox/faults", {"calls": "some"}),
        ("/_sandbox/faults", {"for": {"x": "explode"}}),
    ],
)
def test_an_unusable_request_to_the_sandbox_itself_changes_nothing(
    path: str, body: dict[str, object]
) -> None:
    """It is a 400 that says what is wrong."""

    async def act(client: Client) -> None:
        reply = await client.call("POST", path, body=body, headers={})
        assert reply.status == 400
        assert reply.json["message"].startswith("That cannot be used: ")
        assert client.box.truth()["locations"] == {}
        assert not client.box.faults.rates

    with_client(act)


def test_the_truth_has_what_lists_do_not_show_yet() -> None:
    """A create that lags is in the truth, with the call and the time it appears."""

    async def act(client: Client) -> None:
        await client.create()
        assert (await client.listed())["total"] == 0
        reply = await client.call("GET", "/_sandbox/truth", query={"location": "LOC"})
        [told] = reply.json["locations"]["LOC"]["collections"]
        assert told["created_by_call"] == 0
        assert told["listed_at"] > told["createdAt"]
        assert reply.json["by_method"] == {"POST": 1, "GET": 1}
        assert reply.json["calls"] == 2

    with_client(act, Options(list_lag_seconds=30.0))


def test_a_reset_starts_over() -> None:
    """Nothing is held, nothing counted, and the budget is full again."""

    async def act(client: Client) -> None:
        await client.create()
        await client.call("POST", "/_sandbox/faults", body={"faults": {"refused": 1}})
        assert (await client.create()).status == 429
        await client.call("POST", "/_sandbox/reset")
        assert client.box.summary()["calls"] == 0
        assert client.box.summary()["faults"] == {}
        reply = await client.create()
        assert (reply.status, reply.headers["X-RateLimit-Remaining"]) == (201, "99")

    with_client(act)


def test_the_summary_has_only_numbers() -> None:
    """What is cheap to ask for stays cheap to read."""

    async def act(client: Client) -> None:
        await client.create()
        reply = await client.call("GET", "/_sandbox/summary", headers={})
        counts = reply.json["locations"]["LOC"]
        assert counts == {
            "collections": 1,
            "calls": 1,
            "refused": 0,
            "max_in_window": 1,
            "foreign_calls": 0,
        }
        assert (await client.call("GET", "/_sandbox/nothing", headers={})).status == 404

    with_client(act)


def test_a_create_happens_after_half_of_the_latency() -> None:
    """It is counted at once, there at the half, and answered at the end."""

    async def act(client: Client) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(client.create())
            await asyncio.sleep(0.2)
            counts = client.box.summary()["locations"]["LOC"]
            assert (counts["calls"], counts["collections"]) == (1, 0)
            await asyncio.sleep(0.4)
            assert client.box.summary()["locations"]["LOC"]["collections"] == 1
            assert not task.done()
        assert task.result().status == 201

    with_client(act, Options(latency_seconds=0.8))


def test_a_client_that_gives_up_does_not_stop_the_create() -> None:
    """The server goes on without it: a timeout says nothing about the outcome."""

    async def act(client: Client) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.create()
        assert client.box.summary()["locations"]["LOC"]["collections"] == 0
        await asyncio.sleep(0.5)
        assert client.box.summary()["locations"]["LOC"]["collections"] == 1

    with_client(act, Options(latency_seconds=0.8))


def test_the_same_seed_gives_the_same_latencies() -> None:
    """Delays depend on seed and ordinal only, and stay within the jitter."""
    options = Options(
        seed=3,
        latency_seconds=0.2,
        jitter_seconds=0.1,
        slow_share=0.05,
        slow_seconds=5.0,
    )
    first, second = Sandbox(options), Sandbox(options)
    pauses = [first._pause_seconds(ordinal) for ordinal in range(2_000)]
    assert pauses == [second._pause_seconds(ordinal) for ordinal in range(2_000)]
    assert 60 < pauses.count(5.0) < 140
    usual = [pause for pause in pauses if pause != 5.0]
    assert 0.1 <= min(usual) < 0.11
    assert 0.29 < max(usual) <= 0.3
