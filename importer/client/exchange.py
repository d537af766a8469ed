"""What is asked, how patiently, and what came back or that nothing did, as values.

Reads a response within bounds, and its headers; what an answer means is for
`destination` to say. The header `Date` shows that the server's clock stood within one
second while a request was under way; what all answers allow is the difference from this
machine's. Where two answers contradict each other a clock was set, and the range holds
what was measured before and after. Invariants: whatever a server sends becomes an
`Answer`, and whatever breaks a `NoAnswer`, never an exception; a difference that was
once possible stays within the range.
"""

from __future__ import annotations

import asyncio
import errno
import math
import ssl
import time
from contextlib import suppress
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
from multidict import istr

from importer import texts
from importer.client import bodies
from importer.errors import StorageError, UsageError
from importer.models import ClockDifference
from importer.models.frozen import dataclass
from importer.ratelimit import Reading
from importer.ratelimit.headers import retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer import logs


#: A `Date` names the second, not the part of it.
RESOLUTION_SECONDS = 1.0


class Clocks:
    """What the answers of one client say of the server's clock.

    `stated` is the last `Date` that was heard: it changes once a second, so that most
    answers cost one comparison.
    """

    __slots__ = ("_earlier", "_now", "stated")

    def __init__(self) -> None:
        """Begin without knowing anything."""
        self.stated: str | None = None
        self._now: ClockDifference | None = None
        self._earlier: ClockDifference | None = None

    @property
    def difference(self) -> ClockDifference | None:
        """The server's clock less this machine's; None where no answer named a time."""
        if self._now is None or self._earlier is None:
            return self._now
        return self._earlier.widened(self._now)

    def hear(self, stated: str | None, began: float, ended: float) -> None:
        """Take in the `Date` of an answer.

        Args:
            stated: the header's text, None where it is missing.
            began: when the request left, seconds since the epoch.
            ended: when the answer was there.
        """
        self.stated = stated
        named = second(stated)
        if named is None:
            return
        # the server wrote its second at some moment between `began` and `ended`, so its
        # clock is within these bounds of ours
        low, high = named - ended, named + RESOLUTION_SECONDS - began
        if self._now is not None:
            both = ClockDifference(max(low, self._now.low), min(high, self._now.high))
            if both.low <= both.high:
                self._now = both
                return
            # contradiction: one of the clocks was set. What was true before still
            # counts for rows that were sent before
            earlier = self._earlier or self._now
            self._earlier = earlier.widened(self._now)
        self._now = ClockDifference(low, high)


def second(stated: str | None) -> float | None:
    """Return the time that a `Date` names, in seconds since the epoch."""
    try:
        named = parsedate_to_datetime(stated) if stated else None
    except (ValueError, OverflowError):
        return None
    if named is None:
        return None
    return (named if named.tzinfo else named.replace(tzinfo=UTC)).timestamp()


#: The only version that the API page knows.
API_VERSION = "2021-07-28"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Options:
    """Where to and how patiently.

    `timeout_seconds` bounds a call from its first byte to its answer's last, and
    `api_version` is sent as `Version`.
    """

    base_url: str = "https://services.leadconnectorhq.com"
    timeout_seconds: float = 30.0
    connect_seconds: float = 10.0
    connections: int = 128
    insecure_http: bool = False
    api_version: str = API_VERSION


def check_base_url(options: Options) -> str:
    """Return the base URL without a slash at its end.

    Raises:
        UsageError: not an absolute http(s) URL, or plain http to another host.
    """
    url = options.base_url.rstrip("/")
    scheme, host = _scheme_and_host(url)
    if scheme not in {"http", "https"} or not host:
        msg = f"The base URL {options.base_url!r} is not an absolute http(s) address."
        raise UsageError(msg, remedy="Write it like https://host.example.")
    # a user's name or a query would go along with every request
    if any(sign in url for sign in "?#@"):
        msg = "The base URL has more than an address in it: a name, a query or a mark."
        raise UsageError(msg, remedy="Write only https://host.example.")
    plain = scheme == "http" and host not in LOOPBACK
    if plain and not options.insecure_http:
        msg = f"{url} is plain http to another machine: the token could be read."
        raise UsageError(msg, remedy="Use https, or pass --insecure-http knowingly.")
    return url


def _scheme_and_host(url: str) -> tuple[str, str]:
    """Return both parts, empty where the text is no address or its port no number."""
    parts = urlsplit("")
    with suppress(ValueError):
        found = urlsplit(url)
        # `port` raises where it is no number, which `suppress` takes for no address
        parts = found if found.port != 0 else parts
    return parts.scheme, parts.hostname or ""


# names that need not be folded to lower case each time that they are looked for
DATE: istr = istr("Date")
INSTANCE: istr = istr("X-Server-Instance")
RETRY_AFTER: istr = istr("Retry-After")
TRACE_ID: istr = istr("X-Trace-Id")
MOST: istr = istr("X-RateLimit-Max")
REMAINING: istr = istr("X-RateLimit-Remaining")
INTERVAL: istr = istr("X-RateLimit-Interval-Milliseconds")
#: A longer window is no window: such a number is not believed (10 s are documented).
LONGEST_INTERVAL_SECONDS = 3600.0
DAILY: istr = istr("X-RateLimit-Limit-Daily")
DAILY_REMAINING: istr = istr("X-RateLimit-Daily-Remaining")
DAILY_RESET: istr = istr("X-RateLimit-Daily-Reset")

#: From this status on an answer is a refusal or a failure.
REFUSED = 400
#: The token is refused.
UNAUTHORIZED = 401
#: So much is shown of an answer that is no JSON, and of an id that a server gives.
LONGEST_START, LONGEST_ID = 200, 200
#: No count of calls has more digits.
_LONGEST_NUMBER = 15


class Request(NamedTuple):
    """What is asked of the API.

    `path` is below the base URL, with a slash in front; `location_id` says whose
    budget and token are used; `params` is the query, and `body` JSON, encoded.
    """

    method: str
    path: str
    location_id: str
    params: Mapping[str, str | int] | None = None
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered.

    `body` is the parsed JSON, or None where there was none; `readable` says whether
    the body parsed; `text` is the start of it as text, for messages. `renewed` is set
    where the token was refused (401) and there is another one now.
    """

    status: int
    body: Any
    readable: bool
    text: str
    retry_after_seconds: float | None
    trace_id: str
    renewed: bool = False


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing came back. `sent` says whether the server may have got the request."""

    reason: str
    sent: bool


Exchange = Answer | NoAnswer


async def read(
    response: aiohttp.ClientResponse,
    secrets: logs.Secrets,
    certain: logs.Secrets,
    most: int,
) -> Answer:
    """Return an answer as a value; no secret is in it, whatever it echoes.

    Args:
        response: whose head is there. Its connection is free again when this returns,
            or closed where it raises.
        secrets: the tokens that the server was sent, for texts.
        certain: those of them that no data contains by chance, for data.
        most: more bytes are not read where the request was accepted.
    """
    refused = response.status >= REFUSED
    # only the message of a refusal is used, so little of it is read
    most = bodies.MAX_REFUSAL_BYTES if refused else most
    raw, complete = await bodies.receive(response, most)
    body, readable = bodies.parse(raw) if complete else (None, False)
    text = ""
    if refused:
        if not complete:
            body = bodies.begun(raw)
            readable = body is not None
        # every text of a refusal is shown to people; of a success only an echoed token
        # can do harm, and looking for that in a page of 100 collections is a scan of
        # bytes
        body = bodies.harmless(body, secrets)
    elif certain.within(raw):
        body = certain.strike_all(body)
    if not readable or body == {}:
        _distrust(response)
    if not readable and (complete or refused):
        start = raw[: bodies.LOOKED_AT].decode("utf-8", "replace")
        text = bodies.words(start, secrets, LONGEST_START)
    later = response.headers.get(RETRY_AFTER)
    return Answer(
        response.status,
        body,
        readable,
        text,
        retry_after(later, _server_time(response.headers)) if later else None,
        _trace_id(body, response.headers, secrets),
    )


def _trace_id(body: Any, headers: Mapping[str, str], secrets: logs.Secrets) -> str:  # noqa: ANN401 - any JSON
    trace = body.get("traceId") if isinstance(body, dict) else None
    if not trace and isinstance(body, dict) and isinstance(body.get("error"), dict):
        trace = body["error"].get("traceId")  # as in v3
    trace = trace or headers.get(TRACE_ID)
    # few answers have one, and to look for secrets costs something
    return said(str(trace), secrets) if trace else ""


def said(text: str, secrets: logs.Secrets) -> str:
    """Return a short text of a server, such as an id, as it is shown and kept."""
    if len(text) > LONGEST_ID:
        return bodies.words(text, secrets, LONGEST_ID)
    return secrets.strike(text if text.isprintable() else texts.plain(text))


def _distrust(response: aiohttp.ClientResponse) -> None:
    """Have no other request use the connection of an answer that says nothing.

    It may be one that came unasked: then the next request would get the
    answer that this one waits for, and each after it that of another.
    """
    protocol = getattr(response, "_protocol", None)  # `wire` looks whether it may
    if protocol is not None:
        protocol.force_close()


def reading(headers: Mapping[str, str]) -> Reading:
    """Read what the headers say of the budget."""
    get = headers.get
    most, interval, daily = _limits(get(MOST), get(INTERVAL), get(DAILY))
    left, today = _number(get(REMAINING), 0), _number(get(DAILY_REMAINING), 0)
    return Reading(most, left, interval, daily, today)


@lru_cache(maxsize=1024)
def _limits(
    most: str | None, interval: str | None, daily: str | None
) -> tuple[int | None, float | None, int | None]:
    """Read what stays the same from one answer of a location to the next."""
    # cached by the texts: nearly every answer repeats the last one's
    milliseconds = _seconds(interval) or 0.0
    stated = 0.0 < milliseconds <= LONGEST_INTERVAL_SECONDS * 1000
    return _number(most), milliseconds / 1000 if stated else None, _number(daily)


def _number(text: str | None, below_nothing: int | None = None) -> int | None:
    """Read a count of calls; one that is negative may count as nothing."""
    if text is None or len(text) > _LONGEST_NUMBER:
        return None
    if text.isdigit() and text.isascii():
        return int(text)
    # isdigit alone would let pass what int does not take, such as a raised 2
    digits = text.strip()
    if digits.isascii() and digits.removeprefix("-").isdigit():
        return below_nothing if digits.startswith("-") else int(digits)
    return None


def _seconds(text: str | None) -> float | None:
    """Return a header's number that can be waited for; None for anything else."""
    try:
        seconds = float(text) if text else math.nan
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None


def _server_time(headers: Mapping[str, str]) -> float:
    """Return the server's clock, or this machine's where the server names no time."""
    stated = second(headers.get(DATE))
    return time.time() if stated is None else stated


def certainly_not_sent(failure: BaseException) -> bool:
    """Return whether the connection was never there, so that no byte has left."""
    # a `ConnectionTimeoutError` is one of connecting, not one of an answer
    return isinstance(
        failure,
        (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            StorageError,  # the gate in front of the connection was shut
        ),
    )


def reason(failure: BaseException, options: Options) -> str:
    """Say in words why nothing came back.

    Raises:
        StorageError: no request may leave any more: it ends the run, not the call.
    """
    match failure:
        case StorageError():
            raise failure
        case ssl.SSLError():
            return _insecure(failure)
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {options.connect_seconds:g} s"
        case aiohttp.ClientConnectorError():
            return _unconnected(failure)
        # after `ConnectionTimeoutError`, which is a kind of it
        case asyncio.TimeoutError():
            return f"no answer within {options.timeout_seconds:g} s"
        case aiohttp.ClientPayloadError():
            return "the answer broke off"
        case _:
            return "the connection was lost before the answer came"


def _unconnected(failure: aiohttp.ClientConnectorError) -> str:
    if failure.errno in {errno.EMFILE, errno.ENFILE}:
        return "the system lets the program open no more connections (ulimit -n)"
    return "no connection to the server"


def _insecure(failure: ssl.SSLError) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return "the server's certificate is not to be trusted"
    return "the server at that address does not speak https as it should"
