"""What a run leaves behind, letter by letter.

To accept a change, delete the file under `expected`, run the test twice, and read
the difference before it is committed.
"""

from __future__ import annotations

import io
from dataclasses import astuple
from pathlib import Path

import pytest
from rich.console import Console

from importer import report
from importer.cli import screen
from importer.exit_codes import Exit
from importer.models import (
    FINAL_STATUSES,
    Calls,
    Code,
    InputFile,
    Place,
    ReportBlock,
    ReportLine,
    State,
    Status,
    Summary,
)

EXPECTED = Path(__file__).parent / "expected"
LOCATION = "ve9EPM428h8vShlRW1KT"
HEADER = ("Title", "Handle", "Image")


def line(row: int, name: str, slug: str, status: Status, **more: object) -> ReportLine:
    return ReportLine(
        place=Place("spring.csv", "", row, row),
        location_id=LOCATION,
        name=name,
        slug=slug,
        status=status,
        header=HEADER,
        cells=(name, slug, ""),
        **more,  # type: ignore[arg-type]
    )


LINES = (
    line(
        2,
        'Été, "chaud"',
        "ete",
        Status.CREATED,
        collection_id="655b33a82209e60b6adb87a5",
        attempts=1,
        http_status=201,
        started_at=1_767_225_600.0,
        finished_at=1_767_225_600.21,
    ),
    line(
        3,
        "=SUM(A1)",
        "sum",
        Status.INVALID,
        code=Code.IMAGE_NOT_A_URL,
        message="Image: this is no web address. Write one that begins with https://.",
    ),
    line(
        4,
        "Sommer\nund Herbst",
        "sommer",
        Status.REJECTED,
        code=Code.API_UNPROCESSABLE,
        message="HighLevel refused the row: slug must be unique",
        attempts=2,
        http_status=422,
        trace_id="7f1c",
        started_at=1_767_225_601.0,
        finished_at=1_767_225_603.5,
    ),
    line(
        5,
        "夏",
        "xia",
        Status.DUPLICATE,
        code=Code.DUPLICATE_IN_INPUT,
        message="Handle: row 2 has the same location and slug.",
    ),
)

BLOCK = ReportBlock(
    *zip(*((*astuple(one.place), *astuple(one)[1:]) for one in LINES), strict=True)
)

COUNTS = {
    status.value: sum(line.status == status for line in LINES)
    for status in FINAL_STATUSES
}

SUMMARY = Summary(
    run_id="2026-01-01T00-00-00-spring",
    state=State.FINISHED,
    exit_code=Exit.PROBLEMS,
    files=(InputFile("spring.csv", "", "own", 4, ("Body",)),),
    counts=COUNTS,
    locations={LOCATION: COUNTS},
    calls=Calls(made=5, refused=1, retried=1),
    started_at=1_767_225_600.0,
    finished_at=1_767_225_604.25,
    codes={line.code: 1 for line in LINES if line.code},
)


def screen_text(folder: Path) -> str:
    console = Console(file=io.StringIO(), width=80, color_system=None)
    command = "importer run runs/2026-01-01T00-00-00-spring/failed.csv"
    screen.summary(SUMMARY, folder, command, console, LINES)
    said: str = console.file.getvalue()  # type: ignore[attr-defined]
    return said.replace(str(folder), "runs/2026-01-01T00-00-00-spring")


@pytest.mark.parametrize(
    "name", ["report.csv", "report.jsonl", "failed.csv", "summary.json", "summary.txt"]
)
def test_a_run_leaves_exactly_this_behind(name: str, tmp_path: Path) -> None:
    """The files are read by programs of others: no letter changes unnoticed."""
    report.write_csv(tmp_path / "report.csv", [BLOCK])
    report.write_jsonl(tmp_path / "report.jsonl", [BLOCK])
    report.write_failed(tmp_path, LINES)
    report.write_summary(tmp_path / "summary.json", SUMMARY)
    (tmp_path / "summary.txt").write_text(screen_text(tmp_path), "utf-8")
    found, expected = (tmp_path / name).read_bytes(), EXPECTED / name
    if not expected.exists():
        expected.parent.mkdir(exist_ok=True)
        expected.write_bytes(found)
        pytest.fail(f"{expected.name} was missing and has been written: read it")
    assert found == expected.read_bytes()
