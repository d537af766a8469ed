"""The whole program beside a bare aiohttp loop that posts the same bodies.

Both run on one core against the same sandbox on the other one, without a limit. The
bare loop checks nothing, keeps nothing and writes nothing.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import urllib.request
from pathlib import Path

from common import (
    IMPORTER,
    LOCATION,
    PRODUCT,
    Line,
    Options,
    median,
    sandbox,
    seconds,
    write_rows,
)

BARE = f"""
import asyncio, sys
import aiohttp, orjson, uvloop

async def main(url, count):
    bodies = iter([
        orjson.dumps({{
            "altId": "{LOCATION}", "altType": "location",
            "name": f"Collection {{number}}", "slug": f"collection-{{number}}",
            "type": "manual", "productIds": ["{PRODUCT}"],
        }})
        for number in range(count)
    ])
    headers = {{
        "Authorization": "Bearer benchmark", "Version": "2021-07-28",
        "Content-Type": "application/json", "User-Agent": "bare loop",
    }}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=64), headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
    ) as session:
        async def worker():
            for body in bodies:
                async with session.post(url, data=body) as answer:
                    assert orjson.loads(await answer.read())["data"]["_id"]
        async with asyncio.TaskGroup() as group:
            for _ in range(64):
                group.create_task(worker())

uvloop.run(main(sys.argv[1] + "/products/collections", int(sys.argv[2])))
"""


def measure(options: Options) -> list[Line]:
    """Rows a second of whole processes, start and report included."""
    rows = options.rows
    with (
        tempfile.TemporaryDirectory() as name,
        sandbox("--limit", "none", "--daily", "none") as url,
    ):
        folder = Path(name)
        path = write_rows(folder / "rows.csv", rows)

        def bare() -> float:
            _reset(url)
            return seconds([sys.executable, "-c", BARE, url, str(rows)], core=0)

        def ours() -> float:
            _reset(url)
            shutil.rmtree(folder / "runs", ignore_errors=True)
            flags = ["--base-url", url, "--rate", "none", "--yes", "--quiet"]
            command = [*IMPORTER, "run", str(path), *flags]
            return seconds([*command, "--runs-dir", str(folder / "runs")], core=0)

        # in turns, so that a slow minute of the machine hits both
        pairs = [(bare(), ours()) for _ in range(options.repeats)]
    bare_seconds = median(len(pairs), iter([one for one, _ in pairs]).__next__)
    our_seconds = median(len(pairs), iter([one for _, one in pairs]).__next__)
    return [
        Line(
            f"run of {rows:,} rows, no limit",
            f"{rows / our_seconds:,.0f} rows/s",
            f"bare aiohttp and uvloop {rows / bare_seconds:,.0f} rows/s",
            f"{bare_seconds / our_seconds:.2f}",
        )
    ]


def _reset(url: str) -> None:
    request = urllib.request.Request(f"{url}/_sandbox/reset", method="POST")
    urllib.request.urlopen(request, timeout=10).close()
