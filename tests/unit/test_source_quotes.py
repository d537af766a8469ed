"""Wrong quotation marks: a problem of their lines, and nothing is swallowed."""

from __future__ import annotations

import asyncio
import csv
from typing import TYPE_CHECKING, Any

import pytest

import importer
from importer import source
from importer.errors import InputError
from importer.source.csv_reader import separator_of

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "name,slug,type\n"
SETTINGS: Any = {
    "location_id": "LOC00000aaaaaaaaaaaa",
    "require_product_ids": False,
    "env": False,
}


def checked(tmp_path: Path, text: str, encoding: str = "utf-8") -> Any:
    path = tmp_path / "shop.csv"
    path.write_bytes(text.encode(encoding))
    return asyncio.run(importer.check(path, **SETTINGS)).document()


def told(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[tuple[int, str]]:
    """The rows with a problem, and the line that it names or its code."""
    return [
        (problem["row"], problem["parameters"].get("line", problem["code"]))
        for problem in checked(tmp_path, text, encoding)["problems"]
    ]


def names(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[str]:
    path = tmp_path / "shop.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = source.read(path)
    return [row.cells[0] for row in table.rows]


def test_a_quotation_mark_that_is_not_closed_swallows_no_row(tmp_path: Path) -> None:
    """All lines from it to where reading fails are problems; the next ones are read."""
    text = HEAD + '"Hats,hats,manual\nSocks,socks,manual\n"Caps",caps,manual\n'
    text += "Shoes,shoes,manual\nBags,bags,manual\n"

    found = checked(tmp_path, text)

    assert told(tmp_path, text) == [(2, "2"), (3, "2"), (4, "2")]
    assert found["counts"] == {"valid": 2, "invalid": 3, "duplicate": 0}
    assert found["problems"][1]["value"] == "Socks"
    assert "opens in line 2" in found["problems"][1]["message"]
    assert {problem["variant"] for problem in found["problems"]} == {"open"}


def test_one_that_is_open_at_the_end_takes_its_lines_alone(tmp_path: Path) -> None:
    """The rows in front of it are read, and a blank line behind it counts as a row."""
    text = HEAD + 'A,a,manual\n"Hats,hats,manual\n\nSocks,socks,manual\n'
    assert told(tmp_path, text) == [(3, "3"), (5, "3")]
    assert told(tmp_path, HEAD + 'A,a,manual\n"') == [(3, "3")]
    assert told(tmp_path, HEAD + 'A,a,manual\nB,b,"manual') == [(3, "3")]


def test_the_line_of_the_quotation_mark_is_named_not_that_of_its_record(
    tmp_path: Path,
) -> None:
    """A cell over two lines in front of it is closed, and not to blame."""
    text = HEAD + '"A\nof two lines",a,"manual\nB,b,manual\n"C",c,manual\nD,d,manual\n'
    assert told(tmp_path, text) == [(2, "3"), (3, "3"), (4, "3"), (5, "3")]
    # Excel shows no such line above the header, and an editor does
    assert told(tmp_path, "sep=,\n" + HEAD + 'A,a,"manual\n') == [(2, "3")]


def test_the_line_that_shows_the_fault_may_open_another_cell(tmp_path: Path) -> None:
    """What it opens is no row either: its last line would be a collection."""
    text = HEAD + '"Hats,hats,manual\n"Caps",caps,"man\nual",x,manual\nShoes,shoes,\n'
    assert told(tmp_path, text) == [(2, "2"), (3, "2"), (4, "2")]


def test_each_of_several_faults_names_its_own_line(tmp_path: Path) -> None:
    """Between them rows are read; so they are where every row has a fault."""
    fault = '"Hats,hats,manual\n"Caps",caps,manual\n'
    text = HEAD + fault + "A,a,manual\n" + fault + "B,b,manual\n"
    assert told(tmp_path, text) == [(2, "2"), (3, "2"), (5, "5"), (6, "5")]
    every = HEAD + '"24 inch" frames,f,manual\n' * 3000
    assert told(tmp_path, every) == [(n, str(n)) for n in range(2, 3002)]


def test_rows_that_are_swallowed_without_a_fault_are_told(tmp_path: Path) -> None:
    """A later quotation mark may close it by chance; then the cells are too few."""
    text = HEAD + '"Hats,hats,manual\nSocks,socks,"\nA,a,manual\n'
    assert told(tmp_path, text) == [(2, "2"), (3, "2")]


def test_a_name_that_holds_a_line_break_and_separators_is_remarked_on(
    tmp_path: Path,
) -> None:
    """It may be two rows, although it is good CSV; a line break alone is a name's."""
    ids = "655b33a82209e60b6adb87a5"
    head = "name,slug,type,product_ids\n"
    found = checked(tmp_path, head + f'"A,a,manual\nB",b,manual,{ids}\n')
    assert found["remarks"] == {"name_spans_lines": 1}
    assert found["counts"]["valid"] == 1
    assert not checked(tmp_path, head + f'"A\nB",b,manual,{ids}\n')["remarks"]
    assert not checked(tmp_path, head + f'"A, B",b,manual,{ids}\n')["remarks"]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('6" pot', '6" pot'),
        ('5\' 6" "tall"', '5\' 6" "tall"'),
        ('"6"" pot"', '6" pot'),
        ('""""', '"'),
        ('"Hats" ', "Hats"),
        ('"Hats, ""red"" , new"  ', 'Hats, "red" , new'),
    ],
)
def test_quotation_marks_that_are_text_are_read_letter_by_letter(
    tmp_path: Path, cell: str, name: str
) -> None:
    """Within a cell that does not begin with one, or doubled in one that does."""
    assert names(tmp_path, HEAD + f"{cell},hats,manual\nB,b,\n") == [name, "B"]


@pytest.mark.parametrize(
    "cell", ['"24 inch" frames', '"a"b"', '""Hats""', '"x" "y"', '"Hats"\u00a0']
)
def test_text_behind_a_closing_quotation_mark_is_a_problem_of_its_row(
    tmp_path: Path, cell: str
) -> None:
    """The row alone: those around it are read."""
    text = HEAD + f"A,a,manual\n{cell},x,manual\nB,b,manual\n"
    (problem,) = checked(tmp_path, text)["problems"]
    assert (problem["row"], problem["code"]) == (3, "quotes_wrong")
    assert problem["variant"] == "text_behind"


@pytest.mark.no_cover
def test_a_space_in_front_of_a_quotation_mark_does_not_make_it_text(
    tmp_path: Path,
) -> None:
    """Also far down, where blocks of the file meet, and in a workbook's UTF-16."""
    row = 'A, a, "manual"\nB, "b", manual\n'
    assert told(tmp_path, HEAD + row) == []
    assert names(tmp_path, HEAD + 'A,a,manual\n "B",b,manual\n') == ["A", "B"]
    assert told(tmp_path, HEAD + row, "utf-16") == []
    for length in range((1 << 17) - len(HEAD) - 30, (1 << 17) - len(HEAD)):
        text = HEAD + "x" * (length - 3) + ",\n," + '"b", "b", "manual"\n'
        path = tmp_path / "shop.csv"
        path.write_text(text)
        (table,) = source.read(path)
        assert [*table.rows][-1].cells == ("", "b", "b", "manual")


def test_backslashes_in_front_of_quotation_marks_are_recognised(
    tmp_path: Path,
) -> None:
    """Where all of them are, it is how the file is written; other backslashes stay."""
    text = HEAD + '"The \\"Best\\", of",best,manual\n'
    text += '"C:\\new \\\\ \\"x\\"",b,manual\n5\\" pot,c,manual\n'
    for encoding in ("utf-8", "utf-16"):
        assert names(tmp_path, text, encoding) == [
            'The "Best", of',
            'C:\\new \\ "x"',
            '5" pot',
        ]
    (note,) = checked(tmp_path, text)["files"][0]["notes"]
    assert note.startswith("its quotation marks are written with backslashes")


def test_backslashes_that_are_text_stay_so(tmp_path: Path) -> None:
    """A path ends with one; and a file that is not all of a piece is not guessed at."""
    text = HEAD + '"C:\\",c,manual\n"{""a"": ""5\\"" pot""}",d,\n'
    assert names(tmp_path, text) == ["C:\\", '{"a": "5\\" pot"}']
    mixed = HEAD + '"The \\"Best\\"",a,manual\n"24 inch" frames,b,manual\n'
    assert told(tmp_path, mixed) == [(2, "2"), (3, "3")]
    both = HEAD + '"The \\"Best\\"",a,manual\n"Hats,b,manual\n'
    assert [row for row, _ in told(tmp_path, both)] == [2, 3]


def test_a_header_among_the_rows_is_no_collection(tmp_path: Path) -> None:
    """Files that were joined, with a mark or a title; its rows are read."""
    part = "name,slug\nA,a\n"
    for text in (part + "name,slug\nB,b\n", part + "\ufeffname,slug\nB,b\n"):
        assert told(tmp_path, text) == [(3, "header_repeated")]
        assert checked(tmp_path, text)["counts"]["valid"] == 2
    assert told(tmp_path, "Our shop\n" + part * 2)[0] == (4, "header_repeated")
    shop = "ID,Handle,Title,Product: ID\n1,a,A,17\n"
    assert (3, "header_repeated") in told(tmp_path, shop * 2)


def test_lines_in_quotation_marks_are_read_as_the_cells_within(tmp_path: Path) -> None:
    """A program took each line for one cell; its own quotation marks are double."""
    text = '"name;slug"\n"A, B;a"\n"""C;D"";c"\n'
    assert names(tmp_path, text) == ["A, B", "C;D"]
    (table,) = source.read(tmp_path / "shop.csv")
    assert "each line is in quotation marks as a whole" in table.notes[0]
    # an error of a spreadsheet is found within, and a line that is a row of its own
    text = '"name,slug"\n"A,#REF!"\nB,b\n"""C"" c,c"\n'
    assert names(tmp_path, text) == ["A", "B", "C c"]
    (table,) = source.read(tmp_path / "shop.csv")
    assert "row 2 (#REF!)" in table.notes[0]
    # one column whose names hold a comma, quoted as they should be
    assert names(tmp_path, '"name"\n"A, a"\n"B, b"\n') == ["A, a", "B, b"]


def test_a_table_of_one_column_has_no_separator(tmp_path: Path) -> None:
    """A comma in a name is text; below a title the rows still tell."""
    assert names(tmp_path, "name\nA\nB, the second\nC\n") == ["A", "B, the second", "C"]
    assert names(tmp_path, "name\nA | B\nC\nD; E\nF\n") == ["A | B", "C", "D; E", "F"]
    assert names(tmp_path, "Our shop\nname;slug\nA, B;a\n")[1:] == ["A, B"]


def test_the_rows_with_nul_bytes_are_named(tmp_path: Path) -> None:
    """They are dropped from their cells."""
    text = "name,slug\nA\0,a\nB,b\nC,\0c\n" + "Hats,hats\n" * 9
    assert names(tmp_path, text)[:3] == ["A", "B", "C"]
    (table,) = source.read(tmp_path / "shop.csv")
    assert table.notes[0].endswith("the file may be damaged (row 2, row 4)")


def test_marks_of_joined_and_old_files_are_no_text(tmp_path: Path) -> None:
    """A byte order mark in front of a line, and what ends a text of DOS."""
    assert names(tmp_path, "\ufeffname,slug\nA,a\n\ufeffB,b\n") == ["A", "B"]
    for end in ("\r\n\x1a", "\x1a", "\r\n\x1a\x1a\r\n"):
        text = "name,slug\r\nA,a\r\nB,b" + end
        assert names(tmp_path, text) == ["A", "B"]
        assert told(tmp_path, text) == []
    within = "name,slug\nA\x1a,a\nB\x1a,b\n"
    assert names(tmp_path, within) == ["A\x1a", "B\x1a"]


@pytest.mark.parametrize(
    "text",
    [
        "name;slug;product_ids (a, b, c, d)\nA;a;\n",
        "name\tslug\ttype (manual|smart|none|blank)\nA\ta\t\n",
        "Collections, spring, 2026\n\nname;slug;product_ids\nA;a;\n",
        "Hats; caps; bags\nname\tslug\ttype\nA\ta\t\nB\tb\t\n",
        '"sep=;"\nname;slug;type\nA;a;\n',
        '"sep=;";;\nname;slug;type\nA;a;\n',
    ],
)
def test_the_separator_is_that_of_the_rows(tmp_path: Path, text: str) -> None:
    """Whatever else stands in a title or in a header, or how Excel's hint is quoted."""
    found = checked(tmp_path, text)
    assert not found["problems"]
    assert found["counts"]["valid"] == text.count("\nA") + text.count("\nB")


@pytest.mark.parametrize(
    "text",
    [
        "name,slug,seo_title\nA,a,x;y\nB,b,z;w\nC\n",
        "name,slug,seo_title\nA,a,x;y\nB,b\n",
        "name;slug;product_ids\nA;a;1,2\nB;b;3,4\n",
        "name,slug\nA,a\n",
    ],
)
def test_the_header_s_separator_stays_where_rows_have_it(text: str) -> None:
    """A list in a cell is not taken for columns, nor is a row that is too short."""
    assert separator_of(text) == (";" if text.startswith("name;") else ",")


def test_cells_over_many_lines_stay_readable(tmp_path: Path) -> None:
    """HTML with quotation marks, separators and blank lines, written by a program."""
    html = '<p class="a">\n\n<b>Hats, "new"</b>,\r\nx</p>\n'
    path = tmp_path / "shop.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Handle", "Title", "Body HTML"))
        for number in range(500):
            writer.writerow((f"h{number}", f"T {number}", html * (number % 7)))
    (table,) = source.read(path)
    assert [row.cells[2] for row in table.rows] == [html * (n % 7) for n in range(500)]


def test_a_header_with_an_open_quotation_mark_is_refused(tmp_path: Path) -> None:
    """Which column is which cannot be known; its line is named."""
    with pytest.raises(InputError, match="opens in line 1, where the header"):
        checked(tmp_path, 'name,"slug,type\nA,a,manual\n')
    with pytest.raises(InputError, match="opens in line 2, where the header"):
        checked(tmp_path, 'sep=,\nname,"slug,type\nA,"a",manual\n')
    text = '"Our" hats,,\nname,slug,type\nA,a,manual\n'
    assert checked(tmp_path, text)["counts"]["valid"] == 1


def test_the_product_rows_of_another_program_are_not_lost_either(
    tmp_path: Path,
) -> None:
    """Rows of one collection, of a tree and of products are told by their own lines."""
    span = 'ID,Handle,Title,Product: ID\n1,a,A,17\n"2,b,B,18\n"3",c,C,19\n4,d,D,20\n'
    assert told(tmp_path, span)[:2] == [(3, "3"), (4, "3")]
    shop = "handleId,fieldType,name,collection\np1,Product,A,Hats\n"
    shop += '"p2,Product,B,Hats\np3,Product,C,Hats\n'
    assert told(tmp_path, shop)[:2] == [(3, "3"), (4, "3")]


@pytest.mark.parametrize("short", ["1", "1,a,A,17"])
def test_a_torn_line_of_a_collection_of_several_keeps_all_of_its_cells(
    tmp_path: Path, short: str
) -> None:
    """Its cells beyond the columns stand in no column of the collection's rows.

    A copy of the rows is marked, whatever is wrong with the row above: it looks like
    good rows.
    """
    text = f'ID,Handle,Title,Product: ID\n{short}\n1,a,"A" x,18,far,"be" hind\n'
    document = checked(tmp_path, text)
    assert document["counts"]["invalid"] == 1
    assert document["problems"][0]["code"] == "quotes_wrong"
    told = {problem["code"]: problem["parameters"] for problem in document["problems"]}
    assert told["row_too_long"]["surplus"] == ["far", '"be" hind']
    asyncio.run(
        importer.fix(tmp_path / "shop.csv", to=tmp_path / "copy.csv", **SETTINGS)
    )
    assert "far" in (tmp_path / "copy.csv").read_text("utf-8-sig")


def test_a_corrected_copy_keeps_such_rows_refused(tmp_path: Path) -> None:
    """Else the copy would send a name that begins with a quotation mark."""
    path = tmp_path / "shop.csv"
    path.write_text(HEAD + '"Hats,hats,manual\nSocks,socks,manual\n')
    done = asyncio.run(importer.fix(path, to=tmp_path / "copy.csv", **SETTINGS))
    assert done.checked.counts["valid"] == 0


@pytest.mark.parametrize("cell", [",\n", "a,\n", ",\n,\n", ",\r\n"])
def test_a_cell_that_has_swallowed_no_row_makes_a_short_row_too_short(
    tmp_path: Path, cell: str
) -> None:
    """Its quotation marks are right: what is missing is a cell."""
    text = f'{HEAD}Hats,hats,manual\nMugs,"{cell}"\nCaps,caps,manual\n'
    assert told(tmp_path, text) == [(3, "row_too_short")]
