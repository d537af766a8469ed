"""One change in a copy of the project, and whether its tests notice.

The checkout itself is never changed. A copy belongs to one worker; what was changed is
put back before the next change. Invariant: a change counts as noticed only where the
test that failed passes without it, so a test that fails now and then, or a copy that is
broken, notices nothing.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from modules import LATE, as_processes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from changes import Change
    from contexts import Measure

#: How long a test may take that takes a second otherwise, and the least for each.
PATIENCE = 4.0
LEAST_SECONDS = 10.0
#: The same for commands as processes, and for all tests of a change together.
PROCESS_SECONDS = 60.0
ALL_SECONDS = 400.0
#: How long tests that were interrupted may clean up.
GRACE_SECONDS = 5.0
#: How pytest ends where tests failed, where it was interrupted, and where it broke.
NOTICED_CODES = (1, 2, 3, 4)

#: So often a change is tried again without a test that failed for no reason.
AGAIN = 5

_times = itertools.count(1)


class BrokenError(Exception):
    """Tests fail in the copy without any change; the argument is a list of them."""


class Verdict(StrEnum):
    """What became of a change."""

    NOTICED = "noticed"
    TIMED_OUT = "timed out"
    NOT_NOTICED = "not noticed"


@dataclass(frozen=True)
class Effort:
    """What one change may cost.

    Attributes:
        seconds: what its tests take together where they notice nothing.
        processes: whether commands run as processes where nothing else notices.
    """

    seconds: float
    processes: bool


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
        self, place: Path, python: Path, measure: Measure, effort: Effort
    ) -> None:
        """Use this copy, and no more effort for one change."""
        self._place = place
        self._python = python
        self._measure = measure
        self._effort = effort

    def run(self, change: Change) -> Tried:
        """Make a change, run the tests, and take it back.

        Raises:
            BrokenError: tests fail without any change, again and again.
        """
        effort = self._effort
        files = as_processes(change.path, self._place) if effort.processes else []
        tests = self._measure.noticing(change, effort.seconds)
        slowest = max(map(self._measure.seconds.__getitem__, tests), default=0.0)
        most = max(LEAST_SECONDS, PATIENCE * slowest)
        verdict = self._tried(change, tests, most)
        if verdict is Verdict.NOT_NOTICED and files:
            verdict = self._tried(change, files, PROCESS_SECONDS)
            return Tried(change, verdict, len(tests), by_processes=True)
        return Tried(change, verdict, len(tests))

    def _tried(self, change: Change, tests: list[str], seconds: float) -> Verdict:
        """Run tests with the change, without those that fail for no reason."""
        left_out: list[str] = []
        for _ in range(AGAIN):
            chosen = [test for test in tests if test not in left_out]
            if not chosen:
                return Verdict.NOT_NOTICED
            self._write(change.path, change.new)
            try:
                verdict, failed = self._pytest(chosen, seconds, left_out)
            finally:
                self._write(change.path, change.old)
            if verdict is not Verdict.NOTICED:
                return verdict
            # what could not even be loaded is tried with the first of the tests
            failed = failed or chosen[:1]
            if self._pytest(failed, PROCESS_SECONDS, [])[0] is not verdict:
                return verdict
            left_out += failed
        raise BrokenError(left_out)

    def _write(self, path: str, text: str) -> None:
        """Write a module so that no compiled one of the same age is taken for it."""
        module = self._place / path
        module.write_text(text, encoding="utf-8")
        when = module.stat().st_mtime + next(_times)
        os.utime(module, (when, when))

    def _pytest(
        self, tests: Sequence[str], seconds: float, without: Sequence[str]
    ) -> tuple[Verdict, list[str]]:
        """Run tests until the first fails, each so long; which one it was."""
        build = self._place / "build"
        build.mkdir(exist_ok=True)
        told = build / "told.json"
        told.unlink(missing_ok=True)
        # never a folder that was used: what was killed may have left anything there
        temporary = build / f"temporary-{next(_times)}"
        command = [
            *(str(self._python), "-m", "pytest", "-q", "-x", "--no-header"),
            *("-p", "reporter", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("-p", "no:pytest_cov", "--hypothesis-seed", "0", "--tb", "no"),
            *("--basetemp", str(temporary), *tests),
            *(word for test in without for word in ("--deselect", test)),
        ]
        here = str(Path(__file__).parent)
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(self._place), here)),
            "MUTANTS_TOLD": str(told),
            "EXAMPLES": "all",
            "MUTANTS_SECONDS": str(seconds),
        }
        try:
            code = _run(command, self._place, environment, ALL_SECONDS)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        if code == LATE:
            return Verdict.TIMED_OUT, []
        if code is None:  # as the tests may have been too many, it proves nothing
            return Verdict.NOT_NOTICED, []
        # a change may also end the process that runs the tests
        if code not in NOTICED_CODES and code >= 0:
            return Verdict.NOT_NOTICED, []
        failing = (
            json.loads(told.read_text("utf-8"))["failing"] if told.exists() else []
        )
        return Verdict.NOTICED, failing


def _run(
    command: Sequence[str], place: Path, environment: dict[str, str], seconds: float
) -> int | None:
    """Run a command; its exit code, or None after it was killed as too slow."""
    with subprocess.Popen(
        command,
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        # an interrupt lets the tests undo what they did to the machine
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return None
