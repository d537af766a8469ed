"""One text in two normal forms is one: headers and names of locations."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from importer import settings
from importer.api.rows import Created
from importer.errors import InputError
from importer.intake import check
from importer.models import Place

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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("asked", FORMS)
def test_a_sheet_is_found_in_either_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Form, asked: Form
) -> None:
    """What a keyboard types need not be what a program has written."""
    monkeypatch.chdir(tmp_path)
    book = xlsxwriter.Workbook("t.xlsx")
    for name in ("Other", unicodedata.normalize(form, "Gr\u00f6\u00dfen")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ("name", "slug"))
        sheet.write_row(1, 0, ("A", "a"))
    book.close()
    wanted = unicodedata.normalize(asked, "gr\u00f6\u00dfen")

    result = check.check_inputs(
        ("t.xlsx",), settings.load({"sheet": wanted, "location_id": LOCATION})
    )

    (file,) = result.files
    assert unicodedata.normalize("NFC", file.sheet) == "Gr\u00f6\u00dfen"
    with pytest.raises(InputError, match="no sheet Gr"):
        check.check_inputs(("t.xlsx",), settings.load({"sheet": "Gros"}))


@pytest.mark.parametrize("first", FORMS)
@pytest.mark.parametrize("second", FORMS)
def test_a_header_among_the_rows_is_known_in_either_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: Form, second: Form
) -> None:
    """One file of a Mac and one of another program, put one behind the other."""
    monkeypatch.chdir(tmp_path)
    names = ("Catégorie", "slug"), ("slug", "Catégorie")
    for header in names:
        lines = [
            unicodedata.normalize(first, ",".join(header)),
            "a,b",
            unicodedata.normalize(second, ",".join(header)),
        ]
        Path("t.csv").write_text("\n".join(lines), "utf-8")
        Path("m.toml").write_text('[columns]\n"Catégorie" = "name"\n', "utf-8")
        chosen = settings.load({"mapping": "m.toml", "location_id": LOCATION})
        result = check.check_inputs(("t.csv",), chosen)

        assert result.codes() == {"header_repeated": 1}


@pytest.mark.parametrize("parent", FORMS)
@pytest.mark.parametrize("name", FORMS)
def test_a_parent_is_found_in_either_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parent: Form, name: Form
) -> None:
    """Two columns of one file can come from two programs."""
    monkeypatch.chdir(tmp_path)
    kids = unicodedata.normalize(name, "\u00c9t\u00e9")
    above = unicodedata.normalize(parent, "\u00c9t\u00e9")
    lines = ["name,slug,description,parent", f"{kids},ete,,Mode"]
    lines += ["Mode,mode,,", f"Robes,robes,,{above}", "Robes,robes-2,,Mode"]
    Path("t.csv").write_text("\n".join(lines), "utf-8")
    chosen = settings.load({"location_id": LOCATION, "category_path": "name"})
    result = check.check_inputs(("t.csv",), chosen)

    names = {remark.parameters["after"] for _, remark in result.remarked}
    found = {unicodedata.normalize("NFC", after) for after in names}
    assert found == {"Mode / \u00c9t\u00e9 / Robes", "Mode / Robes"}


def test_a_row_is_found_by_its_file_in_either_form() -> None:
    """`result.created` is asked with a name that a person types."""
    place = Place(unicodedata.normalize("NFD", "h\u00fcte.csv"), "", 2, 2)

    assert Created([(place, ID)])["h\u00fcte.csv", 2] == ID
