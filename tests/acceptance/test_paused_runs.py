"""`importer pause`: a run ends soon and is gone on with, in a folder and a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Importer, Sandbox

ROWS = 30
SLOWLY = ("--concurrency", "1", "--rate", "none", "--run-id", "night")


def begun(machine: Importer, server: Sandbox, *flags: str) -> subprocess.Popen[str]:
    """A run that has sent something and has much left."""
    file = machine.write("shop.csv", machine.rows(ROWS))
    url = ("--base-url", server.url)
    process = machine.start("run", file, *url, *SLOWLY, *flags)
    server.wait_for_creates(3)
    return process


def test_a_paused_run_ends_with_10_and_is_finished_by_a_resume(
    machines: tuple[Importer, Importer], sandbox: Callable[..., Sandbox]
) -> None:
    """Asked from elsewhere, told as paused everywhere; rows are created once."""
    first, second = machines
    server = sandbox("--latency", "100ms", "--limit", "none")
    process = begun(first, server)

    paused = second("pause", "night", "--json")

    assert paused.code == 0, paused.err
    assert paused.document["answer"] == paused.document["state"] == "paused"
    ended = first.stop(process)
    assert ended.code == 10, ended.err
    assert "importer resume night" in ended.out
    assert "Run night was paused" in ended.out
    counts = first.summary()["counts"]
    assert counts["unknown"] == 0
    assert 3 <= counts["created"] < ROWS
    assert counts["created"] == server.creates()
    (run,) = second("runs", "--json").document["runs"]
    assert (run["state"], run["exit_code"], run["process"]) == ("paused", 10, None)

    resumed = second("resume", "night", "--base-url", server.url, "--json")

    assert resumed.code == 0, resumed.err
    assert resumed.document["counts"]["created"] == ROWS
    assert {len(ids) for ids in server.held().values()} == {1}
    assert first("runs", "--json").document["runs"][0]["state"] == "finished"


@pytest.mark.measured
def test_a_run_that_no_process_works_on_is_told_as_that(
    machines: tuple[Importer, Importer], sandbox: Callable[..., Sandbox]
) -> None:
    """It stays as it is, and the next process is not stopped by the request."""
    first, second = machines
    server = sandbox()
    file = first.write("shop.csv", first.rows(2))
    url = ("--base-url", server.url)
    assert first("run", file, *url, "--run-id", "night").code == 0

    told = second("pause", "night")

    assert told.code == 0
    assert "No process works on run night" in told.out
    assert "it is finished" in told.out
    assert first("resume", "night", *url).code == 0
    assert second("pause", "nights").code == 5


@pytest.mark.measured
def test_a_run_is_paused_while_it_reads_lists(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Nothing was sent; the run is kept, and a resume does all of it."""
    server = sandbox("--latency", "1500ms", "--limit", "none")
    file = importer.write("shop.csv", importer.rows(2))
    url = ("--base-url", server.url)
    process = importer.start("run", file, *url, "--run-id", "night")
    while not (importer.folder / "runs/.locks/night.json").exists():
        assert process.poll() is None

    assert importer("pause", "night").out.startswith("Run night is paused.")

    assert importer.stop(process).code == 10
    assert server.creates() == 0
    server.change(latency=0)
    assert importer("resume", *url).code == 0
    assert server.creates() == 2


def test_a_request_to_an_earlier_process_pauses_no_later_one(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What was left in the folder by a process that was killed is forgotten."""
    server = sandbox("--latency", "100ms", "--limit", "none")
    process = begun(importer, server)
    process.kill()
    importer.stop(process)
    (importer.run_folder() / "pause.json").write_text("{}", encoding="utf-8")

    url = ("--base-url", server.url)
    assert importer("resume", "night", *url).code == 0
    assert not (importer.run_folder() / "pause.json").exists()


@pytest.mark.measured
def test_a_run_that_waits_for_its_quota_is_paused(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The command to go on names the folder of runs that a flag has named."""
    server = sandbox("--daily", "20")
    file = importer.write("shop.csv", importer.rows(ROWS))
    elsewhere = ("--runs-dir", "archive")
    given = ("--base-url", server.url, "--wait-for-quota", "--run-id", "night")
    process = importer.start("run", file, *given, *elsewhere)
    server.wait_for_creates(5)

    paused = importer("pause", "night", *elsewhere)

    assert paused.code == 0, paused.err
    assert "Go on with: importer resume night --runs-dir archive" in paused.out
    assert importer.stop(process).code == 10
