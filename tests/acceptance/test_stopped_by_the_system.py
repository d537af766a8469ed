"""SIGTERM and a closed terminal end every command with a sentence."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from test_terminal import seated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = pytest.mark.measured

SIGNALS = [signal.SIGTERM, signal.SIGHUP]
STOPPED = "Stopped by the system."


@contextmanager
def silent_server() -> Iterator[tuple[str, Callable[[], None]]]:
    """A server that accepts and never answers: its address, and a wait for a call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        taken: list[socket.socket] = []

        def wait_for_call() -> None:
            called = b""
            while not called:  # a connection may also be opened only to be seen
                taken.append(server.accept()[0])
                taken[-1].settimeout(30)
                called = taken[-1].recv(1)

        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", wait_for_call
        finally:
            for connection in taken:
                connection.close()


def unanswered(
    importer: Importer, number: signal.Signals, *args: object
) -> tuple[int, str]:
    """A command that waits for an answer, ended by a signal: its code and stderr."""
    with silent_server() as (url, wait_for_call):
        process = importer.start(*args, "--base-url", url)
        wait_for_call()
        ended = importer.stop(process, number)
    return ended.code, ended.err


@pytest.mark.parametrize("number", SIGNALS)
def test_a_doctor_without_an_answer_is_stopped_with_a_sentence(
    number: signal.Signals, importer: Importer
) -> None:
    """The doctor waits for the connection; nothing was sent that changes anything."""
    code, told = unanswered(
        importer, number, "doctor", "--location-id", importer.location
    )

    assert (code, f"{STOPPED} Nothing was sent." in told) == (143, True), told


def unknown_row(importer: Importer, server: Sandbox) -> None:
    """Leave a run `mine` whose only row is unknown."""
    server.change(**{"for": {"collection-0": "slow_commit*9"}})
    name = importer.write("rows.csv", importer.rows(1))
    flags = ("--base-url", server.url, "--run-id", "mine")
    process = importer.start("run", name, *flags)
    server.wait_for_creates(1)
    importer.stop(process, signal.SIGINT, signal.SIGINT)
    assert importer.summary()["counts"]["unknown"] == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_a_settle_without_an_answer_leaves_the_row_as_it_is(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The id is being compared: nothing is known of the row, and that is said."""
    unknown_row(importer, sandbox("--limit", "none", "--latency", "0s"))
    row = ("--row", 2, "--created", "655b33a82209e60b6adb87a5")

    code, told = unanswered(importer, number, "settle", "mine", *row)

    assert (code, f"{STOPPED} Nothing is said of the row." in told) == (143, True), told
    assert importer.summary()["counts"]["unknown"] == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_question_of_a_retirement_retires_nothing(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit code 143, and the run is as it was."""
    name = importer.write("rows.csv", importer.rows(1))
    importer("run", name, "--base-url", sandbox().url, "--run-id", "mine")
    journal = importer.folder / "runs" / "mine" / "journal.db"
    journal.write_bytes(b"no journal" * 1000)

    with seated(importer, "runs", "retire", "mine") as command:
        command.hears("[y/N]")
        command.process.send_signal(number)
        assert command.ends() == 143

    assert f"{STOPPED} Nothing was retired." in command.said
    assert not (journal.parent / "retired.json").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_question_of_a_pruning_removes_nothing(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Exit code 143, and the reports are there."""
    name = importer.write("rows.csv", importer.rows(1))
    importer("run", name, "--base-url", sandbox().url)
    importer.age(importer.run_folder(), 100)

    with seated(importer, "runs", "prune", "--older", "90d") as command:
        command.hears("[y/N]")
        command.process.send_signal(number)
        assert command.ends() == 143

    assert f"{STOPPED} Nothing was removed." in command.said
    assert (importer.run_folder() / "report.csv").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_at_the_question_of_an_undo_says_that_nothing_was_deleted(
    number: signal.Signals, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Not that nothing was sent: the run that is undone has sent its rows."""
    name = importer.write("rows.csv", importer.rows(1))
    server = sandbox()
    importer("run", name, "--base-url", server.url, "--run-id", "mine")

    with seated(importer, "undo", "mine") as command:
        command.hears("[y/N]")
        command.process.send_signal(number)
        assert command.ends() == 143

    assert f"{STOPPED} Nothing was deleted." in command.said
    assert len(server.held()) == 1


@pytest.mark.parametrize("number", SIGNALS)
def test_a_check_that_waits_for_its_input_is_stopped_with_a_sentence(
    number: signal.Signals, importer: Importer
) -> None:
    """A command without a loop of its own is told as the others are."""
    with subprocess.Popen(  # noqa: S603 - our own command
        importer.command("check", "-"),
        cwd=importer.folder,
        env=importer.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        # more than a pipe holds: it is read once this is through
        process.stdin.write("name,slug\n" + "x,y\n" * 50_000)
        process.stdin.flush()
        ended = importer.stop(process, number)

    assert (ended.code, STOPPED in ended.err) == (143, True), ended.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, *SIGNALS])
def test_a_selftest_that_is_ended_leaves_no_folder_and_no_process(
    number: signal.Signals, importer: Importer
) -> None:
    """Whatever ended it, and although the signal came twice."""
    temporary = importer.folder / "tmp"
    temporary.mkdir()
    environment = importer.environment | {"TMPDIR": str(temporary)}
    with subprocess.Popen(  # noqa: S603 - our own command
        importer.command("selftest", "--kills", 0),
        cwd=importer.folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        until = time.monotonic() + 30
        while not list(temporary.glob("importer-selftest-*/seed-1/runs/*/run.log")):
            assert time.monotonic() < until
            time.sleep(0.02)  # noqa: TID251 - another process is waited for
        process.send_signal(number)
        process.send_signal(number)
        assert process.stderr is not None
        told = process.stderr.read()
        assert process.wait(timeout=20) == (130 if number == signal.SIGINT else 143)

    assert ("Interrupted." if number == signal.SIGINT else STOPPED) in told
    assert "Traceback" not in told
    assert not list(temporary.glob("importer-selftest-*"))
    assert not in_session(process.pid)


def in_session(number: int) -> list[str]:
    """Return the processes of a session that are left."""
    listed = subprocess.run(  # noqa: S603 - the session of our own command
        ["ps", "-o", "args=", "-s", str(number)],  # noqa: S607 - of the system
        capture_output=True,
        text=True,
        check=False,
    )
    return listed.stdout.splitlines()
