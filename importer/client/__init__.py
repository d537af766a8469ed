"""One polite HTTP request: within the budget, with a timeout, and an honest answer.

It sends what it is given and reports what came back as a value; what an answer
means is for `destination` to say. It never sends twice, follows no redirect (the
token would go along) and reads no answer past a size. Invariant: every call has a
permit of its location's budget, and the permit is returned however the call ends.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from importer import __version__
from importer.client import exchange
from importer.client.deadlines import Deadlines
from importer.client.exchange import Answer, Exchange, NoAnswer
from importer.client.options import Options, check_base_url
from importer.flight import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from importer.ratelimit import Limiter, Permit, Reading

__all__ = ["Answer", "Client", "Exchange", "NoAnswer", "Options", "check_base_url"]

#: The only version that the API page knows.
API_VERSION = "2021-07-28"
#: The edge in front of the API refuses some default Python agents (contract).
USER_AGENT = f"highlevel-collection-importer/{__version__}"

#: Addresses that are made once.
_ADDRESSES = 16

BeforeSend = Callable[[], Awaitable[None]]
Token = Callable[[str], str]


class Client:
    """The one session of a run."""

    def __init__(
        self,
        options: Options,
        limiter: Limiter,
        token: Token,
        session: aiohttp.ClientSession,
    ) -> None:
        """Keep what every call needs; use `connect` to get one with a session."""
        self._url = check_base_url(options)
        self._options = options
        self._token = token
        self._session = session
        # by token: without a body, and with one
        self._headers: dict[str, tuple[CIMultiDict[str], CIMultiDict[str]]] = {}
        self._addresses: dict[str, URL] = {}
        self._deadlines = Deadlines(options.timeout_seconds)
        self.limiter = limiter
        self.last_answer_at: float | None = None
        self.flight = Recorder(time.time() - limiter.clock())

    async def request(  # noqa: PLR0913 - the parts of one HTTP request
        self,
        method: str,
        path: str,
        location_id: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: bytes | None = None,
        permit: Permit | None = None,
        before_send: BeforeSend | None = None,
    ) -> Exchange:
        """Send one request and wait for its answer.

        Args:
            method: the HTTP method.
            path: below the base URL, with a slash in front.
            location_id: whose budget and token are used.
            params: the query.
            body: JSON, already encoded.
            permit: a permit that the caller took; else one is waited for.
            before_send: awaited when the permit is there and before the first byte
                leaves; where it raises, nothing is sent and the permit goes back.
        """
        if permit is None:
            permit = await self.limiter.acquire(location_id)
        try:
            if before_send is not None:
                await before_send()
            token = self._token(location_id)
            headers = self._prepared(token, with_body=body is not None)
        except BaseException:
            self.limiter.give_back(location_id, permit)
            raise
        reading: Reading | None = None
        status, sent, began = 0, True, self.limiter.clock()
        try:
            with self._deadlines.begin():
                response = await self._session.request(
                    method,
                    self._address(path),
                    params=params,
                    data=body and aiohttp.BytesPayload(body),
                    headers=headers,
                    allow_redirects=False,
                )
                answer = await exchange.read(response, token)
            reading = exchange.reading(response.headers)
            status, self.last_answer_at = answer.status, self.limiter.clock()
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            sent = not exchange.certainly_not_sent(failure)
            return NoAnswer(exchange.reason(failure, self._options), sent=sent)
        else:
            return answer
        finally:
            if sent:
                self.limiter.answered(location_id, permit, reading)
                now = self.limiter.clock()
                self.flight.ended(location_id, began, now, status, reading)
            else:
                self.limiter.give_back(location_id, permit)

    def _prepared(self, token: str, *, with_body: bool) -> CIMultiDict[str]:
        """The headers of a call, made once for each token."""
        kept = self._headers.get(token)
        if kept is None:
            own = CIMultiDict(Authorization=f"Bearer {token}")
            kept = (own, own.copy())
            kept[True].add("Content-Type", "application/json")
            self._headers[token] = kept
        return kept[with_body]

    def close(self) -> None:
        """No call follows."""
        self._deadlines.close()

    def _address(self, path: str) -> URL:
        """The address of a path; the few that are no collection's own are kept."""
        known = self._addresses.get(path)
        if known is None:
            known = URL(self._url + path)
            if len(self._addresses) < _ADDRESSES:
                self._addresses[path] = known
        return known


@asynccontextmanager
async def connect(
    options: Options,
    limiter: Limiter,
    token: Token,
    *,
    traces: Sequence[aiohttp.TraceConfig] = (),
    kind: type[Client] = Client,
) -> AsyncIterator[Client]:
    """A client whose session lives as long as the block.

    Args:
        options: where to, and how patiently.
        limiter: the budgets.
        token: gives a location's token.
        traces: who is told of every request by aiohttp.
        kind: the client's class, for one that does more with a call.

    Raises:
        UsageError: the base URL cannot be used.
    """
    # the whole of a call is bounded by `Deadlines`
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=options.connect_seconds)
    connector = aiohttp.TCPConnector(limit=options.connections)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        trace_configs=list(traces),
        headers={
            "User-Agent": USER_AGENT,
            "Version": API_VERSION,
            "Accept": "application/json",
        },
    ) as session:
        # aiohttp sends GET, PUT and DELETE a second time by itself when a kept
        # connection breaks: a call that no budget has seen. There is no public switch.
        session._retry_connection = False  # noqa: SLF001
        client = kind(options, limiter, token, session)
        try:
            yield client
        finally:
            client.close()
