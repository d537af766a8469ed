"""`make mutants`: a sample of small changes, one at a time, and which are noticed.

    make mutants SEED=7 COUNT=400
    make mutants ONLY=journal/ COUNT=40

Which test executes which line is measured first, in a copy of the project, so that a
change costs only the tests that can notice it. Where none does, the acceptance tests
that use the module most run as well. A change whose tests do not come to an end counts
as noticed. The same seed and the same code give the same sample.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import contexts
import equivalent
import modules
from changes import sites
from trial import Effort, Trial, Tried, Verdict, copy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from changes import Change

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
PYTHON = ROOT / ".venv" / "bin" / "python"
WORKERS = 2


def sample(seed: int, count: int, only: str) -> list[Change]:
    """So many different changes of different places.

    Of the kinds of changes, the common ones are drawn less often than all their
    places would be: four times as many places have twice the chance.
    """
    draw = random.Random(seed)  # noqa: S311 - repeatable
    places = [
        site
        for path in modules.changed(ROOT, only)
        for site in sites(path, (ROOT / path).read_text("utf-8"))
    ]
    kinds = Counter(site.kind for site in places)
    # the least of random times, where a heavier place comes sooner
    times = [draw.expovariate(kinds[site.kind] ** -0.5) for site in places]
    ranked = sorted(range(len(places)), key=times.__getitem__)
    chosen = [places[number] for number in ranked[:count]]
    print(f"{len(places):,} places can be changed; {len(chosen)} are tried", flush=True)
    return [site.change(draw.randrange(len(site.ways))) for site in chosen]


def tried(
    changes: Sequence[Change], measure: contexts.Measure, effort: Effort
) -> Iterator[Tried]:
    """Try them side by side, each worker in a copy of its own."""
    free: SimpleQueue[Trial] = SimpleQueue()
    for number in range(WORKERS):
        place = copy(ROOT, BUILD / f"copy-{number}")
        free.put(Trial(place, PYTHON, measure, effort))

    def run(change: Change) -> Tried:
        trial = free.get()
        try:
            return trial.run(change)
        finally:
            free.put(trial)

    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(run, changes)


def report(results: Sequence[Tried], left_out: int) -> str:
    """What was not noticed, each with its place and its diff, and the figures."""
    lines: list[str] = []
    missed = [one for one in results if one.verdict is Verdict.NOT_NOTICED]
    for one in sorted(missed, key=lambda one: (one.change.path, one.change.line)):
        change = one.change
        head = f"{change.path}:{change.line} ({change.kind}; {one.tests} tests)"
        lines += [head, change.diff(), ""]
    noticed = len(results) - len(missed)
    late = sum(one.verdict is Verdict.TIMED_OUT for one in results)
    by_processes = sum(one.by_processes for one in results) - len(
        [one for one in missed if one.by_processes]
    )
    share = noticed / len(results) if results else 1.0
    lines.append(
        f"tried {len(results)}, noticed {noticed} ({late} by taking too long, "
        f"{by_processes} only by commands as processes), not noticed {len(missed)}: "
        f"{share:.2f}. Left out as equivalent: {left_out}."
    )
    return "\n".join(lines)


def main() -> int:
    """Sample, try, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--only", default="", help="a part of the modules' paths")
    parser.add_argument("--quick", action="store_true", help="no commands as processes")
    parser.add_argument(
        "--seconds",
        type=float,
        default=contexts.SECONDS_AT_MOST,
        help="of tests for one change, at the most",
    )
    chosen = parser.parse_args()
    effort = Effort(chosen.seconds, processes=not chosen.quick)
    BUILD.mkdir(parents=True, exist_ok=True)
    known = equivalent.load()
    changes = sample(chosen.seed, chosen.count, chosen.only)
    matter = [one for one in changes if equivalent.key(one) not in known]
    place = copy(ROOT, BUILD / "copy-0")
    measure = contexts.measure(ROOT, place, PYTHON, BUILD)
    if measure.failing:
        names = ", ".join(sorted(measure.failing)[:5])
        print(f"{len(measure.failing)} tests fail or are skipped unchanged: {names}")
    began, results = time.monotonic(), []
    for one in tried(matter, measure, effort):
        results.append(one)
        minutes = (time.monotonic() - began) / 60
        where = f"{one.change.path}:{one.change.line}"
        told = f"{len(results):4} {minutes:5.1f} min  {one.verdict:11}  {where}"
        if one.verdict is Verdict.NOT_NOTICED:
            told += f"\n{one.change.diff()}"
        print(told, file=sys.stderr, flush=True)
    text = report(results, len(changes) - len(matter))
    print(f"seed {chosen.seed}\n\n{text}")
    _keep(chosen.seed, results, text)
    return 0


def _keep(seed: int, results: Sequence[Tried], text: str) -> None:
    """Keep what was found below `build`, for people and for programs."""
    stem = BUILD / f"seed-{seed}"
    stem.with_suffix(".txt").write_text(text + "\n", encoding="utf-8")
    document = [
        {
            "path": one.change.path,
            "line": one.change.line,
            "kind": one.change.kind,
            "diff": one.change.diff(),
            "verdict": one.verdict,
            "tests": one.tests,
        }
        for one in results
    ]
    stem.with_suffix(".json").write_text(json.dumps(document, indent=1), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
