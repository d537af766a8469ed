"""`failed.csv` of what could not be read, run again as it is."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.errors import InputError
from importer.intake.check import CheckResult, check_inputs
from importer.models import MARKED
from importer.report.formats import write_failed
from importer.settings import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import ReportLine


import examples

HEADER = ("name", "slug", "type")
LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
CELL = st.text(st.sampled_from('ab"c ,'), max_size=6)
LINE = st.one_of(
    st.lists(CELL, min_size=1, max_size=4).map(",".join),
    st.sampled_from(
        ['"Hats,hats,smart', "Caps,caps,manual", '"24 inch" frames,f,manual', '"a"']
    ),
)


def check(path: Path) -> CheckResult:
    chosen = {"location_id": LOCATION, "require_product_ids": False}
    return check_inputs((path,), load(chosen))


def lines(result: CheckResult, header: tuple[str, ...]) -> list[ReportLine]:
    return [replace(line, header=header) for line in result.lines()]


def written(folder: Path, found: list[ReportLine]) -> list[list[str]]:
    """The rows of `failed.csv`, with its header."""
    write_failed(folder, found)
    with (folder / "failed.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def stripped(cells: Sequence[str]) -> list[str]:
    """Cells without the spaces that may go where quotation marks stand behind them."""
    return [cell.strip() for cell in cells]


@pytest.mark.examples
@settings(max_examples=examples.tried(200), deadline=None)
@example(['"Hats,hats,smart', 'a" ,,,a'])
@given(st.lists(LINE, min_size=1, max_size=8))
def test_an_uncorrected_failed_csv_gives_the_same_problems_again(
    rows: list[str],
) -> None:
    """No swallowed line is sent, none is lost, and a third time nothing changes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "shop.csv"
        path.write_text("\n".join([",".join(HEADER), *rows]), "utf-8")
        try:
            first = lines(check(path), HEADER)
        except InputError:
            return  # a header of its own is looked for, and none is there
        wrong = [line for line in first if line.code in MARKED]
        if not wrong:
            return
        once = written(folder, wrong)
        again = check(folder / "failed.csv")
        second = lines(again, tuple(once[0]))

        assert [line.code for line in second] == [line.code for line in wrong]
        assert again.counts["valid"] == 0
        assert [stripped(line.cells[:3]) for line in second] == [
            stripped((*line.cells, "", "", "")[:3]) for line in wrong
        ]
        twice = written(folder, second)
        assert [stripped([*row[:3], *row[4:]]) for row in twice] == [
            stripped([*row[:3], *row[4:]]) for row in once
        ]


@pytest.mark.parametrize("name", ['"Hats\\u0000"', "1e400", '"A", "name": "B"'])
def test_a_value_that_was_none_is_not_sent_as_it_was_shown(name: str) -> None:
    """What stands in the cell instead is for the eye, however often it is read."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "shop.jsonl"
        path.write_text(
            f'{{"name": {name}, "slug": "hats", "type": "manual"}}\n', "utf-8"
        )
        found = lines(check(path), HEADER)
        for _ in range(3):
            assert [line.code for line in found] == ["value_unreadable"]
            header = written(Path(place), found)[0]
            found = lines(check(Path(place) / "failed.csv"), tuple(header))


def test_a_corrected_line_is_sent() -> None:
    """The word behind the problem is what keeps it back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "shop.csv"
        path.write_text('name,slug,type\n"24 inch" frames,frames,manual\n', "utf-8")
        (line,) = lines(check(path), HEADER)
        written(folder, [line])
        failed = folder / "failed.csv"
        text = failed.read_text("utf-8-sig")
        assert "delete quotes_wrong at the end of this line." in text

        failed.write_text(text.replace(",quotes_wrong\n", "\n"), "utf-8")

        assert check(failed).counts["valid"] == 1
