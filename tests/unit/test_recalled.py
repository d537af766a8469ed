"""How a run has read its input, recalled from the folder of its files to fix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from importer.intake import recalled
from importer.settings import load, meaning

if TYPE_CHECKING:
    from pathlib import Path


def kept(folder: Path, name: str = "failed.csv", **settings: str) -> Path:
    """A file of a run that was read with settings."""
    folder.mkdir(exist_ok=True)
    recalled.write(folder, {"preset": "auto", **settings}, ())
    path = folder / name
    path.write_text("Name;Kurz\nÄpfel;aepfel\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "content",
    [
        *("", "{}", "[1]", '{"schema": 2, "settings": {"preset": "own"}}', "{"),
        '{"schema": 1, "settings": {"require_product_ids": "maybe"}}',
        '{"schema": 1, "settings": {"base_url": "https://shop.example"}}',
        '{"schema": 1, "settings": {"token_file": "secret", "runs_dir": "else"}}',
    ],
)
def test_a_file_that_says_nothing_usable_changes_nothing(
    tmp_path: Path, content: str
) -> None:
    """Damaged, or of another version: what was given counts.

    Nor does it say where rows are sent: the folder may come from another person.
    """
    path = kept(tmp_path / "a", preset="own")
    (path.parent / recalled.NAME).write_text(content, encoding="utf-8")
    assert recalled.settings([path], given := load()) is given


def test_files_of_two_runs_are_read_with_what_was_given(tmp_path: Path) -> None:
    """One meaning cannot be that of both, and other files have none."""
    one, two = kept(tmp_path / "a", preset="own"), kept(tmp_path / "b", preset="wix")
    given = load()
    rows: list[Any] = [{"name": "x"}]
    assert recalled.settings([one, two], given) is given
    assert recalled.settings(rows, given) is given
    other = kept(tmp_path / "a", "other.csv", preset="own")
    assert recalled.settings([other], given) is given
    assert recalled.settings([one], given).values.preset == "own"


def test_only_what_is_not_usual_is_kept(tmp_path: Path) -> None:
    """A run without flags leaves no further file."""
    kept(tmp_path, preset="auto", location_id="")
    assert not (tmp_path / recalled.NAME).exists()
    kept(tmp_path, smart_as_manual="true", delimiter="|")
    told = json.loads((tmp_path / recalled.NAME).read_text(encoding="utf-8"))
    assert told["settings"] == {"smart_as_manual": "true", "delimiter": "|"}


def test_a_separator_that_is_not_there_any_more_is_not_asked_for(
    tmp_path: Path,
) -> None:
    """What a spreadsheet has saved otherwise is read as it is."""
    path = kept(tmp_path, delimiter="tab")
    given = load()
    assert recalled.settings([path], given) is given
    path.write_text("Name\tKurz\n", encoding="utf-8")
    chosen = recalled.settings([path], given)
    assert chosen.values.delimiter == "tab"
    assert recalled.note(chosen) == ("read as by the run that wrote it (delimiter)",)


def test_flags_are_typed_as_a_shell_takes_them() -> None:
    """Switches, spaces, and values that begin with a dash."""
    flags = {
        "sheet": "My sheet",
        "strict_ids": False,
        "smart_as_manual": True,
        "send_fields": "-type",
    }
    assert meaning.typed(load(flags)) == (
        " --sheet 'My sheet' --no-strict-ids --send-fields=-type --smart-as-manual"
    )
    assert meaning.typed(load(flags), but=flags) == ""
