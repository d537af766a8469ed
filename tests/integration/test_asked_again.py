"""What is asked again, how often, and what that costs: lists and deletions."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from importer import client, retry
from importer.destination import Destination
from importer.errors import AccessError, TransientError
from importer.models import Rate
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ATTEMPTS = 3
QUICK = retry.Options(attempts=ATTEMPTS, base_seconds=0.001, cap_seconds=0.002)
MADE = "655b33a82209e60b6adb87a5"
ITEM = {"_id": MADE, "slug": "best", "name": "Best", "altId": "LOC"}


@dataclass
class Script:
    """Statuses that a server answers with first, and what it was asked."""

    statuses: list[int]
    asked: list[str] = field(default_factory=list)
    there: Destination | None = None
    page: bytes = b""

    async def respond(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.method)
        if self.statuses:
            status = self.statuses.pop(0)
            return web.json_response(
                {"message": "no"}, status=status, headers={"Retry-After": "0"}
            )
        if self.page:
            return web.Response(body=self.page, content_type="application/json")
        if request.method != "GET":
            return web.json_response({"status": True})
        offset = int(request.query["offset"])
        return web.json_response({"data": [] if offset else [ITEM], "total": 1})


@asynccontextmanager
async def scripted(*statuses: int) -> AsyncIterator[Script]:
    """A server that answers so before it answers well."""
    script = Script([*statuses])
    runner = web.ServerRunner(web.Server(script.respond))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        options = client.Options(f"http://127.0.0.1:{runner.addresses[0][1]}")
        async with client.connect(
            # a refusal is waited for as long as a window, so that one is short
            options,
            Limiter(Limits(Rate(1000, 0.02))),
            client.FixedToken("pit-test"),
        ) as made:
            script.there = Destination(made, QUICK, lambda: 0.5)
            yield script
    finally:
        await runner.cleanup()


async def ask(script: Script, method: str) -> None:
    there = script.there
    assert there is not None
    if method == "GET":
        found = await there.existing("LOC")
        assert [one.collection_id for one in found] == [MADE]
    else:
        await there.delete("LOC", MADE)


METHODS = ("GET", "DELETE")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "statuses",
    [
        [429] * (2 * ATTEMPTS),
        [429, 500, 429, 500, 429],
        [500] * (ATTEMPTS - 1) + [429] * ATTEMPTS,
        [401, 429, 429, 429, 500, 500],
    ],
)
def test_a_429_uses_up_none_of_a_lists_tries(method: str, statuses: list[int]) -> None:
    """However many come, alone and between other failures."""

    async def go() -> None:
        async with scripted(*statuses) as script:
            await asyncio.wait_for(ask(script, method), 20)
            assert len(script.asked) > len(statuses)

    asyncio.run(go())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("failures", [ATTEMPTS - 1, ATTEMPTS, ATTEMPTS + 1])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_what_fails_is_asked_as_often_as_allowed_and_no_more(
    method: str, failures: int, status: int
) -> None:
    """The last of the attempts still counts; the one after it is not made."""

    async def go() -> None:
        async with scripted(*[status] * failures) as script:
            if failures < ATTEMPTS:
                await ask(script, method)
                return
            with pytest.raises(TransientError, match="LOC"):
                await ask(script, method)
            assert len(script.asked) == ATTEMPTS

    asyncio.run(go())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "statuses", [[401, 401], [500, 500, 401, 401], [401, 500, 429, 500, 401]]
)
def test_a_refused_token_is_asked_about_twice_whatever_comes_between(
    method: str, statuses: list[int]
) -> None:
    """What failed otherwise is no refusal, and the other way round."""

    async def go() -> None:
        async with scripted(*statuses) as script:
            with pytest.raises(AccessError, match="LOC"):
                await ask(script, method)
            assert len(script.asked) == len(statuses)

    asyncio.run(go())


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"data": {"_id": "x"}}'])
def test_a_list_that_is_none_is_told_as_one_that_cannot_be_used(body: bytes) -> None:
    """Nothing was to be created, so no id is missing in it."""

    async def go() -> None:
        async with scripted() as script:
            script.page = body
            with pytest.raises(TransientError, match="cannot be used"):
                await ask(script, "GET")
            assert len(script.asked) == ATTEMPTS

    asyncio.run(go())


def test_each_question_has_its_own_tries() -> None:
    """What one used up is not missing to the next."""

    async def go() -> None:
        failures = [500] * (ATTEMPTS - 1)
        async with scripted(*failures) as script:
            for method in METHODS:
                await ask(script, method)
                script.statuses = [*failures]

    asyncio.run(go())
