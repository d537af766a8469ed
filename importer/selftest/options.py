"""How large a selftest is, and the pace of its trials.

Only values. Invariant: the pauses between looks are longer than the latest commit
and the longest lag of a list together, also for a program that was killed right
after it had sent; so every trial is one that the protocol says it must pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

#: What the sandbox is told. Lists show a tenth of the creates so much later.
LATENCY_SECONDS = 0.06
LIST_LAG_SECONDS = 1.0
#: `slow_commit` creates so late: after the program has given the call up.
SLOW_COMMIT_SECONDS = 2.5
TIMEOUT_SECONDS = 1.5
SETTLE_PAUSES = (0.5, 1.0, 3.0)
#: How long a frozen program stays frozen: every call under way times out.
FREEZE_SECONDS = 3.0
#: Chance that a call meets a fault of one kind, apart from those that are scripted.
FAULT_SHARE = 0.01
LAG_SHARE = 0.08
#: Rows whose first call meets a fault of a kind, by script: so each kind happens.
SCRIPTED_SHARE = 0.015
#: How long the sending should take at least, so that the blows fall into it.
SENDING_SECONDS = 4.0
SENDING_SECONDS_FOR_A_BLOW = 0.6
#: The most calls a second for a location.
FASTEST = 100
#: The size of a trial, and of one with a nature.
ROWS, KILLS, FREEZES = 1000, 20, 2
NATURE_ROWS, NATURE_KILLS, NATURE_FREEZES = 120, 3, 0
#: Of the accidents of a trial with a nature, drawn for each write.
NATURE_FAULT_SHARE = 0.01
#: Calls a second for a location in such a trial: lists take many.
NATURE_CALLS_A_SECOND = 20
#: When a command after the run of such a trial is given up.
AFTERMATH_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Options:
    """One trial; `--minutes` repeats it with the seeds that follow.

    `keep` is the folder that keeps what the trials wrote, None for one that goes
    away when all is well; `natures` are names, each for a trial of its own.
    """

    rows: int = ROWS
    kills: int = KILLS
    freezes: int = FREEZES
    seed: int = 1
    minutes: float = 0.0
    keep: Path | None = None
    natures: tuple[str, ...] = ()

    @property
    def calls_a_second(self) -> int:
        """What the sandbox allows a location, so that the sending lasts."""
        blows = self.kills + self.freezes
        seconds = max(SENDING_SECONDS, SENDING_SECONDS_FOR_A_BLOW * blows)
        return max(3, min(FASTEST, round(self.rows / 3 / seconds)))

    @classmethod
    def of(cls, natures: tuple[str, ...], **given: Any) -> Options:  # noqa: ANN401
        """Make options with what is None taken from the usual ones, or a nature's."""
        usual = {"rows": ROWS, "kills": KILLS, "freezes": FREEZES}
        if natures:
            usual = {"rows": NATURE_ROWS, "kills": NATURE_KILLS}
            usual["freezes"] = NATURE_FREEZES
        facts = {name: value for name, value in given.items() if value is not None}
        return cls(natures=natures, **(usual | facts))

    @property
    def longest_seconds(self) -> float:
        """When a trial is given up: something hangs."""
        usual = 120.0 + self.rows * 0.2 + (self.kills + self.freezes) * 15.0
        return usual + (3 * AFTERMATH_SECONDS if self.natures else 0.0)
