"""The page about the report names what the report holds, all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from importer import report
from importer.exit_codes import Exit
from importer.models import FINAL_STATUSES, Calls, Code, InputFile, State, Summary
from importer.report import columns
from importer.runs import reports

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")


def section(title: str) -> str:
    """Give the text from one heading to the next."""
    flags = re.MULTILINE | re.DOTALL
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, flags)
    assert found, f"no section {title}"
    return found[1]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("report.csv", report.COLUMNS),
        ("status", FINAL_STATUSES),
        ("code", tuple(Code)),
    ],
)
def test_the_page_names_exactly_what_there_is(
    title: str, names: tuple[str, ...]
) -> None:
    """A column, status or code is documented, in order, and none that is gone."""
    first_cells = re.findall(r"^\| `([^`]+)` \|", section(title), re.MULTILINE)
    assert first_cells == [str(name) for name in names]


def test_each_column_has_a_phrase_of_its_own() -> None:
    """The reference of the docs says of each column what stands in it."""
    phrases = [columns.column_phrase(one) for one in report.COLUMNS]
    assert len(set(phrases)) == len(phrases)
    assert not set(phrases) & set(report.COLUMNS)
    assert columns.column_phrase("shelf") == "shelf"


def test_each_code_means_on_the_page_what_it_means_on_the_screen() -> None:
    """There is one phrase for a code."""
    for code in Code:
        assert f"| `{code}` | {report.code_phrase(code)} |" in section("code")


def test_the_page_names_every_key_of_the_summary() -> None:
    """Whoever reads `summary.json` by program finds each key explained."""
    files = (InputFile("a.csv", "", "own", 1, ()),)
    summary = Summary("r", State.FINISHED, Exit.OK, files, {}, {}, Calls(), 0.0, 0.0)
    document = report.summary_document(summary)
    keys = [*document, *document["files"][0], *document["calls"]]
    assert [key for key in keys if f"`{key}`" not in section("summary.json")] == []


def test_the_page_names_every_format() -> None:
    """Each file that can be asked for is on the page."""
    for ending in (*report.FORMATS, reports.WORKBOOK, reports.PAGE):
        assert f"report.{ending}" in PAGE
