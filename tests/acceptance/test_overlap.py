"""Two runs that want one location: real processes, and what the second one does."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

HOLD = """
import sys
from pathlib import Path
from importer.journal import locks
with locks.claim(Path("runs"), sys.argv[1], sys.argv[2:]):
    print("held", flush=True)
    sys.stdin.read()
"""
SLOW = ("--latency", "100ms")
ONE_BY_ONE = ("--concurrency", "1")


@contextmanager
def holding(
    importer: Importer, run_id: str, *locations: str
) -> Iterator[subprocess.Popen[str]]:
    """Another process that works on locations until its input is closed."""
    (importer.folder / "runs").mkdir(exist_ok=True)
    with subprocess.Popen(  # noqa: S603 - this interpreter, a script of our own
        [sys.executable, "-c", HOLD, run_id, *locations],
        cwd=importer.folder,
        env=importer.environment,
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


def runs(importer: Importer) -> set[str]:
    """The names of the run folders that are there."""
    folder = importer.folder / "runs"
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def statuses(importer: Importer, run_id: str) -> dict[str, tuple[str, str]]:
    """Status and message of each slug of a run's report."""
    report = importer.folder / "runs" / run_id / "report.csv"
    with report.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        return {one["slug"]: (one["status"], one["message"]) for one in lines}


def test_without_a_choice_the_second_run_fails_with_8(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing is sent, no folder is left, and the message names the other run."""
    server = sandbox()
    file = importer.write("two.csv", importer.rows(2))
    with holding(importer, "first", importer.location):
        ended = importer("run", file, "--base-url", server.url)

    assert ended.code == 8
    assert "Run first (process" in ended.err
    assert server.creates() == 0
    assert runs(importer) == set()


def test_a_run_that_skips_ends_with_11_and_leaves_nothing_behind(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A job of every five minutes must not fill the disk with empty folders."""
    server = sandbox()
    file = importer.write("two.csv", importer.rows(2))
    flags = ("--base-url", server.url, "--on-overlap", "skip")
    with holding(importer, "first", importer.location):
        ended = importer("run", file, *flags)
        as_json = importer("run", file, *flags, "--json")

    assert ended.code == 11
    assert "Run first (process" in ended.err
    assert "Nothing was sent." in ended.err
    assert as_json.document["exit_code"] == 11
    assert server.creates() == 0
    assert runs(importer) == set()


def test_a_run_that_skips_does_the_locations_that_are_free(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Only the held location is left out, and a resume does it later."""
    server = sandbox()
    rows = [*importer.rows(2), *importer.rows(2, importer.other_location, first=2)]
    file = importer.write("four.csv", rows)
    flags = ("--base-url", server.url, "--on-overlap", "skip")
    with holding(importer, "first", importer.location):
        ended = importer("run", file, *flags, "--run-id", "mine", "--json")

    assert ended.code == 11
    found = statuses(importer, "mine")
    assert found["collection-2"][0] == found["collection-3"][0] == "created"
    for slug in ("collection-0", "collection-1"):
        status, message = found[slug]
        assert status == "not_attempted"
        assert message.startswith("Not sent: Run first (process")
    stops = ended.document["location_stops"]
    assert list(stops) == [importer.location]
    assert ended.document["state"] == "stopped"

    resumed = importer("resume", "mine", *flags)
    assert resumed.code == 0
    assert {len(ids) for ids in server.held().values()} == {1}
    assert server.creates() == 4


def test_a_bad_row_is_not_hidden_by_a_location_that_was_skipped(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 3 asks for somebody, exit 11 for nobody."""
    server = sandbox()
    bad = f"{importer.other_location},Bad,Bad Slug!,manual,{importer.product}"
    good = importer.rows(1, importer.other_location)
    file = importer.write("three.csv", [*importer.rows(1, first=5), *good, bad])
    with holding(importer, "first", importer.location):
        ended = importer("run", file, "--base-url", server.url, "--on-overlap", "skip")

    assert ended.code == 3
    assert "is working on location" in ended.out


def wait_until_it_waits(process: subprocess.Popen[str]) -> None:
    """Return when an importer has said that it waits for another run."""
    assert process.stderr is not None
    assert any("run.waits" in line for line in process.stderr)


def test_a_run_that_waits_begins_when_the_other_one_has_ended(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Both are importers; the second finds what the first made and sends nothing."""
    server = sandbox(*SLOW)
    file = importer.write("rows.csv", importer.rows(20))
    flags = ("--base-url", server.url)
    first = importer.start("run", file, *flags, *ONE_BY_ONE, "--run-id", "first")
    server.wait_for_creates(1)
    first.send_signal(signal.SIGSTOP)  # it holds its location for as long as we like
    second = importer.start(
        *("run", file, *flags, "--run-id", "second", "--on-overlap", "wait")
    )
    wait_until_it_waits(second)
    first.send_signal(signal.SIGCONT)

    for process in (first, second):
        process.communicate(timeout=60)
        assert process.returncode == 0
    found = statuses(importer, "second").values()
    assert [status for status, _ in found] == ["existing"] * 20
    assert server.creates() == 20
    assert {len(ids) for ids in server.held().values()} == {1}


def test_waiting_ends_with_8_when_its_time_is_up(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A run that hangs must not make every later one hang behind it."""
    server = sandbox()
    file = importer.write("two.csv", importer.rows(2))
    with holding(importer, "first", importer.location):
        ended = importer(
            *("run", file, "--base-url", server.url),
            *("--on-overlap", "wait", "--max-duration", "1s"),
        )

    assert ended.code == 8
    assert "It was waited for 1 s." in ended.err
    assert runs(importer) == set()


def test_a_run_that_waits_can_be_stopped(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """SIGTERM ends the waiting, and there is nothing to resume."""
    server = sandbox()
    file = importer.write("two.csv", importer.rows(2))
    with holding(importer, "first", importer.location):
        waiting = importer.start(
            "run", file, "--base-url", server.url, "--on-overlap", "wait"
        )
        wait_until_it_waits(waiting)
        ended = importer.stop(waiting, signal.SIGTERM)

    assert ended.code == 143
    assert "Nothing was sent." in ended.err
    assert runs(importer) == set()


@pytest.mark.parametrize(("choice", "code"), [("skip", 11), ("fail", 8)])
def test_a_resume_heeds_who_works_on_its_run(
    choice: str, code: int, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A scheduled resume meets the run itself while that still goes on."""
    server = sandbox()
    file = importer.write("rows.csv", importer.rows(3))
    flags = ("--base-url", server.url)
    stopped = importer("run", file, *flags, "--run-id", "mine", "--max-errors", "1")
    assert stopped.code == 0
    with holding(importer, "mine", importer.location):
        ended = importer("resume", "mine", *flags, "--on-overlap", choice)

    assert ended.code == code
    assert "Run mine is being worked on by" in ended.err


def test_a_resume_that_waits_goes_on_when_its_run_has_been_let_go(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What the other process did meanwhile is read afterwards, not before."""
    server = sandbox(*SLOW)
    file = importer.write("rows.csv", importer.rows(10))
    flags = ("--base-url", server.url)
    first = importer.start("run", file, *flags, *ONE_BY_ONE, "--run-id", "mine")
    server.wait_for_creates(1)
    first.send_signal(signal.SIGSTOP)
    second = importer.start("resume", "mine", *flags, "--on-overlap", "wait")
    wait_until_it_waits(second)
    first.send_signal(signal.SIGCONT)

    for process in (first, second):
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert server.creates() == 10
