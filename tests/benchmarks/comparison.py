"""The working tree beside another state of the project: is anything slower?

    make bench AGAINST=REV                       start, reading, throughput, locations
    make bench AGAINST=REV ONLY="startup reading" PAIRS=30 SEED=7
    python tests/benchmarks/comparison.py --importer '/other/.venv/bin/importer'

Both states take turns within this one run, on the same files and the working tree's
server; which of a pair comes first is drawn by lot. The CPU time of the whole process
decides, because other programs on the machine lengthen the wall time most; a
difference in wall time alone is printed as well. The exit code is 1 where something
is slower, 2 where a state cannot be had or does not do its work, and 0 otherwise.
"""

from __future__ import annotations

import argparse
import random
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import page
import processes
import states
import trials
from common import Figures, Options
from ratios import CONFIDENCE, LEAST_RATIO, Ratio, Verdict, orders
from states import State, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processes import Ended
    from trials import Trial

LEAST_PAIRS = 7
SEED = 14
SLOWER, FAILED = 1, 2
HEADER = (
    "| figure | pairs | old CPU | new CPU | CPU, new/old | by CPU "
    "| wall, new/old | by wall |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)
NOTE = (
    f"new/old: the median of the pairs' ratios and its {CONFIDENCE:.0%} interval by "
    f"order statistics. CPU time decides. Slower or faster: the interval excludes 1, "
    f"and the difference is over {LEAST_RATIO - 1:.0%}."
)


@dataclass(frozen=True, slots=True)
class Compared:
    """What the pairs of one trial showed."""

    trial: Trial
    new: Sequence[Ended]
    old: Sequence[Ended]

    @property
    def cpu(self) -> Ratio:
        """Compare the CPU time, which decides."""
        return Ratio.of(*([one.cpu_seconds for one in it] for it in self._both))

    @property
    def wall(self) -> Ratio:
        """Compare the time from start to end, other programs' share included."""
        return Ratio.of(*([one.seconds for one in it] for it in self._both))

    @property
    def _both(self) -> tuple[Sequence[Ended], Sequence[Ended]]:
        return self.new, self.old

    def __str__(self) -> str:
        """Write the line of the table."""
        cells = [
            *(self.trial.what, len(self.new)),
            *(cpu_seconds(self.old), cpu_seconds(self.new)),
            *(self.cpu, self.cpu.verdict, self.wall, self.wall.verdict),
        ]
        return f"| {' | '.join(map(str, cells))} |"


def compare(
    trial: Trial, new: State, old: State, firsts: Sequence[bool], *, warm: bool
) -> Compared:
    """Run the pairs; `firsts` says of each whether the new state begins."""
    if warm:
        # the first start compiles the code and reads it from the disk
        for state in (old, new):
            trial.once(state.importer)
    ended: dict[str, list[Ended]] = {"new": [], "old": []}
    for new_first in firsts:
        pair = [("new", new), ("old", old)]
        for side, state in pair if new_first else reversed(pair):
            ended[side].append(trial.once(state.importer))
    return Compared(trial, ended["new"], ended["old"])


def cpu_seconds(ended: Sequence[Ended]) -> str:
    """Write the CPU time of a turn: the one in the middle."""
    median = Figures.of(one.cpu_seconds for one in ended).median
    return f"{median * 1000:.0f} ms" if median < 1 else f"{median:.2f} s"


def main() -> int:
    """Get both states, run the pairs, print the table and what is slower."""
    given = _arguments()
    try:
        old = _old(given)
        # beside a command that is given as it is, the working tree is taken as it is
        new = states.working_tree(alone=not given.importer)
        compared = _table(given, new, old)
    except (StateError, processes.UnexpectedEndError) as error:
        print(error, file=sys.stderr)
        return FAILED
    slower = [one.trial.what for one in compared if one.cpu.verdict is Verdict.SLOWER]
    print(f"\n{NOTE}\nSlower than {old.name}: {'; '.join(slower) or 'nothing seen'}.")
    return SLOWER if slower else 0


def _old(given: argparse.Namespace) -> State:
    if given.importer:
        return State(given.importer, tuple(shlex.split(given.importer)))
    print(f"Installing {given.against}, if it is not there yet.", flush=True)
    return states.installed(given.against)


def _table(given: argparse.Namespace, new: State, old: State) -> list[Compared]:
    print(f"{page.machine()}\nnew: {new.name}\nold: {old.name}\nseed: {given.seed}")
    print(f"\n{HEADER}", flush=True)
    chance = random.Random(given.seed)  # noqa: S311 - an order, not a secret
    compared = []
    with processes.scratch() as folder, processes.fast_server() as url:
        options = Options(folder, quick=given.quick)
        for trial in trials.chosen(options, url, given.only or ()):
            pairs = given.pairs or (1 if given.quick else trial.pairs)
            firsts = orders(pairs, chance)
            found = compare(trial, new, old, firsts, warm=not given.quick)
            print(found, flush=True)
            compared.append(found)
    return compared


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    other = parser.add_mutually_exclusive_group(required=True)
    other.add_argument("--against", metavar="REV", help="a commit, installed in build")
    other.add_argument("--importer", metavar="COMMAND", help="what is there already")
    parser.add_argument("--only", action="append", choices=trials.PAIRS)
    parser.add_argument("--pairs", type=int, help=f"at least {LEAST_PAIRS}")
    parser.add_argument("--seed", type=int, default=SEED, help="of the pairs' order")
    parser.add_argument("--quick", action="store_true", help="a hundredth, one pair")
    given = parser.parse_args()
    if given.pairs is not None and given.pairs < LEAST_PAIRS:
        parser.error(f"--pairs: at least {LEAST_PAIRS}, fewer show no difference")
    return given


if __name__ == "__main__":
    sys.exit(main())
