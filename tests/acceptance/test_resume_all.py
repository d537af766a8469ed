"""`resume --all`: every unfinished run has its turn, whatever becomes of the others."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from importer.cli import resume_all
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured


def left_unfinished(
    importer: Importer,
    server: Sandbox,
    run_id: str,
    rows: int,
    how: signal.Signals = signal.SIGKILL,
) -> None:
    """A run that was ended after it had created something."""
    first = 100 * len(run_id)
    name = importer.write(f"{run_id}.csv", importer.rows(rows, first=first))
    flags = ("--base-url", server.url, "--concurrency", 1, "--run-id", run_id)
    before = server.creates()
    process = importer.start("run", name, *flags)
    server.wait_for_creates(before + 1)
    importer.stop(process, how)


def test_a_run_that_fails_keeps_no_other_from_its_turn(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The oldest first; the server of the first has gone, the second is finished."""
    gone, there = sandbox("--latency", "0.2"), sandbox("--latency", "0.2")
    left_unfinished(importer, gone, "a", 5)
    left_unfinished(importer, there, "bb", 5)
    gone.end()
    flags = ("--attempts", 1, "--settle-pauses", "0.1,0.1")

    ended = importer("resume", "--all", "--json", *flags)

    document = ended.document
    codes = {one["run_id"]: one["exit_code"] for one in document["runs"]}
    assert list(codes) == ["a", "bb"]
    assert codes["a"] not in {0, 1}
    assert codes["bb"] == 0
    assert ended.code == document["exit_code"] == codes["a"]
    assert document["runs"][1]["summary"]["counts"]["created"] == 5
    assert document["not_begun"] == []
    assert {len(ids) for ids in there.held().values()} == {1}

    again = importer("resume", "--all", *flags)
    assert again.code == codes["a"]
    assert f"a: exit-{codes['a']}, " in again.out
    assert "bb:" not in again.out
    assert f"worst: {codes['a']}" in again.out


def test_a_signal_that_comes_late_for_a_run_begins_no_other(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The one at work is finished all the same; the program was asked to end."""
    server = sandbox("--latency", "1s", "--limit", "none")
    for run in ("a", "bb"):  # each with one row that is not in doubt
        left_unfinished(importer, server, run, 2, signal.SIGINT)
    before = server.creates()
    flags = ("--settle-pauses", "0.1s,0.1s")
    process = importer.start("resume", "--all", "--json", *flags)
    server.wait_for_creates(before + 1)

    ended = importer.stop(process, signal.SIGINT)

    document = ended.document
    [first] = document["runs"]
    assert (first["run_id"], first["exit_code"]) == ("a", 0)
    assert first["summary"]["state"] == "finished"
    assert document["not_begun"] == ["bb"]
    assert ended.code == document["exit_code"] == 130


def test_the_longest_time_is_that_of_all_runs(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A night of three hours is not three hours for each run that is left."""
    server = sandbox("--latency", "0.2")
    left_unfinished(importer, server, "a", 20)
    left_unfinished(importer, server, "bb", 20)
    flags = ("--concurrency", 1, "--max-duration", "1s")

    ended = importer("resume", "--all", "--json", *flags)

    document = ended.document
    assert [one["run_id"] for one in document["runs"]] == ["a"]
    assert document["not_begun"] == ["bb"]
    assert ended.code == document["exit_code"] == 10


def test_without_an_unfinished_run_there_is_nothing_to_do(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit 0, as without --all; with a name beside it, it is wrong usage."""
    name = importer.write("rows.csv", importer.rows(1))
    importer("run", name, "--base-url", sandbox().url, "--run-id", "mine")
    assert importer("resume", "--all").code == 0
    assert importer("resume", "mine", "--all").code == 2


@pytest.mark.parametrize(
    ("codes", "worst"),
    [
        ([0, 0], 0),
        ([0, 3, 0], 3),
        ([75, 3], 75),
        ([3, 4, 75, 7], 4),
        ([1, 4], 1),
        ([10, 130], 130),
        ([0, 99], 99),
    ],
)
def test_the_worst_of_several_exit_codes_is_what_wants_a_person_first(
    codes: list[int], worst: int
) -> None:
    """A number says nothing of it: 75 is better than 4."""
    assert resume_all.worst(codes) == worst


def test_every_exit_code_has_its_place_among_the_others() -> None:
    """A new one would be the worst by accident."""
    assert sorted(resume_all.SEVERITY) == sorted(Exit)
