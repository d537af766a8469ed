"""No test is left out: what `make test` does not run, `make test-all` runs.

But one that lasts ten minutes has a command of its own, `make fleet`; so have all the
examples of the property tests, `make examples`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def recipe(target: str) -> str:
    """The commands that make runs for a target, as the Makefile says them."""
    text = (ROOT / "Makefile").read_text("utf-8")
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert found, target
    return found[1]


def test_each_test_is_run_by_one_of_the_commands() -> None:
    """One leaves out what is slow, and the others take it; nothing else is chosen."""
    [quick] = re.findall(r"-m '([^']*)'", recipe("test"))
    [rest] = re.findall(r"-m '([^']*)'", recipe("test-all"))
    assert quick == "not slow"
    assert rest == "slow and not fleet"
    assert recipe("fleet").strip().endswith(" -m fleet")
    assert recipe("coverage").startswith(recipe("test").rstrip("\n") + " --cov ")
    chosen = re.compile(r"--ignore|--deselect|-k |tests/")
    assert not chosen.search(recipe("test") + recipe("test-all") + recipe("fleet"))
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert settings["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"]


def test_all_examples_are_tried_by_a_command_of_their_own() -> None:
    """A fifth of them stands in `make test`, all of them in `make examples`."""
    assert recipe("examples").startswith("\tEXAMPLES=all ")
    assert recipe("examples").strip().endswith(" -m examples")
    assert "EXAMPLES" not in recipe("test") + recipe("test-all")
    for path in (ROOT / "tests" / "property").glob("test_*.py"):
        text = path.read_text("utf-8")
        asks = "examples.tried(" in text
        assert asks == ("pytest.mark.examples" in text), path.name


def test_a_merge_needs_both() -> None:
    """`.ci/run` calls the checks, the tests, and the slower tests."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    called = re.findall(r"^make (?:--jobs 2 )?(.+)$", script, re.MULTILINE)
    assert called == ["check compiled", "test", "test-all"]
