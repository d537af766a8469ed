"""A notice goes to its address: a few tries within a time that is bounded.

Nothing of an answer is read but its status, and no redirect is followed, as the notice
would go where no one has said. Loaded only where a notice is sent. Invariants: it
raises nothing but a cancellation, and ends within `WHOLE_SECONDS`; what it says of a
failure holds nothing of the address.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from importer.client.client import USER_AGENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.notice.recipient import Recipient

#: All tries together, one of them, and its connection.
WHOLE_SECONDS, TRY_SECONDS, CONNECT_SECONDS = 10.0, 5.0, 3.0
#: Before each try.
PAUSES = (0.0, 0.5, 1.5)

_CONTENT = {"Content-Type": "application/json", "User-Agent": USER_AGENT}
_GOOD, _REDIRECTION, _REFUSAL = 200, 300, 400
#: Statuses of a receiver that may take it in a moment.
_PASSING = frozenset({408, 425, 429, *range(500, 600)})


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a notice; `reason` is empty where it was taken."""

    tries: int
    reason: str


async def deliver(
    recipient: Recipient, body: bytes, timestamp: int, within: float = WHOLE_SECONDS
) -> Delivery:
    """Send a notice, more than once where the receiver may be there in a moment.

    Args:
        recipient: who is told.
        body: the notice.
        timestamp: when it is sent, whole seconds since the epoch; each try has the
            same, so that a receiver knows it for the same notice.
        within: seconds that all tries have together.
    """
    headers = {**_CONTENT, **recipient.headers(body, timestamp)}
    tries, reason = 0, ""
    try:
        async with asyncio.timeout(within), _session() as session:
            for pause in PAUSES:
                await asyncio.sleep(pause)
                tries += 1
                reason, passing = await _posted(session, recipient.url, body, headers)
                if not passing:
                    break
    except TimeoutError:
        reason = reason or "no answer in time"
    return Delivery(tries, reason)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TRY_SECONDS, sock_connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


async def _posted(
    session: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> tuple[str, bool]:
    """Send it once; why it was not taken, and whether that may pass."""
    try:
        async with session.post(
            URL(url, encoded=True), data=body, headers=headers, allow_redirects=False
        ) as answer:
            return _judged(answer.status)
    except TimeoutError:
        return "no answer in time", True
    except aiohttp.ClientSSLError:
        return "its certificate is not accepted", False
    except aiohttp.ClientConnectorError:
        return "no connection", True
    except (aiohttp.ClientError, OSError, ValueError):
        return "the connection broke", True


def _judged(status: int) -> tuple[str, bool]:
    """Say why an answer's status is no good one, and whether that may pass."""
    if _GOOD <= status < _REDIRECTION:
        return "", False
    if _REDIRECTION <= status < _REFUSAL:
        return f"HTTP {status}, and no redirect is followed", False
    return f"HTTP {status}", status in _PASSING
