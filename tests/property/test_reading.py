"""Reading, for any table: what was written is what is read, row by row."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import examples
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from importer import source
from importer.errors import FatalError

pytestmark = [pytest.mark.examples, pytest.mark.no_cover]

# NUL bytes are dropped on purpose; halves of surrogate pairs cannot be written.
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
HEADERS = st.from_regex(r"[A-Za-z_ ]*[A-Za-z]", fullmatch=True)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")


def spans(cells: list[str], separator: str) -> bool:
    return any(separator in cell and set("\r\n") & set(cell) for cell in cells)


def is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


@settings(max_examples=examples.tried(150), deadline=None)
@given(
    header=st.lists(HEADERS, min_size=2, max_size=5),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), max_size=8),
    separator=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(ENCODINGS),
    asked=st.booleans(),
)
def test_any_text_table_is_read_back_with_its_row_numbers(  # noqa: PLR0913, PLR0917 - one for each property of a dialect
    header: list[str],
    rows: list[list[str]],
    separator: str,
    quoting: int,
    newline: str,
    encoding: str,
    asked: bool,
) -> None:
    """Any cells, separator, quoting, line end and encoding; blank rows count."""
    # of another width than the header, and a cell with a line break and separators: it
    # is told to have swallowed rows
    widths = {len(header)}
    assume(not any(len(row) not in widths and spans(row, separator) for row in rows))
    rows = [*rows, ["the last row is not blank"]]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=separator,
        quoting=quoting,  # type: ignore[arg-type]
        lineterminator=newline,
    )
    writer.writerows([header, *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        options = source.Options(delimiter=separator if asked else "")
        (table,) = source.read(path, options)
        found = [(row.place.row, list(row.cells)) for row in table.rows]
    assert list(table.header) == header
    assert found == [
        (number, cells)
        for number, cells in enumerate(rows, start=2)
        if not is_blank(cells)
    ]


@settings(max_examples=examples.tried(200), deadline=None)
@given(
    content=st.binary(max_size=400)
    | st.binary(max_size=200).map(lambda tail: b"name,slug\n" + tail)
    | st.binary(max_size=200).map(lambda tail: b"PK\x03\x04" + tail)
    | st.binary(max_size=200).map(lambda tail: b"\xff\xfe" + tail)
)
def test_no_file_ends_in_a_traceback(content: bytes) -> None:
    """Whatever the bytes are: a table, or an error with a way out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(content)
        try:
            rows = list(source.read(path)[0].rows)
        except FatalError as error:
            assert error.remedy  # noqa: PT017 - an error is one of two good ends
        else:
            assert rows
            assert all(isinstance(cell, str) for row in rows for cell in row.cells)


# What each code page can write, in words that only one language would.
WORDS = {
    "utf-8": ["Größe", "Обувь", "抹茶", "שמלה", "👟", "plain"],
    "utf-8-sig": ["Größe", "Обувь", "抹茶", "שמלה", "👟", "plain"],
    "utf-16": ["Größe", "Обувь", "抹茶", "שמלה", "👟", "plain"],
    "utf-16-le": ["Größe", "Обувь", "抹茶", "שמלה", "👟", "plain"],
    "utf-16-be": ["Größe", "Обувь", "抹茶", "שמלה", "👟", "plain"],
    "cp1252": ["Größe", "été à la plage", "Ação e promoção", "på söndag", "plain"],
    "iso-8859-1": ["Größe", "été à la plage", "Ação", "på söndag", "plain"],
    "cp1250": ["Żółte buty", "žluťoučký kůň", "Książki", "Größe", "plain"],
    "cp1251": ["Обувь", "Женская одежда", "Чоловічий одяг", "Shoes Ёлка", "plain"],
}
# One word of each is enough for a guess, and is in every table.
TELLING = {"cp1250": "Żółte, žluťoučký", "cp1251": "Женская одежда"}


@settings(max_examples=examples.tried(150), deadline=None)
@given(
    encoding=st.sampled_from(sorted(WORDS)),
    separator=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    choice=st.data(),
)
def test_a_table_is_the_same_in_every_encoding_and_dialect(
    encoding: str, separator: str, newline: str, choice: st.DataObject
) -> None:
    """Nothing is said of how it was saved, and every cell comes out as it was."""
    cells = st.sampled_from([*WORDS[encoding], "a, b; c|d", 'say "hi"', "two\nlines"])
    rows = choice.draw(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=8))
    rows.append([TELLING.get(encoding, "été à la plage"), "last"])
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=separator,
        lineterminator=newline,
        quoting=csv.QUOTE_NONNUMERIC,
    )
    writer.writerows([["name", "slug"], *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        (table,) = source.read(path)
        found = [list(row.cells) for row in table.rows]
    assert (list(table.header), found) == (["name", "slug"], rows)
    assert bool(table.notes) == (not encoding.startswith("utf"))
