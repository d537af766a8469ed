"""`report.csv` and `report.jsonl`: what stands in them, and how they come to be."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from importer import report
from importer.errors import StorageError
from importer.models import Place, ReportBlock, ReportLine, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = ReportLine(
    place=Place("spring.xlsx", "Sheet1", 2, 3),
    location_id="L1",
    name="Café, été",
    slug="cafe-ete",
    status=Status.REJECTED,
    collection_id="6" * 24,
    code="api_422",
    message="slug: must be unique",
    attempts=2,
    http_status=422,
    trace_id="t-1",
    started_at=1_700_000_000.1234,
    finished_at=1_700_000_001.5,
)
BARE = ReportLine(Place("a.csv", "", 4, 4), "", "", "", Status.NOT_ATTEMPTED)


def block(*lines: ReportLine) -> ReportBlock:
    """The lines as the journal gives them: column by column."""
    rows = ((*astuple(one.place), *astuple(one)[1:]) for one in lines)
    return ReportBlock(*zip(*rows, strict=True))


def named(name: str) -> ReportLine:
    return ReportLine(Place("a.csv", "", 2, 2), "L1", name, "s", Status.CREATED)


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_columns_are_those_of_the_contract(tmp_path: Path) -> None:
    """Programs read the report by these names, in this order."""
    report.write_csv(tmp_path / "report.csv", [])
    assert (tmp_path / "report.csv").read_bytes() == (
        b"file,sheet,row,row_end,location_id,name,slug,status,collection_id,code,"
        b"message,attempts,http_status,trace_id,started_at,finished_at,duration_ms\n"
    )


def test_a_line_has_every_value_in_its_column(tmp_path: Path) -> None:
    """A report line says all that is known, times in UTC with milliseconds."""
    report.write_csv(tmp_path / "report.csv", [block(LINE)])
    assert records(tmp_path / "report.csv") == [
        {
            "file": "spring.xlsx",
            "sheet": "Sheet1",
            "row": "2",
            "row_end": "3",
            "location_id": "L1",
            "name": "Café, été",
            "slug": "cafe-ete",
            "status": "rejected",
            "collection_id": "6" * 24,
            "code": "api_422",
            "message": "slug: must be unique",
            "attempts": "2",
            "http_status": "422",
            "trace_id": "t-1",
            "started_at": "2023-11-14T22:13:20.123Z",
            "finished_at": "2023-11-14T22:13:21.500Z",
            "duration_ms": "1377",
        }
    ]


def test_what_is_not_known_is_an_empty_cell(tmp_path: Path) -> None:
    """A row that was never sent has no answer, no times and no duration."""
    report.write_csv(tmp_path / "report.csv", [block(BARE)])
    (record,) = records(tmp_path / "report.csv")
    filled = {key: value for key, value in record.items() if value}
    assert filled == {
        "file": "a.csv",
        "row": "4",
        "row_end": "4",
        "status": "not_attempted",
        "attempts": "0",
    }


def test_a_clock_set_back_gives_no_negative_duration(tmp_path: Path) -> None:
    """A duration below zero would be read as an error of the report."""
    back = ReportLine(
        BARE.place, "", "", "", Status.CREATED, started_at=9.0, finished_at=8.0
    )
    report.write_csv(tmp_path / "report.csv", [block(back)])
    assert records(tmp_path / "report.csv")[0]["duration_ms"] == "0"


@pytest.mark.parametrize(
    "name",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        " =1",
        "\n=1",
        "\u3000=1",
        "\u200b=1",
        "\ufeff=1",
        "\x00=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "\u22121",
    ],
)
def test_a_formula_is_escaped(name: str, tmp_path: Path) -> None:
    """A spreadsheet that opens the report must run nothing that a row brought."""
    report.write_csv(tmp_path / "report.csv", [block(named(name))])
    assert records(tmp_path / "report.csv")[0]["name"] == "'" + name


@pytest.mark.parametrize("name", ["a=b", "1-2", "'quoted'", "a\tb", "", " ", "é+"])
def test_an_ordinary_text_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    """Only what would be run is changed."""
    report.write_csv(tmp_path / "report.csv", [block(named(name))])
    assert records(tmp_path / "report.csv")[0]["name"] == name


@pytest.mark.parametrize("name", ["'=1+1", "''-1", "'\tx", "'@x"])
def test_a_text_that_looks_escaped_is_escaped_once_more(
    name: str, tmp_path: Path
) -> None:
    """So that a program can tell `'=1` from `=1`, and gets both back."""
    report.write_csv(tmp_path / "report.csv", [block(named(name), named(name[1:]))])
    found = [one["name"] for one in records(tmp_path / "report.csv")]
    assert found[0] == "'" + name
    assert [report.untamed(cell) for cell in found] == [name, name[1:]]


def test_a_lone_surrogate_costs_one_letter_and_not_the_report(tmp_path: Path) -> None:
    """A character that UTF-8 cannot hold becomes a question mark."""
    report.write_csv(tmp_path / "report.csv", [block(named("a\ud800b"))])
    assert records(tmp_path / "report.csv")[0]["name"] == "a?b"
    report.write_jsonl(tmp_path / "report.jsonl", [block(named("a\ud800b"))])
    assert json.loads((tmp_path / "report.jsonl").read_text("utf-8"))["name"] == "a?b"


def test_json_lines_keep_types_and_texts(tmp_path: Path) -> None:
    """Numbers are numbers, unknown is null, and no text is escaped for Excel."""
    report.write_jsonl(tmp_path / "report.jsonl", [block(LINE, named("=1\n2"))])
    text = (tmp_path / "report.jsonl").read_text("utf-8")
    first, second = [json.loads(line) for line in text.splitlines()]
    assert tuple(first) == report.COLUMNS
    assert (first["http_status"], first["duration_ms"]) == (422, 1377)
    assert (second["http_status"], second["name"]) == (None, "=1\n2")
    assert "Café" in text


def test_each_format_has_its_writer(tmp_path: Path) -> None:
    """`importer report --format` finds a writer by the ending of the file."""
    for ending, write in report.FORMATS.items():
        write(tmp_path / f"report.{ending}", [block(LINE)])
    report.write_xlsx(tmp_path / "report.xlsx", [LINE])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "report.csv",
        "report.jsonl",
        "report.xlsx",
    ]


def test_a_crash_in_the_middle_leaves_the_old_report(tmp_path: Path) -> None:
    """The report is there whole or not at all, and no draft lies about."""

    def broken() -> Iterator[ReportBlock]:
        yield block(LINE)
        msg = "the journal broke"
        raise RuntimeError(msg)

    path = tmp_path / "report.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError):
        report.write_csv(path, broken())
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["report.csv"]


def test_a_report_that_cannot_be_written_says_so_plainly(tmp_path: Path) -> None:
    """A full or missing disk is a sentence with a way out, not a traceback."""
    missing = tmp_path / "gone" / "report.csv"
    with pytest.raises(StorageError, match=r"report\.csv cannot be written: No such"):
        report.write_csv(missing, [block(LINE)])
    with pytest.raises(StorageError) as caught:
        report.write_xlsx(missing, [LINE])
    assert "importer report" in caught.value.remedy


def test_the_bytes_are_on_the_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the final name must not stand for an empty file."""
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        order.append("to disk")
        fsync(handle)

    def noted_replace(self: Path, target: Path) -> Path:
        order.append("renamed")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    report.write_csv(tmp_path / "report.csv", [block(LINE)])
    assert order == ["to disk", "renamed", "to disk"]


def test_lines_are_taken_one_by_one(tmp_path: Path) -> None:
    """A million rows are never held together: each is written before the next."""
    alive: list[int] = []

    class Watched(ReportLine):
        def __del__(self) -> None:
            alive.pop()

    def many() -> Iterator[ReportLine]:
        for row in range(2, 500):
            alive.append(row)
            yield Watched(Place("a.csv", "", row, row), "L", "n", "s", Status.CREATED)
            assert len(alive) <= 2

    report.write_xlsx(tmp_path / "report.xlsx", many())


def test_blocks_are_taken_one_by_one(tmp_path: Path) -> None:
    """So it is with blocks of lines."""
    alive: list[int] = []

    class Watched(ReportBlock):
        def __del__(self) -> None:
            alive.pop()

    def many() -> Iterator[ReportBlock]:
        for number in range(500):
            alive.append(number)
            yield Watched(*(getattr(block(LINE), one) for one in ReportBlock.__slots__))
            assert len(alive) <= 2

    for ending, write in report.FORMATS.items():
        write(tmp_path / f"report.{ending}", many())
        text = (tmp_path / f"report.{ending}").read_text("utf-8")
        assert text.count("cafe-ete") == 500


def test_a_block_is_its_lines() -> None:
    """Whoever wants lines gets each of them whole, with cells or without."""
    own = replace(BARE, header=("a", "b"), cells=("1", "2"))
    assert list(block(LINE, own)) == [LINE, own]
    bare = replace(block(LINE, own), header=(), cells=())
    assert list(bare) == [LINE, BARE]
    assert [type(one.status) for one in bare] == [Status, Status]
