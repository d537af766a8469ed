"""Undo, and the last look, of runs that were ended in the middle."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

PATIENCE_SECONDS = 30


def state(importer: Importer) -> str:
    """How `importer runs` calls the only run."""
    (run,) = json.loads(importer("runs", "--json").out)["runs"]
    return str(run["state"])


def test_rows_without_an_answer_are_named_by_an_undo_and_found_by_an_audit(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A run that was killed while it sent has collections that it does not know of."""
    server = sandbox("--limit", "none", "--latency", "1s")
    name = importer.write("rows.csv", importer.rows(6))
    flags = ("--base-url", server.url)
    process = importer.start("run", name, *flags, "--run-id", "mine")
    server.wait_for_creates(6)
    end = time.monotonic() + PATIENCE_SECONDS
    while len(server.held()) < 6:  # half of the latency later; the answers are lost
        assert time.monotonic() < end
        time.sleep(0.02)  # noqa: TID251 - another process is waited for
    importer.stop(process, signal.SIGKILL)
    undo = ("undo", "mine", *flags, "--yes", "--unseen-products")

    first = importer(*undo)

    assert first.code == 3
    assert "6 rows have no clear answer" in first.out
    assert "importer audit mine looks for it" in first.out
    assert importer(*undo, "--json").document["unclear"] == 6
    assert state(importer) != "undone"
    assert "6  created in spite" in importer("audit", "mine", *flags).out
    assert importer(*undo).code == 0
    assert server.held() == {}
    assert state(importer) == "undone"


def test_an_undo_that_deletes_nothing_is_no_end_of_a_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What was never sent can be sent later, and is then not called undone."""
    server = sandbox("--limit", "100/300ms")
    server.change(faults={"refused": 1}, calls="all")
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url)
    importer("run", name, *flags, "--run-id", "mine", "--max-duration", "0.5s")
    server.change(faults={"refused": 0}, calls="all")

    assert importer("undo", "mine", *flags, "--yes").code == 0

    assert state(importer) == "stopped"
    assert importer("resume", *flags).code == 0
    assert len(server.held()) == 2
    assert state(importer) == "finished"


def test_a_run_that_was_undone_and_creates_again_is_not_undone_any_more(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Who resumes it by its name wants the rest of it after all."""
    server = sandbox("--limit", "none", "--latency", "200ms")
    name = importer.write("rows.csv", importer.rows(6))
    flags = ("--base-url", server.url, "--concurrency", 1)
    process = importer.start("run", name, *flags, "--run-id", "mine")
    server.wait_for_creates(2)
    importer.stop(process, signal.SIGINT)
    undo = ("--base-url", server.url, "--yes", "--unseen-products")
    importer("undo", "mine", *undo)
    assert state(importer) == "undone"

    importer("resume", "mine", *flags)

    assert state(importer) == "finished"
    assert 0 < len(server.held()) < 6


def test_a_resume_of_a_run_that_was_undone_as_a_whole_leaves_it_undone(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It has nothing to send, and what it once created is not there."""
    server = sandbox("--limit", "none")
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url)
    importer("run", name, *flags, "--run-id", "mine")
    importer("undo", "mine", *flags, "--yes", "--unseen-products")

    importer("resume", "mine", *flags)

    assert server.held() == {}
    assert state(importer) == "undone"


@pytest.mark.parametrize("how", ["signal", "time"])
def test_a_run_that_is_stopped_in_its_last_look_is_resumed_to_look_again(
    how: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing is left to send; state and exit code both say that it is not finished."""
    server = sandbox("--limit", "none")
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url, "--run-id", "mine", "--audit")
    pauses = ("--settle-pauses", "60,60")
    if how == "time":
        ended = importer("run", name, *flags, *pauses, "--max-duration", "2s")
        assert ended.code == 10
    else:
        process = importer.start("run", name, *flags, *pauses)
        server.wait_for_creates(2)
        time.sleep(0.5)  # noqa: TID251 - the answers are taken in
        ended = importer.stop(process, signal.SIGTERM)
        assert ended.code == 143

    assert "Next      importer resume mine" in ended.out
    assert importer.summary()["state"] == "stopped"
    assert len(server.held()) == 2
    again = ("--base-url", server.url, "--settle-pauses", "0s")
    assert importer("resume", *again).code == 0
    assert importer.summary()["state"] == "finished"
    assert len(server.held()) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_resume_that_waits_for_another_process_ends_with_a_sentence(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The run's lock is waited for before anything else can hear the signal."""
    server = sandbox("--limit", "none", "--latency", "2s")
    name = importer.write("rows.csv", importer.rows(40))
    flags = ("--base-url", server.url)
    first = importer.start("run", name, *flags, "--run-id", "mine", "--concurrency", 1)
    server.wait_for_creates(1)
    second = importer.start("resume", "mine", *flags, "--on-overlap", "wait")
    time.sleep(2)  # noqa: TID251 - until it waits
    ended = importer.stop(second, number)
    importer.stop(first, signal.SIGKILL)

    assert ended.code == 143
    assert "Nothing was sent." in ended.err
