"""A collection as it is now, read just before it is changed.

By its id, where the API shows single collections; that answered 401 for months (#92),
so what cannot be used leads to the list: the part of it that is asked for by the id,
or else the whole. Nothing is changed here. Invariant: a collection is `Gone` only where
the API says so and no list shows it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.client import Answer, Request
from importer.destination import answers, pages
from importer.errors import (
    AccessError,
    DayIsOver,
    FatalError,
    StorageError,
    TransientError,
)
from importer.models import Barred, Existing, NotProcessed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from importer.client import Client, Exchange
    from importer.models import Verdict
    from importer.ratelimit import Permit

    Refusal = NotProcessed | Barred

#: How long a collection that was read is believed to be as it was, seconds.
FRESH_SECONDS = 30.0
#: From this status on the server has failed, whatever it was asked.
FAILED = 500
#: Statuses by which an API says that it shows no single collections.
NOT_SHOWN = (401, 403, 404)


UNREAD = "the collection could not be read before it would have been changed"
#: A refusal by the limit, as far as a row is concerned: it waits for its next turn.
NO_SLOT = NotProcessed("no slot came in time", limited=True)


@dataclass(frozen=True, slots=True)
class Gone:
    """The location has no such collection; `http_status` is that of the look by id."""

    http_status: int = answers.NOT_FOUND


@dataclass(slots=True)
class _Place:
    """What was learned of a location: how its collections can be read."""

    #: whether it refuses to show single collections
    refuses: bool = False
    #: whether its list takes no ids
    ignores_ids: bool = False
    listed: dict[str, Existing] = field(default_factory=dict)
    listed_at: float = float("-inf")
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Current:
    """The collections as they are now, one at a time."""

    def __init__(
        self,
        client: Client,
        path: str,
        verdict: Callable[[str, Exchange], Verdict],
        existing: Callable[[str], Awaitable[list[Existing]]],
    ) -> None:
        """Keep what reading takes; nothing was read yet.

        Args:
            client: what calls go through.
            path: of all collections.
            verdict: says what an answer means; knows of refusals by the limit.
            existing: lists a whole location.
        """
        self._client = client
        self._path = path
        self._verdict = verdict
        self._existing = existing
        self._places: dict[str, _Place] = {}

    async def read(
        self,
        location_id: str,
        collection_id: str,
        shown: Collection[str],
        permit: Permit,
    ) -> Existing | Gone | Refusal:
        """Read one collection.

        Args:
            location_id: where it is.
            collection_id: which it is.
            shown: fields that a list has shown of it: an answer that lacks one of
                them does not show all that is there.
            permit: for the first call; it is used or given back.

        Returns:
            The collection, or why it cannot be read.
        """
        place = self._places.setdefault(location_id, _Place())
        gone = False
        if not place.refuses:
            path = f"{self._path}/{collection_id}"
            request = Request("GET", path, location_id, {"altId": location_id})
            exchange = await self._client.send(request, permit)
            found = pages.single(location_id, collection_id, exchange)
            # an answer without a field that the list has shown is a shorter view, from
            # which a PUT would lose that field
            if found and _shows(exchange, shown):
                return found[0]
            if refusal := self._failed(location_id, exchange):
                return refusal
            gone = found == []
            status = exchange.status if isinstance(exchange, Answer) else 0
            # it shows none: this is learned once for the location, and costs no further
            # call
            place.refuses = status in NOT_SHOWN and not gone
            # the first permit was used up by this look
            if (another := await self.permit(location_id)) is None:
                return NO_SLOT
            permit = another
        return await self._by_list(location_id, collection_id, permit, gone=gone)

    async def permit(self, location_id: str) -> Permit | None:
        """Wait for a slot; None where none came while what was read is fresh.

        Only one permit is held at a time: after a refusal there is no other.
        """
        limiter = self._client.limiter
        interval = limiter.budget(location_id).interval_seconds
        try:
            async with asyncio.timeout(FRESH_SECONDS + 2 * interval):
                return await limiter.acquire(location_id)
        except TimeoutError:
            return None

    async def _by_list(
        self, location_id: str, collection_id: str, permit: Permit, *, gone: bool
    ) -> Existing | Gone | Refusal:
        """Return it as the list shows it; `gone` says that it has no address."""
        place = self._places[location_id]
        if place.ignores_ids:
            self._client.limiter.give_back(location_id, permit)
        else:
            exchange = await self._named(location_id, collection_id, permit)
            body = pages.page_body(exchange)
            if found := _listed(location_id, collection_id, body):
                return found
            if refusal := self._failed(location_id, exchange, lists=True):
                return refusal
            # what shows others, or refuses the question, does not know ids
            place.ignores_ids = body is None or bool(body["data"])
        return await self._whole(location_id, collection_id, gone=gone)

    async def _named(
        self, location_id: str, collection_id: str, permit: Permit
    ) -> Exchange:
        """Ask for the part of the list that holds one collection, by its id."""
        params: dict[str, str | int] = {
            "altId": location_id,
            "altType": "location",
            "limit": 1,
            "offset": 0,
            "collectionIds": collection_id,
        }
        request = Request("GET", self._path, location_id, params)
        return await self._client.send(request, permit)

    async def _whole(
        self, location_id: str, collection_id: str, *, gone: bool
    ) -> Existing | Gone | Refusal:
        """Look it up in the whole list, which is read once for many rows."""
        place, clock = self._places[location_id], self._client.limiter.clock
        # before the lock: what another task read while this one waited is fresh enough
        asked_at = clock()
        async with place.turn:
            if place.listed_at < asked_at - FRESH_SECONDS:
                began = clock()
                try:
                    listed = await self._existing(location_id)
                except AccessError as refused:
                    reason = str(refused).removeprefix(f"Location {location_id}: ")
                    return Barred(reason, refused.remedy, 401)
                except DayIsOver as over:
                    return NotProcessed(str(over), limited=True)
                except StorageError:  # no request may leave: that ends the run
                    raise
                except (TransientError, FatalError) as failure:
                    return NotProcessed(str(failure), looked=True)
                place.listed = {existing.collection_id: existing for existing in listed}
                # when it began, not when it ended: a page that was read first may be
                # the oldest
                place.listed_at = began
        if found := place.listed.get(collection_id):
            return found
        # absent from a list alone proves nothing, as lists lag
        if gone:
            return Gone()
        reason = "the list does not show it, and the API does not say that it is gone"
        return NotProcessed(f"{UNREAD}: {reason}", looked=True)

    def _failed(
        self, location_id: str, exchange: Exchange, *, lists: bool = False
    ) -> Refusal | None:
        """Say why an answer tells nothing of the collection; None where it does.

        Asking again may help. With `lists` the list was asked, whose refusal counts.
        """
        verdict = self._verdict(location_id, exchange)
        # a refusal of the single look says nothing of the token (#92); one of the list
        # does
        if isinstance(verdict, NotProcessed) or (lists and isinstance(verdict, Barred)):
            return verdict
        reason = getattr(verdict, "reason", "")
        if not isinstance(exchange, Answer):
            return NotProcessed(f"{UNREAD}: {reason}", looked=True)
        if exchange.status < FAILED:
            return None
        why = f"{UNREAD}: HTTP {exchange.status}"
        return NotProcessed(why, http_status=exchange.status, looked=True)


def _listed(
    location_id: str, collection_id: str, body: dict[str, Any] | None
) -> Existing | None:
    """Find a collection in a page of the list."""
    for item in body["data"] if body else ():
        if not isinstance(item, dict) or item.get("altId", location_id) != location_id:
            continue
        if pages.own_id(item) == collection_id:
            return pages.existing(location_id, item)
    return None


def _shows(exchange: Exchange, fields: Collection[str]) -> bool:
    """Return whether an answer has all of some fields, filled or not."""
    body = exchange.body if isinstance(exchange, Answer) else None
    return isinstance(body, dict) and body["data"].keys() >= set(fields)
