"""Two runs that want the same: what is left to others, and how long one waits."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import LeftToOthers
from importer.journal import locks
from importer.locations import Locations
from importer.models import OnOverlap
from importer.runs import overlap
from importer.runs.folders import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


def settings(chosen: OnOverlap) -> Any:
    values = SimpleNamespace(on_overlap=chosen, max_duration=None)
    return SimpleNamespace(values=values, locations=Locations())


def claimed(own: locks.FileClaim, *locations: str) -> dict[str, LeftToOthers]:
    """What a session that skips what is held leaves to others."""
    session: Any = SimpleNamespace(settings=settings(OnOverlap.SKIP), claim=lambda: own)
    return asyncio.run(overlap.claim(session, locations))


def test_a_run_goes_on_with_the_locations_that_are_free(tmp_path: Path) -> None:
    """Only where nothing at all is left to it there is no run."""
    with (
        locks.claim(tmp_path, "other", ["a", "b"]),
        locks.claim(tmp_path, "own") as own,
    ):
        assert claimed(own, "c", "d") == {}
        left = claimed(own, "a", "c")
        assert set(left) == {"a"}
        assert "Run other" in str(left["a"])
        with pytest.raises(LeftToOthers, match=r"Run other .* location a") as refused:
            claimed(own, "a", "b")
        assert refused.value.remedy == "Nothing was sent."


def test_a_run_that_is_worked_on_is_waited_for_until_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No shorter, and no longer."""
    monkeypatch.setattr(overlap, "LOOK_EVERY_SECONDS", 0.01)
    waits = settings(OnOverlap.WAIT)

    async def go() -> None:
        folder = RunFolder(tmp_path, "first")
        await overlap.give_way(folder, waits)
        with locks.claim(tmp_path, "first"):
            waiting = asyncio.create_task(overlap.give_way(folder, waits))
            await asyncio.sleep(0.1)
            assert not waiting.done()
        await asyncio.wait_for(waiting, 5.0)

    asyncio.run(go())
