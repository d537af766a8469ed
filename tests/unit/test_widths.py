"""The widths of an xlsx input's columns, read without reading its cells."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer import source
from importer.source import excel_xml
from importer.source.content import Content

if TYPE_CHECKING:
    from pathlib import Path


def sheet(path: Path, head: str) -> Path:
    """A workbook whose one sheet begins like this."""
    book = openpyxl.Workbook()
    book.active.append(["name"])  # type: ignore[union-attr]
    book.save(path.with_suffix(".tmp"))
    with (
        zipfile.ZipFile(path.with_suffix(".tmp")) as old,
        zipfile.ZipFile(path, "w") as new,
    ):
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = f"<worksheet>{head}<sheetData/></worksheet>".encode()
            new.writestr(name, text)
    return path


def test_a_table_has_the_widths_of_its_workbook(tmp_path: Path) -> None:
    """Of the sheet that is read; columns that nobody touched have the usual width."""
    book = openpyxl.Workbook()
    book.create_sheet("Other").append(["name", "slug", "type"])
    book["Other"].append(["a", "b", "c"])
    book["Other"].column_dimensions["A"].width = 33
    book["Other"].column_dimensions["C"].width = 5.25
    book.save(tmp_path / "a.xlsx")

    (table,) = source.read(tmp_path / "a.xlsx", source.Options(sheet="Other"))

    assert table.widths == pytest.approx((33, 8.43, 5.25))


def test_a_range_of_columns_and_a_hidden_one(tmp_path: Path) -> None:
    """`min` to `max` is a range, as far as the table goes; a hidden column is shown."""
    head = (
        '<x:cols><x:col min="1" max="2" width="20.123" customWidth="1"/>'
        "<x:col min='3' max='16384' width='999'/></x:cols>"
    )
    path = sheet(tmp_path / "a.xlsx", head)
    assert excel_xml.of(Content.of(path), "Sheet", 4) == (20.12, 20.12, 255.0, 255.0)
    path = sheet(tmp_path / "b.xlsx", '<cols><col min="1" max="1" width="0"/></cols>')
    assert excel_xml.of(Content.of(path), "Sheet", 1) == ()


@pytest.mark.parametrize(
    "head",
    [
        "",
        '<cols><col min="x" max="2" width="20"/></cols>',
        '<cols><col max="2" width="20"/></cols>',
        '<cols><col min="1" max="2" width="nan"/></cols>',
        "<cols><col",
    ],
)
def test_what_cannot_be_read_is_no_width(head: str, tmp_path: Path) -> None:
    """An odd workbook is read without its widths, and nothing is said of that."""
    path = sheet(tmp_path / "a.xlsx", head)
    assert excel_xml.of(Content.of(path), "Sheet", 2) == ()


def test_what_is_no_xlsx_has_no_widths(tmp_path: Path) -> None:
    """A missing file, a text, another sheet, a locked member: none, and no error."""
    path = sheet(tmp_path / "a.xlsx", '<cols><col min="1" max="1" width="9"/></cols>')
    assert excel_xml.of(Content.of(tmp_path / "gone.xlsx"), "Sheet", 1) == ()
    assert excel_xml.of(Content.of(path), "Another", 1) == ()
    text = tmp_path / "a.csv"
    text.write_text("name\n", "utf-8")
    assert excel_xml.of(Content.of(text), "Sheet", 1) == ()
    locked = bytearray(path.read_bytes())
    for start in range(len(locked) - 4):  # the flag of encryption, everywhere
        if locked[start : start + 4] == b"PK\x03\x04":
            locked[start + 6] |= 1
        if locked[start : start + 4] == b"PK\x01\x02":
            locked[start + 8] |= 1
    path.write_bytes(locked)
    assert excel_xml.of(Content.of(path), "Sheet", 1) == ()
