"""What a run may be called: the name of a folder on every system."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from importer.errors import UsageError
from importer.journal import FolderHome, folder_home
from importer.runs import folders, new_folders

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = ["a" * 201, "a" * 251, "a" * 4000, "", ".", "..", "-x", "a/b", "a b", "a\n"]


@pytest.mark.parametrize("name", [*REFUSED, "caf\u00e9", "\u4e2d" * 84], ids=ascii)
def test_a_name_that_no_folder_can_have_is_wrong_usage(
    name: str, tmp_path: Path
) -> None:
    """Nothing is made, and what may be written instead is said."""
    with pytest.raises(UsageError, match="folder") as refused:
        new_folders.make(FolderHome(tmp_path / "runs"), name, 0.0)
    assert refused.value.remedy.startswith("Use ")
    assert len(str(refused.value)) < 300
    assert not (tmp_path / "runs").exists()


def test_the_longest_name_can_be_used_with_all_that_stands_beside_it(
    tmp_path: Path,
) -> None:
    """Its lock, its marks and the folder that it is discarded as have names too."""
    name = "a" * folders.LONGEST_NAME
    folder = new_folders.make(FolderHome(tmp_path), name, 0.0)
    assert folder.path.is_dir()
    folders.discard(folder)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("held", [(), (folder_home.LOG,)])
def test_a_folder_that_a_stop_has_left_empty_is_told_with_what_helps(
    held: tuple[str, ...], tmp_path: Path
) -> None:
    """There is nothing to resume in it, so no resume is named."""
    left = tmp_path / "night 1" / "mine"
    left.mkdir(parents=True)
    for name in held:
        (left / name).touch()

    with pytest.raises(UsageError, match="holds no run that began") as refused:
        new_folders.make(FolderHome(left.parent), "mine", 0.0)

    assert "resume" not in refused.value.remedy
    assert refused.value.remedy.endswith(f"rm -r {shlex.quote(str(left))}")
    shutil.rmtree(left)
    assert new_folders.make(FolderHome(left.parent), "mine", 0.0).path == left


def test_a_run_of_that_name_is_gone_on_with(tmp_path: Path) -> None:
    """It has a journal, which a resume takes up."""
    folder = new_folders.make(FolderHome(tmp_path), "mine", 0.0)
    folder.journal.touch()

    with pytest.raises(UsageError, match="There is a run mine already") as refused:
        new_folders.make(FolderHome(tmp_path), "mine", 0.0)
    assert "importer resume mine" in refused.value.remedy
