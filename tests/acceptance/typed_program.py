"""A program that uses all of the library: it runs, and type checkers have no word."""

from __future__ import annotations

import asyncio
import logging
import sys

import importer
from importer.sandbox import running


async def agreed(forecast: importer.Forecast, problems: int) -> bool:
    """Say yes to what is small."""
    return forecast.create < 100 and not problems


async def imported(path: str, shop: importer.Settings) -> importer.RunResult:
    """Import a file, and look at it meanwhile."""
    async with importer.start(path, confirm=agreed, settings=shop, limit=10) as run:
        async for moment in run.watch(every=0.1):
            if moment.waiting == "quota":
                await run.stop()
        return await run.result()


def told(result: importer.RunResult) -> str:
    """Say in a line what a result came to."""
    try:
        result.raise_for_status()
    except importer.RunError as failure:
        return f"{failure.summary.run_id} ended with {failure.exit_code.name}"
    first: str = result.created[2]
    bad = [
        line.place.row
        for line in result.problems
        if line.status is importer.Status.INVALID
    ]
    return f"{result.summary.state.value}, {len(first)} letters, {len(bad)} invalid"


def again(shop: importer.Settings) -> list[importer.State]:
    """List the runs without an event loop; there is nothing to be resumed."""
    resumed = importer.sync.resume(settings=shop)
    assert resumed is None or resumed.ok
    return [run.state for run in importer.sync.list_runs(settings=shop)]


async def main(path: str) -> None:
    """Check, plan, import, undo."""
    logging.getLogger("importer").setLevel(logging.WARNING)
    async with running() as sandbox:
        common: importer.RunSettings = {"base_url": sandbox.url, "token": "any-token-1"}
        common["location_id"] = "Z4Bxl8J4SaPEPLq9IQ8g"
        shop = importer.Settings(env=False, **common)
        checked = await importer.check(path, settings=shop.replace(on_existing="fail"))
        planned = await importer.plan(path, settings=shop, timeout="20s")
        print(checked.collections, "rows,", planned.forecast.create, "to create")
        result = await imported(path, shop)
        print(told(result), *await asyncio.to_thread(again, shop))
        undone = await importer.undo(result.summary.run_id, settings=shop)
        print(undone.exit_code is importer.Exit.OK)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
