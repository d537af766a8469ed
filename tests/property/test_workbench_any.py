"""A workbench says of its rows what a check of them says, whatever was edited.

Tables of every preset, with collections of many rows among them, are edited at random,
1,000 times each where all examples are tried; rows are left out, taken in, and steps
taken back. What the edits leave is compared with a check that reads it all anew.
`make fuzz` goes on with it for as long as it is wanted.
"""

from __future__ import annotations

from random import Random

import examples
import pytest
from bench_edits import FAULTS, FEW, faulty, of_few_words, try_edits
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st
from tables_any import PRESETS, Written, tables

#: So many edits of each table, of which there are few or many.
EDITS = 100 if examples.ALL else 35


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
    def said(table: Written, number: int) -> None:
        try_edits(table, number, EDITS, between=EDITS // 2)

    said()


@pytest.mark.examples
@trying(
    max_examples=examples.tried(25),
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(st.integers(1, 12), st.integers(0, 1 << 32))
def test_rows_that_repeat_each_other_are_told_as_a_check_does(
    rows: int, number: int
) -> None:
    """Slugs, ids and totals that come and go with each edit."""
    table = of_few_words(rows, Random(number))  # noqa: S311 - quick draws
    try_edits(table, number, EDITS, between=7, words=FEW)


@pytest.mark.no_cover
@pytest.mark.parametrize("fault", FAULTS)
def test_a_bench_that_judges_wrongly_is_noticed(fault: str) -> None:
    """The property fails where an edit leaves something as it was before."""
    with faulty(fault), pytest.raises((AssertionError, KeyError)):
        _try_few_words(range(40))


def _try_few_words(numbers: range) -> None:
    for number in numbers:
        table = of_few_words(6, Random(number))  # noqa: S311 - quick draws
        try_edits(table, number, EDITS, between=1, words=FEW)
