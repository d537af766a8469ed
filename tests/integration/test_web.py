"""The page from a file to the result, by forms alone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # what is shared is no package

import web_client

GOOD = b"""name,slug,type,product_ids
Best Sellers,best-sellers,manual,655b33a82209e60b6adb87a5
Gift Ideas,gift-ideas,manual,655b33a82209e60b6adb87a6
"""


def test_a_table_becomes_collections_in_the_practice_shop(tmp_path: Path) -> None:
    """From the file to the answers, and back again, without a script."""

    async def main() -> None:
        async with web_client.served(tmp_path) as browser:
            await browser.enter()
            await browser.upload("spring.csv", GOOD)
            assert browser.last.head == "All 2 rows are fine"
            await browser.post(f"{browser.last.path}/compare")
            ready = await browser.until("will be created")
            assert ready.head == "2 collections will be created"
            await browser.post(f"{ready.path}/run", digest=ready.hidden("digest"))
            done = await browser.until("Done")
            assert done.head == "Done: 2 collections were created"
            answers = await browser.get(f"{done.path}/files/report.csv")
            assert answers.text.count(",created,") == 2
            home = await browser.get("/")
            assert "done: 2 collections created" in home.text

            await browser.get(done.path)
            asked = await browser.post(f"{done.path}/undo-look")
            assert asked.head == "Take back 2 collections?"
            await browser.post(f"{done.path}/undo")
            await browser.get(done.path)
            back = await browser.until("Taken back")
            assert "taken back" in back.text

    asyncio.run(main())
    (kept,) = (tmp_path / "web" / "drafts").iterdir()
    deeds = [
        json.loads(line) for line in (kept / "audit.jsonl").read_text().splitlines()
    ]
    assert [(one["person"], one["deed"]) for one in deeds] == [
        ("Anna", "uploaded"),
        ("Anna", "confirmed"),
        ("Anna", "undo_confirmed"),
    ]
