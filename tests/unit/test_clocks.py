"""The difference of the clocks: answers narrow it, and a clock that jumps widens it."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.client.exchange import Clocks, second

if TYPE_CHECKING:
    from importer.models import ClockDifference

NOW = 1_700_000_000.0


def heard(*answers: tuple[float, float, float]) -> ClockDifference:
    """Clocks after answers: the server's time, when they began and when they ended."""
    clocks = Clocks()
    for server, began, ended in answers:
        clocks.hear(formatdate(server, usegmt=True), began, ended)
    assert clocks.difference is not None
    return clocks.difference


@given(
    shift=st.floats(-1e6, 1e6),
    calls=st.lists(
        st.tuples(st.floats(0, 1e5), st.floats(0, 30), st.floats(0, 1)), min_size=1
    ),
)
def test_the_true_difference_is_always_within_the_range(
    shift: float, calls: list[tuple[float, float, float]]
) -> None:
    """However long an answer takes, and whenever within it the server looked."""
    found = heard(
        *(
            (NOW + at + took * when + shift, NOW + at, NOW + at + took)
            for at, took, when in calls
        )
    )
    assert found.low - 1e-3 <= shift <= found.high + 1e-3
    assert found.high - found.low <= min(took for _, took, _ in calls) + 1.001


def test_answers_at_other_parts_of_a_second_narrow_it() -> None:
    """One answer knows a second; two that meet the second's border know more."""
    found = heard((NOW + 0.99, NOW + 0.99, NOW + 0.99), (NOW + 2, NOW + 2, NOW + 2))
    assert found.low == pytest.approx(0.0)
    assert found.high == pytest.approx(0.01)


def test_a_clock_that_is_set_widens_the_range_to_both() -> None:
    """What came before the jump is still told by the old difference."""
    found = heard((NOW, NOW, NOW), (NOW + 10, NOW + 10 - 3600, NOW + 10 - 3600))
    assert found.low == pytest.approx(0.0)
    assert found.high >= 3600
    again = heard(
        *(
            (NOW, NOW, NOW),
            (NOW + 10, NOW - 3590, NOW - 3590),
            (NOW + 20, NOW + 20, NOW + 20),
        )
    )
    assert again.low <= 0
    assert again.high >= 3600


@pytest.mark.parametrize(
    "stated",
    [
        None,
        "",
        "soon",
        "Thu, 99 Foo 2024 10:00:00 GMT",
        "Tue, 14 Nov 2023 22:13:20 +9999999999999999",
        "0",
        "1e999",
        "\x00",
    ],
)
def test_a_date_that_is_none_says_nothing(stated: str | None) -> None:
    """Whatever a server sends there."""
    clocks = Clocks()
    clocks.hear(stated, NOW, NOW)
    assert clocks.difference is None
    assert clocks.stated == stated


@pytest.mark.parametrize(
    "stated",
    [
        "Tue, 14 Nov 2023 22:13:20 GMT",
        "Tue, 14 Nov 2023 22:13:20 -0000",
        "Wed, 15 Nov 2023 00:13:20 +0200",
    ],
)
def test_a_date_is_read_by_the_zone_that_it_names(stated: str) -> None:
    """And is that of Greenwich where it names none."""
    assert second(stated) == NOW
