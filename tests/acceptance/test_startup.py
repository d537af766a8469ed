"""How little is loaded for `--help`, and that every command has help worth reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Importer

HEAVY = (
    "pandas aiohttp sqlalchemy pydantic structlog rich orjson python_calamine asyncio "
    "ssl urllib.request subprocess prometheus_client importer.cli.resume_all"
)
#: What only sending loads, and only a journal in a database.
SENDING = "aiohttp sqlalchemy importer.client importer.journal importer.runs"
DATABASE = "psycopg importer.journal.postgres.store"
COMMANDS = (
    "",
    "template",
    "map",
    "run",
    "check",
    "pause",
    "plan",
    "resume",
    "audit",
    "undo",
    "settle",
    "runs",
    "runs move",
    "status",
    "runs prune",
    "runs retire",
    "report",
    "config",
    "config show",
    "locations",
    "presets",
    "explain",
    "doctor",
    "completion",
    "demo",
    "sandbox",
    "selftest",
    "web",
)
GOLDEN = Path(__file__).parents[1] / "golden" / "help"


def loaded(importer: Importer, names: str, *words: str) -> tuple[str, set[str]]:
    """What a command prints, and which of some modules it has loaded at its end."""
    script = (
        "import sys\n"
        "from importer.cli import main\n"
        "try:\n"
        f"    main({list(words)!r})\n"
        "except SystemExit:\n"
        f"    sys.stderr.write(' '.join({{*{names.split()!r}}} & {{*sys.modules}}))\n"
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env=importer.environment,
        cwd=importer.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout, set(ended.stderr.split())


def test_runs_of_a_folder_load_nothing_of_a_database(importer: Importer) -> None:
    """Who has no database neither needs its driver nor waits for it."""
    printed, found = loaded(importer, DATABASE, "runs")
    assert "There are no runs" in printed
    assert found == set()


def test_a_check_loads_nothing_that_sending_needs(importer: Importer) -> None:
    """Neither a client nor a database: it would take as long as the check itself."""
    name = importer.write("rows.csv", importer.rows(2))
    printed, found = loaded(importer, f"{SENDING} {DATABASE}", "check", name)
    assert "No problems found" in printed
    assert found == set()


def test_help_loads_none_of_the_heavy_libraries(importer: Importer) -> None:
    """What takes long to import is imported by the commands that need it."""
    printed, found = loaded(importer, HEAVY, "run", "--help")
    assert "Usage:" in printed
    assert found == set()


def test_what_a_command_loads_is_seen(importer: Importer) -> None:
    """A list of runs needs their journals, so that the tests above can fail."""
    _, found = loaded(importer, f"{SENDING} {HEAVY}", "runs")
    assert "sqlalchemy" in found


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_as_it_was_agreed(
    command: str, importer: Importer
) -> None:
    """A change of the command line shows in tests/golden/help, and is meant.

    The files are what `COLUMNS=100 importer COMMAND --help` prints.
    """
    ended = importer(*command.split(), "--help", env={"COLUMNS": "100"})

    name = command.replace(" ", "-") or "importer"
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out == (GOLDEN / f"{name}.txt").read_text("utf-8")


def test_every_command_is_listed_here(importer: Importer) -> None:
    """A new command needs a golden help of its own."""
    listed = importer("--help").out.partition("Commands:\n")[2].partition("\n\n")[0]

    names = {line.split()[0] for line in listed.splitlines()}
    agreed = {command.split()[0] for command in COMMANDS if command}
    assert names == agreed


def test_without_a_command_the_help_is_shown(importer: Importer) -> None:
    """Exit 2, because nothing was done, and the help instead of an error."""
    ended = importer()

    assert ended.code == 2
    assert ended.err.startswith("Usage: importer")
    assert "Error" not in ended.err
