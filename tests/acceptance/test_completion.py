"""Completing in real shells: what the Tab key offers where."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Importer

pytestmark = pytest.mark.measured

#: What a bash does at the Tab key, without a terminal around it.
PRESS_TAB = """
set -eu
eval "$(importer completion bash)"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_importer_completion importer
printf '%s\\n' "${COMPREPLY[@]}"
"""


def ask(importer: Importer, *command: str) -> list[str]:
    """Run a shell in which `importer` is the program; the lines that it prints."""
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, importer.environment["PATH"]])
    ended = subprocess.run(  # noqa: S603 - a shell with a script of our own
        command,
        cwd=importer.folder,
        env=importer.environment | {"PATH": path, "HOME": str(importer.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.split()


def offered(importer: Importer, *words: str) -> list[str]:
    """What a bash offers behind these words, the last of which is unfinished."""
    return ask(importer, shell("bash"), "-c", PRESS_TAB, "bash", "importer", *words)


def shell(name: str) -> str:
    """The path of a shell; without it the test is left out."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("ru",), ["run", "runs"]),
        (("config", ""), ["show"]),
        (("run", "--on-o"), ["--on-overlap"]),
        (("run", "--on-overlap", ""), ["fail", "wait", "skip"]),
        (("check", "--preset", "matri"), ["matrixify"]),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_bash_completes_commands_flags_and_choices(
    words: tuple[str, ...], wanted: list[str], importer: Importer
) -> None:
    """At each place what can stand there, and nothing else."""
    assert offered(importer, *words) == wanted


def test_bash_completes_the_runs_that_are_there(importer: Importer) -> None:
    """The newest first, in the usual folder or the one that was given."""
    for position, (folder, name) in enumerate(
        (("runs", "old"), ("runs", "new"), ("other", "elsewhere"))
    ):
        run = importer.folder / folder / name
        run.mkdir(parents=True)
        (run / "journal.db").touch()
        os.utime(run, (position, position))
    (importer.folder / "runs" / ".locks").mkdir()

    assert offered(importer, "resume", "") == ["new", "old"]
    assert offered(importer, "undo", "o") == ["old"]
    assert offered(importer, "audit", "--runs-dir", "other", "") == ["elsewhere"]


def test_bash_completes_runs_where_there_are_none(importer: Importer) -> None:
    """Nothing is offered, and nothing is said."""
    assert offered(importer, "resume", "") == []


def test_the_tab_key_completes_a_file(importer: Importer) -> None:
    """On a terminal, where bash itself finds the name of the file."""
    importer.write("shop.csv", [])
    scripts = str(Path(sys.executable).parent)
    path = os.pathsep.join([scripts, importer.environment["PATH"]])
    typed = b'eval "$(importer completion bash)"\nimporter check sho\t\nexit\n'
    keyboard, terminal = os.openpty()
    with subprocess.Popen(  # noqa: S603 - a shell and what is typed into it
        [shell("bash"), "--norc", "--noprofile", "-i"],
        cwd=importer.folder,
        env=importer.environment | {"PATH": path, "TERM": "dumb"},
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as bash:
        os.close(terminal)
        os.write(keyboard, typed)
        shown = bytearray()
        with suppress(OSError):  # a terminal whose program has ended
            while part := os.read(keyboard, 4096):
                shown += part
        bash.wait(timeout=60)
    os.close(keyboard)
    # the importer was given the name that the shell completed
    assert b"shop.csv: it has a header but no rows." in shown, shown


def test_fish_completes_as_well(importer: Importer) -> None:
    """The same answers through the script for fish."""
    script = "importer completion fish | source; complete -C 'importer resu'"
    assert "resume" in ask(importer, shell("fish"), "-c", script)


def test_zsh_takes_its_script(importer: Importer) -> None:
    """The function is there when the script has been read."""
    script = (
        "autoload -Uz compinit; compinit -u -D; "
        'eval "$(importer completion zsh)"; whence -w _importer_completion'
    )
    printed = ask(importer, shell("zsh"), "-f", "-c", script)
    assert printed == ["_importer_completion:", "function"]


def test_another_shell_is_refused(importer: Importer) -> None:
    """The message names the three that there are."""
    ended = importer("completion", "tcsh")

    assert ended.code == 2
    assert "'bash', 'zsh', 'fish'" in ended.err
