"""Reading: every cell as text, every row with the number that a spreadsheet shows."""

from __future__ import annotations

import datetime as dt
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd  # noqa: TID251 - the real thing that a caller passes in
import pytest
from msoffcrypto.format.ooxml import (  # type: ignore[import-untyped]
    OOXMLFile,
)

from importer import source, texts
from importer.errors import InputError, UsageError
from importer.source import csv_reader as text_files
from importer.source import workbook as workbooks
from importer.source.content import Content
from importer.source.rows import unreadable

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Table


def read(path: Path, **options: Any) -> Table:
    (table,) = source.read(path, source.Options(**options))
    return table


def written(tmp_path: Path, content: str | bytes, name: str = "shop.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def workbook(tmp_path: Path, cells: dict[str, Any], name: str = "shop.xlsx") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Collections"
    for address, value in cells.items():
        sheet[address] = value
    book.create_sheet("Notes")["A1"] = "name"
    book.worksheets[1]["A2"] = "from the notes"
    path = tmp_path / name
    book.save(path)
    return path


def numbered(table: Table) -> list[tuple[int, tuple[str, ...]]]:
    return [(row.place.row, row.cells) for row in table.rows]


def refused(path: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        list(read(path, **options).rows)
    assert texts.on_a_line(path.name) in str(caught.value)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_in_the_header(tmp_path: Path, separator: str) -> None:
    """The commonest separator of the header counts, whatever the rows hold."""
    path = written(
        tmp_path, f'name{separator}slug{separator}x\n"a, b; c"{separator}s{separator}\n'
    )
    table = read(path)
    assert table.header == ("name", "slug", "x")
    assert numbered(table) == [(2, ("a, b; c", "s", ""))]


def test_separators_inside_quotes_do_not_count(tmp_path: Path) -> None:
    """A quoted header full of commas leaves the semicolon the winner."""
    table = read(written(tmp_path, '"name, full, long, title";slug\na;b\n'))
    assert table.header == ("name, full, long, title", "slug")


def test_an_asked_separator_wins(tmp_path: Path) -> None:
    """What the user says beats what the header looks like; tab has a name."""
    path = written(tmp_path, "a,b,c\td\n1,2,3\t4\n")
    assert read(path, delimiter="tab").header == ("a,b,c", "d")
    with pytest.raises(UsageError, match="one character"):
        read(path, delimiter=";;")


def test_excels_own_hint_names_the_separator(tmp_path: Path) -> None:
    """`sep=;` above the header is obeyed and is no row, as in Excel."""
    table = read(written(tmp_path, "sep=;\r\nname,x;slug\r\na;b\r\n"))
    assert table.header == ("name,x", "slug")
    assert numbered(table) == [(2, ("a", "b"))]


def test_a_hint_that_the_header_belies_is_none(tmp_path: Path) -> None:
    """A file saved anew with another separator, and one whose cells hold commas."""
    table = read(written(tmp_path, "sep=,\nname;slug\nHats, big;b\n"))
    assert (table.header, table.notes) == (("name", "slug"), ())
    assert numbered(table) == [(2, ("Hats, big", "b"))]
    alone = read(written(tmp_path, "sep=;\nname\nHats, big\nCaps, big\n"))
    assert [cells for _, cells in numbered(alone)] == [("Hats, big",), ("Caps, big",)]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"]
)
def test_unicode_is_recognised(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with or without a mark, and UTF-16 and UTF-32, need no option."""
    table = read(written(tmp_path, "name\tslug\n抹茶\tcafe\n".encode(encoding)))
    assert table.header == ("name", "slug")
    assert numbered(table) == [(2, ("抹茶", "cafe"))]


def test_another_encoding_is_named_by_the_user(tmp_path: Path) -> None:
    """A Windows file is readable with --encoding, and its error says so."""
    path = written(tmp_path, "name;slug\n\nKad\u0131n;cafe\n".encode("cp1254"))
    assert "row 3" in str(refused(path))
    assert "--encoding cp1254 or --encoding cp1252" in refused(path).remedy
    assert numbered(read(path, encoding="cp1254")) == [(3, ("Kad\u0131n", "cafe"))]
    path = written(tmp_path, b"name;slug\n\n\xc1\xfe\xf7\xff\x80\xda;cafe\n")
    assert "--encoding cp1252" in refused(path).remedy
    assert "UTF-16" in str(refused(path, encoding="utf-16"))
    with pytest.raises(UsageError, match="no such encoding"):
        read(path, encoding="klingon")
    with pytest.raises(UsageError, match="no such encoding"):
        read(path, encoding="rot13")


def test_a_bad_byte_far_down_is_an_error_that_names_its_row(tmp_path: Path) -> None:
    """The row is the record's number, though quoted line breaks come before it."""
    good = 'name,slug\n"two\nlines",ä\n' + f"{'x' * 39},y\n" * 40_000
    path = written(tmp_path, good.encode() + b"Caf\xe9,z\n")
    table = read(path)
    with pytest.raises(InputError, match=r"shop\.csv: row 40003 holds"):
        list(table.rows)


def test_a_quoted_line_break_adds_no_row_and_a_blank_line_does(tmp_path: Path) -> None:
    """Rows are numbered as a spreadsheet numbers them; blank ones are left out."""
    path = written(tmp_path, '\nname,slug\n"a\nb\r\nc",s\n\n , \nlast,t\n\n\n')
    table = read(path)
    assert table.header_row == 2
    assert numbered(table) == [(3, ("a\nb\r\nc", "s")), (6, ("last", "t"))]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path: Path, newline: str) -> None:
    """Unix, Windows and old Mac line ends, the last one missing."""
    table = read(written(tmp_path, newline.join(["name,slug", "a,b", "c,d"])))
    assert numbered(table) == [(2, ("a", "b")), (3, ("c", "d"))]


def test_ragged_rows_keep_their_shape(tmp_path: Path) -> None:
    """Too few and too many cells are for the mapping to judge."""
    table = read(written(tmp_path, "a,b,,\n1\n1,2,3,4,5\n"))
    assert table.header == ("a", "b")
    assert table.ragged
    assert numbered(table) == [(2, ("1",)), (3, ("1", "2", "3", "4", "5"))]


def test_stray_nul_bytes_are_dropped(tmp_path: Path) -> None:
    """A NUL far behind the beginning is left out of its cell."""
    path = written(tmp_path, "name,slug\n" + "x,y\n" * 2000 + "a\0b,c\n")
    assert numbered(read(path))[-1] == (2002, ("ab", "c"))


def test_a_very_large_cell_is_read(tmp_path: Path) -> None:
    """Ten million characters in a cell are no reason to fail."""
    path = written(tmp_path, "name,rules\na," + "x" * 10_000_000 + "\n")
    assert len(numbered(read(path))[0][1][1]) == 10_000_000


def test_a_cell_that_is_longer_than_any_is_an_error_of_the_file(
    tmp_path: Path,
) -> None:
    """So much is no name, nor a description; most likely it is rows."""
    large = written(tmp_path, 'name,slug\na,b\n"c,d\n' + "e,f\n" * 5_000_000)
    assert "row 3 has a cell" in str(refused(large))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n  \r\n", "nothing in it"),
        (b"name,slug\r\n\r\n", "a header but no rows"),
        (b"\x89PNG\r\n\x1a\n\0\0", "an image"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04 broken", "broken"),
        (b"\x00\x01\x02\x03name", "binary content"),
        (b"<html><table><tr>", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "no workbook"),
    ],
)
def test_what_is_no_table_is_refused(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """Each unusable file has a sentence of its own."""
    assert words in str(refused(written(tmp_path, content)))


def test_paths_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """A missing file names its neighbour; a folder says that it is one."""
    path = written(tmp_path, "name\na\n", "collections.csv")
    (tmp_path / "empty").mkdir()
    error = refused(tmp_path / "colections.csv")
    assert "no such file" in str(error)
    assert str(path) in error.remedy
    assert "no such file" in str(refused(tmp_path / "no" / "such.csv"))
    assert "no such file" in str(refused(tmp_path / "nul\0.csv"))
    assert "there is no table in this folder" in str(refused(tmp_path / "empty"))


def test_the_systems_refusals_are_told_in_plain_words(tmp_path: Path) -> None:
    """Denied permission and other failures name the file and a way out."""
    path = tmp_path / "a.csv"
    assert "not allowed" in str(unreadable(path, PermissionError()))
    assert "Input/output error" in str(
        unreadable(path, OSError(5, "Input/output error"))
    )


def test_a_file_that_goes_away_while_it_is_read_is_told(tmp_path: Path) -> None:
    """Between the first look and the reading a file can vanish."""
    path = tmp_path / "gone.csv"
    for options in (source.Options(), source.Options(encoding="utf-8")):
        with pytest.raises(InputError, match="no such file"):
            text_files.read(Content.of(path), options)
    with pytest.raises(InputError, match="no such file"):
        workbooks.read(Content.of(path), source.Options())


def test_a_bad_byte_in_an_oversized_cell_is_still_told(tmp_path: Path) -> None:
    """Where the row cannot be found, the message does without it."""
    path = written(tmp_path, b"n\xc3\xa4me\n" + b"x" * 17_000_000 + b"\xe9\n")
    assert "holds characters that" in str(refused(path))


def test_a_workbook_of_charts_has_nothing_to_read(tmp_path: Path) -> None:
    """A sheet without cells is not taken for a table."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    book.create_chartsheet("Sales")
    path = tmp_path / "charts.xlsx"
    book.save(path)
    assert "no sheet" in str(refused(path))


def test_a_workbook_is_read_by_its_grid(tmp_path: Path) -> None:
    """Row numbers are the sheet's, also where the table begins further down."""
    cells = {
        "B3": "Name", "C3": "Slug", "D3": "Note",
        "B4": "a", "C4": "655b33a82209e60b6adb87a5",
        "B7": "0042",
        "B20": "",
    }  # fmt: skip
    table = read(workbook(tmp_path, cells))
    assert (table.sheet, table.header_row, table.ragged) == ("Collections", 3, False)
    assert table.header == ("Name", "Slug", "Note")
    assert numbered(table) == [
        (4, ("a", "655b33a82209e60b6adb87a5", "")),
        (7, ("0042", "", "")),
    ]


def test_cells_beyond_the_header_are_kept_only_where_they_are_filled(
    tmp_path: Path,
) -> None:
    """A filled cell without a header must be told, a blank one is nothing."""
    cells = {"A1": "name", "B1": "slug", "A2": "a", "A3": "b", "D3": "lost?"}
    table = read(workbook(tmp_path, cells))
    assert numbered(table) == [(2, ("a", "")), (3, ("b", "", "", "lost?"))]


def test_values_become_the_text_that_a_person_would_type(tmp_path: Path) -> None:
    """No .0, no exponent, ISO dates, TRUE and FALSE."""
    cells = {
        "A1": "name",
        "A2": 42,
        "A3": 1.5,
        "A4": 1e22,
        "A5": 0.0000001,
        "A6": True,
        "A7": dt.datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001 - cells have no zone
        "A8": dt.date(2026, 1, 2),
        "A9": dt.time(3, 4),
        "A10": dt.timedelta(hours=30),
    }
    assert [cells[0] for _, cells in numbered(read(workbook(tmp_path, cells)))] == [
        "42",
        "1.5",
        "1E+22",
        "0.0000001",
        "TRUE",
        "2026-01-02T03:04:05",
        "2026-01-02",
        "03:04:00",
        "1 day, 6:00:00",
    ]


@pytest.mark.parametrize("wanted", ["Notes", " notes", "2"])
def test_a_sheet_is_found_by_name_or_number(tmp_path: Path, wanted: str) -> None:
    """Exactly, in any case, or counted from 1."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"})
    assert numbered(read(path, sheet=wanted)) == [(2, ("from the notes",))]


def test_a_sheet_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    """The message lists the sheets, the remedy offers the nearest."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"})
    error = refused(path, sheet="Colections")
    assert "Collections, Notes" in str(error)
    assert error.remedy == "Did you mean Collections?"
    assert refused(path, sheet="9").remedy == "Name one of these sheets."


def test_hidden_sheets_are_passed_over(tmp_path: Path) -> None:
    """The first sheet is the first one that a person sees."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"})
    book = openpyxl.load_workbook(path)
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    assert read(path).sheet == "Notes"


def test_an_empty_sheet_is_refused(tmp_path: Path) -> None:
    """Nothing at all, and a header alone, are told apart."""
    assert "nothing in it" in str(refused(workbook(tmp_path, {})))
    path = workbook(tmp_path, {"A1": "name"})
    assert "sheet Collections: it has a header but no rows" in str(refused(path))


def test_files_are_read_as_what_they_are(tmp_path: Path) -> None:
    """A workbook named .csv is a workbook, and a CSV named .xlsx is text."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"}, "really-a-workbook.csv")
    assert read(path).sheet == "Collections"
    path = written(tmp_path, "name,slug\na,b\n", "really-text.xlsx")
    assert numbered(read(path)) == [(2, ("a", "b"))]


def test_a_locked_workbook_says_so(tmp_path: Path) -> None:
    """A password is not a broken file."""
    plain = workbook(tmp_path, {"A1": "name", "A2": "a"})
    locked = tmp_path / "locked.xlsx"
    with plain.open("rb") as file, locked.open("wb") as out:
        OOXMLFile(file).encrypt("secret", out)
    error = refused(locked)
    assert "password" in str(error)
    assert "secret" not in str(error)


def test_broken_workbooks_are_refused(tmp_path: Path) -> None:
    """Cut off, or with a sheet that is no XML: told without a traceback."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"})
    assert "broken" in str(
        refused(written(tmp_path, path.read_bytes()[:900], "a.xlsx"))
    )
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook><sheets></nothing>")
    assert "broken" in str(refused(tmp_path / "b.xlsx"))
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("collections.csv", "name\na\n")
    assert numbered(read(tmp_path / "c.zip")) == [(2, ("a",))]


def test_a_workbook_past_the_unpacked_size_is_refused(tmp_path: Path) -> None:
    """A few kilobytes that unpack to gigabytes are not unpacked."""
    path = workbook(tmp_path, {"A1": "name", "A2": "a"})
    assert "refused" in str(refused(path, max_uncompressed_bytes=1000))


def test_a_data_frame_is_a_table() -> None:
    """Nothing becomes blank, whole numbers lose their .0, lists become JSON."""
    frame = pd.DataFrame(
        {
            "name": pd.Series(["a", None, "c", "\ud800"], dtype=object),
            "rule_version": [1.0, float("nan"), 2.5, float("inf")],
            "day": [pd.Timestamp("2026-01-02"), pd.NaT, pd.NaT, pd.NaT],
            "flag": pd.array([True, pd.NA, False, pd.NA], dtype="boolean"),
            "product_ids": [["x", "y"], None, (), None],
            "count": pd.array([7, pd.NA, 8, 9], dtype="Int64"),
            0: [np.array([1, 2]), None, None, None],
        }
    )
    table = source.from_frame(frame)
    assert (table.file, table.header_row, table.header[-1]) == ("DataFrame", 1, "0")
    first, third, fourth = numbered(table)
    assert first[0] == 2
    assert first[1][:6] == ("a", "1", "2026-01-02T00:00:00", "TRUE", '["x", "y"]', "7")
    assert first[1][6] == "[1, 2]"
    assert third == (4, ("c", "2.5", "", "FALSE", "[]", "8", ""))
    assert fourth == (5, ("'\\ud800'", "inf", "", "", "", "9", ""))


def test_a_data_frame_without_rows_is_refused() -> None:
    """Nothing to import is an error of the input."""
    with pytest.raises(InputError, match="no rows"):
        source.from_frame(pd.DataFrame({"name": []}))
    with pytest.raises(InputError, match="nothing in it"):
        source.from_frame(pd.DataFrame())


def test_reading_needs_no_options(tmp_path: Path) -> None:
    """The defaults do for an ordinary file."""
    assert source.read(written(tmp_path, "name\na\n"))[0].header == ("name",)
