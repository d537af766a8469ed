"""The states of the project that are compared: the working tree, and revisions.

A revision is unpacked from git into `build/against/` and its own Makefile installs it,
with the versions of its own lock file and the working tree's Python. So does the
working tree's, into an environment beside it: that of the tests holds more packages,
and each makes a start longer. Invariant: a state's command starts that state's code in
whichever folder, which is looked at once.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import processes

AGAINST = processes.ROOT / "build" / "against"
#: The environment of the working tree: the program alone, as users have it.
_LEAN = AGAINST / "lean"
_SHA_LETTERS = 12
_INSTALL_SECONDS = 900
_TAIL_LETTERS = 2000


class StateError(Exception):
    """A state cannot be had; the message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class State:
    """What is measured: its name, and the command that starts it."""

    name: str
    importer: tuple[str, ...]


def working_tree(*, alone: bool) -> State:
    """Return the state that these very files belong to.

    Args:
        alone: whether it is installed without the tools of its tests, as a revision is.

    Raises:
        StateError: it cannot be installed.
    """
    try:
        changed = "" if not _git("status", "--porcelain") else " and changes"
        name = f"the working tree ({_short('HEAD')}{changed})"
    except StateError:
        # an unpacked archive has no history, and can be measured all the same
        name = "the working tree"
    if not alone:
        return State(name, processes.IMPORTER)
    _install(processes.ROOT, _LEAN)
    return _started(name, _LEAN, processes.ROOT)


def installed(revision: str) -> State:
    """Unpack and install a revision, which takes a minute or two the first time.

    Raises:
        StateError: there is no such revision, or it cannot be installed.
    """
    short = _short(revision)
    folder = AGAINST / short
    if not folder.exists():
        _unpack(short, folder)
    venv = folder / ".venv"
    _install(folder, venv)
    name = f"{revision} ({short})" if revision != short else short
    return _started(name, venv, folder)


def _started(name: str, venv: Path, folder: Path) -> State:
    """Return the state whose code is in a folder, started by an environment."""
    python = str(venv / "bin" / "python")
    _look(python, folder)
    return State(name, (python, "-m", "importer"))


def _short(revision: str) -> str:
    """Return the first letters of the commit's name."""
    try:
        # the end of options, so that no revision is taken for one
        told = _git("rev-parse", "--verify", "--end-of-options", revision + "^{commit}")
    except StateError as error:
        message = (
            f"AGAINST={revision} names no commit that git has here: {error}\n"
            "Write a commit, a tag or a branch; `git log --oneline` lists commits."
        )
        raise StateError(message) from None
    return told[:_SHA_LETTERS]


def _git(*words: str) -> str:
    command = ["git", "-C", str(processes.ROOT), *words]
    try:
        done = subprocess.run(command, capture_output=True, check=False, text=True)
    except OSError as error:
        message = f"git cannot be started: {error}"
        raise StateError(message) from None
    if done.returncode:
        raise StateError(done.stderr.strip())
    return done.stdout.strip()


def _unpack(short: str, folder: Path) -> None:
    """Put the commit's files there, all of them or none."""
    AGAINST.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="unpacked-", dir=AGAINST) as unpacked:
        archive = Path(unpacked) / "commit.tar"
        _git("archive", "--format=tar", "-o", str(archive), short)
        files = Path(unpacked) / "files"
        with tarfile.open(archive) as tar:
            tar.extractall(files, filter="data")
        files.rename(folder)


def _install(folder: Path, venv: Path) -> None:
    """Have the state's own Makefile make an environment; no work where it is there."""
    python = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
    # what this make was given on its command line is not meant for that one
    environment = {
        name: value
        for name, value in processes.environment().items()
        if "MAKE" not in name and name != "MFLAGS"
    }
    command = ["make", "-C", str(folder), "install", f"PYTHON={python}"]
    command.append(f"VENV={venv}")
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            timeout=_INSTALL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{folder.name} cannot be installed: {error}"
        raise StateError(message) from None
    if done.returncode:
        message = (
            f"{folder.name} cannot be installed: `make install` in {folder} ended "
            f"with {done.returncode}. Remove the folder to begin anew.\n"
            f"{done.stdout[-_TAIL_LETTERS:]}"
        )
        raise StateError(message)


def _look(python: str, folder: Path) -> None:
    """Make sure that the environment has this state's code, not another's."""
    with tempfile.TemporaryDirectory() as elsewhere:
        command = [python, "-c", "import importer; print(importer.__file__)"]
        told = processes.run(command, folder=elsewhere).out.strip()
    if not Path(told).resolve().is_relative_to(folder.resolve()):
        message = f"{folder} is installed from {told}: remove the folder, try again."
        raise StateError(message)
