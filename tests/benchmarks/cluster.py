"""What a shard costs beside its rows; what a run of shards needs is in `fleet`.

The cost is CPU of the process that carries shards out, one after the other: the server
of the journal and that of the collections are others.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # what is shared is no package

import postgres_server
import processes
from common import Figures, Goal, Line, Measured, Options

COST = Path(__file__).with_name("cluster_cost.py")
#: Locations, and rows of each; so many locations make a shard.
FEW_ROWS, MANY_ROWS, SHARD = (100, 4), (40, 200), 5
MOST_SHARD_MS, MOST_OVER = 40.0, 1.10


def measure(options: Options) -> Measured:
    """Shards of few rows, and of many."""
    if reason := postgres_server.missing():
        return Measured(notes=[f"cluster: not measured, {reason}."])
    server = postgres_server.Server(settings={})
    try:
        server.start()
        lines = [
            *_cost(options, server, FEW_ROWS, large=False),
            *_cost(options, server, MANY_ROWS, large=True),
        ]
    finally:
        server.stop()
    return Measured(lines)


def _cost(
    options: Options,
    server: postgres_server.Server,
    sizes: tuple[int, int],
    *,
    large: bool,
) -> list[Line]:
    """CPU of shards beside the same rows in one process without any."""
    locations, rows = max(SHARD, options.scaled(sizes[0])), sizes[1]
    rounds = []
    for turn in range(options.repeats):
        folder = options.folder / f"cost-{rows}-{turn}"
        place = server.loopback(server.new_database())
        with processes.fast_server() as url:
            given = [url, place, folder, locations, rows, SHARD]
            rounds.append(processes.run([sys.executable, COST, *given]).document)
    shards = rounds[0]["shards"]
    parts, alone = (
        Figures.of(one[way][0] / shards * 1e3 for one in rounds)
        for way in ("parts", "alone")
    )
    ratio = parts.over(alone)
    beside = Figures.of(
        part - one for part, one in zip(parts.values, alone.values, strict=True)
    )
    elapsed = Figures.of(one["parts"][1] / one["alone"][1] for one in rounds)
    goal = (
        Goal.at_most(MOST_OVER, ratio.median)
        if large
        else Goal.at_most(MOST_SHARD_MS, beside.median, " ms beside its rows")
    )
    return [
        Line(
            f"cluster: CPU of a shard of {SHARD} locations of {rows:,} rows each",
            f"{parts.spread(1)} ms, {beside.spread(1)} of them beside its rows",
            f"one process without shards {alone.spread(1)} ms; elapsed "
            f"{elapsed.spread()} times as long, one shard after the other",
            ratio.spread(),
            [goal],
        )
    ]
