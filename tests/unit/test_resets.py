"""When the day begins anew: in whatever unit it is stated, and what is unknown."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.ratelimit import reset_in_words
from importer.ratelimit.headers import RESET_SECONDS, Reset

WALL = 1_800_000_000.0
HOUR = 3600.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("18000000", 5 * HOUR),
        ("500", 0.5),
        ("90000000", RESET_SECONDS),
        (f"{WALL + 5 * HOUR:.0f}", 5 * HOUR),
        (f"{(WALL + 5 * HOUR) * 1000:.0f}", 5 * HOUR),
        (formatdate(WALL + 5 * HOUR, usegmt=True), 5 * HOUR),
        ("2027-01-15T13:00:00.000Z", 5 * HOUR),
    ],
)
def test_the_reset_is_understood_in_any_unit(text: str, seconds: float) -> None:
    """Milliseconds, as the vendor's own client has it, Unix times and dates."""
    reset = Reset()
    reset.hear(text, 100.0)
    assert reset.seconds(100.0, WALL) == pytest.approx(seconds)
    assert reset.seconds(100.25, WALL + 0.25) == pytest.approx(seconds - 0.25)


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_number_that_falls_slowly_counts_seconds(unit: int) -> None:
    """3,600 may be an hour or 3.6 s: what it was a moment ago tells which."""
    left = 80.0 if unit == 1000 else 3600.0
    reset = Reset()
    for passed in (0.0, 1.0, 5.0):
        reset.hear(f"{(left - passed) * unit:.0f}", 100.0 + passed)
    assert reset.seconds(105.0, WALL) == pytest.approx(left - 5.0)


def test_a_new_day_begins_with_a_greater_number() -> None:
    """What was said of the day before tells nothing of the unit."""
    reset = Reset()
    for text, at in (("9", 0.0), ("4", 5.0), ("86400", 20.0), ("86300", 120.0)):
        reset.hear(text, at)
    assert reset.seconds(120.0, WALL) == 86_300.0


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "-1", "soon", "nan", "1e300", "99999999999999999", "360000000"),
        f"{WALL - 60:.0f}",
        f"{WALL + 40 * HOUR:.0f}",
        formatdate(WALL - 60, usegmt=True),
        formatdate(WALL + 999 * HOUR, usegmt=True),
    ],
)
def test_what_cannot_be_the_end_of_a_day_is_unknown(text: str) -> None:
    """It is never guessed, and told as unknown."""
    reset = Reset()
    assert reset.seconds(100.0, WALL) is None
    reset.hear(text, 100.0)
    assert reset.seconds(100.0, WALL) is None
    assert "does not say" in reset_in_words(None, WALL)
    assert "2027-01-15 09:00 UTC" in reset_in_words(HOUR, WALL)


@given(
    st.lists(st.tuples(st.text(max_size=20) | st.integers().map(str), st.floats(0, 9)))
)
def test_no_text_makes_a_reset_that_is_more_than_a_day_away(
    heard: list[tuple[str, float]],
) -> None:
    """Whatever a server sends."""
    reset, now = Reset(), 0.0
    for text, passed in heard:
        now += passed
        reset.hear(text, now)
    seconds = reset.seconds(now, WALL)
    assert seconds is None or 0 < seconds <= RESET_SECONDS


def test_retry_after_of_a_day_that_is_over_is_its_reset_where_nothing_else_is() -> None:
    """What is stated of the day itself goes before."""
    reset = Reset()
    reset.after(7200.0, 100.0, WALL)
    assert reset.seconds(100.0, WALL) == 7200.0
    reset.hear("3600000", 101.0)
    reset.after(7200.0, 101.0, WALL)
    assert reset.seconds(101.0, WALL) == 3600.0
