"""`failed.csv`: the input's own rows, ready to be fixed and run again."""

from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer import report
from importer.errors import StorageError
from importer.models import FINAL_STATUSES, Code, Place, Problem, ReportLine, Status

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("Title", "Handle")


def line(
    cells: tuple[str, ...] = ("A", "a"),
    header: tuple[str, ...] = HEADER,
    status: Status = Status.INVALID,
) -> ReportLine:
    return ReportLine(
        Place("in.csv", "", 2, 2),
        "L",
        "n",
        "s",
        status,
        message="what is wrong",
        header=header,
        cells=cells,
    )


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_the_rows_keep_their_columns_and_the_problem_comes_last(
    tmp_path: Path,
) -> None:
    """The file has the input's header, its cells, and one column more."""
    paths = report.write_failed(tmp_path, [line(("=1+1", " a\r\nb,"))])
    assert paths == [tmp_path / "failed.csv"]
    assert rows(paths[0]) == [
        ["Title", "Handle", "problem"],
        ["=1+1", " a\r\nb,", "what is wrong"],
    ]


def test_only_rows_that_can_be_fixed_are_in_it(tmp_path: Path) -> None:
    """What is done, unknown or not attempted is resumed, not typed again."""
    lines = [line((status, ""), status=status) for status in FINAL_STATUSES]
    (path,) = report.write_failed(tmp_path, lines)
    assert [row[0] for row in rows(path)[1:]] == [
        "duplicate",
        "invalid",
        "rejected",
        "failed",
    ]


def test_each_header_has_its_own_file(tmp_path: Path) -> None:
    """Rows of differently shaped inputs never share a table."""
    other = ("name", "slug", "image")
    lines = [line(), line(("1", "2", "3"), other), line(("B", "b"))]
    paths = report.write_failed(tmp_path, lines)
    assert [path.name for path in paths] == ["failed.csv", "failed-2.csv"]
    assert [row[0] for row in rows(paths[0])] == ["Title", "A", "B"]
    assert rows(paths[1])[1] == ["1", "2", "3", "what is wrong"]


def test_a_second_round_replaces_the_old_problem(tmp_path: Path) -> None:
    """A file that was fixed and run again does not grow a column each time."""
    again = line(("A", "a", "old problem"), (*HEADER, "Problem "))
    (path,) = report.write_failed(tmp_path, [again, line(("B", "b"))])
    assert rows(path) == [
        ["Title", "Handle", "problem"],
        ["A", "a", "what is wrong"],
        ["B", "b", "what is wrong"],
    ]


@pytest.mark.parametrize(
    ("cells", "header", "expected"),
    [
        (("A",), HEADER, ["A", "", "what is wrong"]),
        ((), HEADER, ["", "", "what is wrong"]),
        (("A", "a", "x", "y"), HEADER, ["A", "a", "what is wrong", "x", "y"]),
        (
            ("A", "a", "old", "x"),
            (*HEADER, "problem"),
            ["A", "a", "what is wrong", "x"],
        ),
        ((), (), ["what is wrong"]),
    ],
)
def test_a_ragged_row_loses_nothing(
    cells: tuple[str, ...],
    header: tuple[str, ...],
    expected: list[str],
    tmp_path: Path,
) -> None:
    """A short row is filled up; a long one keeps its surplus, and stays too long."""
    (path,) = report.write_failed(tmp_path, [line(cells, header)])
    assert rows(path)[1] == expected


def test_it_opens_with_its_letters_right_in_a_spreadsheet(tmp_path: Path) -> None:
    """The file begins with a BOM: Excel would save broken letters without it."""
    (path,) = report.write_failed(tmp_path, [line(("Été", "ete"))])
    assert path.read_bytes().startswith(b"\xef\xbb\xbfTitle")


def test_no_file_where_nothing_is_wrong_and_old_ones_go(tmp_path: Path) -> None:
    """A file of an earlier writing would send people after solved problems."""
    for name in ("failed.csv", "failed-2.csv", "failed-mine.csv", "failed.csv.bak"):
        (tmp_path / name).write_text("old")
    assert report.write_failed(tmp_path, [line(status=Status.CREATED)]) == []
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["failed-mine.csv", "failed.csv.bak"]


def test_a_folder_that_is_gone_is_said_plainly(tmp_path: Path) -> None:
    """A folder that vanished is a sentence, whether or not rows were to be written."""
    with pytest.raises(StorageError, match="cannot be tidied up"):
        report.write_failed(tmp_path / "gone", [])
    with pytest.raises(StorageError, match="cannot be written"):
        report.write_failed(tmp_path / "gone", [line()])


def test_a_collection_of_several_rows_has_all_of_them(tmp_path: Path) -> None:
    """Its cells stand one row after another; each gets the problem."""
    one = replace(
        line(("A", "a", "", "b"), (*HEADER,)), place=Place("in.csv", "", 2, 5)
    )
    (path,) = report.write_failed(tmp_path, [one])
    assert rows(path)[1:] == [["A", "a", "what is wrong"], ["", "b", "what is wrong"]]


def test_the_rows_of_a_collection_with_surplus_cells_are_refused_until_corrected(
    tmp_path: Path,
) -> None:
    """What one of them has too many stands in the problem, and would be lost."""
    problem = Problem(
        Code.ROW_TOO_LONG,
        {"cells": 3, "width": 2, "surplus": ("x", "y")},
        variant="joined",
    )
    told = replace(
        line(("A", "a", "", "b")),
        place=Place("in.csv", "", 2, 3),
        message=problem.message,
        code=Code.ROW_TOO_LONG,
    )
    (path,) = report.write_failed(tmp_path, [told])
    for _, _, message, mark in rows(path)[1:]:
        assert '"x", "y"' in message
        assert mark == "row_too_long"
        assert message.endswith("Then delete row_too_long at the end of this line.")
