"""A corrected copy, for any table: nothing lost, nothing new wrong, nothing twice."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import examples
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from importer import api, settings, source
from importer.intake import fix
from importer.models import Code, NoteCode

if TYPE_CHECKING:
    from importer.intake.check import CheckResult
    from importer.intake.corrected import Columns
    from importer.settings import Settings

pytestmark = pytest.mark.examples

ID, OTHER_ID = "655b33a82209e60b6adb87a5", "655b33a82209e60b6adb87A6"
PLACE = "Z4Bxl8J4SaPEPLq9IQ8g"
HEADER = ["Location", "title", "Slug", "type", "products", "image url", "shelf"]
# Few different values, so that rows meet; fixed, many of them meet too.
LIKELY = (
    ["", PLACE, f" {PLACE}", "6.1E+19", "a b"],
    ["", "Summer Sale", "Best", "Größen", " Best ", "🎄"],
    ["", "summer-sale", "Summer Sale", "summer-sale-2", " best", "Best", "!!"],
    ["", "manual", "Manual", "SMART", "other"],
    ["", ID, f"{ID};{OTHER_ID}", f"['{ID}']", f'["{ID}"]', "6.4E+11", "x;y", f"{ID},"],
    ["", "example.com/a", "//example.com/a", "a.png", "https://example.com/a", "x y"],
    ["", "A1", " A1 "],
)  # fmt: skip
ANY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
ROW = st.tuples(*(st.sampled_from(cells) | ANY for cells in LIKELY)).map(list)
LIKELY_ROW = st.tuples(*map(st.sampled_from, LIKELY)).map(list)
# good rows, so that the interesting part is which slug each gets
GOOD_ROW = st.builds(
    lambda name, slug, kind, image: [PLACE, name, slug, kind, ID, image, ""],
    st.sampled_from(["Best", "Summer Sale"]),
    st.sampled_from(LIKELY[2]),
    st.sampled_from(["manual", "Manual"]),
    st.sampled_from(["", "example.com/a.png", "https://example.com/a.png", "x y"]),
)
RAGGED_ROW = st.lists(ANY, min_size=1, max_size=9)
ROWS = st.lists(GOOD_ROW | LIKELY_ROW | ROW | RAGGED_ROW, min_size=1, max_size=9)


def is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def write(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def bad_rows(result: CheckResult) -> Counter[int]:
    """How many problems each row has, counted without blank rows.

    That a bad row would repeat a good one is left out: the good one may have been
    fixed in the copy.
    """
    return Counter(
        problem["row"]
        for problem in result.problems()
        if problem["code"] != Code.DUPLICATE_IN_INPUT
    )


def check(path: Path, chosen: Settings) -> CheckResult:
    return api.check_inputs((path,), chosen)


@trying(max_examples=examples.tried(120), deadline=None)
@given(
    rows=ROWS,
    columns=st.sampled_from(["own", "input"]),
    ending=st.sampled_from(["csv", "csv", "xlsx"]),
    default=st.sampled_from(["", PLACE]),
)
def test_a_copy_has_every_row_no_new_problem_and_nothing_left_to_change(
    rows: list[list[str]], columns: Columns, ending: str, default: str
) -> None:
    """Row by row at most what was wrong before; the copy of the copy is the copy."""
    rows = [row for row in rows if not is_blank(row)] or [["x"]]
    chosen = settings.load({"location_id": default or None})
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "input.csv"
        second, third = (Path(folder) / f"{name}.{ending}" for name in ("one", "two"))
        write(first, rows)
        kept = first.read_bytes()
        done, afterwards = fix.fix([str(first)], chosen, second, columns)
        before, after = check(first, chosen), check(second, afterwards)

        assert first.read_bytes() == kept
        assert done.problems_before == len(before.bad)
        assert dict(done.before) == {n: c for n, c in before.counts.items() if c}
        files = (*before.files, *after.files)
        notes = [{note.code for note in file.notes} for file in files]
        if NoteCode.ROWS_TOGETHER in notes[1] - notes[0]:
            return  # what was corrected are rows of one collection, told by the note
        assert after.collections == before.collections
        if before.collections < len(rows):  # rows of one collection, with its products
            return
        was_bad, is_bad = bad_rows(before), bad_rows(after)
        assert set(is_bad) <= set(was_bad)
        assert all(count <= was_bad[row] for row, count in is_bad.items())

        again, _ = fix.fix([str(second)], afterwards, third, columns)
        assert list(again.changes) == []
        tables = [source.read(path)[0] for path in (second, third)]
        one, two = ([table.header, *(r.cells for r in table.rows)] for table in tables)
        assert one == two
        if columns == "input":
            assert one[0] == tuple(HEADER)


@trying(max_examples=examples.tried(80), deadline=None)
@given(rows=st.lists(GOOD_ROW, min_size=1, max_size=8))
def test_every_changed_cell_is_told(rows: list[list[str]]) -> None:
    """The copy differs from the input in the cells of the changes, and only there."""
    chosen = settings.load({})
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "input.csv", Path(folder) / "fixed.csv"
        write(first, rows)
        done, _ = fix.fix([str(first)], chosen, second, "input")
        found = [list(row.cells) for row in source.read(second)[0].rows]
    told = {(one.place.row, one.column) for one in done.changes}
    differing = {
        (number, header)
        for number, (old, new) in enumerate(zip(rows, found, strict=True), start=2)
        for header, before, after in zip(HEADER, old, new, strict=True)
        if before != after
    }
    assert differing == told
