"""A workbench says of its rows what a check of them says, whatever was edited.

Tables of every preset, with collections of many rows among them, are edited at random,
1,000 times each where all examples are tried; rows are left out, taken in, and steps
taken back. What each edit leaves is compared with a check that reads it all anew.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))  # what is shared is no package
sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

import examples
from tables_any import MIDDLES, PRESETS, WHOLES, Written, tables, write

from importer import settings
from importer.errors import InputError
from importer.intake.check import check_inputs
from importer.intake.workbench.bench import Bench

if TYPE_CHECKING:
    from importer.intake.workbench.standing import Standing

#: So many things are done with each table, and looked at after so many.
EDITS, BETWEEN = 100, 20


def alike(bench: Bench) -> None:
    """Compare all that a bench says with a check of it."""
    standing: Standing = bench.standing
    fresh = check_inputs((bench,), bench.settings)
    assert standing.counts == fresh.counts
    assert standing.codes == fresh.codes()
    assert standing.remarks == fresh.remarks
    assert [*standing.remarked()] == [*fresh.remarked]
    assert standing.files == fresh.files
    found = [bad for here in standing.bad() for bad in standing.refused(here)]
    # of products that name collections several may stand in one row
    wanted = sorted(fresh.bad, key=lambda bad: bad[1].row.first)
    assert found == wanted


def edited(bench: Bench, dice: Random) -> None:
    """Do something with a bench."""
    sheet = bench.sheets[0]
    numbers = [*sheet.records.numbers()]
    row = dice.choice(numbers)
    match dice.randrange(12):
        case 0:
            bench.leave_out(row, "", out=True)
        case 1:
            bench.leave_out(row, "", out=False)
        case 2:
            bench.undo("")
        case _:
            headers = sheet.binding.headers
            column = dice.randint(1, len(headers) + 1)
            # the cell of another row half of the time: rows become one collection
            text = bench.text(dice.choice(numbers), column) or ""
            if dice.random() < 1 / 2:
                text = dice.choice([*headers, *WHOLES, *MIDDLES])
            bench.edit(row, column, text, "", None)


@pytest.mark.examples
@pytest.mark.parametrize("name", PRESETS)
def test_a_workbench_says_what_a_check_says(name: str) -> None:
    """Also where an edit makes one collection of two, or a header of a row."""

    @trying(
        max_examples=examples.tried(10),
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(tables(name), st.integers(0, 1 << 32))
    def said(table: Written, seed: int) -> None:
        dice = Random(seed)  # noqa: S311 - as many draws of hypothesis take minutes
        with tempfile.TemporaryDirectory() as folder:
            path, chosen = write(table, Path(folder)), settings.load(table.options)
            try:
                first = check_inputs((path,), chosen)
            except InputError:
                return
            bench = Bench(path, chosen)
            assert bench.standing.counts == first.counts
            assert bench.standing.files == first.files
            local = bench.standing.whole is None
            for number in range(EDITS):
                edited(bench, dice)
                if not (number + 1) % BETWEEN:
                    alike(bench)
                # edit by edit, where not all is judged anew anyway
                elif local:
                    local = bench.standing.whole is None

    said()
