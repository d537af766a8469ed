"""Open a table on a workbench and edit it at random; print what that took, as JSON.

    python workbench_edits.py FILE EDITS COLUMN…

An edit is timed with the counts of the whole table after it, which a page shows. A
check of the file comes first, so that its CPU time stands beside that of opening.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

import importer

SEED = 3
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"


def main() -> None:
    """Open, edit, print."""
    path, count, columns = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    # what a first check loads is no part of it
    asyncio.run(importer.check([{"name": "Hats"}], env=False, location_id=LOCATION))
    begun = time.process_time()
    asyncio.run(importer.check(path, env=False, location_id=LOCATION))
    check = time.process_time() - begun
    begin, cpu = time.perf_counter(), time.process_time()
    bench = importer.open(path, env=False, location_id=LOCATION)
    counts = bench.counts
    opened, cpu = time.perf_counter() - begin, time.process_time() - cpu
    chance = random.Random(SEED)  # noqa: S311 - not a secret
    (table,) = bench.tables
    samples = {each.header: each.samples for each in table.columns}
    took = []
    for number in range(count):
        row, column = 2 + chance.randrange(table.rows), chance.choice(columns)
        words = (*samples[column], "", "x y", f"hats-{number % 40}")
        begin = time.perf_counter()
        bench.edit(row, column, chance.choice(words), by="somebody")
        assert bench.counts.keys() == counts.keys()
        took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
    told = {
        "open": opened,
        "cpu": cpu,
        "check": check,
        "p50": half,
        "p95": most,
        "counts": counts,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
