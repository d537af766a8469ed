"""What of a cluster is away, when that ends a run, and what becomes of its shards."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from importer.distributed import runner
from importer.distributed.engine import Ended, Seen
from importer.distributed.lookout import AWAY_SECONDS, Lookout
from importer.errors import StorageError
from importer.models import Calls, Flight
from importer.runs.shards import Shard, ShardResult

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from importer.distributed.joining import Cluster


class Place:
    """A cluster whose parts come and go as a test says."""

    def __init__(self, threads: int = 8) -> None:
        self.threads = threads
        self.there = self.comes_back = True
        self.broken = False
        self.engine = SimpleNamespace(connected=lambda: self.there, seen=self._seen)

    def reconnect(self) -> None:
        if not self.comes_back:
            msg = "nobody answers"
            raise StorageError(msg, remedy="Start it.")
        self.there = True

    def _seen(self) -> Seen:
        return Seen(self.threads, {}, frozenset())


def looked(place: Place, *, stopping: bool = False) -> tuple[Lookout, Seen | None]:
    found = Lookout(cast("Cluster", place))
    return found, asyncio.run(found.look(stopping=stopping))


def over(found: Lookout, seconds: float) -> str:
    """Return what ends the run after so many seconds more, and how to go on."""
    error = found.over(time.monotonic() + seconds)
    return "" if error is None else f"{error} {error.remedy}"


def test_a_cluster_that_is_there_ends_nothing() -> None:
    """However long that is."""
    found, seen = looked(Place())
    assert seen is not None
    assert found.threads == 8
    assert over(found, 1e6) == ""


def test_a_cluster_without_workers_is_waited_for_a_while() -> None:
    """Then the run ends, to be gone on with; a worker that comes in time saves it."""
    place = Place(threads=0)
    found, _ = looked(place)
    assert over(found, AWAY_SECONDS / 2) == ""
    assert "no worker for 60 s" in over(found, AWAY_SECONDS + 1)
    assert "importer resume" in over(found, AWAY_SECONDS + 1)
    place.threads = 4
    asyncio.run(found.look(stopping=False))
    assert over(found, 1e6) == ""


def test_a_scheduler_that_is_gone_is_looked_for() -> None:
    """Nothing is handed out meanwhile; after a minute the run ends."""
    place = Place()
    place.there = place.comes_back = False
    found, seen = looked(place)
    assert seen is None
    assert found.gone
    assert over(found, AWAY_SECONDS / 2) == ""
    assert "nobody answers" in over(found, AWAY_SECONDS + 1)
    place.comes_back = True
    assert asyncio.run(found.look(stopping=False)) is not None
    assert found.present
    assert over(found, 1e6) == ""


def test_a_run_that_stops_does_not_look_for_it() -> None:
    """It would end later for nothing."""
    place = Place()
    place.there = False
    found, seen = looked(place, stopping=True)
    assert seen is None
    assert found.gone
    assert not place.there


class Restarted(Place):
    """A cluster whose scheduler ends with the first shard, and is back at once."""

    size = 8

    def __init__(self) -> None:
        super().__init__()
        self.submitted: list[str] = []
        self.engine = self._engine(self._lose)

    def reconnect(self) -> None:
        super().reconnect()
        self.engine = self._engine(self._answer)

    def _engine(self, submit: Callable[..., None]) -> SimpleNamespace:
        seen, there = self._seen, lambda: self.there
        cancel = SimpleNamespace  # knows nothing that could be cancelled
        return SimpleNamespace(connected=there, seen=seen, submit=submit, cancel=cancel)

    def _lose(self, key: str, *_: object) -> None:
        self.submitted.append(key)
        self.there = False

    def _answer(
        self,
        key: str,
        order: object,
        rows: int,
        ended: Callable[[Ended], None],
        avoided: set[str],
    ) -> None:
        del order, rows, avoided
        self.submitted.append(key)
        result = ShardResult({}, Calls(), Flight(), None, {}, {}, frozenset())
        ended(Ended(key, result))


def test_a_scheduler_that_is_back_at_once_is_given_the_shards_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It knows nothing of them, though it was never seen to be away."""
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.01)
    place = Restarted()
    ends = runner.Ends(lambda _: None, lambda _: False)
    cluster = runner.ClusterRunner(cast("Cluster", place), ends)

    async def main() -> int:
        async with asyncio.timeout(20):
            return len(await cluster.run(Shard("run", "somewhere", (), ()), {"a": 3}))

    assert asyncio.run(main()) == 1
    first, second = place.submitted
    assert first != second
