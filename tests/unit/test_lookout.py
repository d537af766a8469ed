"""What of a cluster is away, and when that ends a run."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from importer.distributed.engine import Seen
from importer.distributed.lookout import AWAY_SECONDS, Lookout
from importer.errors import StorageError

if TYPE_CHECKING:
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
