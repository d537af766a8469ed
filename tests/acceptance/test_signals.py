"""Ctrl-C and SIGTERM: the first drains, the second ends at once, nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_the_first_signal_waits_for_what_is_in_flight(
    number: signal.Signals,
    code: int,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """Every answer is taken in, nothing is unknown, and the way on is printed."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    name = importer.write("rows.csv", importer.rows(200))
    flags = ("--base-url", server.url, "--concurrency", 4, "--rate", "none")
    process = importer.start("run", name, *flags)
    server.wait_for_creates(8)

    ended = importer.stop(process, number)

    assert ended.code == code
    summary = importer.summary()
    assert summary["state"] == "stopped"
    assert summary["exit_code"] == code
    assert summary["counts"]["unknown"] == 0
    assert summary["counts"]["created"] == len(server.held())
    assert 0 < summary["counts"]["not_attempted"] < 200
    assert "Stopping: requests in flight are waited for." in ended.err
    assert f"importer resume {importer.run_folder().name}" in ended.out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_last_answers_come_changes_nothing(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Every row was in flight: the run is finished, and says so with exit 0."""
    server = sandbox("--limit", "none", "--latency", "1s")
    name = importer.write("rows.csv", importer.rows(3))
    flags = ("--base-url", server.url, "--concurrency", 3, "--rate", "none")
    process = importer.start("run", name, *flags)
    server.wait_for_creates(3)

    ended = importer.stop(process, number)

    summary = importer.summary()
    assert (ended.code, summary["state"], summary["exit_code"]) == (0, "finished", 0)
    assert summary["counts"]["created"] == len(server.held()) == 3
    assert summary["stopped_because"] == ""
    assert "Stopped:" not in ended.out
    assert "importer resume" not in ended.out


def test_the_second_signal_does_not_wait(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Requests that take long are left as `unknown`, and the report is written."""
    server = sandbox("--limit", "none", "--latency", "0s")
    name = importer.write("rows.csv", importer.rows(20))
    server.change(**{"for": {f"collection-{n}": "slow_commit*9" for n in range(20)}})
    flags = ("--base-url", server.url, "--concurrency", 5)
    process = importer.start("run", name, *flags, "--run-id", "mine")
    server.wait_for_creates(5)
    begun = time.monotonic()

    ended = importer.stop(process, signal.SIGINT, signal.SIGINT)

    assert time.monotonic() - begun < 4  # the answers would take 6 s
    assert ended.code == 130
    counts = importer.summary()["counts"]
    assert counts["unknown"] == 5
    assert counts["not_attempted"] == 15
    assert "importer resume mine" in ended.out


def test_a_signal_while_a_large_file_is_read_sends_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 130, said plainly, and no run folder is left that could not be resumed."""
    server = sandbox()
    name = importer.write("large.csv", importer.rows(200_000))
    process = importer.start("run", name, "--base-url", server.url, "--run-id", "big")
    journal = importer.folder / "runs" / "big" / "journal.db"
    end = time.monotonic() + 30
    while not journal.exists() and time.monotonic() < end:
        time.sleep(0.02)  # noqa: TID251 - another process is waited for
    time.sleep(0.5)  # noqa: TID251 - it shall be in the midst of it

    ended = importer.stop(process, signal.SIGINT)

    assert ended.code == 130
    assert "Nothing was sent." in ended.err
    assert "resume" not in ended.err
    assert ended.out == ""
    assert not journal.parent.exists()
    assert server.creates() == 0


def test_a_signal_while_locations_are_compared_leaves_a_run_that_can_go_on(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Twice Ctrl-C during a slow listing: nothing sent, resumable, exit 130."""
    server = sandbox("--latency", "3s")
    name = importer.write("rows.csv", importer.rows(3))
    process = importer.start("run", name, "--base-url", server.url, "--run-id", "slow")
    end = time.monotonic() + 30
    while not server.truth()["calls"] and time.monotonic() < end:
        time.sleep(0.02)  # noqa: TID251 - another process is waited for

    ended = importer.stop(process, signal.SIGINT, signal.SIGINT)

    assert ended.code == 130
    assert server.creates() == 0
    assert importer.summary()["counts"]["not_attempted"] == 3
    assert "importer resume slow" in ended.out


def test_a_pipe_from_which_nothing_comes_can_be_left(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The second Ctrl-C ends it, with nothing sent, although the reading hangs."""
    server = sandbox()
    with subprocess.Popen(  # noqa: S603 - our own command
        importer.command("run", "-", "--base-url", server.url),
        cwd=importer.folder,
        env=importer.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write("name,slug\n")
        process.stdin.flush()
        runs = importer.folder / "runs"
        begun = time.monotonic()
        while not (runs.exists() and any(runs.glob("*/journal.db"))):
            assert time.monotonic() - begun < 60
            time.sleep(0.1)  # noqa: TID251 - until it reads
        time.sleep(0.5)  # noqa: TID251 - as above
        ended = importer.stop(process, signal.SIGINT, signal.SIGINT)
    assert ended.code == 130
    assert "Nothing was sent." in ended.err
    assert server.held() == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_plan_that_is_ended_leaves_no_temporary_folder(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """While it waits for the location's list; nothing was sent."""
    server = sandbox("--latency", "30s")
    name = importer.write("rows.csv", importer.rows(2))
    temporary = importer.folder / "tmp"
    temporary.mkdir()
    importer.environment["TMPDIR"] = str(temporary)
    process = importer.start("plan", name, "--base-url", server.url)
    until = time.monotonic() + 30
    while not server.truth()["by_method"].get("GET"):
        assert time.monotonic() < until
        time.sleep(0.05)  # noqa: TID251 - another process is waited for
    assert list(temporary.iterdir())

    ended = importer.stop(process, number)

    by_hand = number == signal.SIGINT
    assert ended.code == (130 if by_hand else 143)
    assert ("Interrupted." if by_hand else "Nothing was sent.") in ended.err
    assert not list(temporary.iterdir())
