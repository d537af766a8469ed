"""A run whose rows are read, and the shards of it that other processes would get."""

from __future__ import annotations

import asyncio
import pickle
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd  # noqa: TID251 - rows without a file

from importer import settings
from importer.models import Status
from importer.runs import new_folders, shards, workplace
from importer.runs.session import Session
from importer.runs.shard_work import carry_out
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from importer.errors import FatalError
    from importer.runs.shards import Shard, ShardResult
    from importer.sandbox import Sandbox

TOKEN = "a-token-of-the-worker-alone"  # noqa: S105 - made up
PLACES = [f"loc00000000000000{number:03}" for number in range(12)]


@asynccontextmanager
async def reading(
    sandbox: Sandbox,
    folder: Path,
    database: str,
    rows: Mapping[str, int],
    run_id: str = "run",
    **more: Any,
) -> AsyncIterator[Session]:
    """A run whose rows were read, and that is held; its locations are free."""
    chosen = settings.load(
        {
            "base_url": sandbox.url,
            "token": TOKEN,
            "runs_dir": folder / "runs",
            "journal": database,
            "settle_pauses": "0.05,0.2,0.5",
            "audit": False,
            **more,
        },
        environment=False,
    )
    table = pd.DataFrame(
        [
            {
                "name": f"N {location[-3:]} {number}",
                "slug": f"s{location[-3:]}-{number}",
                "location_id": location,
            }
            for location, count in rows.items()
            for number in range(count)
        ]
    )
    found = new_folders.make(chosen.home, run_id, 0.0)
    async with Session.begin(chosen, found, (table,)) as session:
        await session.read((table,))
        yield session
        await workplace.close()


def parts(session: Session, *groups: Sequence[str], **more: Any) -> list[Shard]:
    whole = shards.whole(session.folder.run_id, session.journal, session.settings)
    rows = sum(session.journal.delivery.locations(*Status).values())
    return [
        replace(whole, locations=tuple(group), name=str(number), rows=rows, **more)
        for number, group in enumerate(groups)
    ]


def sandboxed(
    work: Callable[[Sandbox], Awaitable[None]], timeout: float = 90.0, **box: Any
) -> None:
    """Do something beside a sandbox that refuses no products."""

    async def go() -> None:
        wanted = {"limit": Limit(1000, 1.0), "require_products": False, **box}
        async with running(Options(**wanted)) as sandbox:
            await asyncio.wait_for(work(sandbox), timeout)

    asyncio.run(go())


def statuses(session: Session) -> Counter[str]:
    return Counter(str(line.status) for line in session.journal.history.lines())


def slugs(sandbox: Sandbox) -> int:
    truth = sandbox.truth()
    assert truth["slugs_twice"] == []
    return sum(len(held["collections"]) for held in truth["locations"].values())


class InParts:
    """A runner that has each location carried out as a shard of its own."""

    compares: bool = True
    workers: int = 1

    def __init__(self, session: Session) -> None:
        self._session = session

    async def run(self, whole: Shard, rows: Mapping[str, int]) -> Sequence[ShardResult]:
        every = [replace(whole, locations=(location,)) for location in rows]
        chosen = self._session.settings
        results = await asyncio.gather(*(carry_out(shard, chosen) for shard in every))
        # as they would come from another process
        return [pickle.loads(pickle.dumps(one)) for one in results]  # noqa: S301 - ours

    def stop(self, error: FatalError) -> None:
        crew = self._session.settings.home.crew(self._session.folder.run_id)
        assert crew is not None
        crew.stop(str(error))
