"""Files that were made to hurt, or by accident: a value or a sentence, always."""

from __future__ import annotations

import struct
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer import source
from importer.errors import InputError
from importer.source import excel_xml
from importer.source.content import Content

if TYPE_CHECKING:
    from pathlib import Path

    from importer.models import Table

# The cases of the npm package csv-spectrum: the bytes, and the rows below the header.
SPECTRUM: dict[str, tuple[bytes, list[tuple[str, ...]]]] = {
    "comma_in_quotes": (
        b'first,last,address,city,zip\nJohn,Doe,120 any st.,"Anytown, WW",08123',
        [("John", "Doe", "120 any st.", "Anytown, WW", "08123")],
    ),
    "empty": (b'a,b,c\n1,"",""\n2,3,4', [("1", "", ""), ("2", "3", "4")]),
    "empty_crlf": (b'a,b,c\r\n1,"",""\r\n2,3,4', [("1", "", ""), ("2", "3", "4")]),
    "escaped_quotes": (
        b'a,b\n1,"ha ""ha"" ha"\n3,4\n',
        [("1", 'ha "ha" ha'), ("3", "4")],
    ),
    "json": (
        b'key,val\n1,"{""type"": ""Point"", ""coordinates"": [102.0, 0.5]}"\n',
        [("1", '{"type": "Point", "coordinates": [102.0, 0.5]}')],
    ),
    # the package's JSON has another telephone number than its CSV
    "location_coordinates": (
        "Contact Phone Number,Location Coordinates,Cities,Counties\n2095257564,"
        "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W,Modesto,Stanislaus".encode(),
        [
            (
                "2095257564",
                "37\ufffd36'37.8\"N 121\ufffd2'17.9\"W",
                "Modesto",
                "Stanislaus",
            )
        ],
    ),
    "newlines": (
        b'a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n',
        [("1", "2", "3"), ("Once upon \na time", "5", "6"), ("7", "8", "9")],
    ),
    "newlines_crlf": (
        b'a,b,c\r\n1,2,3\r\n"Once upon \r\na time",5,6\r\n7,8,9\r\n',
        [("1", "2", "3"), ("Once upon \r\na time", "5", "6"), ("7", "8", "9")],
    ),
    "quotes_and_newlines": (
        b'a,b\n1,"ha \n""ha"" \nha"\n3,4\n',
        [("1", 'ha \n"ha" \nha'), ("3", "4")],
    ),
    "simple": (b"a,b,c\n1,2,3\n", [("1", "2", "3")]),
    "simple_crlf": (b"a,b,c\r\n1,2,3\r\n", [("1", "2", "3")]),
    "utf8": (b"a,b,c\n1,2,3\n4,5,\xca\xa4", [("1", "2", "3"), ("4", "5", "ʤ")]),
}


def read(path: Path, **options: Any) -> Table:
    (table,) = source.read(path, source.Options(**options))
    return table


def cells(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "shop.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("case", SPECTRUM)
def test_every_case_of_csv_spectrum_is_read_as_it_says(
    tmp_path: Path, case: str
) -> None:
    """Commas, quotes, line breaks and blanks where a CSV may have them."""
    content, rows = SPECTRUM[case]
    table = read(written(tmp_path, content))
    assert table.header == tuple(content.splitlines()[0].decode().split(","))
    assert cells(table) == rows


def test_as_many_columns_as_a_sheet_can_have(tmp_path: Path) -> None:
    """16,384 columns are read from a text and from a workbook."""
    header = [f"c{number}" for number in range(16_384)]
    row = [str(number) for number in range(16_384)]
    text = ",".join(header) + "\n" + ",".join(row) + "\n"
    table = read(written(tmp_path, text.encode()))
    assert (list(table.header), cells(table)) == (header, [tuple(row)])
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(header)
    sheet.append(row)
    book.save(tmp_path / "wide.xlsx")
    table = read(tmp_path / "wide.xlsx")
    assert (list(table.header), cells(table)) == (header, [tuple(row)])


def test_mixed_line_ends_are_line_ends(tmp_path: Path) -> None:
    """Files that were put together from several computers."""
    path = written(tmp_path, b'name,slug\r\na,b\nc,d\re,"f\rg"\r\n')
    assert cells(read(path)) == [("a", "b"), ("c", "d"), ("e", "f\rg")]


def test_a_lone_quote_at_the_end_is_told(tmp_path: Path) -> None:
    """It opens a cell that never ends; within a cell it is a character."""
    ((_, row),) = read(written(tmp_path, b'name,slug\n"')).records
    assert [type(cell).__name__ for cell in row] == ["Unreadable"]
    assert cells(read(written(tmp_path, b'name,slug\na,5"'))) == [("a", '5"')]


def test_zeros_are_dropped_from_a_guessed_text_too(tmp_path: Path) -> None:
    """A NUL is no character of a name, in whatever code page."""
    content = "name\n" + "x\n" * 5000 + "Gr\0öße\n"
    table = read(written(tmp_path, content.encode("cp1252")))
    assert cells(table)[-1] == ("Größe",)
    guess, dropped = table.notes
    assert guess.startswith("the encoding is a guess")
    assert dropped.startswith("it holds NUL bytes, which are dropped")


def test_a_text_with_a_few_zeros_is_read_and_they_are_told(tmp_path: Path) -> None:
    """Near the beginning or far down, also in a letter that the first look cuts off."""
    row = "Größe,groesse\n"
    for number in (1, 40, 300, 5000):
        content = "name,slug\n" + row * number + "Sh\0oes,shoes\n" + row * 300
        table = read(written(tmp_path, content.encode()))
        assert cells(table)[number] == ("Shoes", "shoes")
        (note,) = table.notes
        assert note.startswith("it holds NUL bytes, which are dropped")


@pytest.mark.parametrize(
    "content",
    [
        b"\0".join(b"name,slug\nShoes,shoes\n".split(b"e")) * 3 + b"\0" * 9,
        b"name,slug\nShoes\0,shoes, and more and more and more\xff\n",
        b"name,slug\nShoes\0,shoes and more \x01 and more and more and more\n",
        b"name and slug and no end of the line and more and more\0",
    ],
)
def test_what_holds_zeros_and_is_no_text_is_refused(
    tmp_path: Path, content: bytes
) -> None:
    """Many of them, other control characters, no UTF-8, no line."""
    with pytest.raises(InputError, match="binary content"):
        read(written(tmp_path, content))


def test_errors_of_a_spreadsheet_in_a_text_are_named(tmp_path: Path) -> None:
    """A cell that is nothing else; the first five of them, and how many more."""
    content = "name,slug\nShoes,#N/A\nthe #REF! of it,a\n #DIV/0! ,b\n" + "#N/A,c\n" * 9
    table = read(written(tmp_path, content.encode()))
    (note,) = table.notes
    assert note.startswith("errors of a spreadsheet, taken as the text that they are: ")
    assert ": row 2 (#N/A), row 4 (#DIV/0!), row 5 (#N/A)," in note
    assert " and 6 more; correct the cells in the spreadsheet" in note
    assert cells(table)[2] == (" #DIV/0! ", "b")
    assert not read(written(tmp_path, b"name\nthe #REF! of it\n")).notes
    assert cells(read(written(tmp_path, b'name\n#REF!\n"open'))) == [
        ("#REF!",),
        ('"open',),
    ]


def test_all_scripts_and_emoji_come_through(tmp_path: Path) -> None:
    """Right to left, joined emoji and marks above letters stay as they are."""
    names = [
        "שמלות קיץ",
        "أحذية",
        "👩‍👩‍👧‍👦 family",
        "e\u0301te\u0301",
        "\u202eevil",
        "日本",
    ]
    rows = [(name,) for name in names]
    text = "name\n" + "\n".join(names) + "\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        assert cells(read(written(tmp_path, text.encode(encoding)))) == rows
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for name in ("name", *names):
        sheet.append([name])
    book.save(tmp_path / "shop.xlsx")
    assert cells(read(tmp_path / "shop.xlsx")) == rows


def odd_workbook(path: Path, rows: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Shoes & more"
    sheet.append(["name", "slug", "merged", ""])
    sheet["A2"], sheet["B2"] = "=B2&1", "ok"
    sheet["A3"], sheet["B3"] = "#REF!", "broken"
    sheet["A3"].data_type = "e"
    sheet["C2"] = "both"
    sheet.merge_cells("C2:D3")
    for _ in range(rows):
        sheet.append(["=1/0"])
    book.create_sheet("Secret").sheet_state = "veryHidden"
    book.save(path)
    return path


def test_cells_without_a_value_are_named(tmp_path: Path) -> None:
    """Errors and formulas without a result are blanks, and are told, cell by cell."""
    table = read(odd_workbook(tmp_path / "shop.xlsx"))
    assert cells(table) == [("", "ok", "both"), ("", "broken", "")]
    errors, formulas, merged, hidden = table.notes
    assert "because they hold an error: A3 (#REF!); correct them" in errors
    assert "never computed" in formulas
    assert formulas.endswith(": A2, A4")
    assert "only the first cell holds a value: C2:D3; where" in merged
    assert hidden == "hidden, and not read: Secret (--sheet reads one)"


def test_many_cells_without_a_value_are_counted(tmp_path: Path) -> None:
    """Five are named."""
    notes = read(odd_workbook(tmp_path / "shop.xlsx", 40_000)).notes
    assert notes[1].endswith(": A2, A4, A5, A6, A7 and 39,996 more")


def test_looking_for_lost_cells_raises_nothing(tmp_path: Path) -> None:
    """What is wrong with a workbook is for its reader to say."""
    path = odd_workbook(tmp_path / "shop.xlsx")
    assert not excel_xml.notes(Content.of(path), "no such sheet")
    assert not excel_xml.notes(Content.of(tmp_path / "gone.xlsx"), "S")
    whole = path.read_bytes()
    locked = bytearray(whole)
    for number in range(len(whole)):
        if whole.startswith(b"PK\x01\x02", number):
            locked[number + 8] |= 1
    path.write_bytes(locked)
    assert not excel_xml.notes(Content.of(path), "Shoes & more")
    path.write_bytes(b"no archive")
    assert not excel_xml.notes(Content.of(path), "S")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    assert not excel_xml.notes(Content.of(path), "S")


def test_a_workbook_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    """Its sheet says that it unpacks to little; what it holds is never in memory."""
    plain = odd_workbook(tmp_path / "plain.xlsx")
    path = tmp_path / "bomb.xlsx"
    limit = {"max_uncompressed_bytes": 1 << 20}
    size = 0
    with (
        zipfile.ZipFile(plain) as old,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            content = old.read(part)
            if part.endswith("sheet1.xml"):
                content = content.replace(b">ok<", b">" + b"x" * 30_000_000 + b"<")
                size = len(content)
            new.writestr(part, content)
    with pytest.raises(InputError, match="refused"):
        read(path, **limit)
    lie = path.read_bytes().replace(struct.pack("<I", size), struct.pack("<I", 900))
    path.write_bytes(lie)
    with pytest.raises(InputError, match="broken"):
        read(path, **limit)


def test_looking_for_lost_cells_takes_no_longer_for_xml_made_to_be_slow(
    tmp_path: Path,
) -> None:
    """Elements that never end, by the hundred thousand, are looked at once each."""
    path = tmp_path / "slow.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        link = '<Relationship Id="r" Target="sheet.xml"/>' + "<Relationship " * 200_000
        archive.writestr("xl/workbook.xml", '<sheet name="S" id="r"/>' + "a" * 10**6)
        archive.writestr("xl/_rels/workbook.xml.rels", link)
        archive.writestr("xl/sheet.xml", "<c><f><v" * 300_000)
    (note,) = excel_xml.notes(Content.of(path), "S")
    assert "a cell, a cell, a cell, a cell, a cell and " in note
