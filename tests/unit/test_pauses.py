"""Asking for a pause: what is said of a process that does not end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import journal
from importer.journal import homes
from importer.models import State
from importer.runs import folders, new_folders, pauses

if TYPE_CHECKING:
    from pathlib import Path

    from importer.runs.folders import RunFolder


def begun(runs: Path) -> RunFolder:
    """A run that is at work."""
    folder = new_folders.make(homes.of(runs), "night", 1.0)
    facts = {"state": "running", "run_id": "night", "started_at": 1.0}
    journal.create(folder.store, settings={}, **facts).close()
    return folder


def test_a_process_that_does_not_end_is_not_waited_for_without_end(
    tmp_path: Path,
) -> None:
    """The request stays, and it is said that the process has not ended."""
    folder = begun(tmp_path / "runs")
    waits: list[float] = []
    with folder.claims.claim("night"):
        done = pauses.ask(folder, patience_seconds=5.0, sleep=waits.append)
    assert (done.answer, done.state) == (pauses.Answer.ASKED, State.RUNNING)
    assert sum(waits) == 5.0
    assert folder.home.pause_asked("night")


def test_a_run_that_left_nothing_is_told_as_gone(tmp_path: Path) -> None:
    """It had sent nothing, so its process removed it."""
    folder = begun(tmp_path / "runs")
    claim = folder.claims.claim("night")

    def end(_seconds: float) -> None:
        folders.discard(folder)
        claim.release()

    done = pauses.ask(folder, sleep=end)
    assert (done.answer, done.state) == (pauses.Answer.ENDED, None)
