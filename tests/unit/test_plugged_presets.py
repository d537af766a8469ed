"""What other packages raise while their presets are read, and what the user does."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from importer import plugins
from importer.mapping import plugged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = "[importer.presets]\nacme = acme_stops\n"


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with a preset, found as an installed one is."""
    about = tmp_path / "acme_stops-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-stops\nVersion: 1.2\n"
    )
    (about / "entry_points.txt").write_text(ENTRIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins.of.cache_clear()
    yield tmp_path / "acme_stops.py"
    plugins.of.cache_clear()
    sys.modules.pop("acme_stops", None)


def broken() -> dict[str, str]:
    """Read the presets; return those that cannot be used."""
    return plugged.documents.__wrapped__((), ("name",), ())[1]


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "raise BaseException('odd')"])
def test_a_package_that_ends_the_program_is_told_as_broken(
    code: str, package: Path
) -> None:
    """`sys.exit` of another package does not end a check."""
    package.write_text(code)
    assert "acme-stops 1.2 cannot be used" in broken()["acme"]


def test_ctrl_c_stops_the_reading_of_presets_and_only_in_the_main_thread(
    package: Path,
) -> None:
    """Elsewhere Python raises none, so that it is the package's own."""
    package.write_text("raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        broken()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(broken).result()
    assert "acme-stops 1.2 cannot be used (KeyboardInterrupt" in told["acme"]
