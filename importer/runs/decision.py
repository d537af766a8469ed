"""The second step of a run: claim the locations, see what they hold, decide every row.

Puts the stages together and decides nothing by itself. Invariant: no row is decided
before its location is claimed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer import background
from importer.models import Status
from importer.ratelimit import RESET_SECONDS
from importer.runs import comparison as comparing
from importer.runs import (
    knowledge,
    other_runs,
    overlap,
    planfile,
    products,
    refusals,
    remembered,
    reports,
    standstill,
)

if TYPE_CHECKING:
    from importer import destination
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session

#: Rows that a resume goes on with.
OPEN = (Status.PLANNED, Status.SENDING, Status.UNKNOWN, Status.FAILED)


async def claim(session: Session) -> None:
    """Claim the locations of all rows that are open.

    Raises:
        LocationHeldError: another run works on one of them.
        LeftToOthers: other runs work on all of them.
        FatalError: the session was stopped while it waited for another run.
    """
    locations = session.journal.delivery.locations(*OPEN)
    session.barred |= await overlap.claim(session, locations)


async def decide(session: Session) -> Forecast:
    """Decide every row of the locations that are claimed; say what is to be sent."""
    delivery = session.journal.delivery
    # only now is it certain that no other process works on these rows
    delivery.reopen()
    counts = reports.totals(reports.by_location(session.journal))
    session.watch.take_up(counts)
    locations = list(delivery.locations(Status.PLANNED, Status.UNKNOWN))
    session.watch.phase = "comparing"
    there = await session.connect()
    wish = _wish(session)
    comparison = comparing.Comparison(
        session.journal.planned,
        session.journal.delivery,
        there,
        wish,
        partial(_kin, session, locations),
    )
    session.watch.comparison = comparison
    longest = _wait_for_quota(session, comparison)
    signing = [one for one in locations if _may_sign(session, one)]
    with wish.remembered:
        await standstill.watched(session, comparison.run(signing), longest)
    if session.journal.named.used():
        await products.look_up(session.journal, there, comparison, signing)
    _note_accepted(session, there)
    session.barred |= refusals.named(session.settings, comparison.barred)
    if session.plan is not None:
        await _keep_to(session, session.plan)
    session.watch.decided += comparison.decided
    session.watch.problems += comparison.refused
    forecast = comparison.forecast(
        session.limiter, session.settings.values.daily_reserve
    )
    # those that the input itself calls done were not compared
    existing = forecast.existing + counts[Status.EXISTING]
    session.forecast = replace(forecast, existing=existing)
    session.watch.phase = "sending"
    return session.forecast


def _wait_for_quota(session: Session, comparison: comparing.Comparison) -> float:
    """Have locations wait for their quota if so asked; the longest pause of one."""
    if not session.settings.values.wait_for_quota:
        return 0.0
    look_seconds = session.settings.values.quota_look
    comparison.quota_look_seconds = look_seconds
    return max(2 * look_seconds, RESET_SECONDS)  # a reset may be a day away


def _note_accepted(session: Session, there: destination.Destination) -> None:
    """Keep which locations' lists were taken although they are not complete.

    Raises:
        StorageError: the disk is full or gone.
    """
    accepted = {one for one in there.lists.remarks if there.lists.accepted(one)}
    earlier = session.journal.noted().get("accepted", ())
    if not accepted.issubset(earlier):
        session.journal.note(accepted=sorted(accepted.union(earlier)))


async def _keep_to(session: Session, plan: planfile.StoredPlan) -> None:
    """Go on only if every row was decided as planned; a resume need not ask again.

    Raises:
        PlanOutdated: one was not.
        FatalError: a location could not be compared, so nobody can tell.
    """
    if why := session.ended_by:
        raise why
    check = partial(planfile.check_decisions, plan, session.journal)
    await background.to_its_end(check)
    session.journal.note(plan="")
    session.plan = None


def _may_sign(session: Session, location_id: str) -> bool:
    """Whether it is ours and has a token; one that has not is left out."""
    if location_id in session.barred:
        return False
    if why := session.settings.tokens.missing(location_id):
        session.barred[location_id] = why
        comparing.left_out(location_id, why)
        return False
    return True


def _wish(session: Session) -> knowledge.Wish:
    """What the settings say of rows whose collection exists."""
    values = session.settings.values
    return knowledge.Wish(
        values.on_existing,
        values.update_products,
        remembered.Remembered(
            session.folder, values.runs_dir, values.base_url, lambda: session.instance
        ),
        session.journal.named.seqs,
        session.settings.left_out,
    )


def _kin(session: Session, locations: list[str]) -> other_runs.Kin:
    """What other runs against the same server did a short time ago."""
    instance = session.instance or ""
    return other_runs.recent(session.folder, session.settings, instance, locations)
