"""A location is visited: what its token says of itself, and what two calls tell.

A Private Integration Token is known by how it begins; an OAuth token is a JWT, whose
middle part is open to read. Its signature is not verified, so what it says is a hint
and the API's answer the truth. The list shows whether token, location and scope for
reading are right. Whether the token may write is told by deleting an id that no
collection has: where the scope is missing that is refused like any other write, and
otherwise there is nothing to delete. Invariants: nothing is ever created or changed,
and each call takes a permit of the location's budget; no part of a token leaves this
module but the claims named here.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp

from importer import client, retry
from importer.client import Answer, Request, exchange
from importer.destination import PATH, answers, pages
from importer.doctor import verdicts
from importer.doctor.checks import Check, Grade, failed, ok
from importer.errors import AccessError
from importer.exit_codes import Exit
from importer.locations import looks_like_id
from importer.models import Ambiguous, Barred, NotProcessed
from importer.ratelimit import Limiter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from importer.client import Client, Exchange
    from importer.models import Verdict
    from importer.settings import Settings


PRIVATE = "Private Integration Token"
OAUTH = "OAuth access token"
OTHER = "token of an unknown kind"

_PARTS_OF_A_JWT = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What a token seems to be; empty or None where it does not say."""

    name: str
    agency: bool = False
    location: str = ""
    expires_at: float | None = None
    scopes: tuple[str, ...] = ()


def kind(token: str) -> Kind:
    """Tell what a token seems to be."""
    if token.startswith("pit-"):
        return Kind(PRIVATE)
    claims = _claims(token)
    if claims is None:
        return Kind(OTHER)
    owner, meta = claims.get("authClass"), claims.get("oauthMeta")
    scopes = meta.get("scopes") if isinstance(meta, dict) else None
    expires = claims.get("exp")
    return Kind(
        OAUTH,
        agency=owner == "Company",
        location=_said(claims.get("authClassId")) if owner == "Location" else "",
        expires_at=float(expires) if isinstance(expires, int | float) else None,
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list) else (),
    )


def _claims(token: str) -> dict[str, Any] | None:
    """Read the middle part of a JWT, None where the token is none."""
    parts = token.split(".")
    if len(parts) != _PARTS_OF_A_JWT:
        return None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        found = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, binascii.Error):
        return None
    return found if isinstance(found, dict) else None


def _said(value: object) -> str:
    return value if isinstance(value, str) else ""


#: Ids are made of a time and counters; this one is from before all of them.
NOBODYS_ID = "0" * 24
#: A doctor is asked while a person waits.
PATIENCE = retry.Options(attempts=2, base_seconds=0.5, cap_seconds=2.0)

_heard: ContextVar[dict[str, Any]] = ContextVar("heard")


class Visitor:
    """Visits locations, with one client for all."""

    def __init__(
        self, settings: Settings, connected: Client, random: Callable[[], float]
    ) -> None:
        """Use the function `visiting` to get one."""
        self._settings = settings
        self._client = connected
        self._random = random
        #: the clock, as the first answer told it
        self.clock: Check | None = None

    async def visit(self, location: str) -> list[Check]:
        """Check all that is told of a location, from near to far."""
        try:
            token = await self._settings.tokens.token(location)
        except AccessError as missing:
            return verdicts.rest(
                [failed("token", "token_missing", missing, location)], location
            )
        found = kind(token)
        if expired := _expired(found, location, time.time()):
            return verdicts.rest([expired], location)
        _heard.set({})
        checks = list(await self._reading(location))
        if all(check.grade is Grade.OK for check in checks):
            checks.append(await self._writing(location))
        checks = [_with_kind(check, found, location) for check in checks]
        in_order = all(check.grade is Grade.OK for check in checks)
        place = self._settings.tokens.place(location)
        checks = [
            replace(check, remedy=answers.signed(check.remedy, place))
            for check in checks
        ]
        checks = verdicts.rest(checks, location)
        return [*checks, *self._limits(location, told=in_order)]

    async def _reading(self, location: str) -> tuple[Check, ...]:
        params: dict[str, str | int] = {
            "altId": location,
            "altType": "location",
            "limit": 1,
            "offset": 0,
        }
        verdict, exchange = await self._ask("GET", PATH, location, params)
        usable = pages.page_body(exchange) is not None
        return verdicts.reading(verdict, location, usable=usable)

    async def _writing(self, location: str) -> Check:
        params = {"altId": location, "altType": "location"}
        path = f"{PATH}/{NOBODYS_ID}"
        verdict, _ = await self._ask("DELETE", path, location, params)
        return verdicts.writing(verdict, location)

    async def _ask(
        self, method: str, path: str, location: str, params: Mapping[str, str | int]
    ) -> tuple[Verdict, Exchange]:
        """Make one call, and again where its answer is not to be believed at once."""
        tries = 0
        while True:
            exchange = await self._client.send(Request(method, path, location, params))
            verdict = answers.read(exchange, creates=False)
            tries += 1
            if isinstance(verdict, NotProcessed) and verdict.limited:
                wait = (
                    exchange.retry_after_seconds
                    if isinstance(exchange, Answer)
                    else None
                )
                self._client.limiter.refused(location, wait)
                return verdict, exchange
            if not isinstance(verdict, Ambiguous | Barred | NotProcessed):
                return verdict, exchange
            most = verdict.patience if isinstance(verdict, Barred) else 0
            if tries >= (most or PATIENCE.attempts):
                return verdict, exchange
            await asyncio.sleep(retry.backoff(tries, PATIENCE, self._random))

    def _limits(self, location: str, *, told: bool) -> list[Check]:
        """Check what the headers of the last answer said, if it was HighLevel's own."""
        heard = _heard.get()
        if not heard:
            return []
        headers, reserve = heard["headers"], self._settings.values.daily_reserve
        self.clock = self.clock or verdicts.clock(headers, heard["wall"])
        reading = exchange.reading(headers)
        if reading.max_calls is None and not told:
            return []
        own = self._client.limiter.budget(location).calls
        return [
            verdicts.limit(reading, own, location),
            verdicts.quota(reading, reserve, location),
        ]


@asynccontextmanager
async def visiting(
    settings: Settings, random: Callable[[], float]
) -> AsyncIterator[Visitor]:
    """Make a visitor, whose connections are closed in the end.

    Raises:
        UsageError: the base URL cannot be used.
    """
    ear = aiohttp.TraceConfig()
    ear.on_request_end.append(_hear)
    limiter = Limiter(settings.limits)
    connecting = client.connect(
        settings.connection, limiter, settings.tokens, traces=[ear]
    )
    async with connecting as connected:
        yield Visitor(settings, connected, random)


async def _hear(
    _session: aiohttp.ClientSession,
    _context: object,
    ended: aiohttp.TraceRequestEndParams,
) -> None:
    _heard.get().update(headers=ended.response.headers, wall=time.time())


def _expired(found: Kind, location: str, wall: float) -> Check | None:
    """Check whether a token says itself that its time is over, without a call."""
    if found.expires_at is None or found.expires_at > wall:
        return None
    ended = time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(found.expires_at))
    return Check(
        "token",
        Grade.WRONG,
        f"The {found.name} has expired at {ended}.",
        "OAuth tokens last a day: have the program that makes them make a new one, or "
        "use a Private Integration Token, which does not expire.",
        "token_expired",
        location,
        Exit.ACCESS,
    )


def _with_kind(check: Check, found: Kind, location: str) -> Check:
    """Add to the check of a good token what the token says of itself."""
    if check.name != "token" or check.grade is not Grade.OK:
        return check
    parts = [found.name]
    if found.expires_at:
        ends = time.strftime("%Y-%m-%d %H:%MZ", time.gmtime(found.expires_at))
        parts.append(f"until {ends}")
    if found.scopes:
        parts.append(f"scopes {' '.join(found.scopes)}")
    facts = {"kind": found.name, "scopes": list(found.scopes)}
    return ok("token", ", ".join(parts), location, **facts)


def shape(location: str) -> Check | None:
    """Remark on an id that does not look like one; a sandbox takes any."""
    if looks_like_id(location):
        return None
    return Check(
        "location",
        Grade.WARNING,
        f'"{location}" does not look like a location id: 20 to 24 letters and digits.',
        "Copy it from the address bar of the sub-account: …/location/ID/…",
        "location_id_odd",
        location,
    )
