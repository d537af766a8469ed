"""Whatever calls are made, no sum of the flight record loses or doubles one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from importer import flight
from importer.flight.sums import thinned
from importer.ratelimit import Reading

if TYPE_CHECKING:
    from importer.models import Flight

CALL = st.tuples(
    st.sampled_from(["one", "two", "three"]),
    st.floats(0, 500),  # how long after the call before
    st.floats(0, 90),  # how long it took
    st.sampled_from([0, 201, 429, 502]),
    st.builds(
        Reading,
        st.none() | st.integers(1, 100),
        st.none(),
        st.none() | st.sampled_from([1.0, 5.0, 10.0]),
        st.none() | st.integers(0, 1000),
        st.none() | st.integers(0, 1000),
    ),
)
CALLS = st.lists(CALL, max_size=40)


def flown(calls: list[tuple[str, float, float, int, Reading]]) -> Flight:
    """The record of these calls."""
    record, now = flight.Recorder(1_700_000_003.0), 0.0
    for location, later, took, status, reading in calls:
        now += later
        record.ended(location, now - took, now, status, reading if status else None)
    return record.flight()


@given(CALLS, CALLS, st.integers(1, 20))
def test_every_call_is_in_one_window_one_location_and_one_duration(
    first: list[tuple[str, float, float, int, Reading]],
    second: list[tuple[str, float, float, int, Reading]],
    most: int,
) -> None:
    """In one process, in two together, and when windows are drawn together."""
    made = flight.together(flown(first), flown(second))
    calls = [*first, *second]
    refused = sum(one[3] == 429 for one in calls)
    few = thinned(made.windows, most)

    assert len(few) <= most
    for windows in (made.windows, few):
        assert sum(one.calls for one in windows) == len(calls)
        assert sum(one.refused for one in windows) == refused
        assert sum(one.unanswered for one in windows) == made.unanswered
    assert sum(one.calls for one in made.locations.values()) == len(calls)
    assert sum(one.refused for one in made.locations.values()) == refused
    assert sum(made.latency) + made.unanswered == len(calls)
