"""Upload a table to the page and edit it there; print what that took, as JSON.

    python workbench_page.py FILE EDITS

From the upload to the page with what is wrong; then edits of bad cells, each a form and
the page again behind it. The server is in this process, which is no hindrance: a large
table lies open in a process of its own.
"""

from __future__ import annotations

import asyncio
import html
import json
import re
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "integration"))

from web_client import Browser, served

_ROW = re.compile(r'name="is-(\d+)-(\d+)"')


async def edited(browser: Browser, number: int) -> None:
    """Change the first bad cell of the page, and look at what it comes to."""
    cell = _ROW.search(browser.last.text)
    assert cell, browser.last.head
    at = f"{cell[1]}-{cell[2]}"
    was = re.search(rf'name="was-{at}" value="([^"]*)"', browser.last.text)
    assert was, at
    path = browser.last.path
    texts = {f"was-{at}": html.unescape(was[1]), f"is-{at}": f"edited-{number}"}
    page = await browser.post(f"{path}/fix/edit", **texts)
    assert page.status == 200, page.head


async def measure(content: bytes, edits: int) -> dict[str, float]:
    """Upload, edit, and say what that took."""
    with tempfile.TemporaryDirectory() as folder:
        async with served(Path(folder)) as browser:
            await browser.enter()
            begin = time.perf_counter()
            page = await browser.upload("table.csv", content)
            assert page.status == 200, page.alert
            shown = time.perf_counter() - begin
            took = []
            for number in range(edits):
                begin = time.perf_counter()
                await edited(browser, number)
                took.append((time.perf_counter() - begin) * 1000)
    took.sort()
    half, most = took[len(took) // 2], took[int(len(took) * 0.95)]
    size = len(page.text.encode())
    return {"shown": shown, "p50": half, "p95": most, "bytes": size}


if __name__ == "__main__":
    took = measure(Path(sys.argv[1]).read_bytes(), int(sys.argv[2]))
    print(json.dumps(asyncio.run(took)))
