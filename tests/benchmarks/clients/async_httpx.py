"""The same with httpx: one client, uvloop, orjson, and as many workers as suit it best.

Prints the seconds that the posting took, its imports not counted.
"""

from __future__ import annotations

import asyncio
import sys
import time

import httpx
import orjson
import uvloop
from bodies import HEADERS, PATH, read

#: More make it slower: its pool looks through all connections for each call.
WORKERS = 4


async def main(base: str, path: str, rows: int) -> None:
    """Post all of them."""
    bodies = read(path, rows)
    async with httpx.AsyncClient(
        base_url=base,
        headers=HEADERS,
        timeout=None,  # noqa: S113 - as the bare loop
    ) as client:

        async def worker() -> None:
            for body in bodies:
                answer = await client.post(PATH, content=orjson.dumps(body))
                assert answer.status_code == 201
                assert orjson.loads(answer.content)["data"]["_id"]

        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())


if __name__ == "__main__":
    started = time.perf_counter()
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    print(time.perf_counter() - started)
