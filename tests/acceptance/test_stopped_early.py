"""Stops that come before anything is sent, or after: no wait for the server holds them.

The sandbox refuses every call (429), so that lists are asked for again and again.
"""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING

import pytest
from test_terminal import seated

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from conftest import Importer, Sandbox

PATIENCE_SECONDS = 30
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
#: After such a pause a list is asked for once more.
LIMIT = ("--limit", "100/300ms")


def refuse(server: Sandbox, share: float = 1) -> None:
    """Have the server refuse every call from now on, or with 0 none."""
    server.change(faults={"refused": share}, calls="all")


def begin_in_vain(
    importer: Importer, server: Sandbox, *args: object
) -> subprocess.Popen[str]:
    """Start a command and wait until two of its calls have been refused."""
    before = server.truth()["calls"]
    process = importer.start(*args, "--base-url", server.url)
    end = time.monotonic() + PATIENCE_SECONDS
    while server.truth()["calls"] < before + 2:
        assert time.monotonic() < end, "no second call came"
        time.sleep(0.02)  # noqa: TID251 - another process is waited for
    return process


def sent(importer: Importer, server: Sandbox, count: int) -> str:
    """Create some rows in a run of the name `sent`; the file's name."""
    name = importer.write("sent.csv", importer.rows(count))
    assert importer("run", name, "--base-url", server.url, "--run-id", "sent").code == 0
    return name


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_one_signal_ends_a_comparison_that_is_refused_again_and_again(
    number: signal.Signals,
    code: int,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """The run has a report, and is finished by a resume once the server lets it."""
    server = sandbox(*LIMIT)
    refuse(server)
    name = importer.write("rows.csv", importer.rows(3))
    process = begin_in_vain(importer, server, "run", name, "--run-id", "mine")

    ended = importer.stop(process, number)

    assert ended.code == code
    assert importer.summary()["counts"]["not_attempted"] == 3
    assert "importer resume mine" in ended.out
    refuse(server, 0)
    assert importer("resume", "mine", "--base-url", server.url).code == 0
    assert len(server.held()) == 3


def test_a_second_signal_leaves_the_report_whole(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """However quickly the keys are pressed: the run is left in order, with a report."""
    server = sandbox(*LIMIT)
    refuse(server)
    name = importer.write("rows.csv", importer.rows(2000))
    process = begin_in_vain(importer, server, "run", name, "--run-id", "mine")

    for _ in range(40):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.01)  # noqa: TID251 - a key that is held down
    ended = importer.stop(process)

    assert ended.code == 130
    assert importer.summary()["counts"]["not_attempted"] == 2000
    assert "importer resume mine" in ended.out


@pytest.mark.parametrize("command", ["run", "resume"])
def test_the_time_counts_while_lists_are_refused(
    command: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """`--max-duration` ends a run, and a resume, that cannot read a list; code 10."""
    server = sandbox(*LIMIT)
    refuse(server)
    name = importer.write("rows.csv", importer.rows(3))
    flags = ("--base-url", server.url, "--max-duration", "1s")
    ended = importer("run", name, *flags, "--run-id", "mine")
    if command == "resume":
        ended = importer("resume", "mine", *flags)

    assert ended.code == 10
    assert "The time that --max-duration allows (1 s) is up." in ended.out
    assert importer.summary()["counts"]["not_attempted"] == 3
    assert server.creates() == 0


def test_the_time_counts_while_a_list_says_to_wait_for_long(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A pause of ten minutes that the server asks for is not waited for either."""
    server = sandbox("--limit", "100/600s", "--retry-after")
    refuse(server)
    name = importer.write("rows.csv", importer.rows(3))
    flags = ("--base-url", server.url, "--max-duration", "1s")

    assert importer("run", name, *flags).code == 10


def test_the_time_counts_while_products_are_looked_up(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The list of collections comes quickly, that of products would take for ever."""
    server = sandbox("--latency", "2s")
    row = f"{importer.location},Shoes,shoes,manual,Some product"
    header = "location_id,name,slug,type,product_names"
    name = importer.write("rows.csv", [row], header)
    flags = ("--base-url", server.url, "--max-duration", "3s")

    ended = importer("run", name, *flags)

    assert ended.code == 10
    assert server.creates() == 0


def test_the_time_between_two_stages_does_not_count(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A person may think about the question for longer than the run may take."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url, "--max-duration", "2s")
    with seated(importer, "run", name, *flags) as run:
        run.hears("Send now? [Y/n]")
        time.sleep(2.5)  # noqa: TID251 - a person thinks
        run.type("y\n")
        assert run.ends() == 0

    assert len(server.held()) == 2


def test_a_plan_ends_when_the_time_is_up_and_says_so(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A settings file may allow a time, and a plan lists as a run does."""
    server = sandbox(*LIMIT)
    refuse(server)
    name = importer.write("rows.csv", importer.rows(3))
    (importer.folder / "importer.toml").write_text('max_duration = "1s"\n')

    ended = importer("plan", name, "--base-url", server.url)

    assert ended.code == 10
    assert "Plan again with a longer --max-duration." in ended.err
    assert "importer resume" not in ended.err


@pytest.mark.parametrize(("number", "code"), SIGNALS)
@pytest.mark.parametrize("command", ["audit", "undo"])
def test_one_signal_ends_a_look_back_that_is_refused_again_and_again(
    command: str,
    number: signal.Signals,
    code: int,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """Nothing is said to agree that was not compared, and nothing is deleted."""
    server = sandbox(*LIMIT)
    sent(importer, server, 3)
    refuse(server)
    process = begin_in_vain(importer, server, command, "sent")

    ended = importer.stop(process, number)

    assert ended.code == code
    assert ended.out == ""
    assert f"Go on with: importer {command} sent" in ended.err
    assert len(server.held()) == 3
    assert importer.summary()["state"] == "finished"


def test_one_signal_ends_an_undo_and_the_next_does_the_rest(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What it had deleted is in undo.csv; the others are still there."""
    server = sandbox("--latency", "200ms")
    sent(importer, server, 80)
    flags = ("--base-url", server.url, "--unseen-products")
    process = importer.start("undo", "sent", *flags)
    end = time.monotonic() + PATIENCE_SECONDS
    # so many go at once, and those before have had their answers
    while len(server.held()) > 80 - 40:
        assert time.monotonic() < end, "too little was deleted"
        time.sleep(0.02)  # noqa: TID251 - another process is waited for

    ended = importer.stop(process, signal.SIGINT)

    assert ended.code == 130
    left = len(server.held())
    assert 0 < left < 80
    assert "Go on with: importer undo sent" in ended.err
    lines = (importer.run_folder() / "undo.csv").read_text("utf-8").splitlines()
    assert 0 < len(lines) - 1 <= 80 - left
    assert importer("undo", "sent", *flags).code == 0
    assert server.held() == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_question_that_a_signal_ends_leaves_no_run(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Closing the window is a no; otherwise the next night would send it unasked."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))

    with seated(importer, "run", name, "--base-url", server.url) as run:
        run.hears("Send now? [Y/n]")
        run.process.send_signal(number)
        assert run.ends() in {130, 143}

    assert "Nothing was sent." in run.said
    assert not list((importer.folder / "runs").glob("[!.]*"))
    assert server.creates() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_undo_whose_question_a_signal_ends_deletes_nothing(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The same holds for the question of an undo."""
    server = sandbox()
    sent(importer, server, 2)

    with seated(importer, "undo", "sent") as undo:
        undo.hears("[y/N]")
        undo.process.send_signal(number)
        assert undo.ends() in {130, 143}

    assert len(server.held()) == 2


def test_a_run_that_is_killed_at_the_question_is_sent_only_by_its_name(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A scheduled `resume --all` passes over it and says how to send it."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    flags = ("--base-url", server.url)
    with seated(importer, "run", name, *flags, "--run-id", "asked") as run:
        run.hears("Send now? [Y/n]")
        run.process.kill()

    every = importer("resume", "--all", *flags)
    newest = importer("resume", *flags)
    document = importer("resume", "--all", "--json", *flags).document
    listed = json.loads(importer("runs", "--json").out)

    assert (every.code, newest.code) == (0, 0)
    for ended in (every, newest):
        assert "to send it: importer resume asked" in ended.err
    assert [run["state"] for run in listed["runs"]] == ["unconfirmed"]
    assert (document["unconfirmed"], document["runs"]) == (["asked"], [])
    assert server.creates() == 0
    assert importer("resume", "asked", *flags).code == 0
    assert len(server.held()) == 2
    listed = json.loads(importer("runs", "--json").out)
    assert [run["state"] for run in listed["runs"]] == ["finished"]


def test_a_resume_of_all_without_any_has_the_same_shape(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """A program that reads it need not know whether something was left."""
    sent(importer, sandbox(), 1)

    ended = importer("resume", "--all", "--json")

    assert ended.code == 0
    document = {"schema": 1, "exit_code": 0, "runs": [], "not_begun": []}
    assert ended.document == document | {"unconfirmed": []}
