"""The selftest: is it exactly once on this machine, whatever happens?

Trials in folders of their own, each with a sandbox where everything goes wrong and a
program that is killed and frozen at random moments; in the end the report is compared
with what the server truly holds. It knows the importer only as a command. Invariant:
loopback only, and nothing of the user's environment is used.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.selftest import natures
from importer.selftest.scene import Options
from importer.selftest.trial import Trial

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.selftest.verdict import Verdict

__all__ = ["Options", "Result", "run"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it; `kept` is the folder that was left for reading, if any."""

    verdicts: tuple[Verdict, ...]
    kept: Path | None

    @property
    def good(self) -> bool:
        """Whether every trial was."""
        return all(verdict.good for verdict in self.verdicts)


async def run(
    options: Options,
    tell: Callable[[str], None],
    judged: Callable[[Verdict], None],
) -> Result:
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
    end = time.monotonic() + options.minutes * 60
    folder = options.keep or Path(tempfile.mkdtemp(prefix="importer-selftest-"))
    verdicts: list[Verdict] = []
    kept = options.keep
    try:
        for seed in count(options.seed):
            for profile in profiles:
                verdict = await _trial(options, seed, folder, tell, profile)
                verdicts.append(verdict)
                judged(verdict)
            if time.monotonic() >= end:
                break
        if not all(verdict.good for verdict in verdicts):
            kept = folder
    finally:
        # also what was ended before there was a verdict leaves nothing
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Result(tuple(verdicts), kept)


async def _trial(
    options: Options,
    seed: int,
    folder: Path,
    tell: Callable[[str], None],
    profile: natures.Profile,
) -> Verdict:
    """Run one trial in a folder of its own."""
    prefix = f"{profile.name}-" if profile.name else ""
    folder = place(folder, prefix, seed)
    nature = f", {profile.name}" if profile.name else ""
    tell(f"seed {seed}{nature}: {options.rows} rows, {options.kills} kills")
    return await Trial(options, seed, folder, tell, profile).run()


def place(folder: Path, prefix: str, seed: int) -> Path:
    """Make an empty folder for one trial."""
    made = folder / f"{prefix}seed-{seed}"
    try:
        made.mkdir(parents=True)
    except OSError as failure:
        msg = f"The folder {made} cannot be made: {failure.strerror}."
        raise InputError(msg, remedy="Choose another one with --keep.") from None
    return made.resolve()
