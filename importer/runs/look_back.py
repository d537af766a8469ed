"""Looking back at a run: at its end where there is doubt, or by request.

Requests claim the run and its locations like a run does, so that nothing moves under
them. Invariant: without `repair`, and with `dry_run`, the server stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeGuard

from importer import background
from importer.errors import (
    AccessError,
    Interrupted,
    LeftToOthers,
    ListIncomplete,
    QuotaExhausted,
    RefusedAlike,
    StalledError,
    TimeIsUp,
    UnreachableError,
    UsageError,
)
from importer.models import State
from importer.runs import audit as auditing
from importer.runs import balance, elsewhere, refusals, reports, retrospect, standstill
from importer.runs import undo as undoing
from importer.runs.shards import How

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from importer.runs.audit import Audited
    from importer.runs.context import RunContext
    from importer.runs.shards import Runner

    AnyUndo = undoing.Undo | retrospect.Undo

#: Locations that a refusal names.
_MOST_NAMED = 10


def in_doubt(context: RunContext) -> list[str]:
    """Return the locations that the end of a run compares with the report.

    Doubts: an answer was ambiguous somewhere in the location, or refused a row. The
    setting `audit` asks for all locations, or for none. Where a list was taken although
    it is not complete, the location is always compared; so it is where an earlier
    process of the run owed it.
    """
    chosen = context.settings.values.audit
    # a location that is refused or held, or whose day is over, stops no other; what a
    # stop keeps from being looked at is owed
    looks = isinstance(
        context.ended_by,
        Interrupted
        | TimeIsUp
        | AccessError
        | LeftToOthers
        | ListIncomplete
        | RefusedAlike
        | UnreachableError
        | QuotaExhausted
        | None,
    )
    if chosen is False or not looks:
        return []
    book = context.journal.review
    locations = book.touched() if chosen else book.suspects()
    facts = context.journal.noted()
    others = {*facts.get("accepted", ()), *facts.get("unaudited", ())}
    if others := others.difference(locations):
        locations += [text for text in book.touched() if text in others]
    left_out = {
        location
        for location, error in context.barred.items()
        # what refused its rows may have created them all the same, and can be listed
        if not isinstance(error, RefusedAlike)
    }.union(context.parked)
    return [text for text in locations if text not in left_out]


async def review(context: RunContext, locations: list[str], *, repair: bool) -> Audited:
    """Audit these locations, and with `repair` remove what is too many.

    Who has sent the run does it; that may be other processes.

    Raises:
        StorageError: the journal cannot be written.
    """
    context.watch.phase = "auditing"
    runner, sent_from = context.runner, None if repair else context.sent_from
    if _elsewhere(runner):
        how = How(repair, sent_from)
        found = await retrospect.audit(context, runner, locations, how)
        return _kept(context, found)
    pauses = context.settings.values.settle_pauses
    work = auditing.Audit(
        context.folder,
        context.journal,
        await context.connect(),
        auditing.Options(pauses, repair, sent_from),
    )
    longest = max(pauses, default=0.0)
    looking = standstill.watched(context, partial(work.run, locations), longest)
    try:
        await context.unless_stopped(looking)
    except StalledError as why:
        context.stop(why)
    return _kept(context, work.result)


def _kept(context: RunContext, found: Audited) -> Audited:
    """Keep what an audit has come to for the report, and name what was left out."""
    context.audited += found.locations
    found.failed = refusals.named(context.settings, found.failed)
    context.barred |= found.failed
    return found


async def _claim(
    context: RunContext, locations: Sequence[str], runner: Runner | None
) -> None:
    """Claim locations, or have them claimed where other processes look at them.

    Raises:
        LocationHeldError: another process works on the run or its locations.
    """
    if _elsewhere(runner):
        context.claim()
        await elsewhere.refuse_held(context, locations)
        return
    context.claim(locations)
    # only now is it certain that no other process waits for answers
    context.journal.delivery.leave()


def _elsewhere(runner: Runner | None) -> TypeGuard[Runner]:
    return runner is not None and runner.compares


async def audit(
    context: RunContext, *, repair: bool, runner: Runner | None = None
) -> Audited:
    """Compare all of a run with the server and correct its report.

    Args:
        context: of the run.
        repair: whether surplus copies that it made are removed.
        runner: who has it done; without one this process does.

    Raises:
        LocationHeldError: another process works on the run or its locations.
        StorageError: the journal cannot be written.
    """
    locations = context.journal.review.touched()
    await _claim(context, locations, runner)
    context.runner = runner
    found = await review(context, locations, repair=repair)
    found.failed |= found.held
    return found


def _chosen(context: RunContext, texts: Collection[str]) -> set[str] | None:
    """Return the locations that names and ids mean; None where none is named.

    Raises:
        UsageError: the run sent nothing to one of them.
    """
    if not texts:
        return None
    listed = context.settings.locations
    touched = context.journal.review.touched()
    found = {text: listed.find(text) or text for text in texts}
    for text, location in found.items():
        if location not in touched:
            msg = (
                f"Run {context.folder.run_id} sent nothing to a location {text!r:.60}."
            )
            shown = [listed.shown(at) for at in sorted(touched)]
            more = " …" if shown[_MOST_NAMED:] else ""
            remedy = f"It sent to: {', '.join(shown[:_MOST_NAMED])}{more}."
            raise UsageError(msg, remedy=remedy)
    return set(found.values())


async def look_before_undo(
    context: RunContext,
    *,
    dry_run: bool,
    locations: Collection[str] = (),
    runner: Runner | None = None,
) -> Looked:
    """Look at what a run created; `foreseen` of the undo says what it would do.

    Args:
        context: of the run.
        dry_run: whether nothing will be deleted.
        locations: names or ids of the only ones that are looked at; none: all.
        runner: who has it done; without one this process does.

    Raises:
        UsageError: the run sent nothing to one of the locations.
        LocationHeldError: another process works on the run or its locations.
        FatalError: the run was stopped meanwhile.
    """
    scope = undoing.Scope(context.journal, _chosen(context, locations))
    # before the look: nothing may move between looking and deleting
    await _claim(context, scope.locations, runner)
    context.watch.phase = "undoing"
    if _elsewhere(runner):
        afar = retrospect.Undo(context, runner, scope, dry_run=dry_run)
        await afar.look()
        work: AnyUndo = afar
    else:
        work = undoing.Undo(
            context.folder,
            context.journal,
            await context.connect(),
            scope.locations,
            dry_run=dry_run,
        )
        work.result.unclear = scope.unclear()
        await context.unless_stopped(work.look())
    if context.stopped is not None:
        raise context.stopped
    return Looked(scope, work)


@dataclass(frozen=True, slots=True)
class Looked:
    """An undo that has looked, at what, and by whom."""

    scope: undoing.Scope
    work: AnyUndo

    @property
    def foreseen(self) -> undoing.Foreseen:
        """What it is about to do."""
        return self.work.foreseen


async def carry_out(
    context: RunContext, looked: Looked, *, unseen_products: bool
) -> undoing.Result:
    """Delete what an undo has looked at.

    Args:
        context: of the run.
        looked: the undo, which has looked.
        unseen_products: also where products that were added cannot be seen.

    Raises:
        StorageError: the journal cannot be written.
    """
    work, scope = looked.work, looked.scope
    deleting = work.run(unseen_products=unseen_products)
    await (deleting if work.ends_by_itself else context.unless_stopped(deleting))
    result = work.result
    result.failed = refusals.named(context.settings, result.failed)
    if not work.dry_run:
        beside = list(scope.earlier_elsewhere())
        write = partial(undoing.write, context.folder, result, beside)
        await background.to_its_end(write)
        left = context.stopped or result.failed or result.counts[undoing.Undone.FAILED]
        deleted = result.earlier or result.counts[undoing.Undone.DELETED]
        # only if all of it is gone: what is left can be undone again
        if deleted and not left and not scope.stands_elsewhere():
            context.journal.note(state=State.UNDONE)
        await background.to_its_end(partial(_page_again, context))
    return result


def _page_again(context: RunContext) -> None:
    """Write the page of the run as it stands now, where there is one."""
    folder, book = context.folder, context.journal
    if (folder.path / f"report.{reports.PAGE}").exists():
        reports.write_page(book, folder, balance.remembered(book, folder))


async def undo(
    context: RunContext, *, dry_run: bool = False, unseen_products: bool = False
) -> undoing.Result:
    """Delete what a run created and what was not changed since.

    Args:
        context: of the run.
        dry_run: only say what would be deleted.
        unseen_products: also where products that were added cannot be seen.

    Raises:
        LocationHeldError: another process works on the run or its locations.
        StorageError: the journal cannot be written.
        UsageError: products cannot be seen; nothing was deleted.
    """
    looked = await look_before_undo(context, dry_run=dry_run)
    if not dry_run:
        looked.foreseen.check(unseen_products=unseen_products)
    return await carry_out(context, looked, unseen_products=unseen_products)
