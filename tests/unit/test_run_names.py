"""What a run may be called: the name of a folder on every system."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import UsageError
from importer.runs import folders

if TYPE_CHECKING:
    from pathlib import Path

REFUSED = ["a" * 201, "a" * 251, "a" * 4000, "", ".", "..", "-x", "a/b", "a b", "a\n"]


@pytest.mark.parametrize("name", [*REFUSED, "caf\u00e9", "\u4e2d" * 84], ids=ascii)
def test_a_name_that_no_folder_can_have_is_wrong_usage(
    name: str, tmp_path: Path
) -> None:
    """Nothing is made, and what may be written instead is said."""
    with pytest.raises(UsageError, match="folder") as refused:
        folders.make(tmp_path / "runs", name, 0.0)
    assert refused.value.remedy.startswith("Use ")
    assert len(str(refused.value)) < 300
    assert not (tmp_path / "runs").exists()


def test_the_longest_name_can_be_used_with_all_that_stands_beside_it(
    tmp_path: Path,
) -> None:
    """Its lock, its marks and the folder that it is discarded as have names too."""
    name = "a" * folders.LONGEST_NAME
    folder = folders.make(tmp_path, name, 0.0)
    assert folder.path.is_dir()
    folders.discard(folder)
    assert not list(tmp_path.iterdir())
