"""The selftest: is it exactly once on this machine, whatever happens?

Trials in folders of their own, each with a sandbox where everything goes wrong and a
program that is killed and frozen at random moments; in the end the report is compared
with what the server truly holds. It knows the importer only as a command. Invariant:
loopback only, and nothing of the user's environment is used.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from importer.selftest import natures, trials
from importer.selftest.scene import Options
from importer.selftest.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    from importer.selftest.trials import Result
    from importer.selftest.verdict import Verdict

__all__ = ["Options", "run"]


async def run(
    options: Options,
    tell: Callable[[str], None],
    judged: Callable[[Verdict], None],
) -> Result[Verdict]:
    """Run trial after trial until the time is over, one of each nature at least.

    Args:
        options: how many rows, kills, minutes.
        tell: hears how a trial goes, line by line.
        judged: hears each verdict when it is there.

    Raises:
        UsageError: a nature is unknown.
        InputError: the folder to keep cannot be used.
        UnreachableError: the sandbox does not start, or answers no more.
    """
    profiles = natures.chosen(options.natures)
    planned = _trials(options, profiles, tell)
    return await trials.run(planned, options.keep, judged)


def _trials(
    options: Options, profiles: Sequence[natures.Profile], tell: Callable[[str], None]
) -> Iterator[Callable[[Path], Awaitable[Verdict]]]:
    end = time.monotonic() + options.minutes * 60
    for seed in count(options.seed):
        for profile in profiles:
            yield partial(_trial, options, seed, tell, profile)
        if time.monotonic() >= end:
            return


async def _trial(
    options: Options,
    seed: int,
    tell: Callable[[str], None],
    profile: natures.Profile,
    folder: Path,
) -> Verdict:
    """Run one trial in a folder of its own."""
    prefix = f"{profile.name}-" if profile.name else ""
    folder = trials.place(folder, prefix, seed)
    nature = f", {profile.name}" if profile.name else ""
    tell(f"seed {seed}{nature}: {options.rows} rows, {options.kills} kills")
    return await Trial(options, seed, folder, tell, profile).run()
