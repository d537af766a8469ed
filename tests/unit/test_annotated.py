"""`report.xlsx`: the user's own tables with what became of each row."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import report
from importer.models import FINAL_STATUSES, Code, Place, ReportLine, Status
from importer.models.annotations import ANNOTATIONS, OF_PRODUCTS
from importer.report import annotated, workbook

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

HEADER = ("Title", "Handle", "Image")
OURS = list(ANNOTATIONS)
RED = "FF" + workbook.WRONG["bg_color"].removeprefix("#")
NO_FILL = "00000000"


def line(
    cells: tuple[str, ...] = ("A", "a", ""),
    message: str = "",
    *,
    header: tuple[str, ...] = HEADER,
    place: tuple[Any, ...] = ("in.csv", "", 2, 2),
    **more: Any,
) -> ReportLine:
    status = Status.INVALID if message else Status.CREATED
    more = {"status": status} | more
    return ReportLine(
        Place(*place),
        "L1",
        "n",
        "s",
        message=message,
        header=header,
        cells=cells,
        **more,
    )


def sheets(folder: Path, *lines: ReportLine, **more: Any) -> list[Any]:
    report.write_xlsx(folder / "report.xlsx", lines, **more)
    return list(openpyxl.load_workbook(folder / "report.xlsx").worksheets)


def values(sheet: Worksheet) -> list[list[Any]]:
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def marked(sheet: Worksheet) -> dict[str, tuple[str, str]]:
    """The cells that have a note, and the input's own that are red: both of each."""
    header, *rows = sheet.iter_rows()
    found = {}
    for row in rows:
        for title, cell in zip(header, row, strict=True):
            words = cell.comment.text if cell.comment else ""
            colour = cell.fill.fgColor.rgb
            if words or (colour == RED and title.value not in OURS):
                found[cell.coordinate] = (colour, words)
    return found


def test_the_columns_are_those_of_the_input_and_ours_behind(tmp_path: Path) -> None:
    """Status, id, problem and location follow the columns as the user ordered them."""
    sheet, _ = sheets(
        tmp_path,
        line(("A", "a"), collection_id="6" * 24),
        line(("B", "B!", "x"), "Handle: Only letters. Write b."),
    )
    assert sheet.title == "in"
    assert values(sheet) == [
        [*HEADER, *OURS],
        ["A", "a", None, "created", "6" * 24, None, "L1"],
        ["B", "B!", "x", "invalid", None, "Handle: Only letters. Write b.", "L1"],
    ]


def test_header_and_filter_stay_where_they_help(tmp_path: Path) -> None:
    """The header is frozen, and every column can be filtered to the last row."""
    sheet, summary = sheets(tmp_path, line(), line())
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G3"
    assert sheet["A1"].font.bold
    assert summary.title == "Summary"


def test_a_problem_marks_the_very_cell_that_it_names(tmp_path: Path) -> None:
    """Red and with a note: the cell of each column named, also where it is empty."""
    message = (
        "Handle: Only letters. Write b. | Image: It is missing. | Handle: Too long."
    )
    sheet, _ = sheets(tmp_path, line(), line(("B", "B!", ""), message))
    assert marked(sheet) == {
        "B3": (RED, "Only letters. Write b.\nToo long."),
        "C3": (RED, "It is missing."),
    }
    assert sheet["D3"].fill.fgColor.rgb == RED
    assert sheet["D2"].fill.fgColor.rgb not in (RED, NO_FILL)


def test_a_longer_header_is_not_taken_for_a_shorter_one(tmp_path: Path) -> None:
    """`Image: Alt` is another column than `Image`, and a blank header is none."""
    header = ("Image", "", "Image: Alt")
    text = "Image: Alt: Too long."
    sheet, _ = sheets(tmp_path, line(("a", "b", "c"), text, header=header))
    assert marked(sheet) == {"C2": (RED, "Too long.")}


def test_a_problem_of_the_whole_row_marks_none_of_its_cells(tmp_path: Path) -> None:
    """What names no column stands in ours alone."""
    sheet, _ = sheets(tmp_path, line(message="HighLevel refused the row: no."))
    assert marked(sheet) == {}
    assert sheet["F2"].value == "HighLevel refused the row: no."


def test_a_remark_is_a_note_and_no_problem(tmp_path: Path) -> None:
    """What is told of a row that is done is neither red nor something to fix."""
    text = "Handle: It was made from the name. | HighLevel had it twice."
    sheet, _ = sheets(tmp_path, line(message=text, status=Status.CREATED))
    assert marked(sheet) == {
        "B2": (NO_FILL, "It was made from the name."),
        "D2": (sheet["D2"].fill.fgColor.rgb, "HighLevel had it twice."),
    }
    assert sheet["F2"].value is None


def test_what_was_done_before_is_not_told_on_every_row(tmp_path: Path) -> None:
    """A table that is run again is not covered with notes about what is done."""
    again = line(message="Done.", status=Status.EXISTING, code=Code.DONE_BEFORE)
    sheet, _ = sheets(tmp_path, again)
    assert marked(sheet) == {}
    assert sheet["F2"].value is None


def test_what_an_audit_found_is_a_problem_whatever_the_status(tmp_path: Path) -> None:
    """A collection that is there twice has to be looked at, though it was created."""
    one = line(message="Twice.", status=Status.CREATED, code=Code.CREATED_TWICE)
    sheet, _ = sheets(tmp_path, one)
    assert sheet["F2"].value == "Twice."


def test_every_status_has_a_colour_that_says_what_it_means(tmp_path: Path) -> None:
    """Green is done, red is to be fixed, yellow is still open."""
    lines = [line(status=status) for status in FINAL_STATUSES]
    sheet, _ = sheets(tmp_path, *lines)
    fills = {row[3].value: row[3].fill.fgColor.rgb for row in sheet.iter_rows(2)}
    named = {
        "FF" + one["bg_color"].removeprefix("#"): name
        for name, one in (
            ("+", workbook.DONE),
            ("!", workbook.WRONG),
            ("?", workbook.OPEN),
        )
    }
    assert {status: named[fill] for status, fill in fills.items()} == {
        "created": "+",
        "updated": "+",
        "existing": "+",
        "duplicate": "!",
        "invalid": "!",
        "rejected": "!",
        "failed": "?",
        "unknown": "?",
        "not_attempted": "?",
    }


def test_each_table_has_its_sheet(tmp_path: Path) -> None:
    """Files and sheets come one after another, each with its own columns."""
    found = sheets(
        tmp_path,
        line(place=("a/in.csv", "", 2, 2)),
        line(place=("shop.xlsx", "Smart", 2, 2), header=("x",), cells=("1",)),
        line(place=("shop.xlsx", "Custom", 2, 2)),
    )
    assert [sheet.title for sheet in found] == ["in", "Smart", "Custom", "Summary"]
    assert values(found[1])[0] == ["x", *OURS]


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("spring", "spring"),
        ("a/b:c[d]*?\\", "a_b_c_d____"),
        ("'quoted'", "quoted"),
        ("", "Collections"),
        ("\x01\n", "Collections"),
        ("History", "History_"),
        ("summary", "summary"),
        ("x" * 40, "x" * 31),
        ("🎉" * 20, "🎉" * 15),
    ],
)
def test_a_sheet_has_a_name_that_excel_takes(wanted: str, given: str) -> None:
    """A name that Excel forbids would make the workbook one that wants repair."""
    assert workbook.sheet_name(wanted, set()) == given


def test_no_two_sheets_have_one_name(tmp_path: Path) -> None:
    """Names differ without regard to case, and the summary gives way to the user's."""
    found = sheets(
        tmp_path,
        line(place=("summary.csv", "", 2, 2)),
        line(place=("Summary.txt", "", 2, 2)),
        line(place=("x" * 40, "", 2, 2)),
        line(place=("x" * 41, "", 2, 2)),
    )
    assert [sheet.title for sheet in found] == [
        "summary",
        "Summary 2",
        "x" * 31,
        "x" * 29 + " 2",
        "Summary 3",
    ]


def test_a_collection_of_several_rows_has_all_of_them(tmp_path: Path) -> None:
    """Each row has the status, the first has the problem, the filled cell the note."""
    cells = ("A", "a", "", "", "a", "no-url")
    text = "Image: no-url is no address. | Handle: It is short."
    sheet, _ = sheets(tmp_path, line(cells, text, place=("in.csv", "", 2, 3)))
    assert values(sheet)[1:] == [
        ["A", "a", None, "invalid", None, text, "L1"],
        [None, "a", "no-url", "invalid", None, None, "L1"],
    ]
    assert marked(sheet) == {
        "B2": (RED, "It is short."),
        "C3": (RED, "no-url is no address."),
    }


def test_a_sheet_that_is_full_is_followed_by_another(tmp_path: Path) -> None:
    """Excel's limit of rows costs no row and tears no collection apart."""
    two = line(("A", "a", "1", "", "a", "2"), place=("in.csv", "", 2, 3))
    found = sheets(tmp_path, line(), two, two, line(), rows_of_a_sheet=4)
    assert [sheet.title for sheet in found] == ["in", "in 2", "Summary"]
    images = [[row[2] for row in values(sheet)[1:]] for sheet in found[:2]]
    assert images == [[None, "1", "2"], ["1", "2", None]]
    assert all(values(sheet)[0] == [*HEADER, *OURS] for sheet in found[:2])


def test_the_columns_of_an_earlier_report_are_replaced(tmp_path: Path) -> None:
    """A workbook that is corrected and run again does not grow, wherever they stand."""
    header = ("Import_Status ", "Title", "import_id", "Handle", *OURS[2:], "problem")
    cells = ("invalid", "A", "old", "a", "old", "L0", "old", "more")
    text = "Handle: Not good."
    sheet, _ = sheets(tmp_path, line(cells, text, header=header))
    assert values(sheet) == [
        ["Title", "Handle", *OURS, None],
        ["A", "a", "invalid", None, text, "L1", "more"],
    ]
    assert marked(sheet) == {"B2": (RED, "Not good.")}


def test_the_surplus_of_a_row_stands_behind_ours(tmp_path: Path) -> None:
    """A row with too many cells loses none, and stays too long until it is fixed."""
    cells = ("A", "a", "", "B", "b")
    sheet, _ = sheets(tmp_path, line(cells, "The row has 5 cells."))
    assert values(sheet)[1][7:] == ["B", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "@SUM(1)",
        "http://x.test/",
        "0012",
        "6e10",
        "tab\there",
        "<r>&</r>",
        "<r><t>x</t></r>",
        "Café 🎉",
        "مجموعة الصيف",
        "\u202etxt.exe",
        " space ",
    ],
)
def test_a_text_stays_a_text_and_nothing_else(text: str, tmp_path: Path) -> None:
    """No cell becomes a formula, a link, a number or a piece of the file's XML."""
    sheet, _ = sheets(tmp_path, line((text, "a", ""), text, header=("T", "H", text)))
    for name in ("A2", "C1"):
        cell = sheet[name]
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
        assert cell.number_format == "@"
    assert sheet["F2"].value == text


def test_an_empty_cell_is_text_as_well(tmp_path: Path) -> None:
    """An id that somebody types into a blank cell must not become a number."""
    sheet, _ = sheets(tmp_path, line())
    dimension = sheet.column_dimensions["A"]
    assert dimension.number_format == "@"


def test_half_of_a_letter_does_not_cost_the_workbook(tmp_path: Path) -> None:
    """What UTF-8 cannot hold becomes `?`, and a note has no control characters."""
    text = "Handle: bad \x01\ud800."
    sheet, _ = sheets(tmp_path, line(("\ud83c", "a\x02", ""), text))
    assert sheet["A2"].value == "?"
    assert marked(sheet)["B2"] == (RED, "bad   .")


@pytest.mark.parametrize("letter", ["a", "🎉"])
def test_a_text_too_long_for_a_cell_is_cut_and_that_is_told(
    letter: str, tmp_path: Path
) -> None:
    """A cell holds 32,767 units of UTF-16; a row that waits says where the rest is."""
    long, fits = letter * 40_000, "b" * 32_767
    text = "Image: Missing. | Title: Odd."
    done, bad = line((long, fits, "")), line((long, fits, ""), text)
    sheet, _ = sheets(tmp_path, done, bad)
    cut = str(sheet["A3"].value)
    assert cut.endswith(letter + "…")
    assert 32_700 < len(cut.encode("utf-16-le")) / 2 <= 32_767
    assert sheet["B3"].value == fits
    assert set(marked(sheet)) == {"A3", "C3"}
    assert marked(sheet)["A3"][1].startswith("Odd.\n")
    assert "failed.csv" in marked(sheet)["A3"][1]


def test_xml_that_is_too_long_is_cut_so_that_it_is_none() -> None:
    """The wrapping of a text that looks like XML has no room for its last letter."""
    text = "<r>" + "&" * 32_000 + "</r>"
    assert workbook.inert(text) == text[:-1] + "…"


def test_the_widths_are_those_of_the_input(tmp_path: Path) -> None:
    """Where the file had widths the sheet has them; a column of ours has its own."""
    first, second = line(), line(place=("x.xlsx", "S", 2, 2))
    widths = {("x.xlsx", "S"): (5.5, 40.0)}
    _, sheet, _ = sheets(tmp_path, first, second, widths=widths)
    found = [sheet.column_dimensions[letter].width for letter in "ABCDEFG"]
    assert found[:2] == pytest.approx([5.5, 40.0], abs=1)
    assert found[2] == pytest.approx(8, abs=1)
    assert found[5] > 50


def test_other_widths_are_those_of_the_content(tmp_path: Path) -> None:
    """Wide enough to read, never so wide that nothing else is seen."""
    wide = "夏" * 10
    cells = ("x" * 500 + "\nlast", wide, "")
    sheet, _ = sheets(tmp_path, line(cells))
    found = [sheet.column_dimensions[letter].width for letter in "ABC"]
    assert found == pytest.approx([60, 20, 8], abs=1)
    assert unicodedata.east_asian_width("夏") == "W"


def test_rows_whose_columns_are_no_sheet_are_shown_plainly(tmp_path: Path) -> None:
    """Without a header, or with more columns than a sheet has: what they are called."""
    many = tuple(f"c{number}" for number in range(16_384))
    for header in ((), many):
        sheet, _ = sheets(tmp_path, line(header=header, cells=header))
        assert values(sheet) == [
            [*annotated.PLAIN, *OURS],
            ["L1", "n", "s", "created", None, None, "L1"],
        ]


def test_a_location_of_another_server_is_named_with_it(tmp_path: Path) -> None:
    """An id of a sandbox must not pass for one of HighLevel's."""
    sheet, _ = sheets(tmp_path, line(), server="http://127.0.0.1:1")
    assert sheet["G2"].value == "L1 at http://127.0.0.1:1"


def test_notes_have_an_end_and_remarks_do_not_use_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million notes would need much memory; problems stay in their column."""
    monkeypatch.setattr(annotated, "NOTES", 2)
    monkeypatch.setattr(annotated, "REMARKS", 1)
    remark = line(message="Handle: Made.", status=Status.CREATED)
    bad = line(message="Handle: Bad.")
    sheet, summary = sheets(tmp_path, remark, remark, bad, bad, bad)
    assert {name: words for name, (_, words) in marked(sheet).items()} == {
        "B2": "Made.",
        "B4": "Bad.",
        "B5": "Bad.",
        "B6": "",
    }
    assert sheet["F6"].value == "Handle: Bad."
    assert str(values(summary)[-1][0]).startswith("2 more notes")


def test_a_workbook_without_rows_has_its_summary(tmp_path: Path) -> None:
    """A run that read nothing still gives a workbook that opens."""
    assert [sheet.title for sheet in sheets(tmp_path)] == ["Summary"]


def test_a_workbook_that_cannot_be_written_is_the_systems_error(tmp_path: Path) -> None:
    """It is told as any other file that cannot be written."""
    with (
        pytest.raises(OSError, match="No such file"),
        workbook.opened(tmp_path / "gone" / "report.xlsx") as book,
    ):
        book.add_worksheet("rows")


def test_the_rows_over_the_header_come_back(tmp_path: Path) -> None:
    """A title is written where it stood, and the header below it."""
    place = ("in.xlsx", "Shop", 4, 4)
    above = {("in.xlsx", "Shop"): [(1, ("Our collections", "", "2026")), (2, ())]}
    row = line(message="Handle: odd.", place=place)
    found = values(sheets(tmp_path, row, above=above)[0])
    assert found[0][:3] == ["Our collections", None, "2026"]
    assert found[2][:3] == list(HEADER)
    assert found[3][:2] == ["A", "a"]


def test_rows_stand_where_the_input_has_them(tmp_path: Path) -> None:
    """Blank rows stay, so that a row has the number that the screen tells."""
    sheet, *_ = sheets(
        tmp_path,
        line(("A", "a"), place=("in.xlsx", "S", 2, 2)),
        line(("B", "b"), place=("in.xlsx", "S", 5, 5)),
        line(("C", "c", "", "C", "c2", ""), place=("in.xlsx", "S", 6, 9)),
        line(("D", "d"), place=("in.xlsx", "S", 8, 8)),
        line(("E", "e"), place=("in.xlsx", "S", 1 << 20, 1 << 20)),
        line(("F", "f"), place=("in.xlsx", "S", (1 << 20) + 1, (1 << 20) + 1)),
    )
    assert [sheet[f"A{row}"].value for row in (2, 5, 6, 7, 8)] == [*"ABCCD"]
    assert sheet[f"A{1 << 20}"].value == "E"


def test_what_was_made_of_products_has_no_gaps(tmp_path: Path) -> None:
    """Its rows are those of products."""
    header = ("name", OF_PRODUCTS)
    sheet, _ = sheets(
        tmp_path, line(("A", "1"), place=("in.csv", "", 9, 9), header=header)
    )
    assert sheet["A2"].value == "A"


def test_the_summary_counts_the_rows_that_have_a_problem(tmp_path: Path) -> None:
    """Also those whose line shows another one; and each row once in all."""
    one = line(message="b", status=Status.INVALID, code=Code.SLUG_INVALID)
    beside = {"slug_invalid": 2, "image_not_a_url": 1, "slug_made": 5}
    *_, summary = sheets(tmp_path, one, beside=beside)
    told = {tuple(row[:2]): row[2] for row in values(summary) if row[2] is not None}
    assert told["", "slug_invalid"] == 3
    assert told["", "image_not_a_url"] == 1
    assert told["invalid", ""] == 1
    assert ("", "slug_made") not in told
