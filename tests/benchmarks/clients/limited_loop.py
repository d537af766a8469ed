"""A plain aiohttp loop behind aiolimiter, as most programs limit themselves.

A refused call is tried again after its turn comes again. Prints the seconds that it
took, its imports not counted.
"""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp
import orjson
import uvloop
from aiolimiter import AsyncLimiter
from bodies import HEADERS, PATH, read

WORKERS = 64


async def main(base: str, path: str, rows: int, limiter: AsyncLimiter) -> None:
    """Post all of them, however often it takes."""
    bodies = read(path, rows)
    async with aiohttp.ClientSession(base, headers=HEADERS) as session:

        async def worker() -> None:
            for body in bodies:
                status = 429
                while status == 429:
                    await limiter.acquire()
                    async with session.post(PATH, data=orjson.dumps(body)) as answer:
                        await answer.read()
                        status = answer.status
                assert status == 201

        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())


async def timed(base: str, path: str, rows: int, calls: float, seconds: float) -> None:
    """Say how long it took."""
    started = time.perf_counter()
    await main(base, path, rows, AsyncLimiter(calls, seconds))
    print(time.perf_counter() - started)


if __name__ == "__main__":
    given = sys.argv[1:]
    uvloop.run(
        timed(given[0], given[1], int(given[2]), float(given[3]), float(given[4]))
    )
