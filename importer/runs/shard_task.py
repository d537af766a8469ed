"""What every kind of shard is: its locations are claimed, worked on, and given back.

Each kind says what it takes up and what it does with the locations that are its own.
Invariants: nothing of a location is read or written before it is claimed; what a
location or the database does is in the result, and never raised.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from random import random
from typing import TYPE_CHECKING, TypeVar

from importer import client, destination, journal
from importer.errors import FatalError, QuotaExhausted, StorageError, alone
from importer.models import Calls
from importer.ratelimit import Limiter
from importer.runs import comparison as comparing
from importer.runs.monitor import Watch
from importer.runs.shards import Elsewhere, ShardResult

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterable
    from typing import Any

    from importer.journal import Share
    from importer.journal.row_states import Part
    from importer.runs.shards import Shard
    from importer.runs.workplace import Workplace
    from importer.settings import Settings

Result = TypeVar("Result")


class Task:
    """One shard, from its claim to its result."""

    def __init__(self, shard: Shard, place: Workplace) -> None:
        """Keep what is to be done, and where."""
        self.shard = shard
        self.place = place
        self.settings: Settings = place.settings
        limits = self.settings.limits
        if place.ceiling is not None:
            limits = replace(limits, max_per_second=None)
        self.limiter: Limiter = Limiter(limits, ceiling=place.ceiling)
        self.stopped: FatalError | None = None
        self.barred: dict[str, FatalError] = {}
        self._unawaited: asyncio.Task[Any] | None = None
        self._server: destination.Destination | None = None
        self._watch = Watch(
            place=place.book.history.place, names=self.settings.locations.names_listed
        )
        self._watch.limiter = self.limiter

    # what each kind says

    def _take_up(self, delivery: Part, mine: list[str]) -> None:
        """See what an earlier process has left in the locations, in a thread.

        Raises:
            StorageError: the database is away.
        """
        raise NotImplementedError

    async def _do(
        self, share: Share, server: destination.Destination, signing: list[str]
    ) -> None:
        """Do what is asked for with the locations that have a token.

        Raises:
            FatalError: something ended it.
        """
        raise NotImplementedError

    async def _flush(self) -> None:
        """Return when what was acknowledged is on the disk, or is known not to be."""

    # what the place asks for

    @property
    def counts(self) -> journal.Together:
        """What the shard has come to so far."""
        calls = sum(budget.calls for budget in list(self.limiter.budgets.values()))
        return journal.Together(calls=calls)

    def stop(self, error: FatalError) -> None:
        """End soon: rows in flight are waited for, lists are not."""
        self._note_end(error)
        if self._unawaited is not None:
            self._unawaited.cancel()

    def _note_end(self, error: FatalError | None) -> None:
        """Keep why it ends before all is done, the first reason of several."""
        self.stopped = self.stopped or error

    def _fail(self, away: FatalError) -> None:
        """Keep that nothing more can be written, whatever else has ended it."""
        self.stopped = away

    # the steps

    async def run(self) -> ShardResult:
        """Claim what is free, and do it."""
        place, wanted = self.place, self.shard.locations
        reserved = place.reserve(wanted)
        share = place.member.share()
        busy = frozenset(wanted).difference(reserved)
        try:
            left = await self._claim(share, reserved)
            missing = left.held.union(left.of_others)
            mine = [text for text in wanted if text in reserved and text not in missing]
            share.outlast(self.limiter.longest_interval)
            share.hand_over(self.limiter.spent)
            self.limiter.inherit(share.found())
            await self._carry_out(share, mine)
            await self._flush()
            found = replace(
                self._found(),
                held=left.held | busy,
                of_others=dict(left.of_others),
            )
            if place.member.lost():
                # others work on them now, or may: they are to be handed out again
                self.stopped = None
                found = replace(
                    found, held=frozenset(wanted).difference(found.of_others)
                )
            return self._result(found)
        finally:
            place.end(self)
            await place.let_go(share, reserved)

    async def _claim(self, share: Share, reserved: Collection[str]) -> journal.Left:
        """Claim what is free; nothing is where the database or the life is gone."""
        try:
            await self.place.begin(self)
            return await self.place.thread(partial(share.take, reserved))
        except StorageError as away:
            self._fail(away)
            return journal.Left(frozenset(reserved), {})

    async def _carry_out(self, share: Share, mine: list[str]) -> None:
        """Do it with the locations that were claimed; what ends it is remembered."""
        place = self.place
        signing = [text for text in mine if self._may_sign(text)]
        try:
            if mine and self.stopped is None:
                delivery = place.book.delivery.part(mine)
                await place.thread(partial(self._take_up, delivery, mine))
            if not signing or self.stopped is not None:
                return
            options = self.settings.connection
            with client.over(
                place.session, options, self.limiter, self.settings.tokens
            ) as connected:
                self._watch.client = connected
                self._server = server = destination.Destination(
                    connected,
                    self.settings.retries,
                    random,
                    accept_list=self.settings.values.accept_list,
                    token_place=self.settings.tokens.place,
                )
                await self._do(share, server, signing)
        except StorageError as away:
            self.stopped = self.stopped or away
        except FatalError as ended:
            self.stopped = self.stopped or ended

    def _may_sign(self, location_id: str) -> bool:
        if error := self.settings.tokens.missing(location_id):
            self.barred[location_id] = error
            comparing.left_out(location_id, error)
            return False
        return True

    async def _unless_stopped(self, work: Coroutine[Any, Any, Result]) -> None:
        """Do what a stop does not wait for, since it can be done again."""
        if self.stopped is not None:
            work.close()
            return
        with alone():
            async with asyncio.TaskGroup() as group:
                self._unawaited = task = group.create_task(work)
        self._unawaited = None
        if not task.cancelled():
            task.result()

    # the result

    def _found(self) -> Elsewhere:
        server = self._server
        lists = server.lists if server is not None else None
        remarks = lists.remarks if lists is not None else {}
        return Elsewhere(
            barred={
                text: error
                for text, error in self.barred.items()
                if not isinstance(error, QuotaExhausted)
            },
            remarks={
                location: {code.value: text for code, text in facts.items()}
                for location, facts in remarks.items()
            },
            accepted=frozenset(
                text for text in remarks if lists is not None and lists.accepted(text)
            ),
            calls=self._watch.calls_by_location(),
            events=dict(self._watch.events),
            instance=server.instance if server is not None else None,
            clocks=server.clock_difference if server is not None else None,
        )

    def _result(self, elsewhere: Elsewhere) -> ShardResult:
        made = self._watch.snapshot()
        parked = {
            text
            for text, error in self.barred.items()
            if isinstance(error, QuotaExhausted)
        }
        return ShardResult(
            counts={},
            calls=Calls(made.calls, made.refused, made.retried),
            statistics=self._watch.flown(),
            stopped=self.stopped,
            refused={},
            unlisted={},
            parked=frozenset(parked),
            resets=self._resets(parked),
            elsewhere=elsewhere,
        )

    def _resets(self, parked: Iterable[str]) -> dict[str, float]:
        """Return when the days of locations begin anew that could not be listed."""
        now, wall = self.limiter.clock(), time.time()
        resets = {}
        for location in parked:
            seconds = self.limiter.budget(location).reset_seconds(now, wall)
            if seconds is not None:
                resets[location] = wall + seconds
        return resets
