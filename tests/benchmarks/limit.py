"""How near a run comes to what the limit permits, and whether it is ever refused.

Against the sandbox with the documented limit, in eight settings: both windows, quick
and slow networks, without and with one slow answer in a hundred. They mostly wait, so
all of them run at once. The best possible time is that of as many calls as the sandbox
counted: a full window at once, one window after the other, and one answer's latency.
"""

from __future__ import annotations

import itertools
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet
from common import Figures, Goal, Line, Measured, Options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROWS, CALLS, SECONDS = 1_000, 100, 10.0
SLOW_SHARE, SLOW_SECONDS = 0.01, 2
#: So that the programs do not all start in the same second.
STAGGER_SECONDS = 1.0
AIOLIMITERS = ((100, 10.0), (1, 0.1))


@dataclass(frozen=True, slots=True)
class Network:
    """How long answers take."""

    name: str
    latency_ms: int
    jitter_ms: int
    goal: float
    goal_with_slow: float


NETWORKS = (
    Network("5 ms", 5, 0, 0.99, 0.99),
    Network("200 ± 100 ms", 200, 100, 0.95, 0.93),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One of the eight, or one of aiolimiter's."""

    window: str
    network: Network
    slow: bool = False
    aiolimiter: tuple[float, float] | None = None

    def flags(self, seed: int) -> list[str]:
        """What the sandbox is started with."""
        return [
            *("--limit", f"{CALLS}/{SECONDS:g}s", "--window", self.window),
            *("--latency", f"{self.network.latency_ms}ms", "--seed", str(seed)),
            *("--jitter", f"{self.network.jitter_ms}ms"),
            *(["--slow", f"{SLOW_SHARE}:{SLOW_SECONDS}s"] if self.slow else []),
        ]

    def __str__(self) -> str:
        """As the table names it."""
        slow = f", 1 % of them {SLOW_SECONDS} s" if self.slow else ""
        where = f"{self.window} window, answers after {self.network.name}{slow}"
        if self.aiolimiter is None:
            return where
        calls, seconds = self.aiolimiter
        return f"AsyncLimiter({calls:g}, {seconds:g}), {where}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one of them went."""

    seconds: float
    accepted: int
    refused: int
    best_seconds: float


def settings() -> list[Setting]:
    """The eight, then those of aiolimiter."""
    windows = ("fixed", "sliding")
    eight = [
        Setting(window, network, slow)
        for network, slow, window in itertools.product(NETWORKS, (False, True), windows)
    ]
    usual = [
        Setting(window, NETWORKS[-1], aiolimiter=pair)
        for pair, window in itertools.product(AIOLIMITERS, windows)
    ]
    return eight + usual


def measure(options: Options) -> Measured:
    """All settings at once, as often as asked for."""
    path = spreadsheet.write(options.folder / "limit.csv", options.scaled(ROWS))
    rounds = [_round(options, path, seed) for seed in range(options.repeats)]
    lines = [_line(setting, [one[setting] for one in rounds]) for setting in settings()]
    note = (
        f"Limit: {options.scaled(ROWS):,} rows at {CALLS} calls in {SECONDS:g} s. The "
        "best possible time is computed from the calls that the sandbox accepted; the "
        "program's time is its summary's `duration_seconds`."
    )
    return Measured(lines, notes=[note])


def _round(options: Options, path: Path, seed: int) -> dict[Setting, Outcome]:
    chosen = settings()
    with ExitStack() as stack, ThreadPoolExecutor(len(chosen)) as pool:
        urls = [
            stack.enter_context(processes.sandbox(*setting.flags(seed)))
            for setting in chosen
        ]
        rounds = [
            pool.submit(
                _once, setting, url, path, options.folder / f"runs-{seed}-{turn}"
            )
            for turn, (setting, url) in enumerate(zip(chosen, urls, strict=True))
            if processes.pause(STAGGER_SECONDS if turn and not options.quick else 0)
        ]
        return dict(zip(chosen, [one.result() for one in rounds], strict=True))


def _once(setting: Setting, url: str, path: Path, runs: Path) -> Outcome:
    if setting.aiolimiter is None:
        command = [
            *processes.IMPORTER,
            "run",
            path,
            "--base-url",
            url,
            "--json",
            "--yes",
        ]
        ended = processes.run([*command, "--runs-dir", runs])
        seconds = float(ended.document["duration_seconds"])
    else:
        script = processes.CLIENTS / "limited_loop.py"
        rows = sum(1 for _ in path.open("rb")) - 1
        pair = map(str, setting.aiolimiter)
        ended = processes.run([sys.executable, script, url, path, str(rows), *pair])
        seconds = float(ended.out)
    truth = processes.tell(url, "/_sandbox/summary")
    (there,) = truth["locations"].values()
    accepted = there["calls"] - there["refused"]
    best = best_seconds(accepted, CALLS, SECONDS, setting.network.latency_ms / 1000)
    return Outcome(seconds, accepted, there["refused"], best)


def best_seconds(calls: int, most: int, interval: float, latency: float) -> float:
    """The least time in which a limit lets so many calls be made and answered."""
    return (math.ceil(calls / most) - 1) * interval + latency


def _line(setting: Setting, outcomes: Sequence[Outcome]) -> Line:
    ratio = Figures.of(one.best_seconds / one.seconds for one in outcomes)
    seconds = Figures.of(one.seconds for one in outcomes).median
    refused = [one.refused for one in outcomes]
    accepted = max(one.accepted for one in outcomes)
    best = Figures.of(one.best_seconds for one in outcomes).median
    told = "none" if not any(refused) else ", ".join(map(str, refused))
    network = setting.network
    wanted = network.goal_with_slow if setting.slow else network.goal
    goals = [
        Goal("no refusal", reached=not any(refused)),
        Goal.at_least(wanted, ratio.median),
    ]
    return Line(
        str(setting),
        f"{seconds:.1f} s, refused: {told}",
        f"best possible for {accepted:,} calls {best:.1f} s",
        ratio.spread(3),
        goals if setting.aiolimiter is None else (),
    )
