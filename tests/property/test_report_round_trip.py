"""Whatever a row holds, the reports read back as what was put in."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from dataclasses import astuple
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from importer import report
from importer.models import Place, ReportBlock, ReportLine, Status
from importer.report.columns import values
from importer.report.formats import LfLines, tame

# Everything that UTF-8 can hold; line ends, quotes and formulas come up often.
TEXT = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(
        ["=1+1", "-", "a\rb", "a\r\nb", "\n", '"', ",", ";", "\x00", "'", "\ufeff", " "]
    )
    | st.sampled_from(["'=1", "''@x", "'s", "'-", "'\t"])
)
MOMENT = st.none() | st.floats(-1e9, 4e9)
NUMBER = st.integers(0, 10**9)
LINE = st.builds(
    ReportLine,
    st.builds(Place, TEXT, TEXT, NUMBER, NUMBER),
    TEXT,
    TEXT,
    TEXT,
    st.sampled_from(Status),
    collection_id=TEXT,
    code=TEXT,
    message=TEXT,
    attempts=NUMBER,
    http_status=st.none() | NUMBER,
    trace_id=TEXT,
    started_at=MOMENT,
    finished_at=MOMENT,
)
CELLS = st.lists(TEXT, max_size=4).map(tuple)


def line(name: str, message: str, cells: tuple[str, ...] = ()) -> ReportLine:
    return ReportLine(
        Place("a.csv", "", 2, 2),
        "L",
        name,
        "s",
        Status.INVALID,
        message=message,
        header=("a", "b"),
        cells=cells,
    )


def block(*lines: ReportLine) -> ReportBlock:
    """The lines as the journal gives them: column by column."""
    rows = ((*astuple(one.place), *astuple(one)[1:]) for one in lines)
    return ReportBlock(*zip(*rows, strict=True))


def records(path: Path, encoding: str) -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.reader(stream))


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_every_row_of_the_report_reads_back(rows: list[tuple[str, str]]) -> None:
    """One record for each line, and each text as it was but for one `'` in front."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.csv")
        report.write_csv(path, (block(line(*row)) for row in rows))
        header, *found = records(path, "utf-8")
        assert b"\r\n" not in path.read_bytes().split(b"\n", 1)[0]
    name, message = header.index("name"), header.index("message")
    assert len(found) == len(rows)
    for record, row in zip(found, rows, strict=True):
        for cell, text in ((record[name], row[0]), (record[message], row[1])):
            assert cell in (text, "'" + text)
            assert report.untamed(cell) == text
            assert not cell.strip("\ufeff\u200b \r\n\t").startswith(
                ("=", "+", "-", "@")
            )


@settings(deadline=None)
@given(st.lists(st.lists(LINE, min_size=1, max_size=4), max_size=3))
def test_columns_are_written_as_the_lines_would_be(
    parts: list[list[ReportLine]],
) -> None:
    """Blocks come to the same bytes as `csv.writer` makes of one line after another."""
    expected = io.StringIO()
    writer = csv.writer(LfLines(expected))
    writer.writerow(report.COLUMNS)
    for one in (one for lines in parts for one in lines):
        cells = (tame(cell) if isinstance(cell, str) else cell for cell in values(one))
        writer.writerow(cells)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.csv")
        report.write_csv(path, (block(*lines) for lines in parts))
        assert path.read_bytes() == expected.getvalue().encode()


@settings(deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_every_row_of_json_lines_reads_back(rows: list[tuple[str, str]]) -> None:
    """One object for each line, with the texts as they were."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.jsonl")
        report.write_jsonl(path, (block(line(*row)) for row in rows))
        lines = path.read_text("utf-8").split("\n")[:-1]
    found = [json.loads(text) for text in lines]
    assert [(record["name"], record["message"]) for record in found] == rows


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, TEXT), min_size=1, max_size=5))
def test_no_cell_of_a_row_to_fix_is_lost(
    rows: list[tuple[tuple[str, ...], str]],
) -> None:
    """The cells come back verbatim, short rows filled up, surplus at the end."""
    with tempfile.TemporaryDirectory() as folder:
        lines = (line("n", message, cells) for cells, message in rows)
        (path,) = report.write_failed(Path(folder), lines)
        _, *found = records(path, "utf-8-sig")
    assert len(found) == len(rows)
    for record, (cells, message) in zip(found, rows, strict=True):
        padded = (*cells, "", "")[:2] if len(cells) < 2 else cells
        assert record[2] == message
        assert tuple(record[:2] + record[3:]) == padded
