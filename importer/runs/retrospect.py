"""Looking back at a run by other processes, which audit or undo its locations.

This process holds the run and no location; it hands them out, and adds up what the
others have found and done (`look_back` does the same with this process's own work).
Invariants: nothing is deleted before all was looked at; what an undo has deleted is
told by the journal, whichever of its processes have ended.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import background
from importer.errors import StorageError
from importer.journal.review import TOUCHED
from importer.models import Code, Status
from importer.runs import elsewhere, refusals
from importer.runs.audit import Audited
from importer.runs.shards import How
from importer.runs.undo import Foreseen, Result
from importer.runs.undo_inspection import Undone

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.errors import FatalError
    from importer.runs.context import RunContext
    from importer.runs.shards import Elsewhere, Runner, Work
    from importer.runs.undo import Scope
    from importer.runs.undo_inspection import Verdict


async def audit(
    context: RunContext, runner: Runner, locations: Sequence[str], how: How
) -> Audited:
    """Have locations audited; what ends it is remembered.

    Args:
        context: of the run, which this process holds.
        runner: who has it done.
        locations: something was sent to them.
        how: whether surplus copies are removed, and whether it belongs to the end of
            the run.

    Raises:
        StorageError: the database or the cluster cannot be used.
    """
    review = context.journal.review
    states = await background.to_its_end(partial(review.undo_states, locations))
    counted = await _rows(context, locations, TOUCHED)
    # also where something was sent to, and nothing of it is compared
    rows = {text: counted.get(text, 0) for text in locations}
    result = Audited(undone=sum(one == Undone.DELETED for one, _ in states.values()))
    repaired = await _repaired(context, how)
    for found in await _carried_out(context, runner, "audit", rows, how):
        result.failed |= found.failed
        result.held |= _held(context, found)
        if found.audited is not None:
            result.locations += found.audited.locations
            result.findings.update(found.audited.findings)
            result.removed += found.audited.removed
    # of processes that could not tell it any more, as their scheduler was gone
    told = result.findings[Code.SURPLUS_REMOVED]
    untold = await _repaired(context, how) - repaired - told
    if untold > 0:
        result.findings[Code.SURPLUS_REMOVED] += untold
        result.removed += untold
    return result


async def _repaired(context: RunContext, how: How) -> int:
    """Return of how many rows the journal says that a surplus copy was removed."""
    if not how.repair:
        return 0
    codes = await background.to_its_end(lambda: [*context.journal.history.codes()])
    return sum(count for *_, code, count in codes if code == Code.SURPLUS_REMOVED)


class Undo:
    """The undo of a run by other processes: `look`, then `run`."""

    #: a stop is told to those that work, and waited for
    ends_by_itself: bool = True

    def __init__(
        self, context: RunContext, runner: Runner, scope: Scope, *, dry_run: bool
    ) -> None:
        """Keep what an undo needs; a `dry_run` deletes and journals nothing."""
        self._context = context
        self._runner = runner
        self._scope = scope
        self.dry_run = dry_run
        self.result: Result = Result()
        #: what an undo before this one has deleted
        self._earlier: set[int] = set()
        #: how many collections of a location are still to be dealt with
        self._left: dict[str, int] = {}
        self._foreseen: dict[str, tuple[int, int]] = {}
        #: by location and row, what was found or done
        self._told: dict[str, Mapping[int, tuple[Undone, str]]] = {}

    async def look(self) -> None:
        """Have every location looked at; a refused one does not stop the others.

        Raises:
            StorageError: the database or the cluster cannot be used.
        """
        locations = self._scope.locations
        review = self._context.journal.review
        noted = await background.to_its_end(partial(review.undo_states, locations))
        self._earlier = {
            seq for seq, (state, _) in noted.items() if state == Undone.DELETED
        }
        rows = await _rows(self._context, locations, (Status.CREATED,))
        for found in await self._carried_out(rows, How(dry_run=True)):
            for location, verdicts in found.undone.items():
                self._take_in(location, verdicts)
            self.result.failed |= self._failed(found)
        # only now is it certain that no other process waits for answers
        unclear = background.to_its_end(self._scope.unclear)
        self.result.unclear = await unclear

    def _take_in(self, location: str, verdicts: Sequence[Verdict]) -> None:
        deletable = [one for one in verdicts if one.state is Undone.WOULD_DELETE]
        self._foreseen[location] = (
            len(deletable),
            sum(one.unseen for one in deletable),
        )
        if left := sum(one.state is not Undone.DELETED for one in verdicts):
            self._left[location] = left
        if self.dry_run:
            self._tell(location, verdicts)

    def _tell(self, location: str, verdicts: Sequence[Verdict]) -> None:
        told = {one.seq: (one.state, one.words) for one in verdicts}
        # a part may have been carried out by another process
        self._told[location] = {**self._told.get(location, {}), **told}

    @property
    def foreseen(self) -> Foreseen:
        """What `run` is about to do, by what was looked at."""
        every = self._foreseen
        place = tuple(text for text in self._scope.locations if every.get(text, _NO)[0])
        return Foreseen(
            sum(delete for delete, _ in every.values()),
            sum(unseen for _, unseen in every.values()),
            place,
        )

    async def run(self, *, unseen_products: bool = False) -> Result:
        """Have deleted what was looked at; what ends it is remembered.

        Args:
            unseen_products: also where products that were added cannot be seen.

        Raises:
            StorageError: the database or the cluster cannot be used.
        """
        if not self.dry_run:
            failed = self.result.failed
            rows = {text: n for text, n in self._left.items() if text not in failed}
            how = How(unseen_products=unseen_products)
            for found in await self._carried_out(rows, how):
                for location, verdicts in found.undone.items():
                    self._tell(location, verdicts)
                failed |= self._failed(found)
        await background.to_its_end(self._add_up)
        return self.result

    async def _carried_out(
        self, rows: Mapping[str, int], how: How
    ) -> Sequence[Elsewhere]:
        return await _carried_out(self._context, self._runner, "undo", rows, how)

    def _failed(self, found: Elsewhere) -> dict[str, FatalError]:
        """Return why locations could not be looked at."""
        named = refusals.named(self._context.settings, found.failed)
        return _held(self._context, found) | named

    def _add_up(self) -> None:
        """Say of each collection what became of it, as the journal has it."""
        review, result = self._context.journal.review, self.result
        for location in self._scope.locations:
            noted = {} if self.dry_run else review.undo_states([location])
            told = self._told.get(location, {})
            for row in review.sent(location, Status.CREATED, history=True):
                light = replace(row, body=b"", shown="")
                state, words = told.get(row.seq, (None, ""))
                if row.seq in self._earlier:
                    result.earlier += 1
                    result.lines.append((light, Undone.DELETED, ""))
                elif noted.get(row.seq, ("", ""))[0] == Undone.DELETED:
                    result.add(light, Undone.DELETED)
                elif state is not None:
                    result.add(light, state, words)


_NO = (0, 0)


async def _rows(
    context: RunContext, locations: Sequence[str], statuses: Sequence[Status]
) -> Mapping[str, int]:
    """Return how many rows of some states each location has that has any."""
    count = partial(context.journal.delivery.locations, *statuses, among=locations)
    return await background.to_its_end(count)


async def _carried_out(
    context: RunContext,
    runner: Runner,
    work: Work,
    rows: Mapping[str, int],
    how: How,
) -> Sequence[Elsewhere]:
    """Have other processes look at locations; what ends it is remembered."""
    if context.stopped is not None or not rows:
        return []
    context.runner = runner
    found = []
    for result in await elsewhere.carry_out(context, runner, work, rows, how):
        context.gathered.take_in(result)
        context.stopped = context.stopped or _named(context, result.stopped)
        if result.elsewhere is not None:
            found.append(result.elsewhere)
    return found


def _named(context: RunContext, stopped: FatalError | None) -> FatalError | None:
    """Return what ended it with the command that goes on: a resume would send."""
    if isinstance(stopped, StorageError) and not context.delivering:
        text, resume, _ = stopped.remedy.partition("importer resume")
        stopped.remedy = f"{text}the same command" if resume else text
    return stopped


def _held(context: RunContext, found: Elsewhere) -> dict[str, FatalError]:
    """Return the locations that other runs work on, each with which one does."""
    listed = context.settings.locations
    return {
        location: type(error)(listed.in_sentence(str(error)), remedy=error.remedy)
        for location, error in found.of_others.items()
    }
