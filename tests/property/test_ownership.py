"""Whose a collection is: no time outside a row's window ever proves anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer import ownership
from importer.models import ClockDifference, Existing, Sent, Status
from importer.ownership import Proof, Window

SENT, ANSWERED = 1_700_000_000.0, 1_700_000_003.0
NEVER_SHIFTED = ClockDifference(0.0, 0.0)


def row(
    status: Status = Status.CREATED,
    http_status: int | None = 201,
    finished_at: float | None = ANSWERED,
) -> Sent:
    return Sent(
        *(1, "loc", "Best", "best", "", status, "c1", "", 2),
        http_status=http_status,
        started_at=SENT,
        finished_at=finished_at,
    )


def made_at(seconds: float | None, collection_id: str = "c2") -> Existing:
    return Existing("loc", collection_id, "best", "Best", created_at=seconds)


def object_id(seconds: float) -> str:
    return f"{int(seconds):08x}" + "0" * 16


@pytest.mark.parametrize(
    ("status", "http_status", "finished_at", "closed"),
    [
        (Status.CREATED, 201, ANSWERED, ANSWERED),
        (Status.REJECTED, 422, ANSWERED, ANSWERED),
        (Status.EXISTING, 409, ANSWERED, ANSWERED),
        # settled by a list: nothing was answered
        (Status.CREATED, None, ANSWERED, ANSWERED + 600),
        (Status.FAILED, None, ANSWERED, ANSWERED + 600),
        # an error's status is no clear answer
        (Status.UNKNOWN, 503, ANSWERED, ANSWERED + 600),
        (Status.FAILED, 503, ANSWERED, ANSWERED + 600),
        (Status.UNKNOWN, None, None, ANSWERED + 100 + 600),
    ],
)
def test_a_window_ends_with_the_clear_answer_or_ten_minutes_after_the_last_look(
    status: Status, http_status: int | None, finished_at: float | None, closed: float
) -> None:
    """Only what HighLevel said of the row itself ends the time of its requests."""
    found = ownership.window(row(status, http_status, finished_at), ANSWERED + 100)
    assert found == Window(SENT, closed)


@pytest.mark.parametrize(
    ("seconds", "proof"),
    [
        (SENT - 2.5, Proof.EXCLUDED),
        (SENT - 1.5, Proof.PROVED),
        (SENT + 1, Proof.PROVED),
        (ANSWERED + 1.5, Proof.PROVED),
        (ANSWERED + 2.5, Proof.EXCLUDED),
        (ANSWERED + 180, Proof.EXCLUDED),
        (None, Proof.POSSIBLE),
    ],
)
def test_a_stated_time_proves_inside_the_window_and_excludes_outside(
    seconds: float | None, proof: Proof
) -> None:
    """Two seconds on either side are allowed to clocks that tick in seconds."""
    window = ownership.window(row(), ANSWERED)
    assert ownership.made_by(window, made_at(seconds), NEVER_SHIFTED) is proof


@pytest.mark.parametrize("shift", [3600.0, -3600.0])
def test_clocks_an_hour_apart_change_nothing(shift: float) -> None:
    """What was measured is taken into account, on both ends."""
    window, clocks = Window(SENT, ANSWERED), ClockDifference(shift - 0.5, shift + 0.5)
    for seconds in (SENT, ANSWERED):
        own = made_at(seconds + shift)
        assert ownership.made_by(window, own, clocks) is Proof.PROVED
    theirs = made_at(SENT)
    assert ownership.made_by(window, theirs, clocks) is Proof.EXCLUDED


def test_an_unknown_difference_of_clocks_excludes_nothing() -> None:
    """Another time may be the same moment by another clock."""
    window = Window(SENT, ANSWERED)
    assert ownership.made_by(window, made_at(SENT + 1), None) is Proof.PROVED
    assert ownership.made_by(window, made_at(SENT + 900), None) is Proof.POSSIBLE
    late = made_at(None, object_id(SENT + 900))
    assert ownership.made_by(window, late, None) is Proof.POSSIBLE


def test_a_clock_that_jumped_proves_only_what_it_proves_wherever_it_stood() -> None:
    """An hour of difference would make everything of that hour the run's own."""
    window, clocks = Window(SENT, ANSWERED), ClockDifference(0.0, 3600.0)
    for seconds in (SENT, SENT + 1800, ANSWERED + 3600):
        found = ownership.made_by(window, made_at(seconds), clocks)
        assert found is Proof.POSSIBLE
    assert ownership.made_by(window, made_at(SENT - 3), clocks) is Proof.EXCLUDED


@pytest.mark.parametrize(
    ("seconds", "proof"),
    [
        (SENT + 1, Proof.POSSIBLE),
        (SENT - 3, Proof.POSSIBLE),  # it may have been the end of that second
        (SENT - 4, Proof.EXCLUDED),
        (ANSWERED + 2, Proof.POSSIBLE),
        (ANSWERED + 4, Proof.EXCLUDED),
    ],
)
def test_the_time_in_an_id_excludes_and_never_proves(
    seconds: float, proof: Proof
) -> None:
    """Ids are made by others' clocks, and may be made before they are used."""
    window, existing = Window(SENT, ANSWERED), made_at(None, object_id(seconds))
    assert ownership.made_by(window, existing, NEVER_SHIFTED) is proof
    found = ownership.made_by(window, existing, NEVER_SHIFTED, ids_tell_time=False)
    assert found is Proof.POSSIBLE


@pytest.mark.parametrize(
    "collection_id", ["", "c2", "f" * 23, "f" * 25, "g" * 24, "٣" * 24, "+1234567" * 3]
)
def test_an_id_of_another_shape_states_no_time(collection_id: str) -> None:
    """23 digits, or letters that are none of hexadecimal, say nothing."""
    assert ownership.id_second(collection_id) is None
    assert not ownership.ids_tell_time(
        Window(SENT, ANSWERED), collection_id, NEVER_SHIFTED
    )


def test_an_answered_id_shows_whether_ids_state_times() -> None:
    """A random id of the right shape lies anywhere between 1970 and 2106."""
    window = Window(SENT, ANSWERED)
    assert ownership.ids_tell_time(window, object_id(SENT), NEVER_SHIFTED)
    assert not ownership.ids_tell_time(window, object_id(1e9), NEVER_SHIFTED)


def test_a_row_whose_sending_has_no_time_proves_nothing() -> None:
    """Its window is open on one side, and closed on the other."""
    window = Window(None, ANSWERED)
    assert ownership.made_by(window, made_at(SENT), NEVER_SHIFTED) is Proof.POSSIBLE
    late = made_at(ANSWERED + 3)
    assert ownership.made_by(window, late, NEVER_SHIFTED) is Proof.EXCLUDED


MOMENTS = st.floats(0, 4e9)
SHIFTS = st.floats(-1e5, 1e5)


@given(
    opened=MOMENTS,
    lasted=st.floats(0, 1e4),
    moment=MOMENTS,
    shift=SHIFTS,
    loose=st.floats(0, 1e4),
    where=st.floats(0, 1),
)
def test_nothing_outside_the_window_is_ever_proved(
    *,
    opened: float,
    lasted: float,
    moment: float,
    shift: float,
    loose: float,
    where: float,
) -> None:
    """Wherever in its measured range the true difference of the clocks lies.

    `LOOSE_SECONDS` is all that an imprecise measurement adds; and what was made inside
    is never excluded, whatever the true difference is.
    """
    window, clocks = (
        Window(opened, opened + lasted),
        ClockDifference(shift, shift + loose),
    )
    true = clocks.low + where * loose
    by_ours = moment - true
    found = ownership.made_by(window, made_at(moment), clocks)
    margin = ownership.TOLERANCE_SECONDS + 1e-3
    if found is Proof.PROVED:
        margin += min(loose, ownership.LOOSE_SECONDS)
        assert opened - margin <= by_ours <= opened + lasted + margin
    if opened <= by_ours <= opened + lasted:
        assert found is not Proof.EXCLUDED
    by_id = ownership.made_by(window, made_at(None, object_id(moment)), clocks)
    assert by_id is not Proof.PROVED
    if opened <= by_ours <= opened + lasted:
        assert by_id is not Proof.EXCLUDED
