"""The example of docs/library.md runs as it stands and prints what the page says."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer import api

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Importer, Sandbox

#: The folder of a plan goes away with its result, which Python remarks on.
PLAN_FOLDER = "ignore::ResourceWarning"
PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text("utf-8")


def block(mark: str) -> str:
    """Give the text of the one block below a mark."""
    found = re.findall(
        rf"<!-- {mark} -->\n```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
    assert len(found) == 1
    return str(found[0])


def section(title: str) -> str:
    """Give the text below a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def code(title: str) -> str:
    """Give the first Python below a heading."""
    return section(title).partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize(
    ("example", "printed"),
    [
        ("example", "printed"),
        ("example of start", "printed by start"),
        ("example of inputs", "printed by inputs"),
        ("example of structlog", "printed by structlog"),
    ],
)
def test_the_example_prints_what_the_page_says(
    tmp_path: Path, example: str, printed: str
) -> None:
    """Copied into a file of its own, the example works, warnings being errors."""
    script = tmp_path / "example.py"
    script.write_text(block(example), "utf-8")
    clean = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - to be scrubbed
        if not name.startswith(("IMPORTER_", "HIGHLEVEL_"))
    }
    ended = subprocess.run(  # noqa: S603 - the page's own example
        [sys.executable, "-W", "error", "-W", PLAN_FOLDER, script.name],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ended.stderr, ended.returncode) == ("", 0)
    assert ended.stdout == block(printed)
    runs = int("importer.check(" not in script.read_text("utf-8"))
    assert len(list((tmp_path / "runs").glob("*/report.csv"))) == runs


def test_the_snippet_for_scripts_imports_a_file(
    importer: Importer, sandbox: Callable[..., Sandbox]
) -> None:
    """As it stands on the page, with the settings of an environment."""
    snippet = code("Without an event loop")
    name = importer.write("collections.csv", importer.rows(2))
    assert f'"{name}"' in snippet
    server = sandbox()
    given = {"IMPORTER_BASE_URL": server.url, "HIGHLEVEL_TOKEN": importer.token}
    ended = subprocess.run(  # noqa: S603 - the page's own example
        [sys.executable, "-W", "error", "-c", snippet],
        cwd=importer.folder,
        env=os.environ | given,  # noqa: TID251 - with what leads to the sandbox
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("", "", 0)
    assert len(server.held()) == 2


def test_the_test_of_others_on_the_page_passes(tmp_path: Path) -> None:
    """With the fixture and its marker, in a folder of its own."""
    (tmp_path / "test_page.py").write_text(code("In your tests"), "utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout


def test_the_page_names_every_public_name() -> None:
    """What `import importer` offers stands on the page."""
    unnamed = [
        name
        for name in importer.__all__
        if not re.search(rf"`(importer\.)?{name}\b", PAGE)
    ]
    assert unnamed == []


def test_the_verbs_take_what_the_page_says() -> None:
    """The signatures of the page are those of the code."""
    for name in ("check", "plan", "run", "resume"):
        parameters = inspect.signature(getattr(api, name)).parameters.values()
        words = []
        for one in parameters:
            if one.kind is one.VAR_POSITIONAL:
                words.append(f"*{one.name}")
            elif one.kind is one.VAR_KEYWORD:
                words.append(f"**{one.name}")
            else:
                words.append(f"{one.name}={one.default}")
        assert f"| `{name}({', '.join(words)})` |" in section("The verbs")


def test_the_page_names_every_error_that_is_offered() -> None:
    """Whoever catches errors finds each class, and when it is raised."""
    for name in importer.__all__:
        if name.endswith("Error") or name == "LeftToOthers":
            assert f"`{name}`" in section("What is raised")


def test_the_results_have_what_the_page_names() -> None:
    """No attribute is promised that is not there."""
    for line in section("The results").splitlines():
        found = re.match(r"\| `(\w+Result)` \|(.*)\|$", line)
        if found is None:
            continue
        offered = set(dir(getattr(importer, found[1])))
        if found[1] == "PlanResult":
            offered |= set(dir(api.Forecast))
        named = set(re.findall(r"`([a-z_]+)(?:\(\))?`", found[2]))
        assert named - offered <= {"valid", "invalid", "duplicate", "planned"}
