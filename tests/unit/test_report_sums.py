"""The accounting, the summary, the table and the workbook, and the words."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer import report
from importer.errors import AccountingError, StorageError
from importer.exit_codes import Exit
from importer.models import (
    FINAL_STATUSES,
    Calls,
    Code,
    InputFile,
    Place,
    ReportLine,
    State,
    Status,
    Summary,
)

if TYPE_CHECKING:
    from pathlib import Path

SUMMARY = Summary(
    run_id="r-1",
    state=State.STOPPED,
    exit_code=Exit.PROBLEMS,
    files=(InputFile("a.csv", "", "own", 3, ("Body",)),),
    counts={"created": 2, "invalid": 1},
    locations={"L1": {"created": 2}, "L2": {"invalid": 1}},
    calls=Calls(made=5, refused=1, retried=2),
    started_at=1_700_000_000.0,
    finished_at=1_700_000_002.25,
    stopped_because="time is up",
    codes={Code.SLUG_INVALID: 1},
)


def line(row: int = 2, status: Status = Status.CREATED, **more: object) -> ReportLine:
    more = {"name": "n"} | more
    return ReportLine(
        place=Place("a.csv", "", row, row),
        location_id="L",
        slug="s",
        status=status,
        **more,  # type: ignore[arg-type]
    )


def cells(path: Path, sheet: str) -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(path)
    try:
        return list(book[sheet].iter_rows(values_only=True))
    finally:
        book.close()


def test_as_many_answers_as_rows_is_fine() -> None:
    """The sum over all final statuses is the number of rows that went in."""
    report.account(0, {})
    report.account(9, dict.fromkeys(FINAL_STATUSES, 1))


@pytest.mark.parametrize(
    "counts", [{}, {"created": 2}, {"created": 4}, {"created": 2, "sending": 1}]
)
def test_a_row_without_an_answer_is_a_bug_that_is_said(counts: dict[str, int]) -> None:
    """A row that was lost, or is still under way, ends the run as a crash would."""
    answers = counts.get("created", 0)
    with pytest.raises(AccountingError, match=rf"3 rows, but {answers} have") as caught:
        report.account(3, counts)
    assert caught.value.exit_code == Exit.BUG


def test_the_summary_names_every_status_even_at_zero() -> None:
    """A program reads `counts.unknown` without asking whether it is there."""
    document = report.summary_document(SUMMARY)
    assert document["schema"] == 1
    assert list(document["counts"]) == [status.value for status in FINAL_STATUSES]
    assert document["counts"]["created"] == 2
    assert document["counts"]["unknown"] == 0
    assert document["rows"] == 3
    assert document["locations"]["L2"]["invalid"] == 1
    assert document["locations"]["L2"]["created"] == 0


def test_the_file_holds_the_same_document(tmp_path: Path) -> None:
    """`summary.json` and `run --json` never disagree."""
    report.write_summary(tmp_path / "summary.json", SUMMARY)
    written = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert written == report.summary_document(SUMMARY)
    assert written["exit_code"] == 3
    assert written["codes"] == {"slug_invalid": 1}
    assert written["calls"] == {"made": 5, "refused": 1, "retried": 2}
    assert written["finished_at"] == "2023-11-14T22:13:22.250Z"
    assert written["duration_seconds"] == 2.25
    assert written["files"][0]["columns_left_out"] == ["Body"]


def test_a_frame_has_typed_columns() -> None:
    """Numbers can be added, moments compared, and a missing number stays missing."""
    frame = report.to_frame(
        [line(2, started_at=1.0, finished_at=1.5, http_status=201), line(3)]
    )
    assert tuple(frame.columns) == report.COLUMNS
    assert frame["duration_ms"].sum() == 500
    assert frame["http_status"].isna().tolist() == [False, True]
    assert str(frame["row"].dtype) == "Int64"
    assert frame["started_at"].iloc[0].isoformat() == "1970-01-01T00:00:01"
    assert frame["status"].tolist() == ["created", "created"]


def test_an_empty_frame_has_the_same_columns_and_types() -> None:
    """A run without rows can be added to the next one."""
    empty, full = report.to_frame([]), report.to_frame([line(started_at=1.0)])
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


def test_the_report_loads_neither_pandas_nor_xlsxwriter_until_asked() -> None:
    """The command's start must not pay for tables that nobody wants."""
    code = (
        "import sys; import importer.report; "
        "sys.exit(bool({'pandas', 'xlsxwriter'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - ours


def test_a_workbook_that_would_be_too_large_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A workbook has a limit that a CSV file does not have; nothing is left of it."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    with pytest.raises(StorageError, match="CSV has no such limit"):
        report.write_xlsx(tmp_path / "report.xlsx", [line()])
    assert list(tmp_path.iterdir()) == []


def test_the_sums_of_a_workbook_cover_every_row(tmp_path: Path) -> None:
    """The last sheet has the rows of each status and each code, and the way on."""
    path = tmp_path / "report.xlsx"
    bad = [line(status=Status.INVALID, code=Code.SLUG_INVALID) for _ in range(2)]
    report.write_xlsx(path, [line(), *bad])
    sums = cells(path, "Summary")
    assert sums[0] == ("status", "code", "rows", "meaning")
    assert ("created", "", 1, "created") in sums
    assert ("invalid", "", 2, report.status_phrase("invalid")) in sums
    assert ("", "slug_invalid", 2, report.code_phrase("slug_invalid")) in sums
    assert ("unknown", "", 0, report.status_phrase("unknown")) in sums
    assert ("rows", "", 3, "all of them") in sums
    assert "importer run" in str(sums[-4][0])


def test_every_status_and_every_code_has_plain_words() -> None:
    """Nobody is shown an identifier where a phrase was meant."""
    assert [s for s in Status if report.status_phrase(s) == s] == [Status.CREATED]
    for code in Code:
        assert " " in report.code_phrase(code)
    phrases = [report.code_phrase(code) for code in Code]
    assert len(set(phrases)) == len(phrases)


def test_a_code_without_words_says_itself() -> None:
    """An answer that nobody foresaw is still shown."""
    assert report.code_phrase("api_418") == "api_418"
    assert report.status_phrase("paused") == "paused"
