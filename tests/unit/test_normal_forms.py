"""One text in two normal forms is one: headers and names of locations."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest

from importer import settings
from importer.intake import check

if TYPE_CHECKING:
    from pathlib import Path

LOCATION, ID = "ve9EPM428h8vShlRW1KT", "655b33a82209e60b6adb87a5"
Form = Literal["NFC", "NFD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("listed", FORMS)
def test_a_header_and_a_location_are_found_in_either_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form, listed: Form
) -> None:
    """The file of a Mac has letters and their accents apart."""
    monkeypatch.chdir(tmp_path)
    rows = f"Gr\u00f6\u00dfe,slug,where,product_ids\nA,a,Z\u00fcrich,{ID}\n"
    columns = '[columns]\n"Gr\u00f6\u00dfe" = "name"\nwhere = "location_id"\n'
    names = f'[[locations]]\nid = "{LOCATION}"\nname = "Z\u00fcrich"\n'
    files: dict[str, tuple[Form, str]] = {
        "t.csv": (form, rows),
        "m.toml": (listed, columns),
        "l.toml": (listed, names),
    }
    for name, (wanted, text) in files.items():
        (tmp_path / name).write_text(unicodedata.normalize(wanted, text), "utf-8")
    chosen = settings.load({"mapping": "m.toml", "locations_file": "l.toml"})
    result = check.check_inputs((tmp_path / "t.csv",), chosen)
    assert dict(result.counts) == {"valid": 1, "invalid": 0, "duplicate": 0}
