"""Files of a run: whole, private, and known beforehand to be writable."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from importer import atomic_files, report

if TYPE_CHECKING:
    from pathlib import Path


def test_why_a_file_cannot_be_written_is_known_beforehand(tmp_path: Path) -> None:
    """Nothing is left of the look, and what is there stays as it is."""
    there = tmp_path / "there.prom"
    there.write_text("kept")
    assert report.why_unwritable(there) == ""
    assert [path.name for path in tmp_path.iterdir()] == ["there.prom"]
    assert there.read_text() == "kept"
    assert "No such file" in report.why_unwritable(tmp_path / "no" / "m.prom")


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
@pytest.mark.parametrize("umask", [0o000, 0o777], ids=oct)
def test_a_report_is_private_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    """What others collect goes by the umask instead."""
    before = os.umask(umask)
    try:
        with atomic_files.text(tmp_path / "private") as stream:
            stream.write("row")
    finally:
        os.umask(before)
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o600
    with atomic_files.text(tmp_path / "public", private=False) as stream:
        stream.write("metric")
    assert (tmp_path / "public").stat().st_mode & 0o777 == 0o666 & ~before
