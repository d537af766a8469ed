"""What other packages raise while their presets are read, and what the user does."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from importer import mapping, plugins, source
from importer.errors import InputError, UsageError
from importer.mapping import plugged, preset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRIES = "[importer.presets]\nacme = acme_stops\n"
GOOD = """
title = "ACME"
requires = ["Shelf"]
spans = false

[aliases]
name = ["Shelf"]

[transforms]
name = ["slugify"]
"""


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


@pytest.fixture
def asked() -> Iterator[None]:
    """Have the presets read anew, and forget them afterwards."""
    caches = (preset.names, preset._document, plugged.documents, preset.aliases)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


def ship(package: Path, text: str) -> None:
    """Put a preset into the package."""
    folder = package.with_suffix("")
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "acme.toml").write_text(text, "utf-8")


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


@pytest.mark.usefixtures("asked")
def test_a_good_one_is_a_preset_like_ours(package: Path) -> None:
    """Known by its name, with its own headers."""
    ship(package, GOOD)
    assert "acme" in preset.names()
    assert preset.aliases("acme")["shelf"] == ("name", 0)


@pytest.mark.usefixtures("asked")
def test_a_preset_can_refuse_what_is_something_else(
    package: Path, tmp_path: Path
) -> None:
    """A header of `refuse` says that the rows are no collections."""
    ship(package, GOOD.replace("spans =", 'refuse = ["Order No"]\nspans ='))
    path = tmp_path / "orders.csv"
    path.write_text("Shelf,Order No\nHats,1\n", "utf-8")
    (table,) = source.read(path)
    with pytest.raises(InputError, match="Order No"):
        mapping.bind(table, mapping.Spec(preset=preset.AUTO))


@pytest.mark.usefixtures("asked")
def test_a_broken_one_that_is_asked_for_is_refused_with_the_reason(
    package: Path,
) -> None:
    """Else the rows would be read by other columns than the user wants."""
    ship(package, "title = 5")
    with pytest.raises(UsageError, match="title is no str") as refused:
        preset.aliases("acme")
    assert "uninstall that package" in str(refused.value.remedy)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('title = "ACME"', "", "title is missing"),
        (
            'title = "ACME"',
            'title = "ACME"\nshade = 1',
            "there is nothing called shade",
        ),
        ('requires = ["Shelf"]', "requires = [1]", "requires is no list of texts"),
        ("spans = false", 'spans = "no"', "spans is no bool"),
        ('name = ["Shelf"]', 'name = ["Shelf"]\nhue = ["x"]', "[aliases] has no hue"),
        ('name = ["Shelf"]', "name = [1]", "name in [aliases] is no list of texts"),
        ('["slugify"]', '["polish"]', "names one that does not exist"),
    ],
)
def test_a_preset_that_says_something_else_is_told_with_what_is_wrong(
    old: str, new: str, reason: str, package: Path
) -> None:
    """A word that nothing reads would be lost in silence."""
    assert old in GOOD
    ship(package, GOOD.replace(old, new, 1))
    assert reason in broken()["acme"]


def test_two_presets_of_one_name_are_never_mixed(package: Path) -> None:
    """Ours is taken, and the other one told."""
    ship(package, GOOD)
    told = plugged.documents.__wrapped__(("acme",), ("name",), ())[1]
    assert "another preset is called acme" in told["acme"]
