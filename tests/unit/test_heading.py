"""Where the collections are: below a title, on another sheet, or nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from exported import checked, nothing_is_set, read

from importer.errors import ColumnsAlikeError, InputError
from importer.models import Valid

if TYPE_CHECKING:
    from collections.abc import Sequence

_ = nothing_is_set

ID = "655b33a82209e60b6adb87a5"
SMART = ["Handle", "Title", "Command", "Rule: Product Column", "Rule: Relation"]
SMART += ["Rule: Condition", "Top Row"]


def text(*lines: str) -> str:
    path = Path("table.csv").absolute()
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def workbook(**sheets: Sequence[Sequence[object]]) -> str:
    path = Path("book.xlsx").absolute()
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name.replace("_", " "))
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return str(path)


def test_a_title_above_the_header_is_no_header() -> None:
    """Rows keep their numbers, and what was not read is told."""
    name = text(
        "Collections of the shop,,", "as of today", "", "name,slug,product_ids",
        f"A,a,{ID}", f"B,b,{ID}", "Total,,2",
    )  # fmt: skip
    (file,) = checked(name).files
    assert file.notes == ("the header is row 4; what stands above it is not read",)
    assert [one.row.place.row for one in read(name)] == [5, 6, 7]
    (bad,) = checked(name).lines()
    assert (bad.place.row, bad.code) == (7, "product_id_invalid")


@pytest.mark.parametrize(
    "title", [("Title", ""), ("Collection,,SEO,",), ("", "Name", "")]
)
def test_a_title_that_is_called_like_a_column_is_no_header(
    title: tuple[str, ...],
) -> None:
    """What groups the columns, too; each row had too many cells then."""
    name = text(*title, "name,slug,seo_title,x", "A,a,t,y")
    (file,) = checked(name).files
    assert f"the header is row {len(title) + 1};" in file.notes[0]
    (one,) = read(name)
    assert isinstance(one, Valid)
    assert one.parts["seo_title"] == "t"


def test_a_header_with_columns_alike_is_not_read_past() -> None:
    """A part of it stands further down; headings of groups are another matter."""
    header = "name,slug,seo_title,name"
    for rows in (
        [" ,Slug,,name", "A,a,,B"],
        ["A,slug,seo_title,name", "A,a,,B"],
        ["A,a,,B", "slug,A,name,x", "A,a,,B"],
    ):
        with pytest.raises(ColumnsAlikeError, match="both are the name"):
            checked(text("Shop", header, *rows))
    groups = "Name,Name,SEO title,SEO title"
    grouped = text("Shop", groups, "name,slug,seo_title,x", "A,a,t,y")
    (file,) = checked(grouped).files
    assert file.notes == ("the header is row 3; what stands above it is not read",)


@pytest.mark.parametrize(
    "lines",
    [
        ("name", "A", "name,slug", "B,b"),  # a collection stands in between
        ("Title", "name,slug"),  # no row is left below
        ("Title", "name,slug,slug", "A,a,a"),
    ],
)
def test_no_row_is_lost_above_what_looks_like_a_header(lines: tuple[str, ...]) -> None:
    """Each row is a collection or has a problem."""
    rows = [one.row.place.row for one in read(text(*lines))]
    assert rows == [*range(2, len(lines) + 1)]


def test_rows_below_a_header_in_another_order_are_read_in_that_order() -> None:
    """Files that were joined; they were collections called like each other's slugs."""
    rows = ("name,slug", "A,a", "slug,name", "b,B", "c,C", "name,slug", "D,d", "E")
    for above in ((), ("Our shop",)):
        found = checked(text(*above, *rows))
        told = [(bad.place.row - len(above), bad.code) for bad in found.lines()]
        repeated = "header_repeated"
        assert told == [(3, repeated), (6, repeated), (8, "row_too_short")]
        found_rows = read(text(*above, *rows))
        names = [one.definition.name for one in found_rows if isinstance(one, Valid)]
        assert names == ["A", "B", "C", "D"]
    assert "in another order" in next(checked(text(*rows)).lines()).message
    book = workbook(Shop=[["name", "slug"], ["A", "a"], ["slug", "name"], ["b", "B"]])
    assert [bad.place.row for bad in checked(book).lines()] == [3]


@pytest.mark.parametrize(
    ("above", "again"),
    [
        ("Title,Handle", "title,handle"),
        ("name,slug", "Name,Slug"),
        ("name,slug", "Collection name,URL handle"),
        ("name*,slug,seo title", "name,slug,seo_title"),
        ("Bezeichnung,slug,Meta-Titel", "bezeichnung,slug,meta-titel"),
        ("name,slug", "handle,title"),
    ],
)
def test_a_header_in_other_words_among_the_rows_is_no_collection(
    above: str, again: str
) -> None:
    """Files of two programs that were joined; it was sent, called `title`."""
    rest = "," * above.count(",", above.index(",") + 1)
    below = "b,B" if again.startswith("handle") else "B,b"
    name = text(above, f"A,a{rest}", again, f"{below}{rest}")
    assert [(bad.place.row, bad.code) for bad in checked(name).lines()] == [
        (3, "header_repeated")
    ]
    found = [one.definition for one in read(name) if isinstance(one, Valid)]
    assert [(one.name, one.slug) for one in found] == [("A", "a"), ("B", "b")]


@pytest.mark.parametrize(
    "other", ["name,slug,seo_description", "name,slug,notes", "name,slug,type,image"]
)
def test_rows_below_a_header_with_other_columns_are_not_read(other: str) -> None:
    """A description was sent as the title, since that stood there further up."""
    again = ("name,slug,seo_title", "C,c,t")
    rows = ("name,slug,seo_title", "A,a,t", other, "B,b,d", *again)
    found = checked(text(*rows))
    told = [(bad.place.row, bad.code) for bad in found.lines()]
    assert told == [(number, "header_repeated") for number in (3, 4, 5)]
    assert "in row 3" in [*found.lines()][1].message
    names = [one.definition.name for one in read(text(*rows)) if isinstance(one, Valid)]
    assert names == ["A", "C"]


def test_a_collection_that_is_called_like_a_column_is_sent() -> None:
    """A name and its slug are one word twice, and no header."""
    rows = ("Products,products", "Name,name", "Title,x", "Image,cover", "Rules,rules")
    found = checked(text("name,slug", *rows))
    assert [*found.lines()] == []


def test_a_fault_below_a_header_in_another_order_is_a_problem() -> None:
    """A line that quotation marks have made unreadable is not sent as its cells."""
    rows = ("name,slug", "A,a", "slug,name", '"b"x,B', "c,C")
    found = checked(text(*rows))
    told = [(bad.place.row, bad.code) for bad in found.lines()]
    assert told == [(3, "header_repeated"), (4, "quotes_wrong")]


def test_of_two_columns_alike_below_such_a_header_each_is_read() -> None:
    """They stand for two columns, in their order."""
    rows = ("Categories,Product Page,Categories", "A,p,B", "Product Page", "", "")
    again = "Product Page,Categories,Categories"
    found = read(text(*rows[:2], again, "q,C,D"))
    names = [one.definition.name for one in found if isinstance(one, Valid)]
    assert names == ["A", "B", "C", "D"]


def test_an_export_below_a_title_is_recognised() -> None:
    """The header counts, wherever it stands."""
    rows = [["Our shop"], [], SMART, ["a", "A", "", "Title", "Contains", "x", "TRUE"]]
    (file,) = checked(workbook(Export=rows)).files
    assert (file.preset, file.rows) == ("matrixify", 1)
    assert file.notes == ("the header is row 3; what stands above it is not read",)


@pytest.mark.parametrize(
    "lines",
    [
        ["Collections", "a list", "and no table"],
        ["Collections", "name", "A"],  # one known word can stand in any text
        ["x", "name,slug"],  # a header without rows
        ["x", *["y"] * 25, "name,slug", "A,a"],  # so far down nobody writes one
    ],
)
def test_a_file_without_a_header_is_refused(lines: list[str]) -> None:
    """The first row is named, as before."""
    with pytest.raises(InputError, match="there is no header; row 1"):
        checked(text(*lines))


def test_the_first_sheet_that_holds_collections_is_read() -> None:
    """Notes stand in front of many tables; which sheet was left aside is told."""
    rows = [["name", "slug", "product_ids"], ["A", "a", ID]]
    name = workbook(Notes=[["Hello"], ["Mind the gap"]], Empty=[], Mine=rows)
    (file,) = checked(name).files
    assert (file.sheet, file.rows) == ("Mine", 1)
    assert "the sheet Notes holds no collections, and is not read" in file.notes
    with pytest.raises(InputError, match="sheet Notes: there is no header"):
        checked(name, sheet="Notes")
    with pytest.raises(InputError, match="sheet Notes: there is no header"):
        checked(workbook(Notes=[["Hello"], ["x"]], More=[["Hello"], ["x"]]))


def test_sheets_of_collections_are_found_wherever_they_stand() -> None:
    """A whole shop's export begins with products."""
    smart = [SMART, ["a", "A", "", "Title", "Contains", "x", "TRUE"]]
    products = [["Handle", "Title", "Vendor"], ["p", "P", "V"]]
    name = workbook(Products=products, Smart_Collections=smart)
    (file,) = checked(name).files
    assert (file.sheet, file.rows) == ("Smart Collections", 1)


@pytest.mark.parametrize(
    "header",
    [
        "Handle,Title,Type,Tags,Option1 Name,Variant SKU,Variant Price",
        "ID,SKU,Name,Tax status,In stock?,Regular price,Categories",
        "sku,attribute_set_code,categories,name,product_online,price",
    ],
)
def test_products_are_not_taken_for_collections(header: str) -> None:
    """Each would become a collection; who wants that can say so."""
    cells = ",".join("x" for _ in header.split(","))
    options: dict[str, Any] = {"require_product_ids": False}
    with pytest.raises(InputError, match="products and not collections") as refused:
        checked(text(header, cells), **options)
    assert "--preset own" in refused.value.remedy
    assert checked(text(header, cells), preset="own", **options).collections == 1
