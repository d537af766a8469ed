"""The second step of a run: claim the locations, see what they hold, decide every row.

Puts the stages together and decides nothing by itself. Invariant: no row is decided
before its location is claimed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import background
from importer.errors import PlanOutdated
from importer.models import Status
from importer.ratelimit import RESET_SECONDS
from importer.runs import (
    balance,
    knowledge,
    other_runs,
    overlap,
    planfile,
    products,
    refusals,
    remembered,
    standstill,
)
from importer.runs import comparison as comparing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer import destination
    from importer.journal import Journal
    from importer.runs.context import RunContext
    from importer.runs.forecasts import Forecast

#: Rows that a resume goes on with.
OPEN = (Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED)


async def claim(context: RunContext) -> None:
    """Claim the locations of all rows that are open.

    Raises:
        LocationHeldError: another run works on one of them.
        LeftToOthers: other runs work on all of them.
        FatalError: the run was stopped while it waited for another run.
    """
    still_open = partial(context.journal.delivery.locations, *OPEN)
    locations = await background.to_its_end(still_open)
    context.barred |= await overlap.claim(context, locations)


async def decide(context: RunContext) -> Forecast:
    """Decide every row of the locations that are claimed; say what is to be sent."""
    # only now is it certain that no other process works on these rows
    context.journal.delivery.reopen()
    # in a thread: of a large input this takes long
    counts, locations = await background.to_its_end(partial(_standing, context.journal))
    context.watch.take_up(counts)
    context.watch.phase = "comparing"
    server = await context.connect()
    wish = _wish(context, locations)
    comparison = comparing.Comparison(
        context.journal.planned,
        context.journal.delivery,
        server,
        wish,
        partial(_kin, context, locations),
    )
    context.watch.comparison = comparison
    longest = _wait_for_quota(context, comparison)
    signing = [location for location in locations if _may_sign(context, location)]
    # the exit of the block closes the journals that were opened for it
    with wish.remembered:
        await standstill.watched(context, partial(comparison.run, signing), longest)
    # after the comparison: only rows that will be created need their products
    if context.journal.named.used():
        await products.look_up(context.journal, server, comparison, signing)
    _note_accepted(context, server)
    context.barred |= refusals.named(context.settings, comparison.barred)
    if context.plan is not None:
        await keep_to(context, context.plan)
    context.watch.decided += comparison.decided
    context.watch.problems += comparison.refused
    forecast = context.forecast = _forecast(context, comparison, counts)
    context.watch.to_send = forecast.create + forecast.update
    context.watch.compared = True
    context.watch.phase = "sending"
    return forecast


def _forecast(
    context: RunContext, comparison: comparing.Comparison, counts: Mapping[str, int]
) -> Forecast:
    """Say what is to be sent, to a person who knows locations by their names."""
    forecast = comparison.forecast(
        context.limiter, context.settings.values.daily_reserve
    )
    # those that the input itself calls done were not compared
    existing = forecast.existing + counts[Status.EXISTING]
    only = comparison.only_location
    listed = context.settings.locations
    place = listed.shown(only) if only in listed.names_listed else ""
    canary = context.canary
    first = 0 if canary is None or canary.passed else len(canary.locations)
    return replace(
        forecast,
        existing=existing,
        location=place,
        canary=first,
        slowest_name=listed.names([forecast.slowest]).get(forecast.slowest, ""),
    )


def _standing(book: Journal) -> tuple[dict[str, int], list[str]]:
    """Return how many rows have which status, and the locations with open ones."""
    counts = balance.totals(balance.by_location(book))
    return counts, list(book.delivery.locations(Status.PLANNED, Status.UNKNOWN))


def _wait_for_quota(context: RunContext, comparison: comparing.Comparison) -> float:
    """Have locations wait for their quota if so asked; the longest pause of one."""
    if not context.settings.values.wait_for_quota:
        return 0.0
    look_seconds = context.settings.values.quota_look
    comparison.quota_look_seconds = look_seconds
    return max(2 * look_seconds, RESET_SECONDS)  # a reset may be a day away


def _note_accepted(context: RunContext, server: destination.Destination) -> None:
    """Keep which locations' lists were taken although they are not complete.

    Raises:
        StorageError: the disk is full or gone.
    """
    accepted = {
        remark for remark in server.lists.remarks if server.lists.accepted(remark)
    }
    earlier = context.journal.noted().get("accepted", ())
    if not accepted.issubset(earlier):
        context.journal.note(accepted=sorted(accepted.union(earlier)))


async def keep_to(context: RunContext, plan: planfile.StoredPlan) -> None:
    """Go on only if every row was decided as planned; a resume need not ask again.

    Raises:
        PlanOutdated: one was not.
        FatalError: a location could not be compared, so it is not known.
    """
    if error := context.ended_by:
        raise error
    check = partial(planfile.check_decisions, plan, context.journal)
    try:
        await background.to_its_end(check)
    except PlanOutdated as outdated:
        text = context.settings.locations.in_sentence(str(outdated))
        raise PlanOutdated(text, remedy=outdated.remedy) from None
    # kept to once: a resume goes on with what was decided then
    context.journal.note(plan="")
    context.plan = None


def _may_sign(context: RunContext, location_id: str) -> bool:
    """Return whether a location is ours and has a token; else leave it out."""
    if location_id in context.barred:
        return False
    if error := context.settings.tokens.missing(location_id):
        context.barred[location_id] = error
        comparing.left_out(location_id, error)
        return False
    return True


def _wish(context: RunContext, locations: Collection[str]) -> knowledge.Wish:
    """Return what the settings say of rows whose collection exists."""
    values = context.settings.values
    return knowledge.Wish(
        values.on_existing,
        values.update_products,
        remembered.Remembered(
            context.folder,
            context.settings.home,
            values.base_url,
            lambda: context.instance,
            locations,
        ),
        context.journal.named.seqs,
        context.settings.left_out,
    )


def _kin(context: RunContext, locations: list[str]) -> other_runs.Kin:
    """Return what other runs against the same server did a short time ago."""
    instance = context.instance or ""
    return other_runs.recent(context.folder, context.settings, instance, locations)
