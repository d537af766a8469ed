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
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import InputError
from importer.selftest.options import Options
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
    """Trial after trial until the time is over; at least one.

    Args:
        options: how many rows, kills, minutes.
        tell: hears how a trial goes, line by line.
        judged: hears each verdict when it is there.

    Raises:
        InputError: the folder to keep cannot be used.
        UnreachableError: the sandbox does not start, or answers no more.
    """
    end = time.monotonic() + options.minutes * 60
    folder = options.keep or Path(tempfile.mkdtemp(prefix="importer-selftest-"))
    verdicts: list[Verdict] = []
    good = False
    try:
        while not verdicts or time.monotonic() < end:
            seed = options.seed + len(verdicts)
            place = _place(folder, seed)
            tell(f"seed {seed}: {options.rows} rows, {options.kills} kills")
            verdict = await Trial(options, seed, place, tell).run()
            verdicts.append(verdict)
            judged(verdict)
        good = all(verdict.good for verdict in verdicts)
    finally:
        if good and options.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Result(tuple(verdicts), folder if options.keep or not good else None)


def _place(folder: Path, seed: int) -> Path:
    """An empty folder for one trial."""
    place = folder / f"seed-{seed}"
    try:
        place.mkdir(parents=True)
    except OSError as failure:
        msg = f"The folder {place} cannot be made: {failure.strerror}."
        raise InputError(msg, remedy="Choose another one with --keep.") from None
    return place.resolve()
