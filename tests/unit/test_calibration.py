"""Clocks are compared by what was made for certain, and by nothing else."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from importer import ownership
from importer.models import ClockDifference, Existing, Sent, Status
from importer.ownership import Times

SENT, ANSWERED = 1_700_000_000.0, 1_700_000_003.0
HOUR = 3600.0
NO_DIFFERENCE = ClockDifference(0.0, 0.0)
ROW = Sent(
    *(1, "loc", "Best", "best", "", Status.CREATED, "c1", "", 1),
    http_status=201,
    started_at=SENT,
    finished_at=ANSWERED,
)


def made_at(seconds: float | None) -> Existing:
    return Existing("loc", "c1", "best", "Best", created_at=seconds)


WITHOUT_A_START = (replace(ROW, started_at=None), made_at(SENT - HOUR))
WITHOUT_AN_END = (replace(ROW, finished_at=None), made_at(SENT - HOUR))
WITHOUT_A_TIME = (ROW, made_at(None))
AN_HOUR_EARLY = (ROW, made_at(SENT + 1 - HOUR))


@pytest.mark.parametrize(
    "made",
    [
        *itertools.permutations(
            [WITHOUT_A_START, WITHOUT_AN_END, WITHOUT_A_TIME, AN_HOUR_EARLY]
        )
    ],
)
@pytest.mark.parametrize("clocks", [None, NO_DIFFERENCE])
def test_rows_whose_times_are_unknown_are_passed_over(
    made: tuple[tuple[Sent, Existing], ...], clocks: ClockDifference | None
) -> None:
    """Wherever they stand, and those after them count."""
    found = ownership.calibrated(Times(clocks), made).clocks
    assert found is not None
    assert found.low == pytest.approx(SENT + 1 - HOUR - ANSWERED)
    highest = SENT + 1 - HOUR - SENT
    assert found.high == pytest.approx(highest if clocks is None else 0.0)


def test_what_lies_within_its_request_changes_nothing() -> None:
    """The clocks are as near as `Date` has shown."""
    for seconds in (SENT, SENT + 1, ANSWERED):
        times = Times(NO_DIFFERENCE)
        assert ownership.calibrated(times, [(ROW, made_at(seconds))]) == times


@pytest.mark.parametrize("second", [SENT + 1, SENT - HOUR])
@pytest.mark.parametrize("first", [SENT + 1, SENT - HOUR])
def test_ids_tell_times_only_where_each_lies_within_its_request(
    first: float, second: float
) -> None:
    """One that does not shows that they are random, wherever it stands."""
    made = [
        (ROW, replace(made_at(None), collection_id=_id(at))) for at in (first, second)
    ]
    found = ownership.calibrated(Times(NO_DIFFERENCE), made)
    assert found.ids_tell_time is (first == second == SENT + 1)


def _id(seconds: float) -> str:
    return f"{int(seconds):08x}" + "0" * 16


def test_nothing_that_was_made_tells_nothing() -> None:
    """No range is made up, and ids are not taken to tell times."""
    assert ownership.calibrated(Times(), []) == Times()
    for unknown in (WITHOUT_A_START, WITHOUT_AN_END, WITHOUT_A_TIME):
        assert ownership.calibrated(Times(), [unknown]).clocks is None
