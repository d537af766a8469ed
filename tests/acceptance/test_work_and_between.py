"""Work on a run, and the time in which nobody worked on it, are two durations."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

from importer.models.outcomes import time_between
from importer.runs import worktime

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox


def test_the_time_between_a_stop_and_a_resume_is_no_work(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A killed run, a pause, a resume: all that tell of a run keep them apart."""
    server = sandbox("--latency", "0.2")
    file = importer.write("rows.csv", importer.rows(12))
    flags = ("--base-url", server.url, "--concurrency", 1)
    process = importer.start("run", file, "--run-id", "mine", *flags)
    server.wait_for_creates(2)
    importer.stop(process, signal.SIGKILL)
    time.sleep(2.5)  # noqa: TID251 - the pause that is measured

    resumed = importer("resume", "mine", *flags)

    assert resumed.code == 0
    summary = importer.summary()
    between, work = summary["between_seconds"], summary["work_seconds"]
    assert between >= 2.4
    assert work >= 1
    assert abs(between + work - summary["duration_seconds"]) < 0.01
    assert "of work, " in resumed.out
    assert "between stop and resume" in resumed.out
    page = importer.run_folder() / "report.html"
    assert "between stop and resume" in page.read_text("utf-8")
    (listed,) = importer("runs", "--json").document["runs"]
    assert (listed["work_seconds"], listed["between_seconds"]) == (work, between)
    assert " of work, " in importer("runs").out


def test_work_of_a_process_that_was_killed_ends_with_its_last_write() -> None:
    """What an older version has noted is the whole, and a clock may be set back."""
    known = {"started_at": 100.0, worktime.WORKED: 7.0}
    assert worktime.so_far(known | {worktime.SINCE: None}, 900.0) == 7.0
    assert worktime.so_far(known | {worktime.SINCE: 200.0}, 230.0) == 37.0
    assert worktime.so_far(known | {worktime.SINCE: 200.0}, 150.0) == 7.0
    older = {"started_at": 100.0, "finished_at": 160.0}
    assert worktime.so_far(older, 900.0) == 60.0
    assert worktime.so_far({"started_at": 100.0}, 130.0) == 30.0


def test_work_and_the_time_between_make_the_whole_however_they_are_rounded() -> None:
    """Two parts that are rounded each for itself would miss the whole by 1 ms."""
    for tenths in range(400):
        finished_at, work = 13.8 + tenths / 7e3, 10.26 + tenths / 11e3
        between = time_between(0.0, finished_at, work)
        whole = round(finished_at, 3)
        assert round(between + round(work, 3), 3) == whole


def test_a_run_without_a_pause_has_work_alone(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One duration on the screen, and nothing between."""
    file = importer.write("rows.csv", importer.rows(1))
    ended = importer("run", file, "--base-url", sandbox().url, "--json")
    document = json.loads(ended.out)
    assert document["between_seconds"] == 0
    assert document["work_seconds"] == document["duration_seconds"]
