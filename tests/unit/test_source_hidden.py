"""What a spreadsheet does not show, and what is not read: each is told."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest
from workbook_writers import ods, record, xlsb, zipped

from importer import settings, source
from importer.intake import check, sheets

ROWS = "hidden or filtered out, and read like the others: "
DELETE = "; delete what is not to be imported"
COLUMNS = "hidden, and read like the others: "
IGNORE = "; --ignore-columns leaves out what is not meant"
OLD = Path(__file__).parent / "workbooks" / "same.xls"


def notes(path: Path) -> list[str]:
    (table,) = source.read(path)
    assert list(table.rows)
    return [note for note in table.notes if "read like the others" in note]


def told(path: Path) -> list[str]:
    """Return what a check says of the first table."""
    chosen = settings.load({"location_id": "LOC00000aaaaaaaaaaaa"})
    return list(check.check_inputs((path,), chosen).files[0].notes)


def text(value: str) -> str:
    return (
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
        "</table:table-cell>"
    )


def named(*cells: str) -> str:
    return "".join(map(text, cells))


def written(path: Path, **tables: list[list[str]]) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("how", ["collapse", "filter"])
def test_hidden_rows_of_an_ods_are_counted(tmp_path: Path, how: str) -> None:
    """Those that hold something: LibreOffice hides blank ones by the million."""
    path = ods(tmp_path / "a.ods", [named("name", "slug"), named("A", "a")])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    row = f'<table:table-row table:visibility="{how}"'
    more = f'{row} table:number-rows-repeated="2">{named("B", "b")}</table:table-row>'
    blank = "<table:table-cell/></table:table-row>"
    more += f'{row} table:number-rows-repeated="1000000">{blank}</table:table>'
    content = parts["content.xml"].replace(b"</table:table>", more.encode())
    zipped(path, parts | {"content.xml": content})
    assert notes(path) == [f"{ROWS}2 rows (3, 4){DELETE}"]


def test_hidden_columns_of_an_ods_are_named(tmp_path: Path) -> None:
    """Those with a header, and not the thousand behind them."""
    path = ods(tmp_path / "a.ods", [named("name", "slug"), named("A", "a")])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    columns = (
        b'<table:table-column/><table:table-column table:visibility="collapse" '
        b'table:number-columns-repeated="1000"/>'
    )
    row = b"<table:table-row>"
    content = parts["content.xml"].replace(row, columns + row, 1)
    zipped(path, parts | {"content.xml": content})
    assert notes(path) == [f"{COLUMNS}1 column (B){IGNORE}"]


def test_hidden_columns_of_an_xlsx_are_named(tmp_path: Path) -> None:
    """By their letters, as the spreadsheet does."""
    path = written(tmp_path / "a.xlsx", One=[["name", "slug", "x"], ["A", "a", "b"]])
    book = openpyxl.load_workbook(path)
    for letter in "BCF":
        book["One"].column_dimensions[letter].hidden = True
    book.save(path)
    assert notes(path) == [f"{COLUMNS}2 columns (B, C){IGNORE}"]


def test_hidden_columns_below_a_title_are_named(tmp_path: Path) -> None:
    """The title is one cell; the header stands further down, and is wider."""
    rows = [["Our collections"], [], ["name", "slug", "x"], ["A", "a", "b"]]
    path = written(tmp_path / "a.xlsx", One=rows)
    book = openpyxl.load_workbook(path)
    for letter in "CF":
        book["One"].column_dimensions[letter].hidden = True
    book.save(path)
    assert notes(path) == [f"{COLUMNS}1 column (C){IGNORE}"]


@pytest.mark.parametrize("minimum", ["x", "2"])
def test_columns_that_are_described_wrongly_hide_nothing(
    tmp_path: Path, minimum: str
) -> None:
    """Programs write what they like: a column without its number is passed over."""
    path = written(tmp_path / "a.xlsx", One=[["name", "slug"], ["A", "a"]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.xml"
    columns = f'<cols><col min="{minimum}" max="2" hidden="true"/></cols><sheetData>'
    parts[part] = parts[part].replace(b"<sheetData>", columns.encode())
    found = [f"{COLUMNS}1 column (B){IGNORE}"] if minimum == "2" else []
    assert notes(zipped(path, parts)) == found


def test_hidden_rows_and_columns_of_an_xlsb_are_told(tmp_path: Path) -> None:
    """The flags lie in the records of rows and columns."""
    columns = record(60, struct.pack("<IIIIH", 1, 1, 0, 0, 1))
    columns += record(60, struct.pack("<IIIIH", 0, 0, 0, 0, 0))
    table = [["name", "slug"], ["A", "a"], ["B", "b"]]
    path = xlsb(tmp_path / "a.xlsb", table, columns)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = "xl/worksheets/sheet1.bin"
    shown = record(0, struct.pack("<I", 2) + bytes(13))
    hidden = record(0, struct.pack("<I", 2) + bytes(7) + b"\x10" + bytes(5))
    assert shown in parts[part]
    parts[part] = parts[part].replace(shown, hidden)
    found = notes(zipped(path, parts))
    assert found == [f"{ROWS}1 row (3){DELETE}", f"{COLUMNS}1 column (B){IGNORE}"]


def test_hidden_rows_and_columns_of_an_xls_are_told(tmp_path: Path) -> None:
    """Those of an old workbook, which marks them in its records."""
    book = bytearray(OLD.read_bytes())
    row = book.index(b"\x08\x02\x10\x00\x02\x00") + 4
    struct.pack_into("<H", book, row + 12, 0x20)
    columns = book.index(b"\x7d\x00\x0c\x00") + 4
    struct.pack_into("<HH4xH", book, columns, 2, 3, 1)
    path = tmp_path / "a.xls"
    path.write_bytes(book)
    found = notes(path)
    assert found == [f"{ROWS}1 row (3){DELETE}", f"{COLUMNS}2 columns (C, D){IGNORE}"]
    assert notes(OLD) == []


TABLE = [["name", "slug"], ["A", "a"]]


def test_other_sheets_with_collections_are_named(tmp_path: Path) -> None:
    """A second sheet that can be seen was not read, and not mentioned."""
    others = {f"S{number}": TABLE for number in range(2, 14)}
    path = written(
        tmp_path / "a.xlsx", S1=TABLE, Prose=[["Read me"], ["x"]], Empty=[], **others
    )
    listed = ", ".join(f"S{number}" for number in range(2, 12))
    words = "not read, though they hold collections: "
    assert told(path) == [f"{words}{listed} and 2 more (--sheet)"]


def test_another_sheet_with_rows_but_no_header_is_named(tmp_path: Path) -> None:
    """A table that goes on there was lost without a word; prose is no table."""
    more = [["Bags", "bags"], ["Caps", "caps"]]
    titled = [["Page 3"], *more]
    path = written(
        tmp_path / "a.xlsx", One=TABLE, Two=more, Three=titled, Prose=[["x"], ["y"]]
    )
    words = "not read, because no header of collections is known there: "
    assert told(path) == [f"{words}Two, Three"]


def test_a_sheet_behind_one_that_is_no_table_has_its_neighbours_named(
    tmp_path: Path,
) -> None:
    """Which sheet is read, and which is not, are told both."""
    path = written(tmp_path / "a.xlsx", Read=[["hello"], ["x"]], One=TABLE, Two=TABLE)
    assert told(path) == [
        "the sheet Read holds no collections, and is not read",
        "not read, though it holds collections: Two (--sheet)",
    ]


def test_no_other_sheet_is_named_where_one_was_asked_for(tmp_path: Path) -> None:
    """Who names a sheet knows of the others."""
    path = written(tmp_path / "a.xlsx", One=TABLE, Two=TABLE)
    chosen = settings.load({"location_id": "L" * 20, "sheet": "Two"})
    assert check.check_inputs((path,), chosen).files[0].notes == ()


def test_the_other_sheets_of_a_large_workbook_are_named_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look at them would take as long as reading them."""
    path = written(tmp_path / "a.xlsx", One=TABLE, Two=TABLE, Three=TABLE)
    monkeypatch.setattr(sheets, "_LOOKED_THROUGH_BYTES", 100)
    words = "not read, nor looked at: "
    assert told(path) == [f"{words}Two, Three (--sheet)"]
    monkeypatch.undo()
    monkeypatch.setattr(sheets, "_LOOKED_AT", 1)
    found = "not read, though it holds collections: Two (--sheet)"
    assert told(path) == [found, f"{words}Three (--sheet)"]
