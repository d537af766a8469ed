"""What a run will take: by limits, by quota, by processors, and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer.cli import messages
from importer.models import Rate
from importer.ratelimit import Limiter, Options
from importer.runs import forecasts
from importer.runs.forecasts import Forecast

#: An agency: 3,000 locations of 200 rows; the limit takes 20 s of each.
AGENCY = Forecast(
    *(3000, 600_000, 0, 0, 0, 20.0, None),
    slowest="Z4Bxl8J4SaPEPLq9IQ8g",
    slowest_calls=200,
    slowest_seconds=20.0,
)
#: One location with most of the rows: its limit takes longer than any processor.
SKEWED = replace(
    AGENCY,
    locations=10,
    create=10_100,
    seconds=990.0,
    slowest_calls=10_000,
    slowest_seconds=990.0,
    slowest_name="Berlin",
)


def test_the_slowest_location_is_the_one_whose_limit_takes_longest() -> None:
    """By the calls that it needs and the window that it has."""
    limiter = Limiter(Options(rate=Rate(100, 10.0)), clock=lambda: 0.0)

    found = forecasts.forecast((1600, 0, 0, 0), {"a": 350, "b": 1250}, limiter, 0.1)

    assert (found.slowest, found.slowest_calls) == ("b", 1250)
    assert found.slowest_seconds == found.seconds > 100
    assert found.today is None


@pytest.mark.parametrize(
    ("forecast", "workers", "seconds", "quicker"),
    [
        (AGENCY, 1, 258.0, False),
        (AGENCY, 4, 64.5, True),
        (AGENCY, 100, 20.0, True),
        (SKEWED, 1, 990.0, False),
        (SKEWED, 4, 990.0, False),
    ],
)
def test_workers_share_what_processors_do_and_no_limit(
    forecast: Forecast, workers: int, seconds: float, quicker: bool
) -> None:
    """So the limit of one location is the least time, however many there are."""
    found = replace(forecast, workers=workers)
    assert found.expected_seconds == pytest.approx(seconds)
    assert found.workers_help is quicker


def test_the_words_name_the_slowest_location_and_say_where_workers_do_not_help() -> (
    None
):
    """Nothing is said of workers where there are none."""
    assert messages.describe(SKEWED).endswith(
        "about 16 min 30 s. The slowest location is Berlin: 10,000 calls, "
        "about 16 min 30 s."
    )
    four = replace(SKEWED, workers=4)
    assert messages.describe(four).endswith(
        " 4 workers are not faster here than one process: the limit decides."
    )
    assert messages.describe(replace(AGENCY, workers=4)).endswith(
        " One process would take about 4 min 18 s, 4 workers share it."
    )


def test_what_the_quota_lets_through_today_is_said_where_a_day_is_not_enough() -> None:
    """The rest is for the days after."""
    found = replace(SKEWED, daily_share=2.0, days=3, daily_left=4000, today=4100)
    assert "3 days for the whole file, 4,100 calls today." in messages.describe(found)
