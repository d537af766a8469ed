"""How long `importer --help` takes beside a bare interpreter."""

from __future__ import annotations

import sys

import processes
from common import Figures, Line, Measured, Options

LEAST_STARTS = 7


def measure(options: Options) -> Measured:
    """The medians of several starts each, taking turns."""
    rounds = 1 if options.quick else max(LEAST_STARTS, options.repeats)
    pairs = [
        (
            processes.run([sys.executable, "-c", "pass"]).seconds,
            processes.run([*processes.IMPORTER, "--help"]).seconds,
        )
        for _ in range(rounds)
    ]
    bare = Figures.of(one for one, _ in pairs)
    ours = Figures.of(one for _, one in pairs)
    line = Line(
        "`importer --help`",
        f"{ours.median * 1000:.0f} ms",
        f"bare interpreter {bare.median * 1000:.0f} ms",
        f"{ours.over(bare).spread(1)} times",
    )
    return Measured([line])
