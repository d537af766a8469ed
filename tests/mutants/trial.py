"""One change in a copy of the project, and whether its tests notice.

The checkout itself is never changed. A copy belongs to one worker; what was changed is
put back before the next change.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from modules import as_processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from changes import Change
    from contexts import Measure

#: How long tests may take that take a second otherwise, and the least for all of them.
PATIENCE = 4.0
LEAST_SECONDS = 30.0
#: The same for commands as processes.
PROCESSES_SECONDS = 150.0
#: How pytest ends where tests failed, where it was interrupted, and where it broke.
NOTICED_CODES = (1, 2, 3, 4)

_times = itertools.count(1)


class Verdict(StrEnum):
    """What became of a change."""

    NOTICED = "noticed"
    TIMED_OUT = "timed out"
    NOT_NOTICED = "not noticed"


@dataclass(frozen=True)
class Tried:
    """A change that was tried; `tests` says how many ran at the most."""

    change: Change
    verdict: Verdict
    tests: int
    by_processes: bool = False


def copy(root: Path, target: Path) -> Path:
    """A copy of everything that git would keep, as it is now."""
    shutil.rmtree(target, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (root / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, target / name)
    return target


class Trial:
    """Tries changes in a copy, one after the other."""

    def __init__(
        self, place: Path, python: Path, measure: Measure, *, processes: bool = True
    ) -> None:
        """Use this copy; with `processes` commands run where nothing else notices."""
        self._place = place
        self._python = python
        self._measure = measure
        self._processes = processes

    def run(self, change: Change) -> Tried:
        """Make a change, run the tests, and take it back."""
        self._write(change.path, change.new)
        try:
            return self._tried(change)
        finally:
            self._write(change.path, change.old)

    def _tried(self, change: Change) -> Tried:
        tests = self._measure.noticing(change)
        if tests:
            expected = self._measure.expected_seconds(tests)
            verdict = self._pytest(tests, LEAST_SECONDS + PATIENCE * expected)
            if verdict is not Verdict.NOT_NOTICED:
                return Tried(change, verdict, len(tests))
        files = as_processes(change.path, self._place) if self._processes else []
        if files:
            verdict = self._pytest(files, PROCESSES_SECONDS)
            return Tried(change, verdict, len(tests), by_processes=True)
        return Tried(change, Verdict.NOT_NOTICED, len(tests))

    def _write(self, path: str, text: str) -> None:
        """Write a module so that no compiled one of the same age is taken for it."""
        module = self._place / path
        module.write_text(text, encoding="utf-8")
        when = module.stat().st_mtime + next(_times)
        os.utime(module, (when, when))

    def _pytest(self, tests: Sequence[str], seconds: float) -> Verdict:
        command = [
            *(str(self._python), "-m", "pytest", "-q", "-x", "--no-header"),
            *("-p", "reporter", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("-p", "no:pytest_cov", "--hypothesis-seed", "0", "--tb", "no"),
            *("--basetemp", str(self._place / "build" / "temporary"), *tests),
        ]
        here = str(Path(__file__).parent)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(self._place), here)),
        }
        (self._place / "build").mkdir(exist_ok=True)
        with subprocess.Popen(
            command,
            cwd=self._place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return Verdict.TIMED_OUT
        # a change may also end the process that runs the tests
        noticed = code in NOTICED_CODES or code < 0
        return Verdict.NOTICED if noticed else Verdict.NOT_NOTICED
