"""How far a sheet may reach, and what programs call the parts of an archive."""

from __future__ import annotations

import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from workbook_writers import (
    number,
    ods,
    old_record,
    record,
    shared,
    shared_texts,
    short,
    xls,
    xlsb,
    zipped,
)

from importer import source
from importer.errors import InputError, OversizedError
from importer.source import excel_xml, extent, grids, xls_records
from importer.source.content import Content
from importer.source.sheet_rows import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def text(cell: str, value: str) -> str:
    return f'<c r="{cell}" t="inlineStr"><is><t>{value}</t></is></c>'


HEADER = f'<row r="1">{text("A1", "name")}{text("B1", "slug")}</row>'
HATS = f'<row r="2">{text("A2", "Hats")}{text("B2", "hats")}</row>'


def xlsx(path: Path, rows: str, names: str = "/", after: str = "") -> Path:
    """A workbook whose sheet has these rows."""
    members = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}'
        f"</sheetData>{after}</worksheet>",
    }
    named = {name.replace("/", names): xml.encode() for name, xml in members.items()}
    return zipped(path, named)


def refused(path: Path) -> str:
    """What is said of a workbook, which must not be opened as a grid."""
    tracemalloc.start()
    try:
        with pytest.raises(OversizedError) as error:
            source.read(path)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
    return f"{error.value} {error.value.remedy}"


FAR = [
    f'<row r="1048576">{text("XFD1048576", " ")}</row>',
    f'<row r="1048576">{text("A1048576", " ")}</row><row>{text("XFD9", "1")}</row>',
    '<row r="1048576" spans="1:2"><c\nr="XFD1048576"><v>1</v></c></row>',
    f'<row r="1048576">{"<c/>" * 99}<c><v>1</v></c></row>',
    f'<row r="1048576"><c r="XFD1048576" t="str"><v>{" " * (3 << 20)}</v></c></row>',
]


@pytest.mark.parametrize("far", FAR, ids=["last", "two", "line", "unnamed", "long"])
def test_a_cell_far_away_is_named_before_its_sheet_is_opened(
    tmp_path: Path, far: str
) -> None:
    """A grid up to the last cell of all needs more memory than any machine has."""
    said = refused(xlsx(tmp_path / "far.xlsx", HEADER + HATS + far))
    assert "1048576" in said
    assert "far.xlsx, sheet S" in said
    assert "Delete the empty rows and columns" in said


def test_a_sheet_of_namespaces_with_a_prefix_is_measured_too(tmp_path: Path) -> None:
    """A cell may be called x:c as well."""
    path = xlsx(tmp_path / "far.xlsx", "")
    rows = (
        '<x:row r="1"><x:c r="A1"><x:v>name <:c</x:v></x:c></x:row>'
        '<x:row r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
    )
    found = Rows()
    found.add(rows.encode(), len(rows))
    assert found.extent.lowest == (1048575, 16383)
    assert excel_xml.extent(Content.of(path), "S", Rows()).rows == 0


def test_blank_cells_that_only_have_a_format_make_no_sheet_too_large(
    tmp_path: Path,
) -> None:
    """What is formatted up to the last row and column is read: nothing is in it."""
    blank = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    (table,) = source.read(xlsx(tmp_path / "wide.xlsx", HEADER + HATS + blank))
    assert [cells for _, cells in table.records] == [["Hats", "hats"]]


def test_too_many_cells_are_refused_with_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sheet whose cells are all filled has to be saved as CSV, not tidied up."""
    monkeypatch.setattr(extent, "LIMIT_BYTES", 1000)
    rows = "".join(
        f'<row r="{n}">{text(f"A{n}", "a")}{text(f"B{n}", "b")}</row>'
        for n in range(1, 9)
    )
    said = refused(xlsx(tmp_path / "many.xlsx", rows))
    assert "B8: 8 rows by 2 columns, 16 of its cells filled" in said
    assert "Save the sheet as CSV" in said


def test_a_cell_far_away_in_an_ods_is_named(tmp_path: Path) -> None:
    """All sheets of an ods are opened at once, and repeated cells take a few bytes."""
    name = '<table:table-cell office:value-type="string"><text:p>name</text:p>'
    gap = '<table:table-cell table:number-columns-repeated="16383"/>'
    far = (
        "</table:table-cell></table:table-row>"
        '<table:table-row table:number-rows-repeated="1048574">'
        "<table:table-cell/></table:table-row>"
        f"<table:table-row>{gap}{name}</table:table-cell>"
    )
    said = refused(ods(tmp_path / "far.ods", [name + far]))
    assert "XFD1048576" in said


def test_a_cell_far_away_in_an_xlsb_is_named(tmp_path: Path) -> None:
    """A binary sheet says its rows and columns as numbers."""
    import struct  # noqa: PLC0415 - only here

    row = record(0, struct.pack("<I", 1048575) + bytes(13))
    far = row + record(5, struct.pack("<IId", 16383, 0, 1.0))
    path = xlsb(tmp_path / "far.xlsb", [["name"], ["Hats"]], far)
    assert "XFD1048576" in refused(path)


@pytest.mark.parametrize("names", ["\\", "/"])
def test_parts_whose_names_have_backslashes_are_found(
    tmp_path: Path, names: str
) -> None:
    """Some programs write xl\\workbook.xml; its errors are told all the same."""
    lost = '<row r="3"><c r="A3" t="e"><v>#REF!</v></c><c r="B3"><v>1</v></c></row>'
    (table,) = source.read(xlsx(tmp_path / "a.xlsx", HEADER + HATS + lost, names))
    (note,) = table.notes
    assert note.startswith("read as blank, because they hold an error: A3 (#REF!); ")


def test_an_archive_in_a_folder_with_backslashes_is_unpacked(tmp_path: Path) -> None:
    """The shadows that macOS adds are known in it, too."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("shop\\a.csv", "name\nHats\n")
        archive.writestr("__MACOSX\\shop\\._a.csv", "\0")
    (table,) = source.read(tmp_path / "a.zip")
    assert table.header == ("name",)


def test_a_workbook_that_its_reader_chokes_on_is_broken(tmp_path: Path) -> None:
    """What the reader did not foresee is told like any other damage."""
    whole = xlsb(tmp_path / "a.xlsb", [["name"], ["Hats"]])
    with zipfile.ZipFile(whole) as archive:
        members = {
            info.filename.replace("/", "\\"): archive.read(info)
            for info in archive.infolist()
        }
    with pytest.raises(InputError, match="the workbook is broken"):
        source.read(zipped(tmp_path / "b.xlsb", members))


def test_hidden_rows_are_counted_and_read(tmp_path: Path) -> None:
    """A spreadsheet does not show them, and they are sent like the others."""
    hidden = HATS.replace('r="2"', 'r="2" hidden="1"', 1)
    blank = '<row r="3" hidden="true"><c r="A3" s="1"/></row><row r="4" hidden="1"/>'
    (table,) = source.read(xlsx(tmp_path / "a.xlsx", HEADER + hidden + blank))
    note = (
        "hidden or filtered out, and read like the others: 1 row (2)"
        "; delete what is not to be imported"
    )
    assert table.notes == (note,)
    assert [cells for _, cells in table.records] == [["Hats", "hats"]]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_a_workbook_of_too_many_texts_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """A small file that holds millions of short texts took two gigabytes."""
    text = f"<{prefix}si><{prefix}t>a</{prefix}t></{prefix}si>".encode()
    path = tmp_path / "a.xlsx"
    texts = b"<sst>" + text * 40_000 + b"</sst>"
    zipped(path, {"xl/workbook.xml": b"", "xl/sharedStrings.xml": texts})
    monkeypatch.setattr(grids, "LIMIT_BYTES", 2 << 20)
    monkeypatch.setattr(grids, "_BLOCK", 1000)
    with pytest.raises(InputError, match="broken"):
        source.read(path)
    monkeypatch.setattr(grids, "_SMALL_BYTES", 1 << 10)
    with pytest.raises(OversizedError, match="texts of the workbook"):
        source.read(path)


@pytest.mark.parametrize("place", [(65535, 255), (39999, 255)])
def test_a_cell_far_away_in_an_xls_is_named_whatever_its_size_says(
    tmp_path: Path, place: tuple[int, int]
) -> None:
    """Its reader makes a grid of the cells, and not of the size that is written."""
    book = bytearray((Path(__file__).parent / "workbooks" / "same.xls").read_bytes())
    text = b"\xfd\x00\x0a\x00"
    struct.pack_into("<HH", book, book.rindex(text) + len(text), *place)
    path = tmp_path / "a.xls"
    path.write_bytes(book)
    with pytest.raises(OversizedError, match=extent.cell_name(*place)):
        source.read(path)


TOP = b"".join(shared(at // 2, at % 2, at) for at in range(4))
TEXTS = short("name", "slug", "Hats", "hats")
#: What makes an xls larger than what is looked through at once.
FILL = old_record(0x99, bytes(8000)) * 300


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (number(65535, 255), "IV65536"),
        # several numbers in one record, the last in column IV
        (
            old_record(0xBD, struct.pack("<HH", 65535, 0) + bytes(1536) + b"\xff\0"),
            "IV65536",
        ),
    ],
)
def test_a_cell_far_away_in_a_large_xls_is_named_whatever_its_size_says(
    tmp_path: Path, cell: bytes, name: str
) -> None:
    """Of one of more than 2 MB the size that it states was believed: a gigabyte."""
    size = old_record(0x200, struct.pack("<IIHHH", 0, 2, 0, 2, 0))
    path = xls(tmp_path / "a.xls", size + TOP + FILL + cell, shared_texts(TEXTS))
    with pytest.raises(OversizedError, match=name):
        source.read(path)


def test_a_large_xls_is_read(tmp_path: Path) -> None:
    """Whose cells are few."""
    path = xls(tmp_path / "a.xls", TOP + FILL, shared_texts(TEXTS))
    (table,) = source.read(path)
    assert (table.header, [*table.records]) == (
        ("name", "slug"),
        [(2, ["Hats", "hats"])],
    )


@pytest.mark.parametrize(
    ("parts", "count"),
    [
        ((TEXTS,), 4),
        ((short("a")[:3], b"\0a" + TEXTS), 5),
        ((short("abcd")[:5], b"\1" + "cd".encode("utf-16-le") + TEXTS), 5),
        ((short("abcd")[:5], b"\1" + b"c\0", b"\0d" + TEXTS), 5),
        ((TEXTS, short("a")), 5),
        # with fonts, and how it is pronounced, behind its letters
        ((b"\x01\0\x0c\x01\0\x02\0\0\0a" + bytes(6) + TEXTS,), 5),
        ((b"\x01\0\x0c\x01\0\x02\0\0\0a" + bytes(2), bytes(4) + TEXTS), 5),
        ((short("abcd")[:5],), 0),
    ],
)
def test_the_texts_of_an_xls_are_counted(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parts: tuple[bytes, ...],
    count: int,
) -> None:
    """Each of them costs memory beside its letters; one may span records."""
    path = xls(tmp_path / "a.xls", TOP, shared_texts(*parts))
    assert xls_records.texts_of_xls(path)[0] == 0
    monkeypatch.setattr(xls_records, "_SMALL_TEXTS", 1)
    assert xls_records.texts_of_xls(path)[0] == count
    monkeypatch.setattr(xls_records, "_MOST_TEXTS", 2)
    assert xls_records.texts_of_xls(path)[0] == min(count, 2)


def test_an_xls_of_too_many_texts_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten millions of one letter took more than 600 MB."""
    many = [short("a") * 2000] * 20
    path = xls(tmp_path / "a.xls", TOP, shared_texts(TEXTS, *many))
    monkeypatch.setattr(xls_records, "_SMALL_TEXTS", 1)
    source.read(path)
    monkeypatch.setattr(grids, "LIMIT_BYTES", 2 << 20)
    with pytest.raises(OversizedError, match="texts of the workbook"):
        source.read(path)


def test_an_xlsb_of_too_many_texts_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They stand in records, and were not looked at."""
    path = xlsb(tmp_path / "a.xlsb", [["name", "slug"], ["Hats", "hats"]])
    texts = record(159, bytes(8)) + record(19, b"\0\1\0\0\0a\0") * 40_000
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.bin", texts)
    source.read(path)
    monkeypatch.setattr(grids, "LIMIT_BYTES", 2 << 20)
    source.read(path)
    monkeypatch.setattr(grids, "_SMALL_BINARY_BYTES", 1 << 10)
    with pytest.raises(OversizedError, match="texts of the workbook"):
        source.read(path)
    monkeypatch.setattr(grids, "LIMIT_BYTES", 4 << 20)
    source.read(path)


_MEASURED = """
import sys
from pathlib import Path
from importer import errors, source
try:
    for table in source.read(Path(sys.argv[1])):
        sum(1 for _ in table.records)
except errors.OversizedError:
    print("refused")
# what `resource` says begins with the memory of the process that started this one
status = Path("/proc/self/status").read_text().split()
print(int(status[status.index("VmHWM:") + 1]) >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux tells it")
def test_an_xls_that_reaches_far_takes_little_memory(tmp_path: Path) -> None:
    """It is refused before it is opened; three megabytes of it took a thousand."""
    cells = b"".join(number(row, 0) for row in range(2, 20_000)) + number(65535, 255)
    path = xls(tmp_path / "a.xls", TOP + cells + FILL, shared_texts(TEXTS))
    command = [sys.executable, "-c", _MEASURED, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this file
    word, megabytes = told.stdout.split()
    assert word == "refused"
    assert int(megabytes) < 200


LONG = "x" * 30_000
#: So many cells show one long text: 480 MB of it, in a file of less than a megabyte.
SHOWN = 16_000


def with_shared_texts(folder: Path) -> Path:
    """An xlsx whose cells share one long text."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>1</v></c></row>'
        for row in range(2, SHOWN)
    )
    path = xlsx(folder / "a.xlsx", HEADER + cells)
    texts = f"<sst xmlns='{MAIN}'><si/><si><t>{LONG}</t></si></sst>"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", texts, zipfile.ZIP_DEFLATED)
    return path


def with_old_texts(folder: Path) -> Path:
    """An xls whose cells share one long text, in the second of its records."""
    cells = b"".join(shared(row, 0, 4) for row in range(2, SHOWN))
    parts = shared_texts(TEXTS, short(LONG)[:8_000], b"\0" + short(LONG)[8_000:])
    return xls(folder / "a.xls", TOP + cells, parts)


def with_binary_texts(folder: Path) -> Path:
    """An xlsb whose cells share one long text."""
    cells = b"".join(
        record(0, struct.pack("<I", row) + bytes(13))
        + record(7, struct.pack("<III", 0, 0, 1))
        for row in range(2, SHOWN)
    )
    path = xlsb(folder / "a.xlsb", [["name"], ["Hats"]], cells)
    texts = [
        record(19, b"\0" + struct.pack("<I", len(text)) + text.encode("utf-16-le"))
        for text in ("a", LONG)
    ]
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/sharedStrings.bin", record(159, bytes(8)) + b"".join(texts)
        )
    return path


def with_repeated_texts(folder: Path) -> Path:
    """An ods of which one row stands for many, with letters in two styles."""
    start = '<table:table-cell office:value-type="string"><text:p>'
    text = f"{start}<text:span>{LONG}</text:span>a</text:p></table:table-cell>"
    many = f'</table:table-row><table:table-row table:number-rows-repeated="{SHOWN}">'
    name = f"{start}name</text:p></table:table-cell>"
    return ods(folder / "a.ods", [name + many + text])


@pytest.mark.skipif(sys.platform != "linux", reason="where Linux tells it")
@pytest.mark.parametrize(
    "made",
    [with_shared_texts, with_old_texts, with_binary_texts, with_repeated_texts],
)
def test_a_long_text_counts_for_every_cell_that_shows_it(
    tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    """The reader copies it into each: a file of half a megabyte took a thousand."""
    path = made(tmp_path)
    assert path.stat().st_size < 1 << 20
    command = [sys.executable, "-c", _MEASURED, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - this file
    word, megabytes = told.stdout.split()
    assert word == "refused"
    assert int(megabytes) < 200
    with pytest.raises(OversizedError, match="texts of its cells take about 4"):
        source.read(path)
