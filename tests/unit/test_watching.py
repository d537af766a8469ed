"""Is it stuck? What is waited for, how much longer, and who will be done last."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from importer.execution.lanes import Lane
from importer.models import (
    Ambiguous,
    Barred,
    Job,
    NotProcessed,
    Place,
    Snapshot,
    Status,
)
from importer.ratelimit import Budget, Rate, Reading
from importer.ratelimit.policy import MARGIN_SECONDS
from importer.runs import log_fields
from importer.runs import waits as waiting
from importer.runs.monitor import TROUBLE_SECONDS, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = 1000.0
JOB = Job(7, "Location1", "Best Sellers", "best-sellers", "", b"")


def lane(name: str = "Location1", rows: int = 0, asked: int = 100) -> Lane:
    made = Lane(name, Budget(Rate(100, 10.0)))
    jobs = [Job(seq, name, f"n{seq}", f"s{seq}", "", b"") for seq in range(rows)]
    made.take_in(jobs, asked)
    return made


def used_up(budget: Budget, now: float = NOW) -> None:
    """All calls of a window that the budget gives, answered."""
    first = budget.take(now)
    assert first is not None
    budget.answered(first, Reading(100, 99, 10.0), now)
    while permit := budget.take(now):
        budget.answered(permit, Reading(100, 50, 10.0), now)


# rows done, by the batch


def test_a_row_is_done_when_it_is_nowhere_any_more() -> None:
    """Neither ready, nor handed out and open."""
    one = lane(rows=5)
    assert one.done == 0
    handed = [one.hand_out(NOW) for _ in range(3)]
    assert one.done == 0
    one.open -= 2
    assert one.done == 2
    one.later.append((NOW + 5, 0, handed[2]))
    assert one.done == 2


def test_what_is_left_in_a_closed_lane_is_not_done() -> None:
    """A location that is refused leaves its rows as they are."""
    one = lane(rows=5)
    one.later.append((NOW, 0, one.hand_out(NOW)))
    one.close()
    assert one.done == 0


def test_a_row_that_a_resume_brought_counts_once() -> None:
    """It is open from the start, and not taken in again."""
    one = lane()
    one.keep(3)
    one.take_in([Job(3, "Location1", "n", "s", "", b"")], 100)
    assert one.done == 0
    one.open -= 1
    assert one.done == 1


# what a location waits for


def waits() -> Iterator[tuple[str, Lane, str, float | None]]:
    parked = lane(rows=1)
    parked.look_at = NOW + 600
    yield "parked", parked, "the day's quota", 600.0
    refused = lane(rows=1)
    refused.budget.close(NOW, 17.0)
    yield "refused", refused, "the pause after a 429", 17.0 + MARGIN_SECONDS
    paused = lane(rows=1)
    paused.paused_until = NOW + 3
    yield "paused", paused, "another try", 3.0
    later = lane(rows=1)
    later.later.append((NOW + 2, 0, later.hand_out(NOW)))
    later.in_flight = 0
    yield "later", later, "another try", 2.0
    settling = lane(rows=1)
    settling.hand_out(NOW)
    settling.in_flight = 0
    yield "settling", settling, "a clear answer", None
    yield "working", lane(rows=1), "", None


@pytest.mark.parametrize(("name", "one", "why", "seconds"), [*waits()])
def test_a_location_says_what_it_waits_for(
    name: str, one: Lane, why: str, seconds: float | None
) -> None:
    """Each reason has its words, and its time where somebody knows it."""
    found, more, _ = waiting.waiting(one, NOW)
    assert found == why, name
    assert more == (None if seconds is None else pytest.approx(seconds))


def test_the_ten_locations_with_the_longest_way_to_go_come_first() -> None:
    """By the least that their limits make them take, without those that are done."""
    lanes = [lane(f"L{number}", rows=1) for number in range(30)]
    lanes[29].finished = True
    rows = {one.location_id: 100 * number for number, one in enumerate(lanes)}
    found = waiting.slowest(lanes, rows, {"L28": "Berlin"}, NOW)
    assert [one.name for one in found[:2]] == ["Berlin", "L27"]
    assert len(found) == 10
    assert found[0].rows == 2800
    assert found[0].seconds_left == pytest.approx(280.0)


# what a run waits for


def test_a_window_that_is_used_up_says_when_it_opens() -> None:
    """One interval after the first of its answers."""
    budget = Budget(Rate(100, 10.0))
    used_up(budget)
    assert budget.left(NOW + 4) < 6  # a few may be kept until the window is sure
    why, seconds, kind = waiting.phrase("sending", None, [budget], 0, NOW + 4)
    assert (why, kind) == ("the rate limit", "limit")
    assert seconds == pytest.approx(6.0 + MARGIN_SECONDS)


def test_a_refusal_is_told_from_a_window_that_is_used_up() -> None:
    """A 429 means that somebody else spends the same calls."""
    budget = Budget(Rate(100, 10.0))
    budget.close(NOW, 20.0)
    why, seconds, kind = waiting.phrase("comparing", None, [budget], 0, NOW)
    said = r"the pause after a refused call \(429\) until \d\d:\d\d:\d\dZ \(.+ 20 s\)"
    assert re.fullmatch(said, why)
    assert kind == "pause"
    assert seconds == pytest.approx(20.0 + MARGIN_SECONDS)


def test_a_pause_is_told_wherever_nothing_else_goes_on() -> None:
    """While a list waits, beside a location that is done, and without any limit."""
    closed, other = Budget(Rate(100, 10.0)), Budget(Rate(100, 10.0))
    closed.close(NOW, 3600.0)
    for phase in ("comparing", "sending", "settling", "auditing"):
        for left in (None, 0, 100):
            why, seconds, _ = waiting.phrase(phase, None, [closed, other], left, NOW)
            said = "the pause after a refused call (429) until "
            assert why.startswith(said) is (left == 100)
            alone, _, _ = waiting.phrase(phase, None, [closed], left, NOW)
            assert alone.startswith(said)
            assert seconds is None or seconds == pytest.approx(3600.0, abs=1)
    assert other.take(NOW) is not None
    why, _, _ = waiting.phrase("comparing", None, [closed, other], 100, NOW)
    assert why == ""


@pytest.mark.parametrize("phase", ["reading", "reporting"])
def test_reading_and_reporting_wait_for_nothing(phase: str) -> None:
    """They have nothing to do with calls."""
    assert waiting.phrase(phase, None, [Budget(None)], 0, NOW) == waiting.NOTHING


def test_looking_waits_for_the_list() -> None:
    """Nobody knows for how long."""
    for phase in ("settling", "auditing"):
        why, seconds, kind = waiting.phrase(phase, None, [], None, NOW)
        assert (why.startswith("the list to show"), kind) == (True, "list")
        assert seconds is None


def test_a_budget_that_nothing_was_taken_from_has_no_next_slot() -> None:
    """Infinity is not a time that anybody can be told."""
    assert Budget(None).next_in(NOW) is None


@pytest.mark.parametrize(("later", "left"), [(9.5, 0.5), (9.9, 0.1), (11.0, 0.0)])
def test_the_next_slot_is_told_as_it_comes_near(later: float, left: float) -> None:
    """Also in its last second, and it is never longer ago than now."""
    budget = Budget(Rate(1, 10.0))
    permit = budget.take(NOW)
    assert permit is not None
    budget.answered(permit, Reading(), NOW)
    now = NOW + later
    why, seconds, kind = waiting.phrase("sending", None, [budget], 0, now)
    assert (why, kind) == ("the rate limit", "limit")
    assert seconds == pytest.approx(left, abs=0.01)


# the log and the counters


def test_what_goes_wrong_is_counted_by_its_reason_and_remembered() -> None:
    """The last trouble is shown until good answers have come for a while."""
    watch = Watch()
    watch.event("row.retried", JOB, NotProcessed("HTTP 503"))
    watch.event("row.retried", JOB, Barred("No connection.", "Look.", 0))
    watch.event("row.created", JOB, None)
    assert watch.events == {
        "row.retried": 2,
        "row.retried/HTTP 503": 1,
        "row.retried/No connection": 1,
    }
    snapshot = watch.snapshot()
    assert snapshot.trouble == "No connection"
    assert snapshot.events["row.retried"] == 2
    assert watch._trouble is not None
    answer = watch._trouble[1] + 1
    assert watch._recent_trouble(answer + TROUBLE_SECONDS, answer) == ("", None)
    assert watch._recent_trouble(answer + 2 * TROUBLE_SECONDS, None)[0]


def test_rows_by_status_add_up_to_all_rows() -> None:
    """What no stage has decided yet is not attempted."""
    watch = Watch()
    counts = dict.fromkeys(map(str, Status), 0) | {"created": 3, "not_attempted": 7}
    watch.take_up(counts)
    assert sum(watch.snapshot().counts.values()) == 10
    assert watch.snapshot().counts["not_attempted"] == 7
    assert Watch().snapshot() != Snapshot("reading", answered=True)
    assert Watch().snapshot().counts == {}


def test_an_event_of_a_row_has_its_place() -> None:
    """File, sheet where there is one, row; and what was answered."""
    verdict = Ambiguous("HTTP 500", 500, "trace-1")
    keys = log_fields.keys(JOB, verdict, Place("shop.xlsx", "Categories", 12, 12))
    assert keys == {
        "location": "Location1",
        "file": "shop.xlsx",
        "row": 12,
        "sheet": "Categories",
        "seq": 7,
        "slug": "best-sellers",
        "verdict": "Ambiguous",
        "reason": "HTTP 500",
        "http_status": 500,
        "trace_id": "trace-1",
    }
    assert "sheet" not in log_fields.keys(JOB, None, Place("shop.csv", "", 12, 12))
    assert "row" not in log_fields.keys(JOB, None, None)
