"""Which tests execute which line, and how long each takes: measured once.

The measure is kept below `build` for as long as neither code nor tests change.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coverage import CoverageData
from modules import MEASURED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from changes import Change

#: Tests that run for one change: so many, and so many seconds, at the most.
TESTS_AT_MOST = 600
SECONDS_AT_MOST = 60.0


@dataclass(frozen=True)
class Measure:
    """What was measured of the unchanged code."""

    seconds: dict[str, float]
    failing: frozenset[str]
    #: by path and line
    tests: dict[str, dict[int, set[str]]]

    def noticing(self, change: Change, most: float = SECONDS_AT_MOST) -> list[str]:
        """The tests that may notice a change, as many as `most` seconds allow."""
        of_lines = self.tests.get(change.path, {})
        found = _of(of_lines, change.lines)
        if not found:
            start, end = change.around
            found = _of(of_lines, range(start, end + 1))
        if not found:
            found = _of(of_lines, of_lines)
        if not found:  # all of it is executed when it is loaded
            folder = os.path.dirname(change.path)  # noqa: PTH120 - of a text
            for path, others in self.tests.items():
                if path.startswith(f"{folder}/"):
                    found |= _of(others, others)
        chosen: list[str] = []
        total = 0.0
        for test in self._in_turns(found, change.path)[:TESTS_AT_MOST]:
            total += self.seconds[test]
            if total > most and chosen:
                break
            chosen.append(test)
        return chosen

    def _in_turns(self, tests: set[str], path: str) -> list[str]:
        """The quickest test of each file, then the second of each, and so on.

        A file is about one thing, so all of them are asked before any is asked twice;
        but those go first that are named after the module or its package.
        """
        _, *words = path.removesuffix(".py").split("/")
        files: dict[str, list[str]] = defaultdict(list)
        for test in sorted(tests, key=lambda one: (self.seconds[one], one)):
            files[test.partition("::")[0]].append(test)
        turns: dict[str, tuple[bool, int]] = {}
        for file, own in files.items():
            other = not any(word in file for word in words if word != "__init__")
            turns.update((test, (other, number)) for number, test in enumerate(own))
        return sorted(turns, key=lambda one: (turns[one], self.seconds[one], one))


def _of(of_lines: dict[int, set[str]], lines: Iterable[int]) -> set[str]:
    found: set[str] = set()
    for line in lines:
        found |= of_lines.get(line, set())
    return found


def measure(root: Path, copy: Path, python: Path, folder: Path) -> Measure:
    """Measure the tests in a copy, or read what was measured of the same files."""
    stem = folder / f"measured-{_digest(root)}"
    data, told = stem.with_suffix(".coverage"), stem.with_suffix(".json")
    if not (data.exists() and told.exists()):
        for old in folder.glob("measured-*"):
            old.unlink()
        print("Measuring which test executes which line (about 5 min)", flush=True)
        _run(copy, python, data, told)
    said = json.loads(told.read_text("utf-8"))
    failing = frozenset(said["failing"]) | frozenset(said.get("skipped", ()))
    seconds = {
        name: one for name, one in said["seconds"].items() if name not in failing
    }
    return Measure(seconds, failing, _by_line(data, copy, seconds))


def _by_line(
    data: Path, copy: Path, known: dict[str, float]
) -> dict[str, dict[int, set[str]]]:
    covered = CoverageData(str(data))
    covered.read()
    tests: dict[str, dict[int, set[str]]] = {}
    for name in covered.measured_files():
        path = os.path.relpath(name, copy)
        tests[path] = {
            line: {one.partition("|")[0] for one in contexts} & known.keys()
            for line, contexts in covered.contexts_by_lineno(name).items()
        }
    return tests


def _run(copy: Path, python: Path, data: Path, told: Path) -> None:
    command = [
        *(str(python), "-m", "pytest", "-q", "--numprocesses", "2"),
        *("--dist", "loadfile", "-p", "reporter", "-p", "no:cacheprovider"),
        *("--hypothesis-seed", "0", *MEASURED),
        *("--cov", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"),
    ]
    here = os.fspath(_here())
    environment = {
        **os.environ,
        "COVERAGE_FILE": str(data),
        "PYTHONPATH": os.pathsep.join((str(copy), here)),
        "MUTANTS_TOLD": str(told),
        "EXAMPLES": "all",
    }
    subprocess.run(command, cwd=copy, env=environment, check=False)


def _here() -> Path:
    from pathlib import Path as Place  # noqa: PLC0415 - for its one use

    return Place(__file__).parent


def _digest(root: Path) -> str:
    """A name for the state of all code and tests."""
    digest = hashlib.sha256()
    for folder in ("importer", "tests"):
        for path in sorted((root / folder).rglob("*.py")):
            if "mutants" not in path.parts:
                digest.update(str(path.relative_to(root)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
