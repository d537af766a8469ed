"""One writer for a location, across processes that live, die or freeze."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from importer.errors import LocationHeldError
from importer.journal import locks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from importer.journal import locks
with locks.claim(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_process(
    runs: Path, run_id: str, *locations: str
) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a claim until its input is closed."""
    with subprocess.Popen(  # noqa: S603 - this interpreter, a script of our own
        [sys.executable, "-c", HOLD, str(runs), run_id, *locations],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def free_within(seconds: float, runs: Path, run_id: str) -> bool:
    """Whether nobody holds the run before the time is over."""
    end = time.monotonic() + seconds
    while locks.holder(runs, run_id) is not None:
        if time.monotonic() > end:
            return False
    return True


def test_a_living_process_keeps_its_location(tmp_path: Path) -> None:
    """The message names the run, the process and the location that is shared."""
    with other_process(tmp_path, "first", "a", "b") as process:
        with (
            pytest.raises(LocationHeldError) as caught,
            locks.claim(tmp_path, "second", ["b", "c"]),
        ):
            pass
        for part in ("first", str(process.pid), "location b"):
            assert part in str(caught.value)
        assert caught.value.exit_code == 8
        assert locks.holder(tmp_path, "first") == process.pid


def test_other_locations_can_be_worked_on_at_the_same_time(tmp_path: Path) -> None:
    """Only what is shared is held."""
    with (
        other_process(tmp_path, "first", "a"),
        locks.claim(tmp_path, "second", ["c"]),
    ):
        assert locks.holder(tmp_path, "second") == os.getpid()


def test_what_is_free_can_be_claimed_beside_what_is_held(tmp_path: Path) -> None:
    """The held ones come back with their holder, and stay the holder's."""
    with (
        other_process(tmp_path, "first", "a", "b") as process,
        locks.claim(tmp_path, "second") as claim,
    ):
        taken = claim.extend_free(["a", "b", "c"])
        assert set(taken) == {"a", "b"}
        assert str(process.pid) in str(taken["a"])
        assert "location b" in str(taken["b"])
        with (
            pytest.raises(LocationHeldError, match="Run second"),
            locks.claim(tmp_path, "third", ["c"]),
        ):
            pass


def test_a_run_is_worked_on_once_whatever_its_locations(tmp_path: Path) -> None:
    """Two resumes of one run would send its rows twice."""
    with other_process(tmp_path, "first", "a"):
        with (
            pytest.raises(LocationHeldError, match="another process"),
            locks.claim(tmp_path, "first", ["z"]),
        ):
            pass
        assert locks.holder(tmp_path, "first") is not None, "the loser took the claim"
        with (
            pytest.raises(LocationHeldError),
            locks.claim(tmp_path, "second", ["a"]),
        ):
            pass


def test_a_run_that_this_process_works_on_is_not_said_to_be_another_s(
    tmp_path: Path,
) -> None:
    """Who calls the library twice at once looks for no other process."""
    with (
        locks.claim(tmp_path, "first", ["a"]),
        pytest.raises(LocationHeldError, match="worked on by this very process"),
        locks.claim(tmp_path, "first", ["z"]),
    ):
        pass


def test_a_look_at_who_works_on_a_run_does_not_refuse_it_to_its_next_process(
    tmp_path: Path,
) -> None:
    """`importer runs` beside `importer resume`: the look is over in no time."""
    folder = tmp_path / locks.FOLDER
    folder.mkdir()
    with ThreadPoolExecutor(1) as another:
        with locks._mutex(folder), FileLock(folder / "first.lock"):
            claimed = another.submit(claim_briefly, tmp_path, "first")
            wait([claimed], timeout=0.3)
        claimed.result(locks.PATIENCE_SECONDS)


def test_two_runs_that_reach_out_for_one_location_at_once_do_not_both_get_it(
    tmp_path: Path,
) -> None:
    """The second looks only when the first has written down what it works on."""
    folder = tmp_path / locks.FOLDER
    with (
        locks.claim(tmp_path, "first") as first,
        locks.claim(tmp_path, "second") as second,
        ThreadPoolExecutor(2) as others,
    ):
        with locks._mutex(folder):
            refused = others.submit(second.extend, ["a"])
            left_out = others.submit(second.extend_free, ["a", "b"])
            wait({refused}, timeout=0.3)
            wait({left_out}, timeout=0.1)
            first._note(["a"])
        with pytest.raises(LocationHeldError, match="Run first"):
            refused.result(locks.PATIENCE_SECONDS)
        assert list(left_out.result(locks.PATIENCE_SECONDS)) == ["a"]


def test_who_looks_while_a_run_is_claimed_learns_who_has_got_it(tmp_path: Path) -> None:
    """Between the lock and the note nobody could say whose it is."""
    with locks.claim(tmp_path, "first") as first, ThreadPoolExecutor(1) as another:
        with locks._mutex(tmp_path / locks.FOLDER):
            (tmp_path / locks.FOLDER / "first.json").unlink()
            looked = another.submit(locks.holder, tmp_path, "first")
            wait([looked], timeout=0.3)
            first._note([])
        assert looked.result(locks.PATIENCE_SECONDS) == os.getpid()


def claim_briefly(runs: Path, run_id: str) -> None:
    """Hold a run and let it go."""
    with locks.claim(runs, run_id, ["a"]):
        pass


def test_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    """A killed run must be resumable at once, by the same or by another run."""
    with other_process(tmp_path, "first", "a") as process:
        process.kill()
        process.wait()
        assert locks.holder(tmp_path, "first") is None
        with locks.claim(tmp_path, "second", ["a"]):
            pass
        with locks.claim(tmp_path, "first", ["a"]):
            assert locks.holder(tmp_path, "first") == os.getpid()


def test_a_frozen_process_still_holds(tmp_path: Path) -> None:
    """It may wake up and send: a pause is no death."""
    with other_process(tmp_path, "first", "a") as process:
        process.send_signal(signal.SIGSTOP)
        try:
            with (
                pytest.raises(LocationHeldError),
                locks.claim(tmp_path, "second", ["a"]),
            ):
                pass
        finally:
            process.send_signal(signal.SIGCONT)


def test_a_claim_that_ends_leaves_everything_free(tmp_path: Path) -> None:
    """The next run of the same location begins without a word."""
    with other_process(tmp_path, "first", "a") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert free_within(5.0, tmp_path, "first")
    for run_id in ("first", "second"):
        with locks.claim(tmp_path, run_id, ["a"]):
            pass
        assert locks.holder(tmp_path, run_id) is None


def test_a_claim_ends_also_when_its_run_fails(tmp_path: Path) -> None:
    """An exception is no reason to keep the location."""

    def fail() -> None:
        msg = "broken"
        with locks.claim(tmp_path, "first", ["a"]):
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="broken"):
        fail()
    with locks.claim(tmp_path, "second", ["a"]):
        pass


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": 1}', '{"locations": 5}'])
def test_a_note_that_was_cut_short_claims_nothing(tmp_path: Path, note: str) -> None:
    """Its writer died while it wrote, so it never sent anything."""
    folder = tmp_path / locks.FOLDER
    folder.mkdir()
    (folder / "first.json").write_text(note)
    with locks.claim(tmp_path, "second", ["a"]):
        pass


def test_a_living_run_whose_note_is_damaged_is_held_by_a_process_without_a_number(
    tmp_path: Path,
) -> None:
    """The number of another process would lead a person to end that one."""
    with locks.claim(tmp_path, "first", ["a"]):
        (tmp_path / locks.FOLDER / "first.json").write_text("{")
        assert locks.holder(tmp_path, "first") == 0


def test_a_run_that_never_was_has_no_holder(tmp_path: Path) -> None:
    """`importer runs` asks for every folder."""
    assert locks.holder(tmp_path, "never") is None


def test_a_claim_that_does_not_come_to_an_end_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that froze in the middle of a claim ends with a message."""
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.05)
    (tmp_path / locks.FOLDER).mkdir()
    with (
        locks._mutex(tmp_path / locks.FOLDER),
        pytest.raises(LocationHeldError, match="being started"),
        locks.claim(tmp_path, "second", ["a"]),
    ):
        pass


def test_the_folder_of_locks_is_private(tmp_path: Path) -> None:
    """Run folders are private to the user, and so is this one."""
    with locks.claim(tmp_path, "first", ["a"]):
        assert (tmp_path / locks.FOLDER).stat().st_mode & 0o777 == 0o700


def test_a_claim_whose_lock_was_removed_ends_without_an_error(tmp_path: Path) -> None:
    """The note stays: it may be another process's by now."""
    folder = tmp_path / locks.FOLDER
    with locks.claim(tmp_path, "first", ["a"]):
        (folder / "first.lock").unlink()
    assert (folder / "first.json").exists()
