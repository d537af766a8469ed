"""The flight record: what is counted of calls, added up, and read from the sums."""

from __future__ import annotations

import json

import pytest

from importer import flight
from importer.flight.recorder import MOST_REASONS as REASONS
from importer.flight.recorder import NOT_THERE, OTHER
from importer.flight.sums import MOST, thinned
from importer.models import (
    Ambiguous,
    Barred,
    Flight,
    NotProcessed,
    Traffic,
    Window,
)
from importer.ratelimit import Reading

#: The moment 0 of the monotonic clock, a multiple of 10 s.
EPOCH = 1_700_000_000.0
SAID = Reading(100, 60, 10.0, 200_000, 150_000)
HERE, THERE = "here", "there"


def recorder() -> flight.Recorder:
    return flight.Recorder(EPOCH)


def test_calls_are_counted_in_the_window_in_which_they_ended() -> None:
    """Windows begin at multiples of their length, however the run began."""
    record = recorder()
    for ended in (3.0, 9.9, 10.0, 31.5):
        record.ended(HERE, ended - 0.2, ended, 201, SAID)

    windows = record.flight().windows

    assert [(one.at - EPOCH, one.calls) for one in windows] == [
        (0, 2),
        (10, 1),
        (30, 1),
    ]
    assert {one.limit for one in windows} == {100}
    assert {one.quota for one in windows} == {0.75}


def test_the_length_of_a_window_is_what_the_first_answer_says() -> None:
    """A location with other windows later is measured in these."""
    record = recorder()
    record.ended(HERE, 0.0, 6.0, 201, Reading(25, 20, 5.0))
    record.ended(THERE, 7.0, 11.0, 201, Reading(30, 20, 2.0))

    made = record.flight()

    assert made.window_seconds == 5.0
    assert [one.at - EPOCH for one in made.windows] == [5, 10]
    # three windows of 2 s may begin in one of 5 s
    assert made.locations[THERE].limit == 90


def test_refused_and_unanswered_calls_are_calls() -> None:
    """They count, and are told apart."""
    record = recorder()
    record.ended(HERE, 0.0, 1.0, 429, SAID)
    record.ended(HERE, 0.0, 1.0, 0, None)
    record.ended(HERE, 0.0, 1.0, 201, SAID)

    made = record.flight()

    (window,) = made.windows
    assert (window.calls, window.refused, window.unanswered) == (3, 1, 1)
    assert made.unanswered == 1
    assert sum(made.latency) == 2
    assert made.locations[HERE].refused == 1


def test_of_a_location_that_says_nothing_no_limit_and_no_quota_is_known() -> None:
    """Nothing is made up where headers are missing."""
    record = recorder()
    record.ended(HERE, 0.0, 1.0, 201, Reading())
    record.ended(THERE, 0.0, 1.0, 0, None)

    made = record.flight()

    (window,) = made.windows
    assert (window.limit, window.quota) == (None, None)
    assert made.locations[HERE] == Traffic(calls=1, peak=1)
    assert flight.scarcest(made) is None


def test_the_limits_of_all_locations_in_a_window_add_up() -> None:
    """What is drawn together is measured together; each keeps its fullest."""
    record = recorder()
    for _ in range(3):
        record.ended(HERE, 0.0, 1.0, 201, SAID)
    record.ended(THERE, 0.0, 1.0, 201, Reading(2, 1, 10.0, 1000, 400))

    made = record.flight()

    (window,) = made.windows
    assert (window.calls, window.limit, window.quota) == (4, 102, 0.4)
    assert flight.fullest(made) == (THERE, made.locations[THERE])
    assert flight.scarcest(made) == (THERE, made.locations[THERE])


def test_a_record_can_be_asked_for_and_go_on() -> None:
    """What was counted before stays, and nothing is counted twice."""
    record = recorder()
    record.ended(HERE, 0.0, 1.0, 201, SAID)
    record.flight()
    record.ended(HERE, 0.0, 2.0, 201, SAID)

    assert record.flight().locations[HERE].calls == 2
    assert sum(one.calls for one in record.flight().windows) == 2


def test_a_long_run_is_told_in_few_windows() -> None:
    """A day and a night of calls is no longer than the first hours."""
    record = recorder()
    for nth in range(10_000):
        record.ended(HERE, 0.0, nth * 10.0, 429 if nth == 7 else 201, SAID)
    record.ended(HERE, 0.0, 99_991.0, 201, SAID)

    made = record.flight()

    assert len(made.windows) <= MOST
    assert sum(one.calls for one in made.windows) == 10_001
    assert sum(one.refused for one in made.windows) == 1
    assert max(one.peak for one in made.windows) == 2


def test_thinning_keeps_the_fullest_window_and_its_limit() -> None:
    """A window of 30 calls of 25 is not hidden behind one of 80 of 100."""
    windows = [
        Window(0, 10, 80, peak=80, limit=100, quota=0.5),
        Window(10, 10, 30, peak=30, limit=25),
    ]

    assert thinned(windows, 1) == [
        Window(0, 20, 110, peak=30, limit=25, quota=0.5),
    ]


def test_percentiles_are_good_to_an_eighth() -> None:
    """They are reckoned from counts between borders."""
    record = recorder()
    for nth in range(1000):
        record.ended(HERE, 0.0, (nth + 1) / 1000, 201, SAID)
    made = record.flight()

    for share in (0.5, 0.9, 0.99):
        assert flight.quantile(made, share) == pytest.approx(share, rel=0.125)
    assert flight.quantile(made, 1.0) == 1.0


@pytest.mark.parametrize("seconds", [0.0, 0.0004, 250.0])
def test_no_percentile_is_above_the_slowest_answer(seconds: float) -> None:
    """Also outside of the borders."""
    record = recorder()
    record.ended(HERE, 0.0, seconds, 201, SAID)

    found = flight.quantile(record.flight(), 0.99)

    assert found is not None
    assert 0 <= found <= seconds


def test_without_an_answer_there_is_no_percentile() -> None:
    """Nothing was measured, which is not 0."""
    assert flight.quantile(Flight(), 0.5) is None
    assert flight.fullest(Flight()) is None


def test_the_worst_locations_are_ten() -> None:
    """Those that were refused first, then those that called most."""
    record = recorder()
    for nth in range(30):
        for _ in range(nth + 1):
            record.ended(f"location-{nth:02}", 0.0, 1.0, 201, SAID)
    record.ended("location-03", 0.0, 1.0, 429, SAID)

    worst = flight.worst(record.flight())

    assert list(worst)[:3] == ["location-03", "location-29", "location-28"]
    assert len(worst) == 10


def test_two_processes_of_a_run_make_one_record() -> None:
    """Calls, durations and reasons add up; what is left of the day is the later."""
    first, second = recorder(), recorder()
    first.ended(HERE, 0.0, 1.0, 201, SAID)
    first.ended(THERE, 0.0, 1.0, 201, SAID)
    second.ended(HERE, 0.0, 4.0, 429, Reading(100, 1, 10.0, 200_000, 140_000))
    second.ended(THERE, 0.0, 65.0, 0, None)
    one = Flight(retries={"HTTP 502": 1}, doubts={"HTTP 502": 2})

    made = flight.together(flight.together(first.flight(), one), second.flight())

    assert [(each.at - EPOCH, each.calls) for each in made.windows] == [(0, 3), (60, 1)]
    # the later process may have found a window of its own at the server
    assert made.windows[0].peak == 2
    assert made.locations[HERE] == Traffic(2, 1, 1, 100, 140_000, 200_000)
    assert made.locations[THERE] == Traffic(2, 0, 1, 100, 150_000, 200_000)
    assert (made.retries, made.doubts) == ({"HTTP 502": 1}, {"HTTP 502": 2})
    assert made.slowest_seconds == 4.0


def test_a_record_comes_back_from_the_journal_as_it_was() -> None:
    """JSON keeps all of it, and a journal without one gives an empty record."""
    record = recorder()
    record.ended(HERE, 0.0, 1.0, 429, SAID)
    made = flight.together(record.flight(), Flight(retries={"no answer": 2}))

    assert flight.recalled(json.loads(json.dumps(flight.noted(made)))) == made
    assert flight.recalled({}) == Flight()


@pytest.mark.parametrize(
    ("event", "verdict", "retries", "doubts"),
    [
        ("row.retried", NotProcessed("no connection within 10 s"), 1, 0),
        ("row.absent", None, 1, 0),
        ("row.unknown", Ambiguous("HTTP 502", 502), 0, 1),
        ("row.limited", NotProcessed("HTTP 429", limited=True, http_status=429), 0, 0),
        ("row.rejected", None, 0, 0),
    ],
)
def test_rows_that_were_sent_again_or_in_doubt_are_counted(
    event: str, verdict: NotProcessed | Ambiguous | None, retries: int, doubts: int
) -> None:
    """Refusals by the limit are not among them: they are calls of their own kind."""
    setbacks = flight.Setbacks()
    setbacks.saw(event, verdict)
    assert (setbacks.retries.total(), setbacks.doubts.total()) == (retries, doubts)


def test_a_reason_holds_no_words_of_the_server() -> None:
    """A status, or what became of the connection."""
    setbacks = flight.Setbacks()
    setbacks.saw("row.retried", Barred("the token pit-123 is bad", "", 401, 2))
    setbacks.saw("row.retried", Barred("anything", "", 0, 2))
    setbacks.saw("row.absent", None)

    assert dict(setbacks.retries) == {
        "HTTP 401": 1,
        "no connection to the server": 1,
        NOT_THERE: 1,
    }


def test_reasons_stay_few() -> None:
    """A server that answers with every status there is fills no memory."""
    setbacks = flight.Setbacks()
    for status in range(500, 600):
        setbacks.saw("row.unknown", Ambiguous(f"HTTP {status}", status))
    setbacks.saw("row.unknown", Ambiguous("HTTP 500", 500))

    assert len(setbacks.doubts) == REASONS + 1
    assert setbacks.doubts["HTTP 500"] == 2
    assert setbacks.doubts[OTHER] == 100 - REASONS
