"""What only shows where somebody sits at a terminal: questions, and who waits for whom.

Standard input is a pseudo-terminal; what is written stays in pipes to be read.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Importer, Sandbox

pytestmark = [
    pytest.mark.measured,
    pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals"),
]

PATIENCE_SECONDS = 30
#: Long enough for an answer that is there already to be taken.
MOMENT_SECONDS = 0.5


@dataclass
class Seated:
    """A command with somebody at the terminal."""

    process: subprocess.Popen[bytes]
    keyboard: int
    said: str = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self.keyboard, text.encode())

    def hears(self, words: str) -> None:
        """Wait until something has been said on stderr."""
        assert self.process.stderr is not None
        end = time.monotonic() + PATIENCE_SECONDS
        while words not in self.said:
            assert time.monotonic() < end, self.said
            if select.select([self.process.stderr], [], [], 1)[0]:
                block = os.read(self.process.stderr.fileno(), 4096)
                assert block, self.said
                self.said += block.decode()

    def waits(self) -> bool:
        """Whether it still waits after a moment."""
        try:
            self.process.wait(timeout=MOMENT_SECONDS)
        except subprocess.TimeoutExpired:
            return True
        return False

    def ends(self) -> int:
        """Wait for the end; the exit code."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        self.said += (err + out).decode()
        assert "Traceback" not in self.said
        return self.process.returncode


@contextmanager
def seated(importer: Importer, *args: Any, typed: str = "") -> Iterator[Seated]:
    """A command at a terminal where something was typed before it began."""
    import pty  # noqa: PLC0415 - not on every system

    keyboard, terminal = pty.openpty()
    os.write(keyboard, typed.encode())
    try:
        with subprocess.Popen(  # noqa: S603 - our own command
            importer.command(*args),
            cwd=importer.folder,
            env=importer.environment,
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                yield Seated(process, keyboard)
            finally:
                process.kill()  # a test that failed waits for nothing
    finally:
        os.close(terminal)
        os.close(keyboard)


def test_what_was_typed_before_the_question_is_no_answer_to_it(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """An Enter too many at the prompt of the shell sends nothing."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))

    with seated(importer, "run", name, "--base-url", server.url, typed="\n\n") as run:
        run.hears("Send now? [Y/n]")
        assert run.waits()
        run.type("n\n")
        assert run.ends() == 130

    assert "Nothing was sent." in run.said
    assert server.creates() == 0


def test_an_enter_after_the_question_is_the_answer_in_capitals(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """[Y/n] says that an empty answer sends, and it does."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))

    with seated(importer, "run", name, "--base-url", server.url) as run:
        run.hears("Send now? [Y/n]")
        run.type("\n")
        assert run.ends() == 0

    assert server.creates() == 2


def test_an_undo_asks_after_it_has_looked_and_says_what_it_cannot_see(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """One of three was renamed: the question is about the other two."""
    server = sandbox("--list-hides", "productIds", "--get-by-id", "refused")
    name = importer.write("rows.csv", importer.rows(3))
    importer("run", name, "--base-url", server.url, "--run-id", "mine")
    place = server.truth()["locations"][importer.location]["collections"]
    change = {"location": importer.location, "id": place[0]["_id"]}
    change |= {"fields": {"name": "Renamed"}}
    server.post("change", json.dumps(change).encode())

    with seated(importer, "undo", "mine") as undo:
        undo.hears("products were added since to 2 of the 2 collections.")
        undo.hears("Delete 2 collections in")
        undo.hears("that mine created? [y/N]")
        undo.type("y\n")
        assert undo.ends() == 3

    assert len(server.held()) == 1


MOVES = re.compile(r"\x1b\[(\d*)([AK])|\x1b\[[?\d;]*[a-zA-Z]|([\r\n])|([^\x1b\r\n]+)")


def seen(printed: str) -> list[str]:
    """The lines of a terminal after something was printed: as far as rich moves it."""
    screen, row, column = [""], 0, 0
    for count, move, control, text in MOVES.findall(printed):
        if move == "A":
            row = max(0, row - int(count or 1))
        elif move == "K":
            screen[row] = "" if count == "2" else screen[row][:column]
        elif control == "\r":
            column = 0
        elif control == "\n":
            row, column = row + 1, 0
            screen += [""] * (row + 1 - len(screen))
        elif text:
            old = screen[row].ljust(column)
            screen[row] = old[:column] + text + old[column + len(text) :]
            column += len(text)
    return [line.rstrip() for line in screen]


def at_terminal(importer: Importer, begun: Callable[[], None], *args: Any) -> str:
    """All that a command prints to a terminal where Ctrl-C is pressed once it began."""
    import pty  # noqa: PLC0415 - not on every system

    command = importer.command(*args)
    keyboard, terminal = pty.openpty()
    printed = b""
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=importer.folder,
        env=importer.environment | {"TERM": "xterm", "COLUMNS": "90", "LINES": "30"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    ) as process:
        begun()
        os.write(keyboard, b"^C")  # as a terminal shows it
        process.send_signal(signal.SIGINT)
        end = time.monotonic() + PATIENCE_SECONDS
        while process.poll() is None or select.select([keyboard], [], [], 0.1)[0]:
            assert time.monotonic() < end, printed
            if select.select([keyboard], [], [], 0.1)[0]:
                printed += os.read(keyboard, 65_536)
        assert process.returncode == 130
    os.close(terminal)
    os.close(keyboard)
    return printed.decode()


def test_ctrl_c_is_answered_above_the_display_and_no_line_of_it_stays(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """What was said stands there once at the end, and of the display nothing."""
    server = sandbox("--latency", "0.3")
    name = importer.write("rows.csv", importer.rows(60))
    flags = ("--yes", "--base-url", server.url, "--concurrency", 2)

    printed = at_terminal(
        importer, lambda: server.wait_for_creates(4), "run", name, *flags
    )

    assert "Sending" in printed
    lines = seen(printed)
    said = [line for line in lines if line.startswith("Stopping: requests in flight")]
    assert len(said) == 1, lines
    assert not [line for line in lines if line.startswith(("Sending", "Comparing"))]
    assert [line for line in lines if "Stopped: Interrupted by Ctrl-C." in line]


def test_what_was_typed_before_deletes_nothing(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """An undo asks too, and there an empty answer is a no."""
    server = sandbox()
    name = importer.write("rows.csv", importer.rows(2))
    importer("run", name, "--base-url", server.url, "--run-id", "mine")

    with seated(importer, "undo", "mine", typed="y\n") as undo:
        undo.hears("that mine created? [y/N]")
        assert undo.waits()
        undo.type("\n")
        assert undo.ends() == 130

    assert "Nothing was deleted." in undo.said
    assert len(server.held()) == 2


def test_whoever_is_waited_for_is_told_so(importer: Importer) -> None:
    """`check -` at a terminal reads what is typed, and says that it waits for it."""
    with seated(importer, "check", "-") as check:
        check.hears("Waiting for a table on standard input; Ctrl-D")
        check.type(f"name,location_id\nShoes,{importer.location}\n\x04")
        assert check.ends() == 0

    assert "1 collection can be sent." in check.said


def test_a_file_is_not_waited_for(importer: Importer) -> None:
    """Nothing is said where nobody has to type."""
    with seated(importer, "check", importer.write("a.csv", importer.rows(1))) as check:
        assert check.ends() == 0

    assert "Waiting" not in check.said


@pytest.mark.parametrize("answer", ["n", "y"])
def test_old_runs_are_removed_after_a_yes_alone(
    answer: str, importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """The question names what goes; Enter alone would be a no."""
    name = importer.write("rows.csv", importer.rows(2))
    importer("run", name, "--base-url", sandbox().url, "--run-id", "made")
    made = importer.folder / "runs" / "made"
    importer.age(made, 100)
    report = made / "report.csv"

    with seated(importer, "runs", "prune", "--older", "90d") as prune:
        prune.hears("of 1 run? [y/N]")
        assert prune.waits()
        prune.type(f"{answer}\n")
        code = prune.ends()

    if answer == "y":
        assert code == 0
        assert not report.exists()
    else:
        assert code == 130
        assert "Nothing was removed." in prune.said
        assert report.exists()
