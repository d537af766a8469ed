"""The template: what a spreadsheet and the importer find in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from importer import mapping, source, template, validation
from importer.errors import StorageError, UsageError
from importer.models import Invalid, Valid
from importer.models.limits import NO_LOCATION

if TYPE_CHECKING:
    from pathlib import Path

HEADERS = [column.header for column in template.COLUMNS]
LAYOUT = template.Layout(template.COLUMNS, ("Berlin", "Wien, 1. Bezirk"))


def written(path: Path, *rows: list[str], layout: template.Layout = LAYOUT) -> Path:
    with template.writing(path, layout) as add:
        for row in rows:
            add(row)
    return path


def read_back(path: Path) -> list[tuple[str, ...]]:
    (table,) = source.read(path)
    return [table.header, *(row.cells for row in table.rows)]


@pytest.fixture
def sheet(tmp_path: Path) -> Worksheet:
    """The template as a spreadsheet opens it."""
    path = written(tmp_path / "t.xlsx", template.example(""))
    found = openpyxl.load_workbook(path)["Collections"]
    assert isinstance(found, Worksheet)
    return found


def test_the_columns_are_the_fields_by_their_own_names() -> None:
    """Whatever the mapping knows has its column here, in the same order."""
    optional = [column.header for column in template.OPTIONAL]
    assert (*HEADERS, *optional) == mapping.FIELDS


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
@pytest.mark.parametrize("location", ["", "Z4Bxl8J4SaPEPLq9IQ8g"])
def test_the_example_is_never_sent(name: str, location: str, tmp_path: Path) -> None:
    """But for its name and its location nothing is wrong with it."""
    path = written(tmp_path / name, template.example(location))
    (table,) = source.read(path)
    binding = mapping.bind(table, mapping.Spec())
    (row,) = table.rows
    options = validation.Options()
    refused = validation.check(mapping.apply(binding, row), options)
    assert isinstance(refused, Invalid)
    assert [str(problem.code) for problem in refused.problems] == ["example_row"]
    plain = validation.plainly(options, binding.columns)
    texts = mapping.apply(binding, row).values
    assert plain(texts) is None

    named = replace(row, cells=(row.cells[0], "Shoes", *row.cells[2:]))
    checked = validation.check(mapping.apply(binding, named), options)
    if location:
        assert isinstance(checked, Valid)
        assert checked.remarks == ()
        assert plain({**texts, "name": "Shoes"}) is not None
    else:
        assert isinstance(checked, Invalid)
        (problem,) = checked.problems
        assert (problem.key, problem.value) == ("location_invalid/example", NO_LOCATION)
        assert plain({**texts, "name": "Shoes"}) is None
    assert (binding.left_out, list(binding.columns)) == ((), HEADERS)


def test_each_header_says_what_to_write(
    sheet: Worksheet,
) -> None:
    """The note on a header is the one of its column."""
    for cell, column in zip(sheet[1], template.COLUMNS, strict=True):
        assert cell.value == column.header
        assert cell.comment is not None
        assert cell.comment.text == column.note


def test_every_column_is_text_from_top_to_bottom(
    sheet: Worksheet,
) -> None:
    """The format is that of the whole column, cells that are blank yet included."""
    for index, column in enumerate(template.COLUMNS):
        found = sheet.column_dimensions[chr(ord("A") + index)]
        assert found.number_format == "@", column.header
        assert round(found.width) >= column.width
        assert sheet.cell(2, index + 1).number_format in {"@", "General"}
    assert sheet["E2"].number_format == "@"
    assert sheet["E2"].data_type == "s"


def test_the_header_stays_in_sight(
    sheet: Worksheet,
) -> None:
    """Row 1 is frozen, and nothing else."""
    assert sheet.freeze_panes == "A2"


def test_type_and_location_are_chosen_from_lists(
    sheet: Worksheet,
) -> None:
    """For every row: the two types firmly, the locations as a proposal."""
    rules = {str(one.sqref): one for one in sheet.data_validations.dataValidation}
    assert set(rules) == {"D2:D1048576", "A2:A1048576"}
    kind, place = rules["D2:D1048576"], rules["A2:A1048576"]
    assert (kind.type, kind.formula1) == ("list", '"manual,smart"')
    assert kind.errorStyle in {None, "stop"}
    assert (place.type, place.errorStyle) == ("list", "information")
    assert place.formula1 == "Lists!$A$1:$A$2"
    assert sheet.parent is not None
    lists = sheet.parent["Lists"]
    assert lists.sheet_state == "hidden"
    assert [cell.value for (cell,) in lists] == ["Berlin", "Wien, 1. Bezirk"]


def test_without_locations_there_is_nothing_to_choose_them_from(
    tmp_path: Path,
) -> None:
    """No second sheet, and one list only."""
    layout = template.Layout(template.COLUMNS)
    book = openpyxl.load_workbook(written(tmp_path / "t.xlsx", layout=layout))
    assert book.sheetnames == ["Collections"]
    sheet = book["Collections"]
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == [
        "D2:D1048576"
    ]


@pytest.mark.parametrize("name", ["t.csv", "t.xlsx"])
def test_every_text_is_read_back_as_it_was(name: str, tmp_path: Path) -> None:
    """Ids, zeros, dates, formulas, line breaks and letters of any script."""
    row = [
        "0012",
        "=1+1",
        "3-4",
        "1e5",
        "6.40398E+11",
        "a\nb",
        '"',
        "שלום 🎄",
        "<r>&</r>",
        "@",
    ]
    assert read_back(written(tmp_path / name, row)) == [tuple(HEADERS), tuple(row)]


def test_csv_says_that_it_is_utf_8(tmp_path: Path) -> None:
    """Excel takes the mark for a sign, and no letter for two wrong ones."""
    assert written(tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbfloc")


def test_a_header_with_separators_is_read_back(tmp_path: Path) -> None:
    """What stands in quotation marks is not taken for the file's separator."""
    odd = tuple(template.Column(text, "") for text in ("a;b;c;d", "name", "x\ty"))
    path = written(tmp_path / "t.csv", ["1", "2", "3"], layout=template.Layout(odd))
    assert read_back(path) == [("a;b;c;d", "name", "x\ty"), ("1", "2", "3")]


def test_what_a_cell_cannot_hold_is_refused_and_not_cut(tmp_path: Path) -> None:
    """The row is named, the way out is CSV, and no file is left behind."""
    path = tmp_path / "t.xlsx"
    with pytest.raises(UsageError, match="row 2") as caught:
        written(path, ["🎄" * 16_384])
    assert ".csv" in caught.value.remedy
    assert list(tmp_path.iterdir()) == []
    written(path, ["x" * 32_767])
    written(tmp_path / "t.csv", ["x" * 40_000])


def test_what_a_sheet_cannot_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row too many for a sheet ends it, with CSV as the way out."""
    monkeypatch.setattr("importer.report.workbook.ROWS_OF_A_SHEET", 3)
    written(tmp_path / "t.xlsx", ["1"], ["2"])
    with pytest.raises(UsageError, match="more rows"):
        written(tmp_path / "u.xlsx", ["1"], ["2"], ["3"])


def test_a_file_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    """The way out is about this file, not about the reports of a run."""
    (tmp_path / ".t.csv.draft").mkdir()
    with pytest.raises(StorageError, match=r"t\.csv") as caught:
        written(tmp_path / "t.csv")
    assert "report" not in caught.value.remedy


# which files may be written


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t.ods", "only .csv and .xlsx"),
        ("t", "only .csv and .xlsx"),
        ("nowhere/t.csv", "no folder"),
        ("there.csv", "already exists"),
        ("folder.csv", "a folder"),
    ],
)
def test_a_file_is_refused_for_a_reason(name: str, words: str, tmp_path: Path) -> None:
    """Each with the option that named it and a way out."""
    (tmp_path / "there.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UsageError, match=words) as caught:
        template.may_write(tmp_path / name, "--fix", force=False)
    assert str(caught.value).startswith("--fix ")
    assert caught.value.remedy


def test_force_replaces_a_file_but_never_an_input(tmp_path: Path) -> None:
    """Nor under another name of the same file."""
    mine = tmp_path / "in.csv"
    mine.touch()
    (tmp_path / "link.csv").symlink_to(mine)
    template.may_write(mine, "--fix", force=True, inputs=[tmp_path / "other.csv"])
    template.may_write(tmp_path / "NEW.XLSX", "--fix", force=False, inputs=[mine])
    for name in ("in.csv", "link.csv"):
        with pytest.raises(UsageError, match="the input itself"):
            template.may_write(tmp_path / name, "--fix", force=True, inputs=[mine])
