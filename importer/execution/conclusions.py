"""What an answer means for a row: verdicts become outcomes.

Pure: a job and a verdict go in, an outcome comes out. Whether a row is tried again
is `retry`'s to say. Invariant: only a verdict that proves it makes a row `created`,
`rejected` or `failed`; everything else is `unknown`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer import retry, sentences
from importer.errors import (
    AccessError,
    QuotaExhausted,
    TooManyErrors,
    UnreachableError,
)
from importer.execution.evidence import PLAIN
from importer.models import (
    Ambiguous,
    Barred,
    Code,
    Done,
    NotProcessed,
    Outcome,
    Rejected,
    Status,
    Withheld,
)
from importer.ratelimit import reset_in_words
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from importer.errors import FatalError, ListIncomplete
    from importer.execution.evidence import Accepted
    from importer.execution.turns import Try
    from importer.models import ErrorLimit, Verdict

#: How often in a row a connection may fail before the location is given up.
# with full jitter seven pauses of 61 s together at the most, by default: half of that
# on average
UNREACHABLE_PATIENCE = 8


def decide(
    attempt: Try, verdict: Verdict, options: retry.Options, random: Callable[[], float]
) -> retry.Decision:
    """Say what to do with a row after an answer.

    A PUT that may have been carried out can simply be repeated, so for an update
    doubt is only a lost attempt.
    """
    if isinstance(verdict, Ambiguous) and attempt.job.collection_id:
        verdict = NotProcessed(verdict.reason, http_status=verdict.http_status)
    counted = (
        attempt.refusals if isinstance(verdict, Barred) else tries(attempt, options)
    )
    return retry.decide(verdict, counted, options, random)


def seen(verdict: Verdict) -> Verdict:
    """Read a connection that cannot be made as saying nothing of the row.

    It says something of the server, so it is waited for like a refusal of the caller,
    with more patience: half a minute on average, and none of the row's attempts.
    """
    # `free` (a 429, a token that was renewed) and `looked` come of answers: only the
    # rest says that no connection could be made
    if isinstance(verdict, NotProcessed) and not (verdict.free or verdict.looked):
        return Barred(
            f"HighLevel cannot be reached: {verdict.reason}.",
            "Check the network and --base-url, then go on with: importer resume",
            0,
            UNREACHABLE_PATIENCE,
        )
    return verdict


def stopped(location_id: str, error: Barred) -> FatalError:
    """Return the failure that a refusal is reported as, once it is believed."""
    # without an HTTP status there was no answer at all: exit 6, not 4
    kind = AccessError if error.http_status else UnreachableError
    return kind(f"Location {location_id}: {error.message}", remedy=error.remedy)


def ended_early(
    refused: Mapping[str, FatalError],
    parked: Collection[str],
    resets: Mapping[str, float] = MappingProxyType({}),
) -> FatalError | None:
    """Return what kept rows from being sent, where nothing else has stopped the run.

    Args:
        refused: why locations refuse, by location.
        parked: locations whose day is over.
        resets: when their days begin anew, seconds since the epoch, where that is said.
    """
    # a refusal needs a person, a day that is over only time: it is told first
    if refused:
        return next(iter(refused.values()))
    if parked:
        location, now = min(parked), time.time()
        reset = resets.get(location)
        when = reset_in_words(None if reset is None else reset - now, now)
        return QuotaExhausted(
            f"The day's quota of location {location} is used up to its reserve; "
            f"{when}.",
            remedy="Go on when the quota has been reset with: importer resume",
        )
    return None


def too_many_errors(bad: int, rows: int, limit: ErrorLimit) -> TooManyErrors:
    """Return the error that ends a run where `--max-errors` asks for it."""
    return TooManyErrors(
        f"{bad} of {rows} rows are bad; --max-errors allows {limit}.",
        remedy="See the report; go on with importer resume and a higher --max-errors.",
    )


def tries(attempt: Try, options: retry.Options) -> int:
    """Count the requests of this series: a resume begins another for a failed row.

    `attempts` goes on counting, because an audit must know how many requests there
    were that may have made something.
    """
    return (attempt.attempts - 1) % options.attempts + 1 if attempt.attempts else 0


def costs(verdict: Verdict) -> bool:
    """Return whether an answer counts as one of the row's attempts.

    One that refuses the caller, or comes too soon, says nothing of the row.
    """
    free = isinstance(verdict, NotProcessed) and verdict.free
    return not (free or isinstance(verdict, Barred))


def accepted(
    attempt: Try, verdict: Done | Rejected, at: float, proof: Accepted = PLAIN
) -> Outcome:
    """Return the outcome of an answer that stands; `at` is seconds since the epoch."""
    job = attempt.job
    if isinstance(verdict, Done):
        return Outcome(
            job.seq,
            Status.UPDATED if job.collection_id else Status.CREATED,
            verdict.collection_id,
            proof.code,
            proof.message,
            attempt.attempts,
            verdict.http_status,
            verdict.trace_id,
            at,
            proof.shown,
        )
    return Outcome(
        job.seq,
        Status.REJECTED,
        job.collection_id,
        code=verdict.code.value,
        message=sentences.text("outcome/refused", reason=verdict.message),
        attempts=attempt.attempts,
        http_status=verdict.http_status,
        trace_id=verdict.trace_id,
        finished_at=at,
    )


def stands(attempt: Try, verdict: Rejected | Withheld, at: float) -> Outcome:
    """Return the outcome of a refusal, by the API or by a look before the request."""
    if isinstance(verdict, Withheld):
        return withheld(attempt, verdict, at)
    return accepted(attempt, verdict, at)


def withheld(attempt: Try, verdict: Withheld, at: float) -> Outcome:
    """Return the outcome of a row that was not sent, for a reason that was seen.

    A row whose earlier request may have been carried out, in this process or in one
    before it, and which differs in nothing now, was updated by that request. `at` is
    when that was seen, in seconds since the epoch.
    """
    status, message = verdict.status, verdict.message
    if status is Status.EXISTING and (attempt.may_be_done or attempt.job.attempts):
        status = Status.UPDATED
        message = sentences.text("outcome/as_wished")
    return Outcome(
        attempt.job.seq,
        status,
        attempt.job.collection_id,
        code=verdict.code.value if verdict.code else "",
        message=message,
        attempts=attempt.attempts,
        http_status=verdict.http_status,
        finished_at=at,
    )


def given_up(attempt: Try, verdict: Verdict | None, at: float) -> Outcome:
    """Return the outcome of used-up attempts: certainly not created, or unclear.

    Args:
        attempt: the row.
        verdict: the last answer; None where the list never showed the collection.
        at: when that was clear, seconds since the epoch.
    """
    reason = getattr(verdict, "reason", Phrase("part/never_listed"))
    # only updates come here in doubt: an unclear create is settled by looking, and
    # given up only after a list that does not show it
    unclear = isinstance(verdict, Ambiguous)
    return Outcome(
        attempt.job.seq,
        Status.UNKNOWN if unclear else Status.FAILED,
        attempt.job.collection_id,
        code=(Code.OUTCOME_UNKNOWN if unclear else Code.ATTEMPTS_USED_UP).value,
        message=sentences.text(
            "outcome_unknown/given_up" if unclear else "attempts_used_up",
            attempts=attempt.attempts,
            reason=reason,
        ),
        attempts=attempt.attempts,
        http_status=getattr(verdict, "http_status", None),
        finished_at=at,
    )


def doubtful(attempt: Try) -> Outcome:
    """Return the outcome of a row without a clear answer: it may have been created."""
    return Outcome(
        attempt.job.seq,
        Status.UNKNOWN,
        code=Code.OUTCOME_UNKNOWN.value,
        message=sentences.text("outcome_unknown"),
        attempts=attempt.attempts,
    )


def unlisted(attempt: Try, error: ListIncomplete) -> Outcome:
    """Return the outcome of a row whose list is incomplete: it is still in doubt."""
    location = f"Location {attempt.job.location_id}: "
    return replace(
        doubtful(attempt),
        message=sentences.text(
            "outcome_unknown/unlisted", reason=str(error).removeprefix(location)
        ),
    )


def put_back(attempt: Try) -> Outcome:
    """Return the state of a row that was not processed: it waits for its next turn."""
    job = attempt.job
    return Outcome(
        job.seq, Status.PLANNED, job.collection_id, attempts=attempt.attempts
    )


def conflict(attempt: Try, verdict: Verdict) -> Rejected | None:
    """Return the refusal of a create that says that there is such a collection."""
    # an update cannot be answered for by "exists already": the collection it names is
    # meant to exist
    if attempt.job.collection_id or not isinstance(verdict, Rejected):
        return None
    return verdict if verdict.code is Code.API_CONFLICT else None
