"""Times in headers: seconds, milliseconds, Unix times and dates, and what is none."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.ratelimit import headers
from importer.ratelimit.policy import pause

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("+3", 3.0),
        ("0", 0.0),
        ("1e300", 1e300),
        ("30000", 30_000.0),
        (f"{NOW + 60:.0f}", 60.0),
        (f"{NOW * 1000 + 60_000:.0f}", 60.0),
        (f"{NOW - 60:.0f}", 0.0),
        (formatdate(NOW + 60, usegmt=True), 60.0),
        (formatdate(NOW + 60, usegmt=True).removesuffix(" GMT"), 60.0),
        (formatdate(NOW + 60).replace("-0000", "+0000"), 60.0),
        (formatdate(NOW + 60), 60.0),
        (formatdate(NOW - 60, usegmt=True), 0.0),
        ("Fri, 15 Jan 2027 09:01:00 +0100", 60.0),
        ("Friday, 15-Jan-27 08:01:00 GMT", 60.0),
        ("2027-01-15T08:01:00Z", 60.0),
        ("2027-01-15T08:01:00", 60.0),
    ],
)
def test_retry_after_is_understood_in_whatever_way_it_is_written(
    text: str, seconds: float
) -> None:
    """A moment is told from a duration, and no zone means GMT."""
    assert headers.retry_after(text, NOW) == pytest.approx(seconds)


def test_a_date_without_a_zone_is_not_read_as_local_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight hours east of Greenwich it would be eight hours wrong."""
    monkeypatch.setenv("TZ", "Etc/GMT-8")
    time.tzset()
    try:
        assert headers.retry_after("Fri, 15 Jan 2027 08:01:00", NOW) == 60.0
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        *(
            None,
            "",
            "soon",
            "-5",
            "-0",
            "nan",
            "NaN",
            "inf",
            "-inf",
            "1e999",
            "9" * 400,
        ),
        *("1_000", "\u0667", "\u00b2", "99, 100", "0x10", "7s", "1e", ".", "1" * 99),
        *("Mon, 99 Foo 2025 00:00:00 GMT", "Fri, 15 Jan 2027", "GMT", "::::", ", , ,"),
        "Fri, 15 Jan 99999999999999999999 08:01:00 GMT",
        *("9999999999999999", "\udce4", "2027-13-45T00:00:00Z", "Fri"),
    ],
)
def test_what_states_no_time_is_as_if_it_were_missing(text: str | None) -> None:
    """Or it is a number that a limit bounds; never a crash."""
    found = headers.retry_after(text, NOW)
    assert found is None or found >= 0
    assert 10.0 <= pause(found, 10.0, 3600.0).seconds <= 3600.0


@given(st.text(max_size=60) | st.floats().map(str) | st.integers().map(str))
def test_no_text_makes_a_pause_shorter_than_the_window_or_longer_than_the_most(
    text: str,
) -> None:
    """Whatever a server sends."""
    chosen = pause(headers.retry_after(text, NOW), 10.0, 3600.0)
    assert 10.0 <= chosen.seconds <= 3600.0
    assert chosen.reason


@pytest.mark.parametrize(
    ("asked", "window", "seconds", "reason"),
    [
        (None, 10.0, 10.0, "one window of the limit, 10 s"),
        (0.0, 10.0, 10.0, "HighLevel asks for 0 s; a window of the limit is 10 s"),
        (60.0, 10.0, 60.0, "HighLevel asks for 60 s"),
        (7200.0, 10.0, 900.0, "asks for 7,200 s; 900 s are the most that is waited"),
        (1e300, 10.0, 900.0, "asks for 1e+300 s; 900 s are the most that is waited"),
        (1800.0, 1800.0, 1800.0, "HighLevel asks for 1,800 s"),
        (3600.0, 1800.0, 1800.0, "asks for 3,600 s; 1800 s are the most"),
    ],
)
def test_a_pause_says_why_it_is_so_long(
    asked: float | None, window: float, seconds: float, reason: str
) -> None:
    """As long as it is told, within the window and the setting."""
    chosen = pause(asked, window, 900.0)
    assert chosen.seconds == seconds
    assert reason in chosen.reason
