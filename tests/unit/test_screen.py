"""The end of a run on the screen: figures, examples, paths, and no way to break it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console

from importer import report
from importer.cli import screen
from importer.models import FINAL_STATUSES, Calls, Code, Place, ReportLine, Status
from importer.models import Summary as RunSummary
from importer.texts import plain

if TYPE_CHECKING:
    from pathlib import Path


def console(*, terminal: bool = False, width: int = 80) -> Console:
    return Console(
        file=io.StringIO(), width=width, force_terminal=terminal, _environ={}
    )


def text(of: Console) -> str:
    return of.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def run(counts: dict[str, int], **more: object) -> RunSummary:
    parts: dict[str, object] = {
        "run_id": "r-1",
        "state": "finished",
        "exit_code": 0,
        "files": (),
        "counts": counts,
        "locations": {},
        "calls": Calls(made=2),
        "started_at": 0.0,
        "finished_at": 65.0,
    }
    return RunSummary(**(parts | more))  # type: ignore[arg-type]


def line(
    row: int = 2,
    code: str = Code.SLUG_INVALID,
    name: str = "Best Sellers",
    message: str = "slug: has a space. Write dashes.",
    status: Status = Status.INVALID,
) -> ReportLine:
    place = Place("spring.csv", "", row, row)
    return ReportLine(place, "L", name, "s", status, code=code, message=message)


def test_the_end_of_a_good_run_is_short(tmp_path: Path) -> None:
    """Without troubles there are the figures and the place of the report."""
    (tmp_path / "report.csv").touch()
    out = console()
    screen.summary(run({"created": 1234, "existing": 1}), tmp_path, "", out)
    lines = [said.rstrip() for said in text(out).splitlines()]
    assert lines == [
        "Run r-1: 1,235 rows, 2 calls, 1 min 05 s",
        " 1,234  created",
        "     1  already exists, left as it is",
        "",
        f"Report    {tmp_path / 'report.csv'}",
    ]


def test_troubles_are_grouped_with_examples_and_the_way_on(tmp_path: Path) -> None:
    """Each code has its number, three rows, the file to fix and what to type."""
    for name in ("report.csv", "failed.csv", "failed-2.csv"):
        (tmp_path / name).touch()
    out = console()
    screen.summary(
        run(
            {"created": 1, "invalid": 12, "unknown": 1},
            codes={Code.SLUG_INVALID: 12},
            stopped_because="too many errors",
            calls=Calls(made=1),
        ),
        tmp_path,
        "importer resume r-1",
        out,
        [*[line(row) for row in range(2, 7)], line(9, Code.NAME_MISSING, "", "name")],
    )
    said = text(out)
    assert "1 call," in said
    assert "Stopped: too many errors" in said
    phrase = report.code_phrase(Code.SLUG_INVALID)
    assert f"12 rows: {phrase} (slug_invalid)" in said
    assert "spring.csv, row 4: slug: has a space. Write dashes. [Best" in said
    assert "row 5" not in said
    assert "… and 9 more" in said
    assert "1 row: the name is missing (name_missing)" in said
    assert "spring.csv, row 9: name\n" in said
    assert said.count("To fix") == 2
    assert said.endswith("Next      importer resume r-1\n")


def test_each_status_has_its_line(tmp_path: Path) -> None:
    """Whatever became of the rows, the table says it and adds up."""
    out = console()
    screen.summary(run(dict.fromkeys(FINAL_STATUSES, 1)), tmp_path, "", out)
    for status in FINAL_STATUSES:
        assert f"1  {report.status_phrase(status)}" in text(out)


def test_remarks_of_good_rows_are_no_problems(tmp_path: Path) -> None:
    """A slug that was made for a row is no reason to look at it."""
    out = console()
    made = line(code=Code.SLUG_MADE, status=Status.CREATED)
    screen.summary(run({"created": 1}), tmp_path, "", out, [made])
    assert "slug" not in text(out)


def test_a_single_row_is_one_row(tmp_path: Path) -> None:
    """Plain words also count right."""
    out = console()
    screen.summary(run({"created": 1}), tmp_path, "", out)
    assert "Run r-1: 1 row, 2 calls" in text(out)


@pytest.mark.parametrize(
    ("lines", "total", "counts", "said"),
    [
        ([], 0, None, ["No problems found."]),
        ([line()], 1, None, ["1 row has a problem:", "1 row: "]),
        ([line()], 7, None, ["7 rows have a problem:", "… and 6 more."]),
        ([line()], 7, {Code.SLUG_INVALID: 7}, ["7 rows: ", "… and 4 more"]),
        ([line(code="")], 1, None, ["1 row: no reason given\n"]),
        ([line(code="api_418")], 1, None, ["1 row: api_418\n"]),
    ],
)
def test_a_check_says_what_is_wrong(
    lines: list[ReportLine],
    total: int,
    counts: dict[str, int] | None,
    said: list[str],
) -> None:
    """The problems of a check look like those of a run."""
    out = console()
    screen.problems(lines, total, out, counts)
    for part in said:
        assert part in text(out)


@pytest.mark.parametrize(
    "name",
    [
        "[red]x[/red] :smile:",
        "\x1b[2J\x1b]0;title\x07",
        "a\nb\rc\td",
        "\u202eright to left\u2066",
        "مجموعة الصيف",
        "👩\u200d👩\u200d👧 family 🎉",
        "字" * 100,
        "\ud800",
        "-" * 100,
    ],
)
@pytest.mark.parametrize("terminal", [False, True])
def test_no_name_can_break_the_screen(name: str, *, terminal: bool) -> None:
    """Texts of others stay on their line, as text, and take no command along."""
    out = console(terminal=terminal, width=40)
    screen.problems([line(name=name, message=name, code=name)], 1, out)
    said = text(out)
    if not terminal:
        assert said.count("\n") == 3
    ours = said.replace("\x1b[1;33m", "").replace("\x1b[33m", "").replace("\x1b[0m", "")
    assert not {"\x1b", "\x07", "\r", "\t", "\u202e", "\u2066", "\ud800"} & set(ours)
    if name.startswith("[red]") and not terminal:
        assert name in said


def test_sentences_are_folded_between_words_on_a_terminal_only() -> None:
    """A window shows whole words; a pipe gets one line for each row."""
    said = "Image: this is no web address. Write one that begins with https://."
    wide, narrow = console(), console(terminal=True, width=40)
    for out in (wide, narrow):
        screen.problems([line(message=said)], 1, out)
    assert said in text(wide)
    folded = text(narrow).splitlines()
    assert said not in text(narrow)
    assert all(cell_len(row) <= 40 + len("\x1b[1;33m\x1b[0m") for row in folded)
    assert " ".join(text(narrow).split()).count(said) == 1


def test_a_letter_that_runs_from_right_to_left_is_kept() -> None:
    """Only the marks that turn other text around are taken out."""
    assert plain("שלום \u202emarked") == "שלום marked"
    assert plain("👩\u200d👧") == "👩\u200d👧"


def test_a_path_and_a_command_stay_in_one_piece(tmp_path: Path) -> None:
    """Both are copied with one click, however narrow the window."""
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    (folder / "report.csv").touch()
    out = console(terminal=True, width=30)
    command = "importer resume " + "r" * 50
    screen.summary(run({"created": 1}), folder, command, out)
    assert str(folder / "report.csv") in text(out)
    assert command in text(out)
