"""Two parties at a barrier: claims that are made at the same moment, on a slow disk."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from importer.errors import LocationHeldError
from importer.journal import locks

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PARTIES = 4
PATIENCE_SECONDS = 60.0
SLOW_SECONDS = 0.002


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes take a moment to be read, written and removed, as on a network's disk."""

    def slowed(usual: Callable[..., Any]) -> Callable[..., Any]:
        def slow(path: Any, *args: Any, **more: Any) -> Any:
            time.sleep(SLOW_SECONDS)  # noqa: TID251 - the disk's
            return usual(path, *args, **more)

        return slow

    for name in ("read_text", "write_text", "unlink", "rename", "replace"):
        monkeypatch.setattr(Path, name, slowed(getattr(Path, name)))
    monkeypatch.setattr(FileLock, "release", slowed(FileLock.release))


@dataclass
class Room:
    """A location, and who is in it."""

    inside: set[str] = field(default_factory=set)
    most: int = 0
    entered: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def stay(self, run_id: str) -> None:
        self.inside.add(run_id)
        self.entered += 1
        self.most = max(self.most, len(self.inside))
        time.sleep(3 * SLOW_SECONDS)  # noqa: TID251 - the others try meanwhile
        self.inside.discard(run_id)


def at_a_barrier(room: Room, *parties: Callable[[], None]) -> None:
    """Have all of them begin at once, and wait until the last has ended."""
    barrier = threading.Barrier(len(parties))

    def begin(party: Callable[[], None]) -> None:
        barrier.wait(PATIENCE_SECONDS)
        try:
            party()
        except BaseException as failure:  # noqa: BLE001 - told by the test's thread
            room.failures.append(failure)

    threads = [threading.Thread(target=begin, args=(one,)) for one in parties]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert room.failures == []


def leave_behind(runs: Path, run_id: str, *locations: str) -> None:
    """What a killed process leaves: a note, and a lock that nobody holds."""
    with locks.claim(runs, run_id, locations):
        (note,) = (runs / locks.FOLDER).glob(f"{run_id}*.json")
        text = note.read_text(encoding="utf-8")
    assert set(json.loads(text)["locations"]) == set(locations)
    note.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("slow_disk")
@pytest.mark.parametrize("way", ["claim", "extend", "extend_free"])
def test_a_location_has_one_holder_however_many_come_at_once(
    tmp_path: Path, way: str
) -> None:
    """By every way to a location, and beside a claim that a dead run left."""
    room = Room()
    claimed = threading.Barrier(PARTIES)

    def party(number: int) -> None:
        run_id = f"run-{number}"
        for _ in range(6):
            try:
                with locks.claim(
                    tmp_path, run_id, ["a"] if way == "claim" else []
                ) as claim:
                    if way != "claim":
                        claimed.wait(PATIENCE_SECONDS)
                    if way == "extend":
                        claim.extend(["a"])
                    elif way == "extend_free" and "a" in claim.extend_free(["a", "b"]):
                        continue
                    room.stay(run_id)
            except LocationHeldError:
                continue

    leave_behind(tmp_path, "run-0", "a")
    at_a_barrier(room, *(lambda one=one: party(one) for one in range(PARTIES)))
    assert room.most == 1
    assert room.entered > 1


@pytest.mark.usefixtures("slow_disk")
def test_a_run_is_taken_up_while_others_look_whether_it_lives(tmp_path: Path) -> None:
    """Who looks tries the lock for a moment; that refuses no rightful owner."""
    room = Room()
    over = threading.Event()

    def resume() -> None:
        try:
            for _ in range(10):
                with locks.claim(tmp_path, "killed", ["a"]):
                    room.stay("killed")
        finally:
            over.set()

    def look() -> None:
        while not over.is_set():
            locks.holder(tmp_path, "killed")

    def begin_beside() -> None:
        while not over.is_set():
            with locks.claim(tmp_path, "other", ["b"]):
                pass

    leave_behind(tmp_path, "killed", "a")
    at_a_barrier(room, resume, look, begin_beside)
    assert room.entered == 10


@pytest.mark.usefixtures("slow_disk")
def test_a_claim_is_seen_although_a_stale_one_of_its_run_was_being_removed(
    tmp_path: Path,
) -> None:
    """A third run that comes later must not find the location free."""
    for _ in range(5):
        room = Room()
        held = threading.Event()
        release = threading.Event()

        def resume(
            held: threading.Event = held, over: threading.Event = release
        ) -> None:
            try:
                with locks.claim(tmp_path, "killed", ["a"]):
                    held.set()
                    over.wait(PATIENCE_SECONDS)
            except LocationHeldError:
                held.set()

        def other(
            held: threading.Event = held, over: threading.Event = release
        ) -> None:
            taken = False
            try:
                with locks.claim(tmp_path, "other", ["a"]):
                    taken = True
            except LocationHeldError:
                pass
            held.wait(PATIENCE_SECONDS)
            try:
                if not taken:
                    with (
                        pytest.raises(LocationHeldError),
                        locks.claim(tmp_path, "third", ["a"]),
                    ):
                        pass
            finally:
                over.set()

        leave_behind(tmp_path, "killed", "a")
        at_a_barrier(room, resume, other)
