"""Results as HTML for notebooks: tables with a bound, links, bars; all is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.models import Place, ReportLine, Snapshot, Status
from importer.report import notebook

if TYPE_CHECKING:
    from pathlib import Path


def line(row: int, name: str) -> ReportLine:
    """An invalid row."""
    return ReportLine(
        Place("a.csv", "", row, row),
        "LOC",
        name,
        "a-slug",
        status=Status.INVALID,
        message="<b>wrong</b>",
    )


def test_numbers_that_are_0_are_left_out() -> None:
    """Of the table and of the short text, which says so where there is none."""
    shown = notebook.counts("A & B", {"created": 1200, "invalid": 0})
    assert "<b>A &amp; B</b>" in shown
    assert ">created</th><td>1,200</td>" in shown
    assert "invalid" not in shown
    assert notebook.counted({"created": 1200, "invalid": 0}) == "1,200 created"
    assert notebook.counted({"created": 0}) == "no rows"
    assert notebook.counted({}, "nothing to do") == "nothing to do"


def test_a_table_shows_the_first_rows_and_says_of_how_many() -> None:
    """And nothing at all where there are no rows."""
    lines = [line(row, f"<i>{row}") for row in range(2, 30)]
    shown = notebook.problems(lines, len(lines))
    assert shown.count("<tr>") == notebook.EXAMPLES + 1
    assert shown.endswith("<p>The first 20 of 28 rows.</p>")
    assert "<td>&lt;i&gt;2</td><td>invalid</td><td>&lt;b&gt;wrong" in shown
    assert notebook.problems([], 0) == ""
    assert notebook.problems(lines[:1], 1).endswith("</table>")
    assert notebook.table(("<a>",), [], 0) == ""
    assert "<th>&lt;a&gt;</th>" in notebook.table(("<a>",), [("x",)], 1)


def test_files_that_exist_are_linked_as_the_notebook_would_open_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the folder of the notebook by a path of its own, others by an address."""
    folder = tmp_path / "my runs" / "one"
    folder.mkdir(parents=True)
    assert notebook.links(folder) == ""
    (folder / "report.html").write_text("", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert '<a href="my%20runs/one/report.html">report.html</a>' in notebook.links(
        folder
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert '<a href="file:///' in notebook.links(folder)


@pytest.mark.parametrize(
    ("moment", "bar", "text"),
    [
        (Snapshot("reading", rows_read=7), "<progress>", "reading, 7 rows read"),
        (
            Snapshot("sending", rows_to_send=0),
            '<progress value="1" max="1">',
            "sending, 0 of 0 rows sent",
        ),
        (
            Snapshot(
                "sending",
                rows_to_send=9,
                rows_sent=3,
                problems=2,
                waiting_for="the limit",
            ),
            '<progress value="3" max="9">',
            "sending, 3 of 9 rows sent, 2 with a problem, waiting for the limit",
        ),
    ],
)
def test_a_moment_is_a_bar_that_moves_where_its_end_is_known(
    moment: Snapshot, bar: str, text: str
) -> None:
    """With nothing to send it is full."""
    assert notebook.progress(moment) == f"{bar}</progress> {text}"
