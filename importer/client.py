"""One polite HTTP request: within the budget, with a timeout, and an honest answer.

It sends what it is given and reports what came back as a value; what an answer
means is for `destination` to say. It never sends twice, follows no redirect (the
token would go along) and reads no answer past a size. Invariant: every call has a
permit of its location's budget, and the permit is returned however the call ends.
"""

from __future__ import annotations

import asyncio
import math
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import orjson

from importer import __version__, logs
from importer.errors import UsageError
from importer.ratelimit import Reading

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.ratelimit import Limiter, Permit

#: The only version that the API page knows.
API_VERSION = "2021-07-28"
#: The edge in front of the API refuses some default Python agents (contract).
USER_AGENT = f"highlevel-collection-importer/{__version__}"
#: A page of 100 collections with long texts stays far below this.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
#: From this status on an answer is a refusal or a failure.
REFUSED = 400
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

BeforeSend = Callable[[], Awaitable[None]]
Token = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Options:
    """Where to and how patiently.

    `timeout_seconds` bounds a call from its first byte to its answer's last.
    """

    base_url: str = "https://services.leadconnectorhq.com"
    timeout_seconds: float = 30.0
    connect_seconds: float = 10.0
    connections: int = 64
    insecure_http: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered.

    `body` is the parsed JSON, or None where there was none; `readable` says whether
    the body parsed; `text` is the start of it as text, for messages.
    """

    status: int
    body: Any
    readable: bool
    text: str
    retry_after_seconds: float | None
    trace_id: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back. `sent` says whether the server may have got the request."""

    reason: str
    sent: bool


Exchange = Answer | NoAnswer


def check_base_url(options: Options) -> str:
    """The base URL without a slash at its end.

    Raises:
        UsageError: not an absolute http(s) URL, or plain http to another host.
    """
    url = options.base_url.rstrip("/")
    scheme, host = _scheme_and_host(url)
    if scheme not in {"http", "https"} or not host:
        msg = f"The base URL {options.base_url!r} is not an absolute http(s) address."
        raise UsageError(msg, remedy="Write it like https://host.example.")
    plain = scheme == "http" and host not in LOOPBACK
    if plain and not options.insecure_http:
        msg = f"{url} is plain http to another machine: the token could be read."
        raise UsageError(msg, remedy="Use https, or pass --insecure-http knowingly.")
    return url


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Both parts, empty where the text is no address or its port no number."""
    parts = urlsplit("")
    with suppress(ValueError):
        found = urlsplit(url)
        parts = found if found.port != 0 else parts
    return parts.scheme, parts.hostname or ""


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
        self._headers: dict[str, tuple[str, dict[str, str]]] = {}
        self.limiter = limiter
        self.last_answer_at: float | None = None

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
            headers = self._prepared(location_id, with_body=body is not None)
        except BaseException:
            self.limiter.give_back(location_id, permit)
            raise
        reading: Reading | None = None
        sent = True
        try:
            async with self._session.request(
                method,
                self._url + path,
                params=params,
                data=body,
                headers=headers,
                allow_redirects=False,
            ) as response:
                answer = await _read(response, self._token(location_id))
                reading = _reading(response.headers)
                self.last_answer_at = self.limiter.clock()
                return answer
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            sent = not _certainly_not_sent(failure)
            return NoAnswer(_reason(failure, self._options), sent=sent)
        finally:
            if sent:
                self.limiter.answered(location_id, permit, reading)
            else:
                self.limiter.give_back(location_id, permit)

    def _prepared(self, location_id: str, *, with_body: bool) -> dict[str, str]:
        """The headers of a location, made once for each token."""
        token = self._token(location_id)
        kept = self._headers.get(location_id)
        if kept is None or kept[0] != token:
            kept = (token, {"Authorization": f"Bearer {token}"})
            self._headers[location_id] = kept
        if with_body:
            return kept[1] | {"Content-Type": "application/json"}
        return kept[1]


@asynccontextmanager
async def connect(
    options: Options, limiter: Limiter, token: Token
) -> AsyncIterator[Client]:
    """A client whose session lives as long as the block.

    Raises:
        UsageError: the base URL cannot be used.
    """
    timeout = aiohttp.ClientTimeout(
        total=options.timeout_seconds, sock_connect=options.connect_seconds
    )
    connector = aiohttp.TCPConnector(limit=options.connections)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        headers={
            "User-Agent": USER_AGENT,
            "Version": API_VERSION,
            "Accept": "application/json",
        },
    ) as session:
        # aiohttp sends GET, PUT and DELETE a second time by itself when a kept
        # connection breaks: a call that no budget has seen. There is no public switch.
        session._retry_connection = False  # noqa: SLF001
        yield Client(options, limiter, token, session)


async def _read(response: aiohttp.ClientResponse, token: str) -> Answer:
    raw = await _bounded(response)
    trace_id = response.headers.get("X-Trace-Id", "")
    if response.status >= REFUSED:
        # what a refusal says is shown and kept, and some servers echo the request
        mask = logs.masker([token])
        raw = raw and mask(raw.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
        trace_id = mask(trace_id)
    body, readable = None, False
    if raw is not None:
        try:
            body, readable = orjson.loads(raw), True
        except orjson.JSONDecodeError:
            readable = False
    text = "" if readable else (raw or b"")[:200].decode("utf-8", "replace")
    trace = body.get("traceId") if isinstance(body, dict) else None
    return Answer(
        response.status,
        body,
        readable,
        text,
        retry_after(response.headers.get("Retry-After"), time.time()),
        _clean(str(trace or trace_id)),
    )


async def _bounded(response: aiohttp.ClientResponse) -> bytes | None:
    """The body, or None where it is larger than any honest answer."""
    length = response.content_length
    # the length of a compressed body says nothing of what it becomes
    packed = "Content-Encoding" in response.headers
    if length is not None and length <= MAX_ANSWER_BYTES and not packed:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            response.close()
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _clean(text: str) -> str:
    """Text that can be stored: bytes of a header that are no UTF-8 are replaced."""
    return text.encode("utf-8", "replace").decode()


def _reading(headers: Mapping[str, str]) -> Reading:
    interval = _seconds(headers.get("X-RateLimit-Interval-Milliseconds"))
    return Reading(
        max_calls=_number(headers.get("X-RateLimit-Max")),
        remaining=_number(headers.get("X-RateLimit-Remaining")),
        interval_seconds=interval / 1000 if interval else None,
        daily_max=_number(headers.get("X-RateLimit-Limit-Daily")),
        daily_remaining=_number(headers.get("X-RateLimit-Daily-Remaining")),
    )


@lru_cache(maxsize=1024)
def _number(text: str | None) -> int | None:
    # isdigit would let pass what int does not take, such as a raised 2
    if text is None or not re.fullmatch(r"\s*[0-9]{1,15}\s*", text):
        return None
    return int(text)


def _seconds(text: str | None) -> float | None:
    """A header's number that can be waited for; None for anything else."""
    try:
        seconds = float(text) if text else math.nan
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def retry_after(text: str | None, now: float) -> float | None:
    """The seconds that `Retry-After` asks for, given as a number or as a date.

    Args:
        text: the header, None where it is missing.
        now: seconds since the epoch.
    """
    seconds = _seconds(text)
    if seconds is not None or not text:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _certainly_not_sent(failure: BaseException) -> bool:
    """Whether the connection was never there, so that no byte can have left."""
    return isinstance(
        failure, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    )


def _reason(failure: BaseException, options: Options) -> str:
    match failure:
        case aiohttp.ClientConnectorCertificateError() | ssl.SSLError():
            return "the server's certificate is not to be trusted"
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {options.connect_seconds:g} s"
        case aiohttp.ClientConnectorError():
            return "no connection to the server"
        case asyncio.TimeoutError():
            return f"no answer within {options.timeout_seconds:g} s"
        case aiohttp.ClientPayloadError():
            return "the answer broke off"
        case _:
            return "the connection was lost before the answer came"
