"""Type checkers and the library: a right program passes, each wrong one does not.

mypy and pyright look once at a folder that holds all of the programs.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("typed_program.py")
PATIENCE_SECONDS = 600
HEAD = """import importer


async def main(result: importer.RunResult, run: importer.RunInProgress) -> None:
"""
#: What a program may do wrong; the last line is the wrong one.
WRONG = {
    "misspelt_name": 'await importer.run("a.csv", locationid="x")',
    "wrong_type": 'await importer.run("a.csv", timeout=["30s"])',
    "no_such_choice": 'await importer.run("a.csv", on_existing="replace")',
    "no_such_exit_code": "print(result.exit_code is importer.Exit.FINE)",
    "exit_code_as_text": "code: str = result.summary.exit_code",
    "no_such_state": "print(result.summary.state is importer.State.DONE)",
    "no_await": 'importer.run("a.csv").summary',
    "no_such_question": 'importer.start("a.csv", confirm=lambda forecast: True)',
    "old_word": "run.watch(seconds=1.0)",
    "sync_choice": 'importer.sync.run("a.csv", on_overlap="maybe")',
    "sync_misspelt": 'importer.sync.check("a.csv", sheets="2")',
    "settings_file": "importer.Settings(file=3)",
    "settings_as_dict": 'await importer.check("a.csv", settings={"limit": 1})',
    "row_as_text": 'print(result.created["2"])',
    "resumed_nothing": "print((await importer.resume()).summary)",
    "misspelt_dict": 'given: importer.RunSettings = {"locationid": "x"}',
}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all of the programs."""
    folder = tmp_path_factory.mktemp("programs")
    for name, line in WRONG.items():
        (folder / f"{name}.py").write_text(f"{HEAD}    {line}\n", "utf-8")
    (folder / PROGRAM.name).write_text(PROGRAM.read_text("utf-8"), "utf-8")
    config = {"extraPaths": [str(ROOT)], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    return folder


def told(command: list[str], folder: Path) -> str:
    """Run a checker over the folder; what it prints."""
    ended = subprocess.run(  # noqa: S603 - a program of the environment
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},  # noqa: TID251 - where node is
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ended.returncode in {0, 1}, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def by_mypy(programs: Path, request: pytest.FixtureRequest) -> set[tuple[str, int]]:
    """The files and lines that mypy refuses."""
    cache = request.config.cache
    assert cache is not None
    place = str(cache.mkdir("mypy-of-the-library"))
    flags = ["--strict", "--config-file=", f"--cache-dir={place}", "--no-pretty"]
    printed = told(["mypy", *flags, "."], programs)
    found = re.findall(r"^(\w+)\.py:(\d+): error:", printed, re.MULTILINE)
    return {(name, int(line)) for name, line in found}


@pytest.fixture(scope="module")
def by_pyright(programs: Path) -> set[tuple[str, int]]:
    """The files and lines that pyright refuses."""
    flags = ["--outputjson", "--pythonpath", sys.executable]
    document = json.loads(told(["pyright", *flags, "-p", "."], programs))
    assert document["summary"]["filesAnalyzed"] == len(WRONG) + 1
    return {
        (Path(each["file"]).stem, each["range"]["start"]["line"] + 1)
        for each in document["generalDiagnostics"]
        if each["severity"] == "error"
    }


def test_the_program_that_uses_all_of_the_library_is_of_sixty_lines() -> None:
    """It shows that little is needed, and what it uses is what the library has."""
    lines = [line for line in PROGRAM.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 60
    for word in (
        "Settings",
        "RunSettings",
        "start",
        "watch",
        "stop",
        "sync",
        "created",
    ):
        assert word in "\n".join(lines)


def test_mypy_refuses_each_wrong_program_at_its_line_and_no_other(
    by_mypy: set[tuple[str, int]],
) -> None:
    """In its strict mode, as it comes, without a word of ours in its configuration."""
    assert by_mypy == {(name, 5) for name in WRONG}


def test_pyright_refuses_each_wrong_program_at_its_line_and_no_other(
    by_pyright: set[tuple[str, int]],
) -> None:
    """As it comes."""
    assert by_pyright == {(name, 5) for name in WRONG}


def test_the_program_does_what_it_says(tmp_path: Path) -> None:
    """What type checkers have passed works as well."""
    (tmp_path / "rows.csv").write_text(
        "name,slug,type,product_ids\nSummer,summer,manual,655b33a82209e60b6adb87a5\n",
        "utf-8",
    )
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(PROGRAM), "rows.csv"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == [
        "1 rows, 1 to create",
        "finished, 24 letters, 0 invalid finished",
        "True",
    ]


def test_every_public_name_has_a_type_that_is_known_to_the_last_part(
    tmp_path: Path,
) -> None:
    """By `pyright --verifytypes`: of what is offered nothing is left to guess."""
    (tmp_path / "importer").symlink_to(ROOT / "importer")
    ended = subprocess.run(  # noqa: S603 - a program of the environment
        [
            *(sys.executable, "-m", "pyright", "--pythonpath", sys.executable),
            *("--verifytypes", "importer", "--ignoreexternal", "--outputjson"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},  # noqa: TID251 - where node is
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    found = json.loads(ended.stdout)["typeCompleteness"]
    exported = [each for each in found["symbols"] if each["isExported"]]
    guessed = [
        each["name"]
        for each in exported
        if not each["isTypeKnown"] or each["isTypeAmbiguous"]
    ]
    assert sum(each["name"].count(".") == 1 for each in exported) > 40
    assert guessed == []  # of all modules, the inner ones too
    assert found["completenessScore"] == 1
