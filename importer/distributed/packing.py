"""How a run is divided: groups of locations, each one shard.

A location is never divided, as its rows share a limit and have one writer. Large ones
are alone and go first, so that what takes longest begins at once; the others fill
shards that cost little beside their rows. Pure. Invariant: each location is in exactly
one group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: What a shard holds at most, where it holds more than one location.
MOST_ROWS = 1_000
MOST_LOCATIONS = 200
#: How many shards each process is given, where there are enough locations: one that has
#: few rows in many locations waits for their limits, and others can begin meanwhile.
LEAST_SHARDS = 2


def packed(
    rows: Mapping[str, int], processes: int = 1
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield groups of locations with the number of their rows, the largest first.

    Args:
        rows: how many rows each location has.
        processes: how many there are to share the work.
    """
    most_rows = min(MOST_ROWS, _share(sum(rows.values()), processes))
    most_locations = min(MOST_LOCATIONS, _share(len(rows), processes))
    group: list[str] = []
    size = 0
    for location in sorted(rows, key=lambda text: (-rows[text], text)):
        count = rows[location]
        if group and (size + count > most_rows or len(group) >= most_locations):
            yield tuple(group), size
            group, size = [], 0
        group.append(location)
        size += count
    if group:
        yield tuple(group), size


def _share(whole: int, processes: int) -> int:
    """Return what a shard may hold so that every process has some."""
    return max(1, -(-whole // (processes * LEAST_SHARDS)))
