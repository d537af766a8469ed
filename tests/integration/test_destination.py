"""What the API can do with collections, against the sandbox and odd servers."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from aiohttp import web

from importer import client, destination, logs, retry
from importer.destination import Destination, pages
from importer.errors import AccessError, TransientError
from importer.models import (
    Ambiguous,
    Barred,
    Code,
    Definition,
    Done,
    Existing,
    NotProcessed,
    Rejected,
    Status,
    Verdict,
    Withheld,
)
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits
from importer.sandbox import Limit, running
from importer.sandbox import Options as Box

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from importer.sandbox import Sandbox

QUICK = retry.Options(attempts=4, base_seconds=0.01, cap_seconds=0.02)
WANTED = Definition("LOC", "Best", "best")


@asynccontextmanager
async def opened(
    url: str, retries: retry.Options = QUICK
) -> AsyncIterator[Destination]:
    limiter = Limiter(Limits(None))
    async with client.connect(
        client.Options(url, timeout_seconds=2.0), limiter, client.FixedToken("pit-test")
    ) as made:
        yield Destination(made, retries, lambda: 0.5)


@asynccontextmanager
async def sandbox(
    count: int = 0, retries: retry.Options = QUICK, **box: Any
) -> AsyncIterator[tuple[Sandbox, Destination]]:
    """A sandbox that holds so many collections."""
    box = {"limit": Limit(1000, 0.2)} | box
    async with running(Box(**box)) as made:
        for number in range(count):
            fields = {"name": f"N{number}", "slug": f"s{number}"}
            made.store.create("LOC", fields, now=made.clock())
        async with opened(made.url, retries) as there:
            yield made, there


@asynccontextmanager
async def serving(answer: Callable[[int], Any]) -> AsyncIterator[Destination]:
    """A server that answers a page by its offset; an int is a status."""

    async def respond(request: web.BaseRequest) -> web.Response:
        said = answer(int(request.query["offset"]))
        if isinstance(said, int):
            return web.json_response({"message": "no"}, status=said)
        return web.json_response(said)

    runner = web.ServerRunner(web.Server(respond))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        port = runner.addresses[0][1]
        async with opened(f"http://127.0.0.1:{port}") as there:
            yield there
    finally:
        await runner.cleanup()


def items(start: int, end: int) -> list[dict[str, str]]:
    return [
        {"_id": f"c{n}", "slug": f"s{n}", "name": f"N{n}"} for n in range(start, end)
    ]


async def create(there: Destination, wanted: Definition = WANTED) -> Verdict:
    permit = await there._client.limiter.acquire("LOC")
    return await there.create("LOC", destination.create_body(wanted), permit)


async def update(
    there: Destination, collection_id: str, name: str, slug: str = "s0"
) -> Verdict:
    permit = await there._client.limiter.acquire("LOC")
    old = Existing("LOC", collection_id, slug)
    body = destination.update_body(replace(WANTED, name=name), old)
    return await there.update("LOC", collection_id, body, permit)


# listing


@pytest.mark.parametrize("order", ["oldest", "newest"])
@pytest.mark.parametrize(
    ("count", "calls"), [(0, 1), (1, 2), (99, 2), (100, 3), (101, 3), (1000, 12)]
)
def test_a_listing_is_whole_in_as_few_calls_as_prove_it(
    count: int, calls: int, order: str
) -> None:
    """The pages, each with the last item of the one before, and an empty one.

    Behind a full page more is expected, whatever the total says.
    """

    async def go() -> None:
        async with sandbox(count, list_order=order) as (box, there):
            listed = await there.existing("LOC")
            assert sorted(one.slug for one in listed) == sorted(
                f"s{n}" for n in range(count)
            )
            assert box.summary()["calls"] == calls

    asyncio.run(go())


def test_a_server_with_smaller_pages_is_read_to_the_end() -> None:
    """100 works today; the maximum is unknown."""

    async def go() -> None:
        async with serving(
            lambda offset: {"data": items(offset, min(offset + 7, 50)), "total": 50}
        ) as there:
            assert len(await there.existing("LOC")) == 50

    asyncio.run(go())


@pytest.mark.parametrize("count", [0, 1, 100, 250])
@pytest.mark.parametrize("total", [None, "250", [{"total": 250}]])
def test_a_list_that_names_no_total_is_read_until_nothing_is_new(
    count: int, total: Any
) -> None:
    """Else everything after the first page would be created a second time."""

    async def go() -> None:
        async with serving(
            lambda offset: {
                "data": items(offset, min(offset + 100, count)),
                "total": total,
            }
        ) as there:
            assert len(await there.existing("LOC")) == count

    asyncio.run(go())


def test_a_list_that_shows_too_few_is_read_again() -> None:
    """One that moved across a page's border while the pages were read is found."""
    asked: list[int] = []

    def answer(offset: int) -> Any:
        asked.append(offset)
        shifted = offset > 0 and len(asked) == 2
        end = min(offset + 100, 150)
        return {"data": items(offset + shifted, end), "total": 150}

    async def go() -> None:
        async with serving(answer) as there:
            assert len(await there.existing("LOC")) == 150
        assert asked == [0, 99, 148, 150, 0, 99, 150]

    asyncio.run(go())


def test_what_a_list_shows_is_kept_and_what_is_odd_is_left_out() -> None:
    """A text that is none is empty; an item without an id proves its slug alone."""
    data = [
        {
            "_id": "c1",
            "slug": "best",
            "name": "Best",
            "type": "manual",
            "image": "https://x/a.png",
            "seo": {"title": "T", "description": "D"},
        },
        {"_id": "c2", "slug": None, "name": 5, "seo": "none", "image": {}},
        {"slug": "no-id"},
        {"_id": 7, "id": "c3", "slug": ["x"]},
        {"_id": "", "id": {}, "slug": 7},
        {"_id": 7},
        None,
        {"_id": "c4", "altId": "ELSEWHERE", "slug": "theirs"},
        {"_id": "c5", "altId": "LOC", "slug": "ours"},
        {"_id": "c6", "altId": 5, "slug": "odd"},
    ]

    async def go() -> list[Existing]:
        async with serving(
            lambda offset: {"data": data[offset:], "total": len(data)}
        ) as there:
            return await there.existing("LOC")

    assert asyncio.run(go()) == [
        Existing("LOC", "c1", "best", "Best", "manual", "https://x/a.png", "T", "D"),
        Existing("LOC", "c2", ""),
        Existing("LOC", "", "no-id"),
        Existing("LOC", "c3", ""),
        Existing("LOC", "c5", "ours"),
        Existing("LOC", "c6", "odd"),
    ]


def test_pages_of_what_is_no_collection_are_read_to_the_end() -> None:
    """They show something new each time, so the offset is not ignored."""
    data = [*range(450), {"_id": "c1", "slug": "best"}]

    async def go() -> list[Existing]:
        async with serving(
            lambda offset: {"data": data[offset : offset + 100], "total": len(data)}
        ) as there:
            return await there.existing("LOC")

    assert asyncio.run(go()) == [Existing("LOC", "c1", "best")]


@pytest.mark.parametrize(
    "fault",
    ["reset_before", "error_before", "bad_gateway", "refused", "expired_token"],
)
def test_faults_while_listing_cost_only_time(fault: str, tmp_path: Path) -> None:
    """Looking changes nothing, so it may simply be repeated; the log has each."""

    async def go() -> None:
        box: dict[str, Any] = {"limit": Limit(1000, 0.05), "seed": 2}
        patient = retry.Options(attempts=30, base_seconds=0.01, cap_seconds=0.02)
        faults = {fault: 0.15}
        async with sandbox(900, patient, faults=faults, fault_calls="all", **box) as (
            made,
            there,
        ):
            assert len(await there.existing("LOC")) == 900
            assert made.summary()["faults"][fault] > 0
            assert there.retried > 0
            lines = map(json.loads, run_log.read_text("utf-8").splitlines())
            retried = [line for line in lines if line["event"] == "call.retried"]
            assert len(retried) == there.retried
            for line in retried:
                assert (line["location"], line["method"]) == ("LOC", "GET")
                assert line["reason"]
                assert 0 <= line["seconds"] <= patient.cap_seconds

    run_log = tmp_path / "run.log"
    logs.configure(run_log=run_log)
    try:
        asyncio.run(go())
    finally:
        logs.close()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("reset_before", TransientError, "the connection was lost"),
        ("error_before", TransientError, "HTTP 500"),
        ("expired_token", AccessError, "Invalid JWT"),
        ("edge_block", AccessError, "edge"),
    ],
)
def test_a_listing_that_fails_for_good_says_why(
    fault: str, kind: type[Exception], words: str
) -> None:
    """The location is named, and access is told from the network."""

    async def go() -> None:
        async with sandbox(5, faults={fault: 1.0}, fault_calls="all") as (box, there):
            with pytest.raises(kind, match=words) as caught:
                await there.existing("LOC")
            assert "Location LOC" in str(caught.value)
            assert box.summary()["calls"] <= 4

    asyncio.run(go())


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, TransientError), (403, AccessError), (422, AccessError), (302, AccessError)],
)
def test_a_later_page_that_fails_fails_the_listing(
    status: int, kind: type[Exception]
) -> None:
    """A listing is returned whole or not at all."""

    async def go() -> None:
        async with serving(
            lambda offset: status if offset else {"data": items(0, 100), "total": 900}
        ) as there:
            with pytest.raises(kind):
                await there.existing("LOC")

    asyncio.run(go())


@pytest.mark.parametrize("said", [None, [], {"data": None}, {"data": {"a": 1}}, "x"])
def test_a_list_that_is_none_is_asked_for_again_and_never_taken_for_empty(
    said: Any,
) -> None:
    """An empty list would mean that everything has to be created."""

    async def go() -> None:
        async with serving(lambda _: said) as there:
            with pytest.raises(TransientError):
                await there.existing("LOC")
            assert there.retried == QUICK.attempts - 1

    asyncio.run(go())


@pytest.mark.parametrize(
    ("tokens", "remedy"),
    [
        ({"pit-other": frozenset({"LOC"})}, "Private Integration Token"),
        ({"pit-test": frozenset({"ELSEWHERE"})}, "location id"),
    ],
)
def test_a_refused_token_or_location_says_what_to_do(
    tokens: dict[str, frozenset[str]], remedy: str
) -> None:
    """A wrong token, and a right one for another location."""

    async def go() -> None:
        async with sandbox(tokens=tokens) as (_, there):
            with pytest.raises(AccessError) as caught:
                await there.existing("LOC")
            assert remedy in caught.value.remedy

    asyncio.run(go())


def test_a_missing_scope_is_named() -> None:
    """The token is good, and may not do this."""

    async def go() -> None:
        async with sandbox(scope="readonly") as (_, there):
            assert await there.existing("LOC") == []
            verdict = await create(there)
            assert isinstance(verdict, Barred)
            assert "products/collection.write" in verdict.remedy

    asyncio.run(go())


# creating and changing


def test_a_create_gives_the_id_of_what_is_there() -> None:
    """And sends only what the definition fills."""

    async def go() -> None:
        async with sandbox() as (box, there):
            verdict = await create(there)
            assert isinstance(verdict, Done)
            (made,) = box.truth()["locations"]["LOC"]["collections"]
            assert (made["_id"], made["slug"]) == (verdict.collection_id, "best")
            assert "seo" not in made
            assert "image" not in made

    asyncio.run(go())


@pytest.mark.parametrize(
    ("fault", "verdict", "there_after"),
    [
        ("reset_before", Ambiguous, 0),
        ("reset_after", Ambiguous, 1),
        ("error_before", Ambiguous, 0),
        ("error_after", Ambiguous, 1),
        ("null_body", Ambiguous, 1),
        ("broken_body", Ambiguous, 1),
        ("refused", NotProcessed, 0),
        ("refused_but_created", Rejected, 1),
        ("expired_token", Barred, 0),
        ("edge_block", Barred, 0),
    ],
)
def test_a_create_is_sent_once_whatever_becomes_of_it(
    fault: str, verdict: type, there_after: int
) -> None:
    """Whether it is sent again is not decided here."""

    async def go() -> None:
        async with sandbox(faults={fault: 1.0}) as (box, there):
            assert isinstance(await create(there), verdict)
            told = box.summary()
            assert told["calls"] == 1
            held = told["locations"].get("LOC", {}).get("collections", 0)
            assert held == there_after

    asyncio.run(go())


def test_a_row_that_the_api_refuses_is_rejected_with_its_words() -> None:
    """422 with a list of strings."""

    async def go() -> None:
        async with sandbox() as (_, there):
            body = orjson.dumps({"altId": "LOC", "altType": "location", "name": "N"})
            permit = await there._client.limiter.acquire("LOC")
            verdict = await there.create("LOC", body, permit)
            assert isinstance(verdict, Rejected)
            assert verdict.http_status == 422
            assert "slug" in verdict.message
            assert verdict.trace_id

    asyncio.run(go())


def test_a_429_closes_the_budget_for_as_long_as_it_says() -> None:
    """`Retry-After` reaches the budget."""

    async def go() -> None:
        async with sandbox(faults={"refused": 1.0}, retry_after=True) as (_, there):
            verdict = await create(there)
            assert verdict == NotProcessed("HTTP 429", limited=True, http_status=429)
            limiter = there._client.limiter
            budget, now = limiter.budget("LOC"), limiter.clock()
            assert budget.refused == 1
            assert budget.ready_at(now) - now > 0.5

    asyncio.run(go())


@pytest.mark.parametrize("faults", [{}, {"null_body": 1.0}])
def test_an_update_answers_with_the_id_that_it_was_given(
    faults: dict[str, float],
) -> None:
    """The API's own answer names none, or is `null`."""

    async def go() -> None:
        async with sandbox(1, faults=faults) as (box, there):
            (old,) = box.truth()["locations"]["LOC"]["collections"]
            verdict = await update(there, old["_id"], "New")
            assert isinstance(verdict, Done)
            assert verdict.collection_id == old["_id"]
            (new,) = box.truth()["locations"]["LOC"]["collections"]
            assert (new["name"], new["_id"]) == ("New", old["_id"])

    asyncio.run(go())


def test_an_update_of_what_is_gone_is_rejected() -> None:
    """Somebody deleted it meanwhile."""

    async def go() -> None:
        async with sandbox() as (_, there):
            verdict = await update(there, "655b33a82209e60b6adb87a5", "New")
            assert isinstance(verdict, Withheld)
            assert (verdict.status, verdict.code) == (Status.REJECTED, "api_404")
            assert verdict.http_status == 404

    asyncio.run(go())


@pytest.mark.parametrize(
    "fault", ["", "reset_after", "error_after", "null_body", "reset_before"]
)
def test_a_deletion_insists_until_it_is_gone(fault: str) -> None:
    """Deleting twice does no harm, so doubt is answered by asking again."""

    async def go() -> None:
        faults = {fault: 0.5} if fault else {}
        patient = retry.Options(attempts=20, base_seconds=0.01, cap_seconds=0.01)
        async with sandbox(5, patient, faults=faults, seed=1) as (box, there):
            for one in await there.existing("LOC"):
                await there.delete("LOC", one.collection_id)
            assert box.truth()["locations"]["LOC"]["collections"] == []
            await there.delete("LOC", "655b33a82209e60b6adb87a5")

    asyncio.run(go())


@pytest.mark.parametrize(
    ("fault", "kind"), [("error_before", TransientError), ("edge_block", AccessError)]
)
def test_a_deletion_that_fails_for_good_says_why(
    fault: str, kind: type[Exception]
) -> None:
    """Nobody is told that something is gone which is there."""

    async def go() -> None:
        async with sandbox(1) as (box, there):
            (old,) = await there.existing("LOC")
            box.faults.set_rates({fault: 1.0})
            with pytest.raises(kind, match="Location LOC"):
                await there.delete("LOC", old.collection_id)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("Cannot GET /a/products", "--base-url"),
        ("Not found", "location id"),
    ],
)
def test_a_list_that_is_refused_says_what_to_look_at(message: str, advice: str) -> None:
    """A server that does not know the address is another matter than a location."""
    refused = pages.refusal(
        "LOC", "GET", Rejected(Code.API_NOT_FOUND, message, 404, "")
    )
    assert isinstance(refused, AccessError)
    assert advice in refused.remedy


# one collection by its id


def test_a_collection_is_found_by_its_id_and_one_that_is_gone_is_none() -> None:
    """Also one that the list does not show yet."""

    async def go() -> None:
        async with sandbox(list_lag_seconds=60.0) as (box, there):
            fields = {"name": "Best", "slug": "best", "image": "https://x.example/a"}
            made = box.store.create("LOC", fields, now=box.clock(), lag_seconds=60.0)
            assert await there.existing("LOC") == []
            found = await there.find("LOC", made.id)
            assert found is not None
            assert (found.collection_id, found.image) == (made.id, fields["image"])
            assert await there.find("LOC", "0" * 24) is None
            assert await there.find("ANOTHER", made.id) is None

    asyncio.run(go())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"message": "The token is not authorized for this scope."}),
        (404, {"message": "Cannot GET /products/collections/c1"}),
        (404, None),
        (500, {"message": "no"}),
        (200, None),
        (200, {"data": None}),
        (200, {"data": {"name": "no id"}}),
        (200, {"data": {"_id": "c2", "slug": "another"}}),
        (200, {"data": {"_id": "c1", "altId": "ANOTHER"}}),
    ],
)
def test_an_answer_that_shows_no_collection_does_not_say_that_it_is_gone(
    status: int, body: object
) -> None:
    """Neither a refusal (#92) nor an address that is not known, nor another one."""

    async def respond(request: web.BaseRequest) -> web.Response:
        assert dict(request.query) == {"altId": "LOC"}
        return web.json_response(body, status=status)

    async def go() -> None:
        runner = web.ServerRunner(web.Server(respond))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            async with opened(f"http://127.0.0.1:{runner.addresses[0][1]}") as there:
                with pytest.raises((AccessError, TransientError)):
                    await there.find("LOC", "c1")
        finally:
            await runner.cleanup()

    asyncio.run(go())
