"""Other packages: their tests by our pytest plugin, their presets and hooks by ours."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Importer, Sandbox

PRESET = """\
title = "ACME, export of shelves"
requires = ["Shelf", "Shelf No"]
telling = ["Aisle"]

[aliases]
name = ["Shelf"]
slug = ["Shelf No"]
location_id = ["location_id"]
"""
SHELVES = "Shelf,Shelf No,Aisle\nBest Sellers,best-sellers,4\n"
HOOKS = """\
from pathlib import Path


def has_read(run_id, forecast):
    Path("told.txt").write_text(f"{run_id} creates {forecast.create}\\n")


def ended(result):
    with Path("told.txt").open("a") as file:
        print(result.summary.run_id, dict(result.summary.counts)["created"], file=file)
"""


def installed(folder: Path, entries: str, **files: str) -> dict[str, str]:
    """Put a package there as an installer does; return the environment that has it."""
    site = folder / "site"
    about = site / "acme_shop-1.2.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-shop\nVersion: 1.2\n"
    )
    (about / "entry_points.txt").write_text(entries)
    for name, text in files.items():
        path = site / "acme_shop" / name.replace("__init__", "__init__.py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return {"PYTHONPATH": str(site)}


ACME = "[importer.presets]\nacme = acme_shop\n"


def test_a_preset_of_an_installed_package_is_one_of_ours(importer: Importer) -> None:
    """It recognises its files, is listed, and can be asked for by its name."""
    files = {"__init__": "", "acme.toml": PRESET}
    there = installed(importer.folder, ACME, **files)
    (importer.folder / "shelves.csv").write_text(SHELVES, "utf-8")

    checked = importer("check", "shelves.csv", "--json", env=there)
    assert json.loads(checked.out)["files"][0]["preset"] == "acme"
    assert "ACME, export of shelves" in importer("presets", env=there).out
    flags = ("--preset", "acme", "--location-id", importer.location)
    assert importer("check", "shelves.csv", *flags, env=there).code == 0
    without = importer("check", "shelves.csv", "--preset", "acme")
    assert (without.code, "there is no such preset" in without.err) == (2, True)


@pytest.mark.parametrize(
    ("entries", "files", "reason"),
    [
        (ACME, {}, "ModuleNotFoundError"),
        (ACME, {"__init__": "raise RuntimeError('old Python')"}, "old Python"),
        (ACME, {"__init__": "raise SystemExit"}, "SystemExit"),
        (ACME, {"__init__": "import sys; sys.exit('no licence')"}, "no licence"),
        (ACME, {"__init__": "raise BaseException('odd')"}, "BaseException: odd"),
        (ACME, {"__init__": ""}, "FileNotFoundError"),
        (ACME, {"__init__": "", "acme.toml": "title = "}, "TOMLDecodeError"),
        (ACME, {"__init__": "", "acme.toml": "title = 5"}, "title is no str"),
        (ACME, {"__init__": "", "acme.toml": 'title = "A"'}, "requires is missing"),
        (
            ACME,
            {"__init__": "", "acme.toml": PRESET + 'colour = ["Colour"]\n'},
            "[aliases] has no colour",
        ),
        (
            "[importer.presets]\nwix = acme_shop\n",
            {"__init__": "", "wix.toml": PRESET},
            "another preset is called wix",
        ),
    ],
)
def test_a_broken_preset_is_told_and_stops_nothing_else(
    entries: str, files: dict[str, str], reason: str, importer: Importer
) -> None:
    """A file that might be its own is read with a remark; asked for, it is refused."""
    there = installed(importer.folder, entries, **files)
    file = importer.write("good.csv", importer.rows(1))

    checked = importer("check", file, "--json", env=there)
    document = json.loads(checked.out)
    assert (checked.code, document["counts"]["valid"]) == (0, 1)
    (note,) = document["files"][0]["notes"]
    assert "of acme-shop 1.2 cannot be used" in note
    assert reason in note
    if "acme =" in entries:
        asked = importer("check", file, "--preset", "acme", env=there)
        assert (asked.code, reason in asked.err) == (2, True)
        assert "uninstall that package" in asked.err


def test_a_hook_of_an_installed_package_hears_of_a_run(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """Before anything is sent, and when the reports are written."""
    entries = "[importer.hooks]\nnight = acme_shop\n"
    there = installed(importer.folder, entries, __init__=HOOKS)
    file = importer.write("two.csv", importer.rows(2))

    flags = ("--base-url", sandbox().url, "--run-id", "night")
    ended = importer("run", file, *flags, env=there)

    assert ended.code == 0
    assert (importer.folder / "told.txt").read_text() == "night creates 2\nnight 2\n"


def test_a_hook_that_is_a_coroutine_function_is_awaited(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """It would do nothing, and nothing would say so."""
    entries = "[importer.hooks]\nnight = acme_shop\n"
    awaited = HOOKS.replace("def ", "async def ").replace(
        '    Path("', '    await asyncio.sleep(0)\n    Path("'
    )
    there = installed(importer.folder, entries, __init__="import asyncio\n" + awaited)
    file = importer.write("two.csv", importer.rows(2))

    flags = ("--base-url", sandbox().url, "--run-id", "night")
    ended = importer("run", file, *flags, env=there)

    assert ended.code == 0
    assert "never awaited" not in ended.err
    assert (importer.folder / "told.txt").read_text() == "night creates 2\nnight 2\n"


@pytest.mark.parametrize(
    ("code", "event", "reason"),
    [
        ("import no_such_module", "hook.unusable", "ModuleNotFoundError"),
        ("", "hook.unusable", "neither has_read nor ended"),
        ("def ended(result): 1 / 0", "hook.failed", "ZeroDivisionError"),
        ("async def ended(result): 1 / 0", "hook.failed", "ZeroDivisionError"),
        ("async def ended(result): raise SystemExit", "hook.failed", "SystemExit"),
        ("def ended(result): yield", "hook.unusable", "ended has a yield in it"),
        ("async def ended(result): yield", "hook.unusable", "has a yield in it"),
        ("import sys; sys.exit(0)", "hook.unusable", "SystemExit: 0"),
        ("raise KeyboardInterrupt", "hook.unusable", "KeyboardInterrupt"),
        ("def has_read(*_): raise SystemExit", "hook.failed", "SystemExit"),
        ("def ended(result): raise SystemExit(0)", "hook.failed", "SystemExit: 0"),
        ("def ended(result): raise KeyboardInterrupt", "hook.failed", "KeyboardInte"),
        ("def ended(_): raise BaseException('odd')", "hook.failed", "odd"),
        ("def ended(_): raise GeneratorExit", "hook.failed", "GeneratorExit"),
        (
            "import asyncio\n\ndef ended(_): raise asyncio.CancelledError",
            "hook.failed",
            "CancelledError",
        ),
    ],
)
def test_a_broken_hook_is_told_and_changes_nothing_of_the_run(
    code: str,
    event: str,
    reason: str,
    importer: Importer,
    sandbox: Callable[..., Sandbox],
) -> None:
    """The run ends as without it, and its log names the package."""
    entries = "[importer.hooks]\nnight = acme_shop\n"
    there = installed(importer.folder, entries, __init__=code)
    file = importer.write("two.csv", importer.rows(2))

    ended = importer("run", file, "--base-url", sandbox().url, env=there)

    assert ended.code == 0
    assert importer.summary()["counts"]["created"] == 2
    (log,) = importer.folder.glob("runs/*/run.log")
    lines = map(json.loads, log.read_text("utf-8").splitlines())
    (told,) = (line for line in lines if line["event"] == event)
    assert reason in told["message"]
    assert "acme-shop 1.2" in told["message"]


SUITE = """\
import asyncio

import importer
import pytest

ROWS = [{"name": f"Shelf {n}", "slug": f"shelf-{n}"} for n in range(3)]


def test_a_run(importer_sandbox):
    importer_sandbox.seed([{"name": "Shelf 0", "slug": "shelf-0"}])
    result = asyncio.run(importer.run(ROWS, **importer_sandbox.settings))
    assert result.summary.counts["created"] == 2
    assert result.summary.counts["existing"] == 1
    truth = importer_sandbox.truth()
    assert truth["by_method"]["POST"] == 2


def test_faults(importer_sandbox):
    importer_sandbox.set_faults(of={"shelf-1": "error_before*1"})
    result = asyncio.run(importer.run(ROWS, **importer_sandbox.settings))
    assert result.summary.counts["created"] == 3
    importer_sandbox.set_faults()
    with pytest.raises(ValueError, match="nonsense"):
        importer_sandbox.set_faults({"nonsense": 1.0})
    with pytest.raises(ValueError):
        importer_sandbox.move_clock(-1)
    importer_sandbox.reset()
    assert importer_sandbox.truth()["by_method"] == {}


@pytest.mark.importer_sandbox(daily=5, seed=7)
def test_the_day(importer_sandbox):
    settings = importer_sandbox.settings
    rows = ROWS + [{"name": f"More {n}", "slug": f"more-{n}"} for n in range(9)]
    first = asyncio.run(importer.run(rows, **settings))
    assert first.summary.exit_code == 75
    importer_sandbox.move_clock(86_400)
    assert importer_sandbox.truth()["by_method"]["POST"] < 12
    second = asyncio.run(importer.resume(**settings))
    assert second.summary.counts["created"] > first.summary.counts["created"]
"""


def suite(folder: Path, code: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run a program's own tests, in a process that has no configuration of ours."""
    (folder / "test_suite.py").write_text(code, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *flags]
    return subprocess.run(  # noqa: S603 - pytest of this environment
        [*command, "test_suite.py"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_the_tests_of_others_have_a_sandbox(tmp_path: Path) -> None:
    """Seeded, with faults, told in full, and with a clock that can be moved."""
    ended = suite(tmp_path, SUITE, "--strict-markers")
    assert "3 passed" in ended.stdout, ended.stdout + ended.stderr


def test_the_marker_reads_what_the_flags_read(tmp_path: Path) -> None:
    """A limit as text; what cannot be used is refused with its name and an example."""
    code = """\
import asyncio

import importer
import pytest

ROWS = [{"name": f"Shelf {n}", "slug": f"shelf-{n}"} for n in range(2)]


@pytest.mark.importer_sandbox(limit="100/10s", faults="error_after=1", seed=7)
def test_text(importer_sandbox):
    importer_sandbox.set_faults()
    result = asyncio.run(importer.run(ROWS, **importer_sandbox.settings))
    assert result.summary.counts["created"] == 2


@pytest.mark.importer_sandbox(limit=5)
def test_number(importer_sandbox):
    pass


@pytest.mark.importer_sandbox("100/10s")
def test_without_a_name(importer_sandbox):
    pass
"""
    ended = suite(tmp_path, code)
    assert "1 passed, 2 errors" in ended.stdout, ended.stdout + ended.stderr
    assert (
        "UsageError: The marker importer_sandbox cannot be used: limit=5"
        in ended.stdout
    )
    assert 'limit="100/10s"' in ended.stdout
    assert "takes no '100/10s' without the name of an option" in ended.stdout


def test_the_plugin_costs_those_nothing_that_do_not_use_it(tmp_path: Path) -> None:
    """pytest loads it in every project that has the importer installed."""
    code = """\
import sys

def test_nothing_was_loaded():
    ours = {name for name in sys.modules if name.startswith("importer")}
    assert ours <= {"importer", "importer.version", "importer.pytest_plugin"}
    assert not {"aiohttp", "pandas", "sqlalchemy", "pydantic"} & sys.modules.keys()
"""
    ended = suite(tmp_path, code, "-p", "no:anyio", "-p", "no:playwright")
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
