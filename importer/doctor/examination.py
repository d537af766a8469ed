"""All looks in their order, each skipped where one in front of it is wrong.

Knows the order and what depends on what; what a look finds is its own module's.
Invariant: it ends with an `Examination` whatever is wrong with settings, disk or
network, and no more than `SIDE_BY_SIDE` locations are visited at once.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from random import random
from typing import TYPE_CHECKING, Any

from importer import background
from importer.doctor import computer
from importer.doctor.checks import Check, Examination, Grade, failed, skipped
from importer.errors import FatalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from importer.doctor.api_checks import Visitor
    from importer.settings import Settings

SIDE_BY_SIDE = 16
#: Faults of the line, which the next location would only meet again.
OF_ALL = frozenset({"unreachable", "edge_blocked", "not_the_api", "version_refused"})


async def examine(
    gather: Callable[[], Settings],
) -> tuple[Examination, Settings | None]:
    """Look at everything.

    Args:
        gather: gives the settings, or says why they cannot be used.

    Returns:
        What was found, and the settings, None where they cannot be used.
    """
    # in a thread: settings are read, and every page of unfinished journals
    checks, chosen = await background.to_its_end(partial(_nearby, gather))
    if chosen is None:
        return Examination(tuple(checks)), None
    listed = chosen.locations.listed
    names = {location.id: location.name for location in listed if location.name}
    locations = _locations(chosen)
    reached = await computer.connection(chosen.connection, time.time())
    checks.append(reached)
    if reached.grade is Grade.WRONG:
        checks.append(skipped("token", "first the connection"))
    elif not locations:
        checks.append(_no_location())
    else:
        checks += await _visits(chosen, locations)
    return Examination(tuple(checks), names), chosen


def _nearby(gather: Callable[[], Settings]) -> tuple[list[Check], Settings | None]:
    """Look at what needs no network; no settings where they cannot be used."""
    checks = [computer.versions()]
    try:
        chosen = gather()
        _locations(chosen)
    except FatalError as failure:
        return [*checks, failed("settings", "setting_unusable", failure)], None
    runs = chosen.values.runs_dir
    checks += [computer.settings(chosen), *computer.notices(chosen)]
    checks.append(computer.runs_folder(runs))
    checks += _journals(chosen)
    return [*checks, computer.disk(runs)], chosen


def _journals(chosen: Settings) -> list[Check]:
    try:
        home = chosen.home
    except FatalError as failure:
        return [failed("journal", "setting_unusable", failure)]
    database = computer.database(home)
    if any(check.grade is Grade.WRONG for check in database):
        return [*database, skipped("runs", "first the journal")]
    return [*database, *computer.journals(home)]


def _locations(chosen: Settings) -> list[str]:
    """Return the location that is set, else all that are listed.

    Raises:
        UsageError: the name that is set is none.
    """
    if only := chosen.location_id:
        return [only]
    return [location.id for location in chosen.locations.listed]


def _no_location() -> Check:
    failure = UsageError(
        "No location is set, so no token was tried.",
        remedy="Say which: --location-id ID, HIGHLEVEL_LOCATION_ID, or a "
        "locations.toml. A file whose rows all name theirs needs none.",
    )
    return Check(
        "location", Grade.WARNING, str(failure), failure.remedy, "location_not_set"
    )


async def _visits(chosen: Settings, locations: Sequence[str]) -> list[Check]:
    """Visit all locations, the first alone: a fault of the line is one of all."""
    api_checks: Any = await background.to_its_end(_api_checks)
    async with api_checks.visiting(chosen, random) as visitor:
        first, *others = locations
        found = [await visitor.visit(first)]
        if others and any(check.code in OF_ALL for check in found[0]):
            reason = f"the same would be wrong with {len(others):,} more locations"
            found.append([skipped("locations", reason)])
        elif others:
            found += await _side_by_side(visitor, others)
        odd = filter(None, map(api_checks.shape, locations))
        clock = [visitor.clock] if visitor.clock else []
        return [*clock, *odd, *(check for checks in found for check in checks)]


def _api_checks() -> ModuleType:
    """Load what calls the API, and the client with it, which takes long."""
    from importer.doctor import api_checks  # noqa: PLC0415 - loads the client

    return api_checks


async def _side_by_side(
    visitor: Visitor, locations: Sequence[str]
) -> list[list[Check]]:
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(location: str) -> list[Check]:
        async with gate:
            return await visitor.visit(location)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(location)) for location in locations]
    return [task.result() for task in tasks]
