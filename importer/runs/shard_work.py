"""A shard in another process than the session's: it is claimed, compared and sent.

The session's process holds the run; this one holds the locations of the shard while it
works on them, each by its own life, and goes by what all processes of the run shall
heed (`workplace`). Invariants: nothing of a location is read or written before it is
claimed; what a location or the database does is in the result, and never raised.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from random import random
from typing import TYPE_CHECKING, TypeVar

from importer import client, destination, execution, journal, logs
from importer.errors import FatalError, QuotaExhausted, StorageError, UsageError, alone
from importer.models import Calls, Flight, Status
from importer.ratelimit import Limiter
from importer.runs import comparison as comparing
from importer.runs import (
    knowledge,
    other_runs,
    products,
    remembered,
    standing,
    standstill,
    workplace,
)
from importer.runs.monitor import Watch
from importer.runs.shards import Elsewhere, ShardResult
from importer.runs.standing import OPEN

if TYPE_CHECKING:
    from collections.abc import Collection, Coroutine, Iterable
    from typing import Any

    from importer.journal import Share
    from importer.runs.shards import Shard, Work
    from importer.runs.standing import Standing
    from importer.runs.workplace import Workplace
    from importer.settings import Settings

log: logs.Log = logs.get("run")

Result = TypeVar("Result")


#: What is done in shards.
CARRIED_OUT: tuple[Work, ...] = ("send", "compare")


async def carry_out(shard: Shard, found: Settings) -> ShardResult:
    """Do what a shard asks for, in the event loop that runs.

    Args:
        shard: what is done.
        found: the settings of this process, with the tokens that it has.

    Returns:
        What it came to. A failure of a location, of the settings or of the database is
        in it; only a bug is raised.
    """
    began = time.monotonic()
    try:
        _refuse_other(shard.work)
        async with workplace.entered(shard, found) as place:
            _bind(shard, place)
            result = await _Work(shard, place).run()
            if isinstance(result.stopped, StorageError) and place.failure is None:
                place.failure = result.stopped
    except FatalError as ended:
        result = _nothing(ended)
    elsewhere = result.elsewhere or Elsewhere()
    seconds = time.monotonic() - began
    log.info(
        "shard.ended",
        seconds=round(seconds, 3),
        counts=dict(result.counts),
        held=len(elsewhere.held),
        stopped=str(result.stopped or ""),
    )
    return replace(result, elsewhere=replace(elsewhere, seconds=seconds))


def _refuse_other(work: Work) -> None:
    """Refuse what this version does not do in shards: it is not taken for a comparison.

    Raises:
        UsageError: it is that.
    """
    if work not in CARRIED_OUT:
        msg = f"This version carries out no shard of an {work}."
        raise UsageError(msg, remedy="Do it in the process that holds the run.")


def _bind(shard: Shard, place: Workplace) -> None:
    """Let every line of the log say whose it is."""
    if log.wants(logs.WARNING):
        logs.bind(run_id=shard.run_id, shard=shard.name, holder=place.member.number)


def _nothing(ended: FatalError | None) -> ShardResult:
    return ShardResult({}, Calls(0, 0, 0), Flight(), ended, {}, {}, frozenset())


class _Work:
    """One shard, from its claim to its result."""

    def __init__(self, shard: Shard, place: Workplace) -> None:
        self.shard = shard
        self.place = place
        self.settings: Settings = place.settings
        limits = self.settings.limits
        if place.ceiling is not None:
            limits = replace(limits, max_per_second=None)
        self.limiter: Limiter = Limiter(limits, ceiling=place.ceiling)
        self.stopped: FatalError | None = None
        self.barred: dict[str, FatalError] = {}
        self._comparison: comparing.Comparison | None = None
        self._sending: execution.Execution | None = None
        self._unawaited: asyncio.Task[Any] | None = None
        self._beside: Counter[str] = Counter()
        self._watch = Watch(
            place=place.book.history.place, names=self.settings.locations.names_listed
        )
        self._watch.limiter = self.limiter

    # what the place asks for

    @property
    def counts(self) -> journal.Together:
        """What the shard has come to so far."""
        done = bad = 0
        if self._comparison is not None and self.shard.work == "send":
            done, bad = self._comparison.decided, self._comparison.refused
        if self._sending is not None:
            progress = self._sending.progress
            done += sum(progress.done.values())
            bad += progress.bad
        calls = sum(budget.calls for budget in list(self.limiter.budgets.values()))
        return journal.Together(done, bad, calls)

    def stop(self, error: FatalError) -> None:
        """End soon: rows in flight are waited for, lists are not."""
        self.stopped = self.stopped or error
        if self._sending is not None:
            self._sending.stop(error)
        if self._unawaited is not None:
            self._unawaited.cancel()

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
            self.stopped = away
            return journal.Left(frozenset(reserved), {})

    async def _carry_out(self, share: Share, mine: list[str]) -> None:
        """Compare and send; what ends it is remembered."""
        place = self.place
        signing = [text for text in mine if self._may_sign(text)]
        try:
            delivery = place.book.delivery.part(mine)
            rows: Standing = {}
            if mine and self.stopped is None:
                rows = await place.thread(partial(standing.taken_up, delivery, mine))
            if not signing or self.stopped is not None:
                return
            options = self.settings.connection
            with client.over(
                place.session, options, self.limiter, self.settings.tokens
            ) as connected:
                self._watch.client = connected
                server = destination.Destination(
                    connected,
                    self.settings.retries,
                    random,
                    accept_list=self.settings.values.accept_list,
                    token_place=self.settings.tokens.place,
                )
                self._server = server
                to_do = standing.having(rows, OPEN, signing)
                await self._unless_stopped(self._compare(server, delivery, to_do))
                if self.shard.work == "send" and self.stopped is None:
                    await place.note_server(server.instance or "")
                    await self._send(share, server, delivery, list(rows))
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

    async def _compare(
        self,
        server: destination.Destination,
        delivery: journal.Delivery,
        wanted: list[str],
    ) -> None:
        """See what the locations hold, and decide every row."""
        book = self.place.book
        wish = self._wish(server, wanted)
        comparison = comparing.Comparison(
            book.planned.part(wanted),
            delivery,
            server,
            wish,
            partial(self._kin, server, delivery, wanted),
        )
        self._comparison = comparison
        with wish.remembered:
            await standstill.watched(self, partial(comparison.run, wanted))
        if wanted and self.place.names_products():
            await products.look_up(book, server, comparison, wanted, self._beside)
        self.barred |= comparison.barred

    def _wish(
        self, server: destination.Destination, locations: Collection[str]
    ) -> knowledge.Wish:
        values, place = self.settings.values, self.place
        return knowledge.Wish(
            values.on_existing,
            values.update_products,
            remembered.Remembered(
                place.folder,
                self.settings.home,
                values.base_url,
                lambda: server.instance,
                locations,
            ),
            place.book.named.seqs,
            self.settings.left_out,
        )

    def _kin(
        self,
        server: destination.Destination,
        delivery: journal.Delivery,
        locations: list[str],
    ) -> other_runs.Kin:
        """Return what other runs against the same server did a short time ago."""
        instance = server.instance or ""
        return other_runs.recent(
            self.place.folder, self.settings, instance, locations, delivery
        )

    async def _send(
        self,
        share: Share,
        server: destination.Destination,
        delivery: journal.Delivery,
        locations: Collection[str],
    ) -> None:
        """Settle what is unknown, and send the rest."""
        found = delivery.standing(locations)
        rows = {
            text: sum(found[text].get(status, 0) for status in OPEN)
            for text in standing.having(found, OPEN)
            if text not in self.barred
        }
        if not rows:
            return
        done = (Status.CREATED, Status.UPDATED)
        proven = frozenset(standing.having(found, done, rows))
        bad = self.shard.bad + self.place.tally.together.bad
        options = replace(
            self.settings.sending,
            # a day is not waited for here: the location is handed out again
            wait_for_quota=False,
            concurrency=min(self.settings.sending.concurrency, sum(rows.values())),
        )
        self._sending = sending = execution.Execution(
            (delivery, server, self.limiter),
            list(rows),
            options,
            self.settings.retries,
            scale=execution.Scale(self.shard.rows, bad, proven),
            watch=self._watch.event,
        )
        self._watch.execution = sending
        if self.stopped is not None:
            sending.stop(self.stopped)
        unknown = standing.having(found, (Status.UNKNOWN,), rows)
        doubtful = standing.unclear(delivery, unknown)
        rest = share.rest_seconds(options.answer_seconds)
        await sending.run(doubtful, rest)
        self.stopped = self.stopped or sending.stopped

    async def _flush(self) -> None:
        """Return when what was acknowledged is on the disk, or is known not to be."""
        if self._sending is not None:
            try:
                await self.place.book.delivery.flush()
            except StorageError as away:
                self.stopped = away

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
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
        values, server = self.settings.values, getattr(self, "_server", None)
        forecast = None
        if self._comparison is not None:
            forecast = self._comparison.forecast(self.limiter, values.daily_reserve)
        lists = server.lists if server is not None else None
        remarks = lists.remarks if lists is not None else {}
        return Elsewhere(
            barred={
                text: error
                for text, error in self.barred.items()
                if not isinstance(error, QuotaExhausted)
            },
            forecast=forecast,
            remarks={
                location: {code.value: text for code, text in facts.items()}
                for location, facts in remarks.items()
            },
            accepted=frozenset(
                text for text in remarks if lists is not None and lists.accepted(text)
            ),
            calls=self._watch.calls_by_location(),
            events=dict(self._watch.events),
            codes_beside=dict(self._beside),
            instance=server.instance if server is not None else None,
            clocks=server.clock_difference if server is not None else None,
        )

    def _result(self, elsewhere: Elsewhere) -> ShardResult:
        sending, made = self._sending, self._watch.snapshot()
        parked = {
            text
            for text, error in self.barred.items()
            if isinstance(error, QuotaExhausted)
        }
        resets = self._resets(parked)
        if sending is not None:
            parked |= sending.turns.parked
            resets |= sending.turns.quota.resets
        counts = sending.progress.done if sending is not None else {}
        return ShardResult(
            counts={str(status): n for status, n in counts.items() if n},
            calls=Calls(made.calls, made.refused, made.retried),
            statistics=self._watch.flown(),
            stopped=self.stopped,
            refused=sending.refusals if sending is not None else {},
            unlisted=dict(sending.unlisted) if sending is not None else {},
            parked=frozenset(parked),
            resets=resets,
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
