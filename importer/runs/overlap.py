"""Two runs that want the same: one fails, waits, or leaves it to the other.

Decides by the setting `on_overlap` what becomes of locations, or of a run, that
another process works on. It knows nothing of rows. Invariant: a run that waits holds no
location meanwhile, so that two runs never wait for each other.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from importer import logs
from importer.errors import LeftToOthers, LocationHeldError
from importer.models import OnOverlap, Wait
from importer.runs.waits import NOTHING, Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from importer.runs.context import RunContext
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

log: logs.Log = logs.get("run")

#: How often a run that waits looks whether the other one has ended.
LOOK_EVERY_SECONDS = 1.0
#: What the display says meanwhile.
OTHER_RUN = Waiting("another run to end", None, Wait.RUN)


async def claim(
    context: RunContext, locations: Collection[str]
) -> dict[str, LeftToOthers]:
    """Claim the locations of a run the way its settings want it.

    Returns:
        The locations that are left to another run, each with the reason.

    Raises:
        LocationHeldError: another run works on one of them, or did so for longer
            than was to be waited.
        LeftToOthers: other runs work on all of them.
        FatalError: the run was stopped while it waited.
    """
    chosen = context.settings.values.on_overlap
    if chosen is OnOverlap.SKIP:
        return _claim_free(context, locations)
    try:
        context.claim(locations)
    except LocationHeldError as held:
        if chosen is not OnOverlap.WAIT:
            raise
        await _wait(context, locations, held)
    return {}


async def give_way(folder: RunFolder, settings: Settings) -> None:
    """Leave an earlier run alone, or wait for it, while another process works on it.

    Raises:
        LeftToOthers: another process works on it, and it is to be skipped.
        LocationHeldError: it did so for longer than was to be waited.
    """
    chosen = settings.values.on_overlap
    process = folder.claims.holder(folder.run_id)
    if process is None or chosen is OnOverlap.FAIL:
        return
    held = f"Run {folder.run_id} is being worked on by process {process}."
    if chosen is OnOverlap.SKIP:
        raise LeftToOthers(held, remedy="Nothing was sent.")
    # it holds nothing meanwhile: two runs that wait for each other would wait for ever
    async for _ in _looks(held, settings.values.max_duration):
        if folder.claims.holder(folder.run_id) is None:
            return


def _claim_free(
    context: RunContext, locations: Collection[str]
) -> dict[str, LeftToOthers]:
    taken = context.claim().extend_free(locations)
    listed = context.settings.locations
    left = {
        location: LeftToOthers(listed.in_sentence(str(held)))
        for location, held in taken.items()
    }
    if left and len(left) == len(locations):
        first = next(iter(left.values()))
        raise LeftToOthers(str(first), remedy="Nothing was sent.")
    for location, error in left.items():
        log.info("location.left", location=location, message=str(error))
    return left


async def _wait(
    context: RunContext, locations: Collection[str], held: LocationHeldError
) -> None:
    """Claim all locations at the first moment at which all of them are free."""
    context.watch.phase, context.watch.waiting = "comparing", OTHER_RUN
    async for _ in _looks(str(held), context.settings.values.max_duration):
        if (error := context.ended_by) is not None:
            raise error
        try:
            context.claim(locations)
        except LocationHeldError:
            continue
        context.watch.waiting = NOTHING
        return


async def _looks(held: str, longest_seconds: float | None) -> AsyncIterator[None]:
    """Yield at the moments at which to look again, until they come to an end.

    Raises:
        LocationHeldError: it was waited for as long as `max_duration` allows.
    """
    began = time.monotonic()
    log.warning("run.waits", message=held)
    while longest_seconds is None or time.monotonic() - began < longest_seconds:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        yield
    msg = f"{held} It was waited for {longest_seconds:g} s."
    raise LocationHeldError(msg, remedy="Nothing was sent. Try again later.")
