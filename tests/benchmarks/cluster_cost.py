"""A process that carries out shards of a run, and prints what its own CPU they took.

    python cluster_cost.py URL JOURNAL FOLDER LOCATIONS ROWS SHARD

`ROWS` for each of `LOCATIONS`, first in one process as a run without a cluster, then
`SHARD` locations a shard in this one; each from an empty start, at servers that forget.
What is measured is the comparing and the sending: the rows were read before.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from importer import settings
from importer.runs import new_folders, shards, workplace
from importer.runs.session import Session
from importer.runs.shard_work import carry_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

#: Shards, or locations without one, that make the process warm.
WARM = 3


async def main(url: str, journal: str, folder: Path, sizes: tuple[int, ...]) -> None:
    """Measure and print."""
    locations, rows, some = sizes
    given = {
        "base_url": url,
        "token": "benchmark",
        "runs_dir": folder,
        "journal": journal,
        "audit": False,
        "rate": "none",
    }
    found: dict[str, Any] = {"rows": locations * rows, "shards": locations // some}
    async with _reading(given, "warm", _places("warm", WARM * some), rows) as session:
        await _alone(session)
    async with _reading(given, "alone", _places("alone", locations), rows) as session:
        found["alone"] = await _alone(session)
    places = _places("shards", locations + WARM * some)
    async with _reading(given, "shards", places, rows) as session:
        found["parts"] = await _in_shards(session, places, some, rows)
    print(json.dumps(found))


def _places(way: str, count: int) -> list[str]:
    """Locations of its own, where no other way has created anything."""
    return [f"{way[:3]}{number:017}" for number in range(count)]


@asynccontextmanager
async def _reading(
    given: dict[str, Any], run_id: str, places: list[str], rows: int
) -> AsyncIterator[Session]:
    chosen = settings.load(given, environment=False)
    table = pd.DataFrame(
        {"name": f"N {place} {number}", "slug": f"s{place}-{number}"}
        | {"location_id": place}
        for place in places
        for number in range(rows)
    )
    made = new_folders.make(chosen.home, run_id, 0.0)
    async with Session.begin(chosen, made, (table,)) as session:
        await session.read((table,))
        yield session
        await workplace.close()


async def _alone(session: Session) -> list[float]:
    started = time.process_time(), time.perf_counter()
    await session.compare()
    await session.deliver()
    return _taken(*started)


async def _in_shards(
    session: Session, places: list[str], some: int, rows: int
) -> list[float]:
    whole = shards.whole(session.folder.run_id, session.journal, session.settings)
    parts = [
        replace(whole, locations=tuple(places[start : start + some]), name=str(start))
        for start in range(0, len(places), some)
    ]
    started = 0.0, 0.0
    for number, part in enumerate(parts):
        if number == WARM:
            started = time.process_time(), time.perf_counter()
        result = await carry_out(part, session.settings)
        assert result.counts == {"created": some * rows}, result
    return _taken(*started)


def _taken(cpu: float, elapsed: float) -> list[float]:
    return [time.process_time() - cpu, time.perf_counter() - elapsed]


if __name__ == "__main__":
    address, database, runs, *numbers = sys.argv[1:]
    asyncio.run(main(address, database, Path(runs), tuple(map(int, numbers))))
