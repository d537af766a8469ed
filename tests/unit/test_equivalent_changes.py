"""The list of changes that nothing can notice: each still stands, and says why."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = ROOT / "tests" / "mutants" / "equivalent.toml"


def test_each_change_that_is_left_out_has_a_reason_and_is_still_there() -> None:
    """What is no line of its module any more is removed from the list."""
    for change in tomllib.loads(LIST.read_text("utf-8")).get("change", []):
        assert set(change) == {"path", "old", "new", "reason"}
        assert len(change["reason"].split()) >= 4, change
        module = (ROOT / change["path"]).read_text("utf-8")
        lines = {line.strip() for line in module.splitlines()}
        wanted = {line.strip() for line in change["old"].splitlines()}
        assert wanted <= lines, change
