"""The collections of a location at the API: list, create, update, delete.

Turns intentions into requests and answers into verdicts. Invariant: a listing is
returned whole or not at all.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from importer import logs, retry
from importer.client import Answer, Request
from importer.destination import answers, bodies, current, pages, products_api
from importer.destination.current import Current, Gone
from importer.destination.lists import Lists, Wanted
from importer.errors import AccessError, DayIsOver, TransientError
from importer.models import (
    Ambiguous,
    Barred,
    Done,
    Existing,
    NotProcessed,
)
from importer.ratelimit import reset_in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.client import Client, Exchange
    from importer.destination.lists import Given
    from importer.models import ClockDifference, Item, Verdict
    from importer.ratelimit import Permit

Accepted = TypeVar("Accepted")

log: logs.Log = logs.get("destination")

PATH = "/products/collections"


def stated(location_id: str, collection_id: str, body: dict[str, Any]) -> Existing:
    """Return what a body says of a collection, as a list would show it."""
    return pages.existing(location_id, {**body, "_id": collection_id})


class Destination:
    """The collections of every location that the client's tokens open."""

    def __init__(
        self,
        client: Client,
        options: retry.Options,
        random: Callable[[], float],
        *,
        accept_list: bool = False,
        token_place: Callable[[str], str] = lambda _: answers.ANY_PLACE,
    ) -> None:
        """Keep the client; `options` say how often a listing is repeated.

        With `accept_list`, a list that cannot be had completely is taken as it is.
        `token_place` names what holds the token of a location.
        """
        self._client = client
        self._options = options
        self._random = random
        self._token_place = token_place
        self._current = Current(
            client, PATH, partial(self._verdict, creates=False), self.existing
        )
        self.retried: int = 0
        #: the lists of this run, with what is to be said of them
        self.lists: Lists = Lists(self._list_page, accept=accept_list)

    @property
    def clock_difference(self) -> ClockDifference | None:
        """The server's clock less this machine's; None where no answer told it."""
        return self._client.clocks.difference

    @property
    def instance(self) -> str | None:
        """Which server answers at the address; empty where it does not say.

        None until a first answer has come.
        """
        return self._client.instance

    async def create(self, location_id: str, body: bytes, permit: Permit) -> Verdict:
        """POST one collection, once, and say what the answer means."""
        request = Request("POST", PATH, location_id, None, body)
        exchange = await self._client.send(request, permit)
        return self._verdict(location_id, exchange, creates=True)

    async def update(
        self, location_id: str, collection_id: str, body: bytes, permit: Permit
    ) -> Verdict:
        """Read a collection and PUT it, each once; nothing where nothing differs.

        Args:
            location_id: where it is.
            collection_id: which it is.
            body: what `update_body` gave.
            permit: for the first call; others are waited for.
        """
        # read first: a PUT may replace what it leaves out (unknown), and a person may
        # have changed it since the plan
        wanted: dict[str, Any] = orjson.loads(body)
        there = self._current
        now = await there.read(location_id, collection_id, bodies.shown(wanted), permit)
        if not isinstance(now, Existing):
            if isinstance(now, Gone):
                return bodies.gone(collection_id, now.http_status)
            return now
        # another slug now, or no difference any more: nothing is sent
        if withheld := bodies.withheld(wanted, now):
            return withheld
        # the first permit went to the look, so the PUT needs one of its own
        another = await there.permit(location_id)
        if another is None:
            return current.NO_SLOT
        path = f"{PATH}/{collection_id}"
        full = orjson.dumps(bodies.merged(wanted, now))
        request = Request("PUT", path, location_id, None, full)
        exchange = await self._client.send(request, another)
        verdict = self._verdict(location_id, exchange, creates=False)
        if isinstance(verdict, Done):  # the answer names no id, so ours is filled in
            return Done(collection_id, verdict.http_status, verdict.trace_id)
        return verdict

    async def delete(self, location_id: str, collection_id: str) -> None:
        """DELETE one collection; it is gone when this returns.

        Deleting twice does no harm, so doubt is answered by asking again, and a 404
        means that it is gone.

        Raises:
            AccessError: token, scope or location were refused.
            TransientError: no clear answer came within the attempts.
        """
        await self._insist(
            "DELETE",
            f"{PATH}/{collection_id}",
            location_id,
            {"altId": location_id, "altType": "location"},
            pages.is_gone,
        )

    async def find(self, location_id: str, collection_id: str) -> Existing | None:
        """Look up one collection by its id; None where the API says there is none.

        This answered 401 for months (#92), so a refusal says nothing of the token.

        Raises:
            AccessError: the API refuses to show single collections.
            TransientError: no answer could be used within the attempts.
            DayIsOver: nothing is left of the day's quota.
        """
        found = await self._insist(
            "GET",
            f"{PATH}/{collection_id}",
            location_id,
            {"altId": location_id},
            partial(pages.single, location_id, collection_id),
        )
        return found[0] if found else None

    async def existing(
        self, location_id: str, needed: Callable[[Existing], bool] | None = None
    ) -> list[Existing]:
        """Return every collection that the location's list shows, each once.

        One that the list shows without an id has an empty one: it proves that its slug
        is there, and nothing else.

        Args:
            location_id: whose list.
            needed: which of them to return. Pages are read whole and what is not
                needed of them is dropped at once: a list may be long.

        Raises:
            ListIncomplete: no complete list can be had.
            AccessError: token, scope or location were refused.
            TransientError: no page could be had within the attempts.
            DayIsOver: nothing is left of the day's quota.
        """
        found: dict[str, Existing] = {}

        def keep(page: Sequence[tuple[str, Any]]) -> None:
            for key, item in page:
                existing = pages.existing(location_id, item)
                if needed is None or needed(existing):
                    found[key] = existing

        wanted = Wanted(
            location_id,
            "its list",
            PATH,
            {"altId": location_id, "altType": "location"},
            pages.rows,
            pages.total,
            pages.mark,
        )
        there = await self.lists.read(wanted, keep)
        # pages of readings that were given up were kept as well: only what the last one
        # showed is there
        return [one for key, one in found.items() if there is None or key in there]

    async def catalog(
        self, location_id: str, kind: str, keep: Callable[[list[Item]], object]
    ) -> None:
        """Page through a location's products, or its prices, which have SKUs.

        Args:
            location_id: whose.
            kind: `product` or `price`.
            keep: takes the items of a page; pages come in any order, some twice.

        Raises:
            ListIncomplete: no complete list can be had.
            AccessError: token, scope or location were refused.
            TransientError: no page could be had within the attempts.
            DayIsOver: nothing is left of the day's quota.
        """
        await products_api.walk(self.lists, location_id, kind, keep)

    async def _list_page(
        self,
        location_id: str,
        path: str,
        params: dict[str, str | int],
        accept: Callable[[Exchange], Given | None],
    ) -> Given:
        return await self._insist("GET", path, location_id, params, accept)

    async def _insist(
        self,
        method: str,
        path: str,
        location_id: str,
        params: dict[str, str | int],
        accept: Callable[[Exchange], Accepted | None],
    ) -> Accepted:
        """Repeat what does no harm when repeated, until `accept` can use the answer."""
        # refusals of the caller and failures of the call are counted apart, as they are
        # believed after different numbers
        tries = refusals = 0
        while True:
            request = Request(method, path, location_id, params)
            exchange = await self._client.send(request)
            accepted = accept(exchange)
            if accepted is not None:
                return accepted
            verdict = self._verdict(location_id, exchange, creates=False)
            # a used-up day answers 429 for hours: asking on would not help and count as
            # calls
            self._check_day(location_id, verdict)
            if isinstance(verdict, Done):
                verdict = NotProcessed("the answer cannot be used")
            elif isinstance(verdict, Ambiguous):
                # doubt is as good as a no where asking twice does no harm
                verdict = NotProcessed(verdict.reason)
            if isinstance(verdict, Barred):
                refusals += 1
                counted = refusals
            else:
                tries += not (isinstance(verdict, NotProcessed) and verdict.free)
                counted = tries
            decision = retry.decide(verdict, counted, self._options, self._random)
            if not isinstance(decision, retry.Again):
                raise self._refusal(location_id, method, verdict)
            self.retried += 1
            log.info(
                "call.retried",
                location=location_id,
                method=method,
                reason=getattr(verdict, "reason", getattr(verdict, "message", "")),
                seconds=round(decision.wait_seconds, 3),
            )
            await asyncio.sleep(decision.wait_seconds)

    def _refusal(
        self, location_id: str, method: str, verdict: Verdict
    ) -> AccessError | TransientError:
        failure = pages.refusal(location_id, method, verdict)
        if isinstance(failure, AccessError):
            # what to do names the place that this very location's token comes from
            place = self._token_place(location_id)
            failure.remedy = answers.signed(failure.remedy, place)
        return failure

    def _check_day(self, location_id: str, verdict: Verdict) -> None:
        """Do not ask again and again where the whole day's quota is used up."""
        limited = isinstance(verdict, NotProcessed) and verdict.limited
        limiter = self._client.limiter
        budget = limiter.budget(location_id)
        if limited and budget.daily_remaining == 0:
            wall = time.time()
            seconds = budget.reset_seconds(limiter.clock(), wall)
            when = reset_in_words(seconds, wall)
            msg = f"The day's quota of location {location_id} is used up; {when}."
            raise DayIsOver(msg, seconds)

    def _verdict(
        self, location_id: str, exchange: Exchange, *, creates: bool
    ) -> Verdict:
        verdict = answers.read(exchange, creates=creates)
        if isinstance(verdict, NotProcessed) and verdict.limited:
            wait = (
                exchange.retry_after_seconds if isinstance(exchange, Answer) else None
            )
            # here, so that every 429 closes the budget, whichever call was answered so
            self._client.limiter.refused(location_id, wait)
        if isinstance(verdict, Barred):
            place = self._token_place(location_id)
            return replace(verdict, remedy=answers.signed(verdict.remedy, place))
        return verdict
