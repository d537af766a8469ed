"""A FastAPI service: two uploads at once, one cancelled, and requests meanwhile.

How long a request waits is measured as the processor time of the longest callback of
the service's loop, which is what holds up all others and does not depend on how busy
the machine is.
"""

from __future__ import annotations

import asyncio
import time
from asyncio import events
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from library_service import service

import importer
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sandbox import Sandbox

pytestmark = pytest.mark.slow

LOCATION, OTHER = "Z4Bxl8J4SaPEPLq9IQ8g", "6578278e879ad2646715ba9c"
BIG, SMALL = 100_000, 150
#: What no request may wait longer for.
LONGEST_SECONDS = 0.2


def rows(count: int) -> bytes:
    lines = "".join(
        f"Row {n},row-{n},manual,655b33a82209e60b6adb87a5\n" for n in range(count)
    )
    return f"name,slug,type,product_ids\n{lines}".encode()


@contextmanager
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Measure the processor time of each callback of this thread's loop."""
    taken: list[float] = []
    run = events.Handle._run

    def timed(handle: events.Handle) -> None:
        begun = time.thread_time()
        try:
            run(handle)
        finally:
            taken.append(time.thread_time() - begun)

    with monkeypatch.context() as patch:
        patch.setattr(events.Handle, "_run", timed)
        yield taken


def held(sandbox: Sandbox, location_id: str) -> int:
    located = sandbox.truth()["locations"].get(location_id, {"collections": ()})
    return len(located["collections"])


async def until(client: httpx.AsyncClient, name: str, **reached: Any) -> dict[str, Any]:
    """Ask for the progress until it is so far."""
    while True:
        moment: dict[str, Any] = (await client.get(f"/uploads/{name}")).json()
        if moment["done"] or any(moment[key] >= much for key, much in reached.items()):
            return moment
        await asyncio.sleep(0.02)


def test_of_two_uploads_one_is_cancelled_and_the_other_done_exactly_once(  # noqa: PLR0915
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While 100,000 rows are read and sent no callback holds the loop for 200 ms."""
    uploads = {"big": (LOCATION, rows(BIG)), "small": (OTHER, rows(SMALL))}

    async def work(client: httpx.AsyncClient) -> dict[str, Any]:
        for name, (location_id, content) in uploads.items():
            where = {"location_id": location_id}
            await client.post(f"/uploads/{name}", params=where, content=content)
        assert (await until(client, "big", read=1))["phase"] in {"starting", "reading"}
        ended: dict[str, Any] = (await client.get("/uploads/small/result")).json()
        assert (await until(client, "big", sent=1))["read"] == BIG
        cancelled = (await client.delete("/uploads/big")).json()
        assert cancelled == {"state": "stopped"}
        return ended

    async def main(folder: Path) -> float:
        async with running(Options(limit=Limit(100, 1.0))) as sandbox:
            shop = importer.Settings(
                env=False,
                base_url=sandbox.url,
                token="any-token-1",  # noqa: S106 - of a sandbox
            )
            app = httpx.ASGITransport(service(shop, folder))
            async with httpx.AsyncClient(
                transport=app, base_url="http://service", timeout=120
            ) as client:
                with measured(monkeypatch) as taken:
                    ended = await work(client)
            assert ended["ok"]
            assert ended["counts"]["created"] == held(sandbox, OTHER) == SMALL
            runs = await importer.list_runs(env=False)
            [counts] = [run.counts for run in runs if run.run_id == "big"]
            assert counts["created"] == held(sandbox, LOCATION) < BIG
            assert not counts.get("unknown")
            assert sandbox.truth()["slugs_twice"] == []
            return max(taken)

    longest = []
    for attempt in "ab":  # a processor that is shared may take twice its time once
        folder = tmp_path / attempt
        folder.mkdir()
        monkeypatch.chdir(folder)
        longest.append(asyncio.run(main(folder)))
        if longest[-1] < LONGEST_SECONDS:
            break
    assert min(longest) < LONGEST_SECONDS
