"""How large a selftest is, and the pace of its trials.

Only values. Invariant: the pauses between looks are longer than the latest commit
and the longest lag of a list together, also for a program that was killed right
after it had sent; so every trial is one that the protocol says it must pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Options:
    """One trial; `--minutes` repeats it with the seeds that follow.

    `keep` is the folder that keeps what the trials wrote, None for one that goes
    away when all is well.
    """

    rows: int = 1000
    kills: int = 20
    freezes: int = 2
    seed: int = 1
    minutes: float = 0.0
    keep: Path | None = None

    @property
    def calls_a_second(self) -> int:
        """What the sandbox allows a location, so that the sending lasts."""
        blows = self.kills + self.freezes
        seconds = max(SENDING_SECONDS, SENDING_SECONDS_FOR_A_BLOW * blows)
        return max(3, min(FASTEST, round(self.rows / 3 / seconds)))

    @property
    def longest_seconds(self) -> float:
        """When a trial is given up: something hangs."""
        return 120.0 + self.rows * 0.2 + (self.kills + self.freezes) * 15.0
