"""The bare loop: aiohttp as fast as it goes, and nothing around it.

uvloop, orjson, 64 workers over one session, no cookies, no timer for each call; every
answer is read and parsed. It checks nothing, keeps nothing and writes nothing.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
import orjson
import uvloop
from bodies import HEADERS, PATH, read
from yarl import URL

WORKERS = 64


async def main(base: str, path: str, rows: int) -> None:
    """Post all of them."""
    url = URL(base + PATH)
    bodies = read(path, rows)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=WORKERS),
        headers=HEADERS,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:

        async def worker() -> None:
            for body in bodies:
                async with session.post(url, data=orjson.dumps(body)) as answer:
                    assert answer.status == 201
                    assert orjson.loads(await answer.read())["data"]["_id"]

        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(worker())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
