"""A shard whose rows are compared, or compared and sent.

What the session does with a run by one process (`decision`, `dispatch`), for some of
its locations. Invariant: nothing is sent that was not compared in the same claim.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import execution, journal
from importer.errors import StorageError
from importer.models import Status
from importer.runs import comparison as comparing
from importer.runs import (
    knowledge,
    other_runs,
    products,
    remembered,
    standing,
    standstill,
)
from importer.runs.shard_task import Task
from importer.runs.standing import OPEN

if TYPE_CHECKING:
    from collections.abc import Collection

    from importer import destination
    from importer.errors import FatalError
    from importer.journal import Share
    from importer.journal.row_states import Part
    from importer.runs.shards import Elsewhere, Shard, ShardResult
    from importer.runs.standing import Standing
    from importer.runs.workplace import Workplace


class Sending(Task):
    """Compares the rows of some locations, and sends them where that is asked for."""

    def __init__(self, shard: Shard, place: Workplace) -> None:
        """Begin with nothing compared."""
        super().__init__(shard, place)
        self._comparison: comparing.Comparison | None = None
        self._sending: execution.Execution | None = None
        self._beside: Counter[str] = Counter()
        self._rows: Standing = {}

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
        return super().counts._replace(done=done, bad=bad)

    def stop(self, error: FatalError) -> None:
        """End soon: rows in flight are waited for, lists are not."""
        super().stop(error)
        if self._sending is not None:
            self._sending.stop(error)

    def _take_up(self, delivery: Part, mine: list[str]) -> None:
        self._delivery = delivery
        self._rows = standing.taken_up(delivery, mine)

    async def _do(
        self, share: Share, server: destination.Destination, signing: list[str]
    ) -> None:
        to_do = standing.having(self._rows, OPEN, signing)
        await self._unless_stopped(self._compare(server, to_do))
        if self.shard.work == "send" and self.stopped is None:
            await self.place.note_server(server.instance or "")
            await self._send(share, server, list(self._rows))

    async def _compare(
        self, server: destination.Destination, wanted: list[str]
    ) -> None:
        """See what the locations hold, and decide every row."""
        book = self.place.book
        wish = self._wish(server, wanted)
        comparison = comparing.Comparison(
            book.planned.part(wanted),
            self._delivery,
            server,
            wish,
            partial(self._kin, server, wanted),
        )
        self._comparison = comparison
        with wish.remembered:
            await standstill.watched(self, partial(comparison.run, wanted))
        if wanted and self.place.names_products():
            await products.look_up(book, server, comparison, wanted, self._beside)
        self.barred.update(comparison.barred)

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
        self, server: destination.Destination, locations: list[str]
    ) -> other_runs.Kin:
        """Return what other runs against the same server did a short time ago."""
        instance = server.instance or ""
        return other_runs.recent(
            self.place.folder, self.settings, instance, locations, self._delivery
        )

    async def _send(
        self, share: Share, server: destination.Destination, locations: Collection[str]
    ) -> None:
        """Settle what is unknown, and send the rest."""
        delivery = self._delivery
        found = delivery.standing(locations)
        compared = self._comparison
        delivery.untouched = standing.untouched(found) and not (
            compared is None or compared.updates
        )
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
        self._note_end(sending.stopped)

    async def _flush(self) -> None:
        if self._sending is not None:
            try:
                await self.place.book.delivery.flush()
            except StorageError as away:
                self._fail(away)

    def _found(self) -> Elsewhere:
        forecast = None
        if self._comparison is not None:
            reserve = self.settings.values.daily_reserve
            forecast = self._comparison.forecast(self.limiter, reserve)
        beside = dict(self._beside)
        return replace(super()._found(), forecast=forecast, codes_beside=beside)

    def _result(self, elsewhere: Elsewhere) -> ShardResult:
        result, sending = super()._result(elsewhere), self._sending
        if sending is None:
            return result
        return replace(
            result,
            counts={str(status): n for status, n in sending.progress.done.items() if n},
            refused=sending.refusals,
            unlisted=dict(sending.unlisted),
            parked=result.parked | sending.turns.parked,
            resets={**result.resets, **sending.turns.quota.resets},
        )
