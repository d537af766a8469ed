"""Requests in one piece: the server gets the bytes that aiohttp itself would send."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from unittest import mock

import aiohttp
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from yarl import URL

from importer import client
from importer.client import Answer, Options, Request, wire
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
PRINTABLE = "".join(map(chr, range(33, 127)))

tokens = st.text(PRINTABLE, min_size=1, max_size=60)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
paths = st.sampled_from(["/products/collections", "/products/collections/655/ä b"])
params = st.none() | st.dictionaries(names, names | st.integers(), max_size=3)
bodies = st.binary(min_size=1, max_size=2000)
location = st.just("LOC")
requests = st.builds(
    Request, st.sampled_from(["GET", "DELETE"]), paths, location, params
) | st.builds(
    Request, st.sampled_from(["POST", "PUT"]), paths, location, params, bodies
)


class Ear:
    """A server that keeps what it hears, byte by byte."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.pieces = 0
        self.url = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        request = b""
        while piece := await reader.read(1 << 20):
            self.pieces += 1
            request += piece
            if complete(request):
                self.heard.append(request)
                request = b""
                writer.write(ANSWER)
        writer.close()


def complete(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end) and len(body) == (int(length[1]) if length else 0)


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    ear = Ear()
    server = await asyncio.start_server(ear.serve, "127.0.0.1", 0)
    ear.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield ear
    finally:
        server.close()
        await asyncio.sleep(0.02)  # the handlers end, and close what they have


async def heard(ear: Ear, token: str, *wanted: Request) -> list[bytes]:
    """What a server gets of some requests, sent one after the other."""
    ear.heard = []
    options = Options(ear.url)
    async with client.connect(
        options, Limiter(Limits()), client.FixedToken(token)
    ) as made:
        for request in wanted:
            answer = await made.send(request)
            assert isinstance(answer, Answer)
            assert answer.status == 200
    return ear.heard


def aiohttps_own() -> AbstractContextManager[object]:
    """From here on, as with a version of aiohttp that nobody has tried."""
    return mock.patch.object(wire, "KNOWN", ("no such version",))


@given(tokens, requests)
@example("pit-1", Request("POST", "/products/collections", "LOC", None, b"{}"))
@example("pit-1", Request("DELETE", "/products/collections/1", "LOC", {"altId": "ä"}))
@settings(max_examples=40, deadline=None)
def test_the_bytes_are_those_that_aiohttp_writes(token: str, wanted: Request) -> None:
    """Whatever is asked for, and for the second request on a connection as well."""

    async def go() -> None:
        async with listening() as ear:
            ours = await heard(ear, token, wanted, wanted)
            with aiohttps_own():
                theirs = await heard(ear, token, wanted, wanted)
            assert ours == theirs

    asyncio.run(go())


def test_head_and_body_leave_together() -> None:
    """One piece is one packet where it fits, and one wake-up of the server."""
    wanted = Request("POST", "/products/collections", "LOC", None, b'{"name":"Best"}')

    async def go() -> None:
        async with listening() as ear:
            await heard(ear, "pit-1", wanted, wanted)
            assert ear.pieces == 2

    asyncio.run(go())


def test_the_version_that_is_installed_is_one_that_is_known() -> None:
    """Else every request is dearer than it need be: look at `wire`, then add it."""
    assert aiohttp.__version__.startswith(wire.KNOWN)


def test_a_message_shows_no_token() -> None:
    """Its text may stand in a traceback."""
    message = wire.Message(b"Authorization: Bearer pit-secret", b"{}")
    assert "pit-secret" not in f"{message!r}{message!s}"


def test_a_connection_that_cannot_be_written_to_makes_room_for_another() -> None:
    """At once, whatever becomes of the failure: connections are limited."""

    async def go() -> None:
        async with (
            listening() as ear,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session,
        ):
            line = wire.Wire(session, {})
            wanted, url = Request("GET", "/", "LOC"), URL(ear.url)
            lost = aiohttp.ClientConnectionResetError()
            with (
                mock.patch.object(wire._Whole, "send", side_effect=lost),
                pytest.raises(aiohttp.ClientConnectionResetError) as kept,
            ):
                await line.send(wanted, url, "pit-1")
            answer = await asyncio.wait_for(line.send(wanted, url, "pit-1"), 5)
            assert (answer.status, kept.value) == (200, lost)
            answer.close()

    asyncio.run(go())


def test_nothing_is_written_to_a_connection_that_closes() -> None:
    """It says so as aiohttp does, and the call counts as one that may have left."""

    async def go() -> None:
        loop = asyncio.get_running_loop()
        async with listening() as ear, aiohttp.ClientSession() as session:
            message = wire.Message(b"", b"")
            one = wire._Whole(
                "POST", URL(ear.url), data=message, loop=loop, session=session
            )
            protocol = aiohttp.client_proto.ResponseHandler(loop)
            away = mock.Mock(protocol=protocol)  # its transport is gone already
            with pytest.raises(aiohttp.ClientConnectionResetError):
                await one.send(away)

    asyncio.run(go())
