"""The gate: where a process may have lost what it holds, no request leaves it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from importer import client
from importer.client import Answer, Client, Options, Request, wire
from importer.destination.current import Current, _Place
from importer.errors import StorageError
from importer.models import NotProcessed
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.models import Existing

TOKEN = "pit-gate-0123456789"  # noqa: S105 - made up
OK = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"status": 1}'
METHODS = ("GET", "POST", "PUT", "DELETE")
PLACE = "LOC"


@pytest.fixture(params=["own", "aiohttp's"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of sending in turn."""
    if request.param != "own":
        monkeypatch.setattr(wire, "KNOWN", ("no such version",))
    return str(request.param)


class Gate:
    """Open until it is shut; asked when a connection is there."""

    def __init__(self) -> None:
        self.shut = False
        self.asked = 0

    def __call__(self) -> None:
        self.asked += 1
        if self.shut:
            msg = "Another process has taken it over."
            raise StorageError(msg)


class Server:
    """Answers everything alike, and keeps what came."""

    def __init__(self) -> None:
        self.came: list[bytes] = []
        self.connections = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        try:
            while True:
                self.came.append(await reader.readuntil(b"\r\n\r\n"))
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def gated(gate: Gate) -> AsyncIterator[tuple[Client, Server]]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    limiter = Limiter(Limits(None))
    tokens = client.FixedToken(TOKEN)
    try:
        async with client.connect(Options(url), limiter, tokens, gate=gate) as made:
            yield made, server
    finally:
        listening.close()
        await asyncio.sleep(0.02)  # the handlers end


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("method", METHODS)
def test_a_gate_that_is_shut_lets_no_byte_out(method: str) -> None:
    """The call ends with the reason, its permit goes back, and nothing is counted."""

    async def go() -> None:
        gate = Gate()
        async with gated(gate) as (made, server):
            request = Request(method, "/products/collections", PLACE)
            assert isinstance(await made.send(request), Answer)
            gate.shut = True
            for _ in range(3):
                with pytest.raises(StorageError, match="taken it over"):
                    await made.send(request)
            budget = made.limiter.budget(PLACE)
            assert (len(server.came), budget.calls, budget.in_flight) == (1, 1, 0)
            assert made.limiter.returned == 3
            # the connection is as good as before
            gate.shut = False
            assert isinstance(await made.send(request), Answer)
            assert (len(server.came), server.connections, gate.asked) == (2, 1, 5)

    asyncio.run(go())


@pytest.mark.usefixtures("way")
def test_the_gate_is_asked_when_the_connection_is_there() -> None:
    """What is allowed before may not be allowed any more after the wait for it."""

    async def go() -> None:
        gate = Gate()
        async with gated(gate) as (made, server):
            pool: Any = made._wire._pool
            connecting = pool._create_connection

            async def slowly(*given: object) -> object:
                found = await connecting(*given)
                gate.shut = True
                return found

            pool._create_connection = slowly
            with pytest.raises(StorageError):
                await made.send(Request("POST", "/products/collections", PLACE))
            assert server.came == []

    asyncio.run(go())


def test_without_a_gate_the_pool_is_aiohttps_own() -> None:
    """Runs in a folder pay nothing for it."""

    async def go() -> None:
        tokens = client.FixedToken(TOKEN)
        async with client.connect(
            Options("http://127.0.0.1:9"), Limiter(Limits(None)), tokens
        ) as made:
            assert type(made._wire._pool).__module__ == "aiohttp.connector"

    asyncio.run(go())


def test_the_longest_window_of_all_locations_is_told() -> None:
    """A lease lasts at least as long."""
    limiter = Limiter(Limits())
    assert limiter.longest_interval() == 0.0
    limiter.budget("a").interval_seconds = 10.0
    limiter.budget("b").interval_seconds = 60.0
    assert limiter.longest_interval() == 60.0


def test_a_gate_that_is_shut_while_a_list_is_read_ends_the_run_and_not_the_row() -> (
    None
):
    """A row that is updated is looked up first, and would be given up as a failure."""

    async def refused(location_id: str) -> list[Existing]:
        msg = f"Another process has taken {location_id} over."
        raise StorageError(msg)

    async def go() -> None:
        async with gated(Gate()) as (made, _):
            current = Current(
                made, "/products/collections", lambda *_: NotProcessed(""), refused
            )
            current._places[PLACE] = _Place(refuses=True, ignores_ids=True)
            permit = await made.limiter.acquire(PLACE)
            with pytest.raises(StorageError):
                await current.read(PLACE, "id", (), permit)

    asyncio.run(go())
