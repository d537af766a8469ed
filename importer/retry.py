"""Again, or not, and when: a decision, as a value.

Pure: no clock, no sleep, no randomness of its own. The caller waits. Invariants:
a request that may have been processed is never "again" here (it is settled first),
and a refusal by the rate limit costs no attempt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from importer.models import (
    Ambiguous,
    Barred,
    Done,
    NotProcessed,
    Rejected,
    Withheld,
)
from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Verdict


#: No pause is doubled more often: a float would overflow after a thousand tries.
MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Options:
    """How often a row is tried and how long is waited between.

    `settle_seconds` are the pauses before each look for a row without a clear
    answer; the row may be sent again only after the last of them.
    """

    attempts: int = 5
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    settle_seconds: tuple[float, ...] = (2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Again:
    """Send the same request once more after `wait_seconds`."""

    wait_seconds: float


@dataclass(frozen=True, slots=True)
class Settle:
    """Look at the server before anything else is done with the row."""


@dataclass(frozen=True, slots=True)
class Accept:
    """The verdict stands."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Attempts are used up; the row was certainly not processed."""


@dataclass(frozen=True, slots=True)
class StopLocation:
    """Nothing more can be sent to this location."""


Decision = Again | Settle | Accept | GiveUp | StopLocation


def backoff(failures: int, options: Options, random: Callable[[], float]) -> float:
    """Return a pause in seconds with full jitter: up to the doubled pause.

    Args:
        failures: how many tries have failed so far, at least 1.
        options: the first pause and the longest.
        random: gives a float in [0, 1).
    """
    doublings = min(failures - 1, MOST_DOUBLINGS)
    ceiling = min(options.cap_seconds, options.base_seconds * 2.0**doublings)
    # full jitter, so that many rows that failed together do not come back together
    return random() * ceiling


def decide(
    verdict: Verdict, tries: int, options: Options, random: Callable[[], float]
) -> Decision:
    """Say what to do after the `tries`-th try that counts ended in `verdict`.

    A `Barred` is believed only when it was said `patience` times in a row, because
    this API has answered 401 to good tokens (vendor's tracker, #92); the caller
    counts those answers in `tries`.
    """
    most: int
    otherwise: GiveUp | StopLocation
    match verdict:
        # an answer in the server's own words: asking again would change nothing
        case Done() | Rejected() | Withheld():
            return Accept()
        # never again without a look: it may have been carried out
        case Ambiguous():
            return Settle()
        # the caller has waited for the limit already; no attempt is used
        case NotProcessed(free=True):
            return Again(0.0)
        case NotProcessed():
            most, otherwise = options.attempts, GiveUp()
        case Barred(patience=patience):
            most, otherwise = patience, StopLocation()
        case never:  # pragma: no cover - proved by the type checker
            assert_never(never)
    if tries >= most:
        return otherwise
    return Again(backoff(tries, options, random))
