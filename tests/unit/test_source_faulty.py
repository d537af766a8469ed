"""Cells that are blank without being empty: told for every kind of workbook."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbook_writers import ods, record, xlsb

from importer import source
from importer.source import faulty
from importer.source.content import Content

if TYPE_CHECKING:
    from importer.models import Table

WORKBOOKS = Path(__file__).parent / "workbooks"
ERRORS = "read as blank, because they hold an error: "
MERGED = "merged, so that only the first cell holds a value: "
CORRECT = "; correct them, and save the workbook again"
WRITE = "; where the others need it, write it into each"


def read(path: Path, sheet: str = "") -> Table:
    (table,) = source.read(path, source.Options(sheet=sheet))
    return table


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_error_cells_of_other_workbooks_are_named(kind: str) -> None:
    """As LibreOffice saves them, on the sheet that is read and on no other."""
    table = read(WORKBOOKS / f"faulty.{kind}", "Collections")
    assert table.notes == (
        f"{ERRORS}F2 (#DIV/0!), B3 (#N/A), F4 (#REF!), F5 (#REF!){CORRECT}",
        f"{MERGED}C3:D3, B4:B5{WRITE}",
    )
    assert [row.cells[1] for row in table.rows] == ["Shoes", "", "Hats", ""]


def test_an_error_that_was_typed_into_an_xls_is_named(tmp_path: Path) -> None:
    """Truth and error are one kind of record; a byte says which it is."""
    content = (WORKBOOKS / "collections.xls").read_bytes()
    truth = content.index(b"\x05\x02\x08\x00\x01\x00\x03\x00")
    path = tmp_path / "shop.xls"
    path.write_bytes(content[: truth + 10] + b"\x17\x01" + content[truth + 12 :])
    table = read(path)
    assert table.notes[0] == f"{ERRORS}D2 (#REF!){CORRECT}"
    assert next(iter(table.rows)).cells[3] == ""


def test_error_cells_of_a_binary_workbook_are_named(tmp_path: Path) -> None:
    """Errors that were typed, that formulas gave, and merged cells."""
    rows: list[list[Any]] = [["name", "slug"], ["Shoes", "shoes"], ["Hats", None]]
    formula = record(11, bytes(8) + b"\x2a" + bytes(12))
    merged = record(176, bytes([4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]))
    path = xlsb(tmp_path / "shop.xlsb", rows, formula + merged)
    assert read(path).notes == (
        f"{ERRORS}B3 (#REF!), A3 (#N/A){CORRECT}",
        f"{MERGED}A5:B6{WRITE}",
    )


def test_merged_cells_of_an_xlsx_are_named(tmp_path: Path) -> None:
    """The rows below the first get nothing from it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "type"], ["Shoes", "manual"], ["Hats", None]):
        sheet.append(row)
    sheet.merge_cells("B2:B3")
    book.save(tmp_path / "shop.xlsx")
    assert read(tmp_path / "shop.xlsx").notes == (f"{MERGED}B2:B3{WRITE}",)


def test_numbers_that_a_format_shows_as_another_text_are_named(tmp_path: Path) -> None:
    """What is seen is 007, and 7 is sent; prices and dates are as they are."""
    otherwise = {"000": 7, "0%": 0.5, "# ?/?": 0.25, "00000-0000": 123456789}
    alike = {"0.00": 3.1, "#,##0.00": 1, '0" 00%"': 5, "yyyy-mm-dd": 45000, "0E+00": 1}
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name"])
    for number, (code, value) in enumerate({**otherwise, **alike}.items(), start=2):
        sheet.cell(number, 1, value).number_format = code
    sheet.cell(20, 1, "text").number_format = "000"
    book.save(tmp_path / "shop.xlsx")
    (note,) = read(tmp_path / "shop.xlsx").notes
    cells = "A2 (000), A3 (0%), A4 (# ?/?), A5 (00000-0000);"
    assert f"read without it: {cells}" in note


def test_numbers_of_an_ods_that_are_shown_as_another_text_are_named(
    tmp_path: Path,
) -> None:
    """007 and 50%; a number with a point, and a text, are what is seen."""

    def cell(kind: str, value: str, shown: str) -> str:
        said = f'office:value-type="{kind}"'
        said += f' office:value="{value}"' if value else ""
        return f"<table:table-cell {said}><text:p>{shown}</text:p></table:table-cell>"

    rows = [cell("string", "", "name"), cell("float", "7", "007")]
    rows += [cell("percentage", "0.5", "50%"), cell("float", "0.5", "0.5")]
    rows += [cell("string", "", "007"), cell("float", "0", "0")]
    (note,) = read(ods(tmp_path / "shop.ods", rows)).notes
    assert "read without it: A2 (007), A3 (50%);" in note


def test_a_record_that_claims_to_be_endless_ends_the_search(tmp_path: Path) -> None:
    """Nothing is held in memory because a file says so; what was found is told."""
    path = xlsb(tmp_path / "shop.xlsb", [["name"], [None]], b"\x03\xff\xff\xff\x7f")
    assert faulty.notes(Content.of(path), 0, None) == (f"{ERRORS}A2 (#REF!){CORRECT}",)


def test_a_stream_that_claims_to_be_larger_than_its_file_is_not_read(
    tmp_path: Path,
) -> None:
    """An xls whose sectors lead back to themselves would fill the memory."""
    content = bytearray((WORKBOOKS / "faulty.xls").read_bytes())
    entry = content.index("Workbook".encode("utf-16-le"))
    content[entry + 0x78 : entry + 0x7C] = b"\xff\xff\xff\x7f"
    path = tmp_path / "shop.xls"
    path.write_bytes(content)
    assert faulty.notes(Content.of(path), 1, None) == ()


def test_a_tag_without_an_end_takes_no_longer(tmp_path: Path) -> None:
    """Megabytes without a cell are passed over."""
    path = tmp_path / "shop.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = '<table:table><table:table-row><table:table-cell calcext:value-type="'
        text += 'error"></table:table-cell>' + " " * 3_000_000 + "<table:table-row" * 9
        archive.writestr("content.xml", text + " " * 3_000_000)
    assert faulty.notes(Content.of(path), 0, None) == (f"{ERRORS}A1{CORRECT}",)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["collections.xls", "faulty.xls", "faulty.ods"]),
    changes=st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(max_size=9))),
    length=st.integers(0, 1 << 16),
)
def test_looking_for_faulty_cells_raises_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    kind: str,
    changes: list[tuple[int, bytes]],
    length: int,
) -> None:
    """Spoilt or cut off, what is wrong with a file is for its reader to say."""
    spoilt = bytearray((WORKBOOKS / kind).read_bytes())
    for place, content in changes:
        at = place % len(spoilt)
        spoilt[at : at + len(content)] = content
    path = tmp_path_factory.mktemp("spoilt") / kind
    path.write_bytes(spoilt[: max(length, len(spoilt) // 2)])
    for number in (0, 1, 9):
        assert isinstance(faulty.notes(Content.of(path), number, None), tuple)
