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
)
GOLDEN = Path(__file__).parents[1] / "golden" / "help"


def test_runs_of_a_folder_load_nothing_of_a_database(importer: Importer) -> None:
    """Who has no database neither needs its driver nor waits for it."""
    script = (
        "import sys\n"
        "from importer.cli import main\n"
        "try:\n"
        "    main(['runs'])\n"
        "except SystemExit:\n"
        "    found = [name for name in sys.modules if name.startswith('psycopg')\n"
        "             or name == 'importer.journal.postgres.store']\n"
        "    sys.stderr.write(' '.join(found))\n"
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env=importer.environment,
        cwd=importer.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "There are no runs" in ended.stdout
    assert ended.stderr == ""


def test_a_check_loads_nothing_that_sending_needs(importer: Importer) -> None:
    """Neither a client nor a database: it would take as long as the check itself."""
    name = importer.write("rows.csv", importer.rows(2))
    script = (
        "import sys\n"
        "from importer.cli import main\n"
        "try:\n"
        f"    main(['check', {name!r}])\n"
        "except SystemExit:\n"
        "    heavy = {'aiohttp', 'sqlalchemy', 'importer.journal', 'importer.runs'}\n"
        "    sys.stderr.write(' '.join(heavy & {*sys.modules}))\n"
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env=importer.environment,
        cwd=importer.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2" in ended.stdout
    assert ended.stderr == ""


def test_help_loads_none_of_the_heavy_libraries(importer: Importer) -> None:
    """What takes long to import is imported by the commands that need it."""
    script = (
        "import sys\n"
        "from importer.cli import main\n"
        "try:\n"
        "    main(['run', '--help'])\n"
        "except SystemExit:\n"
        f"    sys.stderr.write(' '.join(set('{HEAVY}'.split()) & set(sys.modules)))\n"
    )
    ended = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script],
        env=importer.environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Usage:" in ended.stdout
    assert ended.stderr == ""


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
