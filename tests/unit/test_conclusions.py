"""What an answer means for a row: verdicts become outcomes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from importer import retry
from importer.execution import conclusions
from importer.execution.turns import Lane, Try
from importer.models import (
    Ambiguous,
    Barred,
    Code,
    Done,
    Job,
    NotProcessed,
    Rejected,
    Status,
    Verdict,
)
from importer.ratelimit import Budget

CREATE = Job(7, "loc", "Best", "best", "", b"{}")
UPDATE = replace(CREATE, collection_id="c1")
OPTIONS = retry.Options(attempts=3)


def attempt(job: Job = CREATE, attempts: int = 1, refusals: int = 0) -> Try:
    return Try(job, Lane("loc", Budget(None)), attempts, refusals)


def decide(one: Try, verdict: Verdict) -> retry.Decision:
    return conclusions.decide(one, verdict, OPTIONS, lambda: 0.0)


def test_a_timeout_after_send_is_unknown_not_failed() -> None:
    """A create in doubt is settled, even when its attempts are used up."""
    verdict = Ambiguous("no answer within 30 s")
    assert decide(attempt(attempts=9), verdict) == retry.Settle()


def test_an_update_in_doubt_is_repeated() -> None:
    """A PUT may be carried out twice without harm."""
    assert decide(attempt(UPDATE), Ambiguous("HTTP 500")) == retry.Again(0.0)


def test_an_update_in_doubt_for_good_is_unknown_not_failed() -> None:
    """Nobody may be told that it certainly was not changed."""
    one = attempt(UPDATE, attempts=3)
    verdict = Ambiguous("HTTP 500", 500)
    assert decide(one, verdict) == retry.GiveUp()
    outcome = conclusions.given_up(one, verdict, 5.0)
    assert outcome.status is Status.UNKNOWN
    assert outcome.code == Code.OUTCOME_UNKNOWN
    assert (outcome.collection_id, outcome.http_status) == ("c1", 500)


def test_refusals_of_the_caller_are_counted_apart_from_attempts() -> None:
    """Attempts of the row say nothing about the token."""
    verdict = Barred("refused", "", 401, patience=2)
    assert decide(attempt(attempts=9, refusals=1), verdict) == retry.Again(0.0)
    assert decide(attempt(attempts=9, refusals=2), verdict) == retry.StopLocation()


@pytest.mark.parametrize(
    ("job", "status"), [(CREATE, Status.CREATED), (UPDATE, Status.UPDATED)]
)
def test_done_is_created_or_updated(job: Job, status: Status) -> None:
    """Which of the two the job says: an update knows its collection."""
    outcome = conclusions.accepted(attempt(job), Done("c1", 201, "t"), 5.0)
    assert (outcome.seq, outcome.status, outcome.collection_id) == (7, status, "c1")
    assert (outcome.http_status, outcome.trace_id, outcome.code) == (201, "t", "")
    assert (outcome.attempts, outcome.finished_at) == (1, 5.0)


def test_a_rejection_keeps_code_words_and_trace() -> None:
    """The report shows the API's own words, support asks for the trace id."""
    verdict = Rejected(Code.API_UNPROCESSABLE, "slug is wrong", 422, "t")
    outcome = conclusions.accepted(attempt(), verdict, 5.0)
    assert outcome.status is Status.REJECTED
    assert outcome.code == "api_422"
    assert "slug is wrong" in outcome.message
    assert (outcome.http_status, outcome.trace_id) == (422, "t")


def test_used_up_attempts_are_failed_with_the_last_reason() -> None:
    """The person learns how often it was tried and why it did not work."""
    one = attempt(attempts=3)
    outcome = conclusions.given_up(
        one, NotProcessed("no connection to the server"), 5.0
    )
    assert outcome.status is Status.FAILED
    assert outcome.code == Code.ATTEMPTS_USED_UP
    assert "3 attempts" in outcome.message
    assert "no connection" in outcome.message


def test_a_row_that_never_appeared_says_so() -> None:
    """Without a last answer the list is the reason."""
    outcome = conclusions.given_up(attempt(attempts=3), None, 5.0)
    assert outcome.status is Status.FAILED
    assert "never appeared" in outcome.message


def test_a_doubtful_row_is_unknown() -> None:
    """Unknown, with a code that stays the same."""
    outcome = conclusions.doubtful(attempt())
    assert (outcome.seq, outcome.status) == (7, Status.UNKNOWN)
    assert outcome.code == Code.OUTCOME_UNKNOWN


def test_a_row_that_waits_again_is_planned_and_keeps_its_collection() -> None:
    """An update that waits must not become a create."""
    outcome = conclusions.put_back(attempt(UPDATE))
    assert (outcome.status, outcome.collection_id) == (Status.PLANNED, "c1")
