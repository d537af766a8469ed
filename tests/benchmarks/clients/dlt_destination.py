"""The same with dlt: a pipeline into a custom destination that posts each item.

`@dlt.destination` as its page shows, made as fast as it honestly gets: one session for
each thread, several load jobs side by side, and no parsing of values. The batch is
given: with 1 dlt keeps its progress for each row, as an import would want it (a crash
repeats one row); with 100 it keeps it rarely and a crash repeats up to 100 rows.
Prints the seconds that the pipeline took, its imports not counted.
"""

from __future__ import annotations

import os
import sys
import time
from tempfile import TemporaryDirectory
from typing import Any

import dlt
from bodies import PATH, read
from requests_pool import post

LOAD_JOBS = 8


def main(base: str, path: str, rows: int, batch: int) -> None:
    """Run the pipeline once."""
    url = base + PATH

    @dlt.destination(  # type: ignore[untyped-decorator]
        batch_size=batch, name="collections", max_parallel_load_jobs=LOAD_JOBS
    )
    def collections(items: list[dict[str, Any]], table: Any) -> None:
        del table
        for item in items:
            post(url, item)

    resource = dlt.resource(read(path, rows), name="collections", max_table_nesting=0)
    with TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "benchmark", destination=collections, pipelines_dir=folder
        )
        loaded = pipeline.run(resource)
        loaded.raise_on_failed_jobs()


if __name__ == "__main__":
    number = int(sys.argv[3])
    # a file is a load job, and load jobs are what runs side by side
    os.environ["DATA_WRITER__FILE_MAX_ITEMS"] = str(max(1, number // LOAD_JOBS))
    started = time.perf_counter()
    main(sys.argv[1], sys.argv[2], number, int(sys.argv[4]))
    print(time.perf_counter() - started)
