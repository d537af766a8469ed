"""The selftest of a cluster: is it exactly once when processes and database die?

Trials with a scheduler, workers, a driver and a PostgreSQL of their own, all killed or
frozen at moments that a seed decides; the last one is the control, whose workers heed
no lease, and which must find something. Invariant: as of the other selftest, loopback
only, and nothing of the user's environment is used.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from importer.errors import UsageError
from importer.selftest import trials
from importer.selftest.fleet import database
from importer.selftest.fleet.options import CONTROL_ROWS, FleetOptions
from importer.selftest.fleet.trial import FleetTrial
from importer.selftest.fleet.verdicts import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.selftest.fleet.verdicts import FleetVerdict
    from importer.selftest.trials import Result

__all__ = ["COUNTED", "FleetOptions", "run"]

_NEEDED = ("distributed", "psycopg", "cryptography")


async def run(
    options: FleetOptions,
    tell: Callable[[str], None],
    judged: Callable[[FleetVerdict], None],
) -> Result[FleetVerdict]:
    """Run a trial for each seed, and the control.

    Args:
        options: how many rows, which seeds, which database.
        tell: hears how a trial goes, line by line.
        judged: hears each verdict when it is there.

    Raises:
        UsageError: packages or a database are missing.
        InputError: the folder to keep cannot be used.
        UnreachableError: sandbox or database do not start, or answer no more.
    """
    _refuse(options)
    seeds = range(options.seed, options.seed + options.seeds)
    control = replace(options, rows=min(options.rows, CONTROL_ROWS))
    planned = [partial(_trial, options, seed, tell) for seed in seeds]
    planned.append(partial(_trial, control, options.seed, tell, fence=False))
    return await trials.run(planned, options.keep, judged)


async def _trial(
    options: FleetOptions,
    seed: int,
    tell: Callable[[str], None],
    folder: Path,
    *,
    fence: bool = True,
) -> FleetVerdict:
    """Run one trial, or the control, in a folder of its own."""
    name = "fleet" if fence else "control"
    place = trials.place(folder, f"{name}-", seed)
    tell(f"{name}, seed {seed}: {options.rows} rows")
    return await FleetTrial(options, seed, place, tell, fence=fence).run()


def _refuse(options: FleetOptions) -> None:
    """Refuse to begin where something is missing.

    Raises:
        UsageError: it is.
    """
    if missing := [name for name in _NEEDED if importlib.util.find_spec(name) is None]:
        msg = f"A cluster needs packages that are not here: {', '.join(missing)}."
        command = "pip install 'highlevel-collection-importer[fleet]'"
        raise UsageError(msg, remedy=f"Install them with: {command}")
    if not options.journal:
        database.programs()
