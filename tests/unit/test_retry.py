"""Again, or not, and when: decisions as values, tested with literals."""

from __future__ import annotations

import pytest

from importer import retry
from importer.models import (
    Ambiguous,
    Barred,
    Code,
    Done,
    NotProcessed,
    Rejected,
    Verdict,
)

OPTIONS = retry.Options(attempts=3, base_seconds=0.5, cap_seconds=4.0)
BARRED = Barred("The token is refused", "Make a new one.", 401, patience=2)


def top() -> float:
    return 1.0


@pytest.mark.parametrize(
    "verdict", [Done("id", 201), Rejected(Code.API_UNPROCESSABLE, "no", 422)]
)
def test_a_clear_answer_stands(verdict: Verdict) -> None:
    """A yes and a no are both accepted, however many tries it took."""
    assert retry.decide(verdict, 99, OPTIONS, top) == retry.Accept()


@pytest.mark.parametrize("tries", [1, 3, 99])
def test_doubt_is_never_again(tries: int) -> None:
    """A request that may have been processed is settled, at any number of tries."""
    assert retry.decide(Ambiguous("HTTP 500"), tries, OPTIONS, top) == retry.Settle()


def test_a_429_never_uses_up_the_attempts() -> None:
    """The budget says when to go on, so the pause is nothing and no try counts."""
    limited = NotProcessed("HTTP 429", limited=True)
    assert retry.decide(limited, 1000, OPTIONS, top) == retry.Again(0.0)


def test_what_was_not_processed_is_tried_until_the_attempts_are_used_up() -> None:
    """Three attempts are three requests: the third failure is the last."""
    verdict = NotProcessed("no connection to the server")
    decisions = [retry.decide(verdict, tries, OPTIONS, top) for tries in (1, 2, 3, 4)]
    assert decisions == [
        retry.Again(0.5),
        retry.Again(1.0),
        retry.GiveUp(),
        retry.GiveUp(),
    ]


def test_a_refused_token_is_believed_when_it_was_refused_in_a_row() -> None:
    """One 401 may be a lie of the API (#92); `patience` of them are not."""
    assert retry.decide(BARRED, 1, OPTIONS, top) == retry.Again(0.5)
    assert retry.decide(BARRED, 2, OPTIONS, top) == retry.StopLocation()


def test_a_refusal_without_patience_stops_at_once() -> None:
    """A wrong Version header does not become right by asking again."""
    verdict = Barred("version header is invalid", "", 401)
    assert retry.decide(verdict, 1, OPTIONS, top) == retry.StopLocation()


def test_the_pause_doubles_up_to_its_cap() -> None:
    """With the dice at their top the pauses are the ceilings themselves."""
    pauses = [retry.backoff(failures, OPTIONS, top) for failures in (1, 2, 3, 4, 5)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_the_jitter_is_full() -> None:
    """With the dice at nothing there is no pause, in the middle half of one."""
    assert retry.backoff(4, OPTIONS, lambda: 0.0) == 0.0
    assert retry.backoff(4, OPTIONS, lambda: 0.5) == 2.0


def test_thousands_of_tries_overflow_nothing() -> None:
    """Whoever sets `--attempts 5000` still gets the longest pause."""
    assert retry.backoff(5000, OPTIONS, top) == 4.0
