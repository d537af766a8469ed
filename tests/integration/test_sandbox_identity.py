"""The sandbox's own id, its clock, and what it leaves out: what a client can tell.

Each test talks HTTP to a real server in this process.
"""

from __future__ import annotations

import asyncio
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from importer.sandbox import Options, Sandbox, running

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = {
    "Authorization": "Bearer t",
    "Version": "2021-07-28",
    "User-Agent": "tests/1",
}
COLLECTIONS = "/products/collections"
PLACE = {"altId": "LOC", "altType": "location"}
BEST = {**PLACE, "name": "Best", "slug": "best", "image": "https://a.example/b.png"}
INSTANCE = "X-Server-Instance"


async def ask(
    box: Sandbox, method: str, path: str = COLLECTIONS, body: object = None
) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of one call."""
    query = None if body else PLACE
    async with (
        aiohttp.ClientSession(headers=HEADERS) as session,
        session.request(method, box.url + path, json=body, params=query) as answer,
    ):
        return answer.status, await answer.json(content_type=None), {**answer.headers}


async def instance_of(box: Sandbox) -> str:
    """The id in the header of a list."""
    return (await ask(box, "GET"))[2][INSTANCE]


def test_every_answer_names_the_server_and_a_reset_is_another_server() -> None:
    """Lists, refusals and the sandbox's own addresses carry the same id until then."""

    async def act() -> None:
        async with running() as box, running() as other:
            own = await instance_of(box)
            refused = (await ask(box, "GET", "/nowhere"))[2][INSTANCE]
            told = (await ask(box, "GET", "/_sandbox/truth"))[2][INSTANCE]
            assert {own, refused, told} == {own}
            assert await instance_of(other) != own
            await ask(box, "POST", "/_sandbox/reset", {"really": True})
            assert await instance_of(box) not in (own, await instance_of(other))

    asyncio.run(act())


def test_a_state_file_keeps_who_the_server_is(tmp_path: Path) -> None:
    """Also where nothing was created before it stopped."""
    options = Options(state=tmp_path / "state.json")

    async def start() -> str:
        async with running(options) as box:
            return await instance_of(box)

    first = asyncio.run(start())
    assert asyncio.run(start()) == first
    (tmp_path / "state.json").unlink()
    assert asyncio.run(start()) != first


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_off_shows_in_date_times_and_ids(hours: int) -> None:
    """All three by the same server's clock, ahead or behind."""

    async def act() -> None:
        async with running(Options(clock_offset_seconds=hours * 3600.0)) as box:
            _, made, headers = await ask(box, "POST", body=BEST)
            expected = time.time() + hours * 3600
            date = parsedate_to_datetime(headers["Date"]).timestamp()
            assert abs(date - expected) < 3
            assert abs(int(made["data"]["_id"][:8], 16) - expected) < 3
            hour = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(expected))
            assert made["data"]["createdAt"][:13] == hour[:13]

    asyncio.run(act())


def test_lists_leave_out_what_they_are_told_to_hide() -> None:
    """The 201 and the GET by id show it all the same."""

    async def act() -> None:
        hidden = frozenset({"image", "createdAt"})
        async with running(Options(list_hides=hidden)) as box:
            made = (await ask(box, "POST", body=BEST))[1]["data"]
            [item] = (await ask(box, "GET"))[1]["data"]
            assert made.keys() - item.keys() == hidden
            path = f"{COLLECTIONS}/{made['_id']}"
            assert (await ask(box, "GET", path))[1]["data"] == made

    asyncio.run(act())


def test_a_get_by_id_can_be_refused_while_all_else_works() -> None:
    """401 to a GET of one collection; its update and its removal go on."""

    async def act() -> None:
        async with running(Options(get_by_id="refused")) as box:
            made = (await ask(box, "POST", body=BEST))[1]["data"]
            path = f"{COLLECTIONS}/{made['_id']}"
            assert (await ask(box, "GET", path))[0] == 401
            assert (await ask(box, "PUT", path, BEST))[0] == 200
            assert (await ask(box, "DELETE", path))[0] == 200

    asyncio.run(act())
