"""The same with the vendor's SDK, called as its page shows, with workers and uvloop.

Prints the seconds that the posting took, its imports not counted.
"""

from __future__ import annotations

import asyncio
import sys
import time

import uvloop
from bodies import read
from highlevel import HighLevel

WORKERS = 4


async def main(base: str, path: str, rows: int) -> None:
    """Create all of them."""
    HighLevel.BASE_URL = base
    client = HighLevel(private_integration_token="benchmark")  # noqa: S106 - no secret
    bodies = read(path, rows)

    async def worker() -> None:
        for body in bodies:
            created = await client.products.create_product_collection(body)
            assert created["data"]["_id"]

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(worker())


if __name__ == "__main__":
    started = time.perf_counter()
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    print(time.perf_counter() - started)
