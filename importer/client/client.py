"""The client: one call within its location's budget, and its answer as a value.

It never sends twice, follows no redirect (the token would go along) and reads no
answer past a size. Invariant: every call has a permit of its location's budget, and
the permit is returned however the call ends.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import aiohttp
from yarl import URL

from importer import logs
from importer.client import bodies, connections, descriptors, exchange
from importer.client.exchange import (
    Clocks,
    Exchange,
    NoAnswer,
    Options,
    Request,
    check_base_url,
)
from importer.client.wire import Deadlines, Wire
from importer.errors import StorageError
from importer.flight import Recorder
from importer.version import __version__

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from importer.ratelimit import Limiter, Permit, Reading

#: The edge in front of the API refuses some default Python agents (contract).
USER_AGENT = f"highlevel-collection-importer/{__version__}"

HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
}

#: Addresses that are made once.
_ADDRESSES = 16


class TokenProvider(Protocol):
    """What signs the calls: a location's token, and another one where it has ended.

    `tests/contracts` says what a provider keeps to.
    """

    async def token(self, location_id: str) -> str:
        """Return the token of a location.

        It is asked before every call, so one that is known is returned at once.

        Raises:
            AccessError: there is none.
        """

    async def refused(self, location_id: str, token: str) -> bool:
        """Return whether a location has another token now than the refused one (401).

        True: the call is made once more, with it. False: a person has to help. It
        raises nothing, and may be asked by many calls at once.
        """


class FixedToken:
    """One token for all locations, which nothing renews."""

    def __init__(self, token: str) -> None:
        """Keep the token."""
        self._token = token

    async def token(self, location_id: str) -> str:
        """Return it, whatever the location."""
        del location_id
        return self._token

    async def refused(self, location_id: str, token: str) -> bool:
        """Return whether the refused token was another one."""
        del location_id
        return token != self._token


class Client:
    """The one session of a run."""

    def __init__(
        self,
        options: Options,
        limiter: Limiter,
        tokens: TokenProvider,
        wire: Wire,
    ) -> None:
        """Keep what every call needs; use `connect` to get one with a session."""
        self._url = check_base_url(options)
        self._options = options
        self._tokens = tokens
        self._wire = wire
        # whatever the server was sent, it may echo in any answer
        self._secrets = logs.Secrets()
        self._certain = logs.Secrets(least=logs.CERTAIN)
        self._addresses: dict[str, URL] = {}
        self._deadlines = Deadlines(options.timeout_seconds)
        self.limiter = limiter
        self.last_answer_at: float | None = None
        #: which server answers at the address, as its first answer says; a sandbox
        #: does, HighLevel does not
        self.instance: str | None = None
        self.clocks: Clocks = Clocks()
        self.flight: Recorder = Recorder(time.time() - limiter.clock())

    async def send(self, request: Request, permit: Permit | None = None) -> Exchange:
        """Send one request and wait for its answer.

        Args:
            request: what is sent.
            permit: a permit that the caller took; else one is waited for.

        Raises:
            AccessError: there is no token; nothing was sent, and the permit goes back.
            StorageError: the gate was shut, with the same.
        """
        location_id, limiter = request.location_id, self.limiter
        if permit is None:
            permit = await limiter.acquire(location_id)
        token = await self._sign(location_id, permit)
        reading: Reading | None = None
        status, sent, began = 0, True, limiter.clock()
        try:
            with self._deadlines.begin():
                url = self._address(request.path)
                response = await self._wire.send(request, url, token)
                most = bodies.most(request.method)
                # the answer's head alone tells nothing of an id: the whole body counts
                # as the call
                answer = await exchange.read(
                    response, self._secrets, self._certain, most
                )
            status = answer.status
            # inside the `try`: only an answer that was read to its end has a reading
            reading = self._heard(location_id, response.headers, began)
        except (aiohttp.ClientError, TimeoutError, OSError, StorageError) as failure:
            # the connection itself failed, so no byte of a request has left: only then
            # is the row certainly not processed
            sent = not exchange.certainly_not_sent(failure)
            return NoAnswer(exchange.reason(failure, self._options), sent=sent)
        finally:
            # a call that may have left is counted whether or not an answer came; the
            # server may have counted it too
            if sent:
                now = limiter.clock()
                if reading is not None:
                    self.last_answer_at = now
                limiter.answered(location_id, permit, reading, now)
                self.flight.ended(location_id, began, now, status, reading)
            else:
                limiter.give_back(location_id, permit)
        if status == exchange.UNAUTHORIZED:  # the permit does not wait for a new token
            renewed = await self._tokens.refused(location_id, token)
            return replace(answer, renewed=renewed)
        return answer

    async def _sign(self, location_id: str, permit: Permit) -> str:
        """Return the token of a location, which no answer will show from now on."""
        try:
            token = await self._tokens.token(location_id)
        # no token, no call: else the slot would be taken for the rest of the run
        except BaseException:
            self.limiter.give_back(location_id, permit)
            raise
        self._secrets.add(token)
        self._certain.add(token)
        return token

    def _heard(
        self, location_id: str, headers: Mapping[str, str], began: float
    ) -> Reading:
        """Read what headers say of the budget; the clocks take in `Date`."""
        if self.instance is None:
            named = headers.get(exchange.INSTANCE, "")
            self.instance = exchange.said(named, self._certain)
        if (reset := headers.get(exchange.DAILY_RESET)) is not None:
            limiter = self.limiter
            limiter.budget(location_id).hear_reset(reset, limiter.clock())
        stated = headers.get(exchange.DATE)
        if stated != self.clocks.stated:  # once a second
            ended = time.time()
            took = self.limiter.clock() - began
            self.clocks.hear(stated, ended - took, ended)
        return exchange.reading(headers)

    def close(self) -> None:
        """End the calls: none follows."""
        self._deadlines.close()

    def _address(self, path: str) -> URL:
        """Return the address of a path; those that are no collection's own are kept."""
        known = self._addresses.get(path)
        if known is None:
            known = URL(self._url + path)
            # paths with an id in them would fill the table with what is asked once
            if len(self._addresses) < _ADDRESSES:
                self._addresses[path] = known
        return known


def _headers(options: Options) -> dict[str, str]:
    """Return the headers of every request, but for the token."""
    return {**HEADERS, "Version": options.api_version}


@asynccontextmanager
async def session(
    options: Options,
    *,
    traces: Sequence[aiohttp.TraceConfig] = (),
    gate: Callable[[], None] | None = None,
) -> AsyncIterator[aiohttp.ClientSession]:
    """Open the connections of one client, or of several that share them.

    Args:
        options: where to, and how many.
        traces: who is told of every request by aiohttp.
        gate: asked directly before each request leaves; it raises `StorageError` where
            none may leave any more.
    """
    # the whole of a call is bounded by `Deadlines`
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=options.connect_seconds)
    allowed = descriptors.connections(options.connections)
    # more connections than the system has descriptors for would fail as "no
    # connection", and blame the server
    connector = connections.pool(allowed, gate)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        # no cookie is kept: what one location's answer sets would go along with
        # another's
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=list(traces),
    ) as opened:
        yield opened


@asynccontextmanager
async def connect(
    options: Options,
    limiter: Limiter,
    tokens: TokenProvider,
    *,
    traces: Sequence[aiohttp.TraceConfig] = (),
    kind: type[Client] = Client,
    gate: Callable[[], None] | None = None,
) -> AsyncIterator[Client]:
    """Open a client whose session lives as long as the block.

    Args:
        options: where to, and how patiently.
        limiter: the budgets.
        tokens: give a location's token, and another one after a 401.
        traces: as of `session`.
        kind: the client's class, for one that does more with a call.
        gate: as of `session`.

    Raises:
        UsageError: the base URL cannot be used.
    """
    async with session(options, traces=traces, gate=gate) as opened:
        with over(opened, options, limiter, tokens, kind=kind) as client:
            yield client


@contextmanager
def over(
    opened: aiohttp.ClientSession,
    options: Options,
    limiter: Limiter,
    tokens: TokenProvider,
    *,
    kind: type[Client] = Client,
) -> Iterator[Client]:
    """Open a client that sends over connections which are there; see `connect`.

    Raises:
        UsageError: the base URL cannot be used.
    """
    client = kind(options, limiter, tokens, Wire(opened, _headers(options)))
    try:
        yield client
    finally:
        client.close()
