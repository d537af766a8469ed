"""The sessions that end in a known state are real: they print what their pages say.

Those of the README and of docs/session.md, where an answer is lost. The sandbox then
says what it holds. The sessions of the other pages: `test_docs_made.py`.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
SESSION = ROOT / "docs" / "session.md"
#: What the location holds at the end of a page's sessions, in the order of the slugs.
WANTED = {
    README: ["best-sellers", "gift-ideas"],
    SESSION: [
        "best-sellers",
        "gift-ideas",
        "grossen-mehr",
        "kitchen",
        "summer-sale",
        "top-ten",
    ],
}
FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PORT = "8787"
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"

#: What differs from one run to the next, and nothing else.
VARYING = (
    (re.compile(r"^(Run \S+: .* calls?), \d+ s$"), r"\1, N s"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ +\d+ s"), "TIME, N s"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A line that is typed, and the lines that it prints on stdout."""

    command: str
    printed: tuple[str, ...]


def steps(text: str) -> list[Step]:
    """Take the steps of all marked blocks, in their order."""
    block = re.compile(
        r"<!-- session -->\n```console\n(.*?)^```$", re.DOTALL | re.MULTILINE
    )
    blocks = block.findall(text)
    typed = re.split(r"^\$ ", "".join(blocks), flags=re.MULTILINE)
    assert typed[0] == "", "a block begins with a command"
    lines = [one.splitlines() for one in typed[1:]]
    return [Step(command, tuple(map(plain, printed))) for command, *printed in lines]


def plain(line: str) -> str:
    """Leave out what varies, and the blanks that a table pads its lines with."""
    for varying, instead in VARYING:
        line = varying.sub(instead, line)
    return line.rstrip()


class Shell:
    """A terminal's memory: its folder, its environment and the server it started."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing set, and the program of this environment in front."""
        self._folder = folder
        self._server: subprocess.Popen[str] | None = None
        scripts = str(Path(sys.executable).parent)
        kept = {
            name: value
            for name, value in os.environ.items()  # noqa: TID251 - to be scrubbed
            if not name.startswith(("IMPORTER_", "HIGHLEVEL_"))
        }
        path = os.pathsep.join([scripts, kept.get("PATH", os.defpath)])
        self._environment = kept | {"PATH": path, "LC_ALL": "C.UTF-8"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = str(free.getsockname()[1])

    def type(self, command: str) -> Iterator[str]:
        """Give what a command prints on stdout, with the port of the page."""
        command = command.replace(PORT, self._port)
        if command.startswith("export "):
            for setting in command.removeprefix("export ").split():
                name, _, value = setting.partition("=")
                self._environment[name] = value
        elif command.endswith(" &"):
            yield self._start(command.removesuffix(" &")).replace(self._port, PORT)
        else:
            yield from self._run(command).replace(self._port, PORT).splitlines()

    def truth(self) -> Any:
        """Give what the server holds, and what went wrong there on purpose."""
        address = f"http://127.0.0.1:{self._port}/_sandbox/truth"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return json.load(answer)

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.communicate(timeout=10)

    def _start(self, command: str) -> str:
        self._server = subprocess.Popen(  # noqa: S602 - the page's own line
            f"exec {command}",
            shell=True,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._server.stdout is not None
        return self._server.stdout.readline()

    def _run(self, command: str) -> str:
        ended = subprocess.run(  # noqa: S602 - the page's own line
            command,
            shell=True,
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Error" not in ended.stderr, ended.stderr
        return ended.stdout


def text(page: Path) -> str:
    """Give what a page says."""
    return page.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", WANTED, ids=lambda page: page.stem)
def test_a_session_prints_what_its_page_says(page: Path, tmp_path: Path) -> None:
    """Every command prints its lines, letter by letter, and nothing is there twice."""
    files = FILE.findall(text(page))
    assert files
    for name, content in files:
        (tmp_path / name).write_text(content, "utf-8")
    shell = Shell(tmp_path)
    try:
        for step in steps(text(page)):
            printed = [plain(line) for line in shell.type(step.command)]
            assert (step.command, printed) == (step.command, list(step.printed))
        truth = shell.truth()
    finally:
        shell.close()
    held = [one["slug"] for one in truth["locations"][LOCATION]["collections"]]
    assert sorted(held) == WANTED[page]
    assert truth["faults"]["reset_after"] == 1


def test_the_session_of_the_docs_shows_the_whole_way() -> None:
    """A command that is left out of the session would go untried."""
    typed = "\n".join(step.command for step in steps(text(SESSION)))
    for command in ("sandbox", "check", "plan", "run", "runs"):
        assert f"importer {command}" in typed


def test_the_session_ends_as_the_text_around_it_says() -> None:
    """A wrong answer copied into the page would not make the sentence below true."""
    printed = [line for step in steps(text(SESSION)) for line in step.printed]
    assert "5,gift-ideas,created,settled_by_listing" in printed


def test_the_session_of_the_readme_ends_as_the_text_around_it_says() -> None:
    """The first run creates the good rows although an answer is lost, the next none."""
    first, again = [
        step for step in steps(text(README)) if "importer run" in step.command
    ]
    assert " 2  created" in first.printed
    assert len(again.printed) == 1
    assert again.printed[0].startswith(" 2  already ")
