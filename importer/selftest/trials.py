"""Trials one after the other, each in a folder of its own, and what came of them.

What a trial does, and what makes it good, is not known here. Invariant: nothing is left
on the disk but what was asked for, or what shows why a trial was not good.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from importer.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable


class Judged(Protocol):
    """What came of a trial."""

    @property
    def good(self) -> bool:
        """Whether it has shown what it had to."""


V = TypeVar("V", bound=Judged)


@dataclass(frozen=True, slots=True)
class Result(Generic[V]):
    """What came of all; `kept` is the folder that was left for reading, if any."""

    verdicts: tuple[V, ...]
    kept: Path | None

    @property
    def good(self) -> bool:
        """Whether every trial was; a control is where it has found something."""
        return all(verdict.good for verdict in self.verdicts)


async def run(
    trials: Iterable[Callable[[Path], Awaitable[V]]],
    keep: Path | None,
    judged: Callable[[V], None],
) -> Result[V]:
    """Run trials until there are no more.

    Args:
        trials: each is given the folder in which it may make its own.
        keep: the folder to keep; without one it is kept where a trial was not good.
        judged: hears each verdict when it is there.

    Raises:
        InputError: the folder to keep cannot be used.
    """
    folder = keep or Path(tempfile.mkdtemp(prefix="importer-selftest-"))
    verdicts: list[V] = []
    kept = keep
    try:
        for trial in trials:
            verdict = await trial(folder)
            verdicts.append(verdict)
            judged(verdict)
        if not all(verdict.good for verdict in verdicts):
            kept = folder
    finally:
        # also what was ended before there was a verdict leaves nothing
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
    return Result(tuple(verdicts), kept)


def place(folder: Path, prefix: str, seed: int) -> Path:
    """Make an empty folder for one trial.

    Raises:
        InputError: it cannot be made.
    """
    made = folder / f"{prefix}seed-{seed}"
    try:
        made.mkdir(parents=True)
    except OSError as failure:
        msg = f"The folder {made} cannot be made: {failure.strerror}."
        raise InputError(msg, remedy="Choose another one with --keep.") from None
    return made.resolve()
