"""The second way of sending: what must hold on aiohttp's own way holds on both.

The first is taken with the versions of aiohttp that it was written for, the second
with any other version, and where requests are traced.
"""

from __future__ import annotations

import asyncio
import gzip
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from importer import client
from importer.client import Answer, Client, NoAnswer, Options, Request, wire
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "pit-second-way-0123456789"  # noqa: S105 - made up
PATH = "/products/collections"
BODY = b'{"altId":"LOC"}'
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"status": 1}'
METHODS = ("GET", "POST", "PUT", "DELETE")


@pytest.fixture(params=["own", "aiohttp's"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way in turn."""
    if request.param != "own":
        monkeypatch.setattr(wire, "KNOWN", ("no such version",))
    return str(request.param)


class Tap:
    """A server that answers with given bytes, None for an end without an answer."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        #: connections on which it speaks first
        self.greeted = 0
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.url = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        if self.connections <= self.greeted:
            writer.write(b"220 ready\r\n")
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = 0
                for line in head.lower().splitlines():
                    if line.startswith("content-length:"):
                        length = int(line.split(":")[1])
                self.bodies.append(await reader.readexactly(length))
                self.heads.append(head)
                answer = self.answers.pop(0) if self.answers else None
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def tapped(*answers: bytes | None) -> AsyncIterator[Tap]:
    tap = Tap(*answers)
    server = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    tap.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield tap
    finally:
        server.close()
        await asyncio.sleep(0.02)  # the handlers end, and close what they have


@asynccontextmanager
async def connected(url: str, seconds: float = 5.0) -> AsyncIterator[Client]:
    options = Options(url, timeout_seconds=seconds)
    async with client.connect(
        options, Limiter(Limits(None)), client.FixedToken(TOKEN)
    ) as made:
        yield made


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a request only after a while."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(0.1)
            writer.write(OK)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def nothing_is_open(made: Client) -> None:
    """No connection is in use, and none is kept for another request."""
    pool = made._wire._pool
    assert not pool._acquired
    assert not any(pool._conns.values())


def wanted(method: str) -> Request:
    body = BODY if method in ("POST", "PUT") else None
    return Request(method, PATH, "LOC", None, body)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_a_redirect_is_followed_on_no_way(method: str, status: str) -> None:
    """Neither elsewhere, where the token would go along, nor on the same server."""

    async def go() -> None:
        async with tapped(OK) as elsewhere:
            for target in (f"{elsewhere.url}/", f"{PATH}/moved"):
                moved = (
                    f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\n"
                    "Content-Length: 0\r\n\r\n"
                ).encode()
                async with tapped(moved, OK) as tap, connected(tap.url) as made:
                    answer = await made.send(wanted(method))
                    assert isinstance(answer, Answer)
                    assert answer.status == int(status)
                    assert len(tap.heads) == 1
                    assert made.limiter.budget("LOC").calls == 1
            assert elsewhere.heads == []

    asyncio.run(go())


@pytest.mark.usefixtures("way")
def test_a_packed_answer_is_read_on_any_way() -> None:
    """The edge compresses what it likes, and is told that it may."""
    packed = gzip.compress(b'{"data": []}')
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(packed)}\r\n"
    answer = f"{head}Content-Encoding: gzip\r\n\r\n".encode() + packed

    async def go() -> None:
        async with tapped(answer) as tap, connected(tap.url) as made:
            exchange = await made.send(wanted("GET"))
            assert isinstance(exchange, Answer)
            assert exchange.body == {"data": []}
            assert "accept-encoding: gzip" in tap.heads[0].lower()

    asyncio.run(go())


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("method", METHODS)
def test_a_kept_connection_that_breaks_is_not_tried_again_on_any_way(
    method: str,
) -> None:
    """The server may have worked; a second request is one that no budget has seen."""

    async def go() -> None:
        async with tapped(OK, None, OK) as tap, connected(tap.url) as made:
            assert isinstance(await made.send(wanted(method)), Answer)
            broken = await made.send(wanted(method))
            assert isinstance(broken, NoAnswer)
            assert broken.sent
            assert (len(tap.heads), tap.connections) == (2, 1)
            assert made.limiter.budget("LOC").calls == 2
            # and the next call is made on a connection of its own
            assert isinstance(await made.send(wanted(method)), Answer)
            assert (len(tap.heads), tap.connections) == (3, 2)

    asyncio.run(go())


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("method", METHODS)
def test_silence_ends_on_any_way_and_leaves_nothing_open(method: str) -> None:
    """The call is in doubt, its slot is given up, and its connection is not kept."""

    async def go() -> None:
        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with connected(f"http://127.0.0.1:{port}", 0.02) as made:
            exchange = await made.send(wanted(method))
            assert isinstance(exchange, NoAnswer)
            assert exchange.sent
            assert made.limiter.budget("LOC").in_flight == 0
            nothing_is_open(made)
        server.close()
        await asyncio.sleep(0.1)  # the handler ends, and closes what it has

    asyncio.run(go())


@pytest.mark.usefixtures("way")
def test_a_cancelled_request_leaves_no_connection_behind() -> None:
    """What may still come on it would be taken for the answer to another."""

    async def go() -> None:
        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with connected(f"http://127.0.0.1:{port}") as made:
            task = asyncio.create_task(made.send(wanted("GET")))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert made.limiter.budget("LOC").in_flight == 0
            nothing_is_open(made)
        server.close()
        await asyncio.sleep(0.1)  # the handler ends, and closes what it has

    asyncio.run(go())


class OneAfterTheOther(client.FixedToken):
    """Another token for each call."""

    def __init__(self) -> None:
        super().__init__("")
        self._tokens = iter(["pit-a", "pit-b", "pit-a", "pit-b"])

    async def token(self, location_id: str) -> str:
        del location_id
        return next(self._tokens)


@pytest.mark.usefixtures("way")
def test_tokens_that_end_are_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run of days meets as many tokens as are renewed; each has a head of its own."""
    monkeypatch.setattr("importer.client.wire.MOST_TOKENS", 1)

    async def go() -> None:
        async with tapped(*[OK] * 4) as tap:
            async with client.connect(
                Options(tap.url), Limiter(Limits(None)), OneAfterTheOther()
            ) as made:
                for _ in range(4):
                    assert isinstance(await made.send(wanted("GET")), Answer)
                assert len(made._wire._heads) <= 1
                assert len(made._wire._headers) <= 1
            text = "\n".join(head.lower() for head in tap.heads)
            assert text.count("bearer pit-a") == text.count("bearer pit-b") == 2

    asyncio.run(go())


@pytest.mark.usefixtures("way")
def test_each_request_carries_its_own_token_body_and_length() -> None:
    """Heads are kept by token: one with a body is no head for one without."""

    async def go() -> None:
        async with tapped(*[OK] * 4) as tap:
            options = Options(tap.url)
            async with client.connect(
                options, Limiter(Limits(None)), OneAfterTheOther()
            ) as made:
                for method in ("POST", "GET", "GET", "POST"):
                    assert isinstance(await made.send(wanted(method)), Answer)
            said = [
                next(
                    line.split()[-1]
                    for line in head.splitlines()
                    if line.lower().startswith("authorization:")
                )
                for head in tap.heads
            ]
            assert said == ["pit-a", "pit-b", "pit-a", "pit-b"]
            assert tap.bodies == [BODY, b"", b"", BODY]
            typed = ["content-type: application/json" in h.lower() for h in tap.heads]
            assert typed == [True, False, False, True]

    asyncio.run(go())


def test_a_connection_that_closes_before_anything_is_written_is_given_back() -> None:
    """Else a run of many resets has no connection left at its end."""

    async def go() -> None:
        async with tapped(OK) as tap, connected(tap.url) as made:
            pool = made._wire._pool
            connect = pool.connect

            async def lost(*args: Any, **more: Any) -> Any:
                found = await connect(*args, **more)
                assert found.transport is not None
                found.transport.close()  # as when the server resets it just now
                return found

            pool.connect = lost  # type: ignore[method-assign]
            exchange = await made.send(wanted("POST"))
            assert isinstance(exchange, NoAnswer)
            assert tap.heads == []
            nothing_is_open(made)
            pool.connect = connect  # type: ignore[method-assign]
            assert isinstance(await made.send(wanted("POST")), Answer)

    asyncio.run(go())


@pytest.mark.parametrize("greeted", [wire.DISTRUSTED, wire.DISTRUSTED + 1])
def test_a_server_that_speaks_first_is_connected_to_nine_times_at_most(
    greeted: int,
) -> None:
    """What it says is no answer; the last connection shows what becomes of the call."""

    async def go() -> None:
        async with tapped(OK) as tap, connected(tap.url) as made:
            tap.greeted = greeted
            pool = made._wire._pool
            connect = pool.connect

            async def greeted_on(*args: Any, **more: Any) -> Any:
                found = await connect(*args, **more)
                assert found.protocol is not None
                # it has heard the greeting; nothing tells when
                while tap.connections <= greeted and not found.protocol.should_close:  # noqa: ASYNC110
                    await asyncio.sleep(0)
                return found

            pool.connect = greeted_on  # type: ignore[method-assign]
            exchange = await made.send(wanted("POST"))
            answered = greeted == wire.DISTRUSTED
            assert isinstance(exchange, Answer if answered else NoAnswer)
            assert tap.connections == wire.DISTRUSTED + 1

    asyncio.run(go())
