"""The selftest of a cluster: is it exactly once when processes and database die?

Trials with a scheduler, workers, a driver and a PostgreSQL of their own, all killed or
frozen at moments that a seed decides; the last one is the control, whose workers heed
no lease, and which must find something. Invariant: as of the other selftest, loopback
only, and nothing of the user's environment is used.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from importer import selftest
from importer.errors import UsageError
from importer.selftest.fleet import database
from importer.selftest.fleet.options import CONTROL_ROWS, FleetOptions
from importer.selftest.fleet.trial import FleetTrial
from importer.selftest.fleet.verdicts import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.selftest.fleet.verdicts import FleetVerdict

__all__ = ["COUNTED", "FleetOptions", "Result", "run"]

_NEEDED = ("distributed", "psycopg", "cryptography")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it; `kept` is the folder that was left for reading, if any."""

    verdicts: tuple[FleetVerdict, ...]
    kept: Path | None

    @property
    def good(self) -> bool:
        """Whether every trial was, and the control has found something."""
        return all(verdict.good for verdict in self.verdicts)


async def run(
    options: FleetOptions,
    tell: Callable[[str], None],
    judged: Callable[[FleetVerdict], None],
) -> Result:
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
    folder = options.keep or Path(tempfile.mkdtemp(prefix="importer-selftest-"))
    verdicts: list[FleetVerdict] = []
    kept = options.keep
    seeds = range(options.seed, options.seed + options.seeds)
    planned = [(seed, True) for seed in seeds] + [(options.seed, False)]
    try:
        for seed, fence in planned:
            rows = options.rows if fence else min(options.rows, CONTROL_ROWS)
            name = "fleet" if fence else "control"
            place = selftest.place(folder, f"{name}-", seed)
            tell(f"{name}, seed {seed}: {rows} rows")
            chosen = replace(options, rows=rows)
            verdict = await FleetTrial(chosen, seed, place, tell, fence=fence).run()
            verdicts.append(verdict)
            judged(verdict)
        if not all(verdict.good for verdict in verdicts):
            kept = folder
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Result(tuple(verdicts), kept)


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
