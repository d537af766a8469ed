"""What each fault does to the answer that a call would have got, and whose it becomes.

Pure: an answer goes in, and the one that the client gets comes out (`RESET` where it
gets none). Invariant: a fault that strikes after the work was done leaves an answer
alone that reports no work done, so a row that is wrong stays a 422. With the nature
`mixed-answers` two creates that are under way together get each other's answer, whole;
every answer is given to exactly one call, and a spoilt one to its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox.answers import RESET, Answer, bad_gateway, refusal
from importer.sandbox.faults import Fault, Stream, chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sandbox.faults import Misfortune


#: Invented: the words that came with such a 422 are not known.
CREATED_ALL_THE_SAME = "collection could not be saved"


def instead(met: Misfortune, trace_id: str) -> Answer:
    """Return the answer of a call that was not carried out because of its fault."""
    make = _INSTEAD.get(met.fault, _crash) if met.fault else _crash
    return make(trace_id)


def afterwards(met: Misfortune, answer: Answer, trace_id: str) -> Answer:
    """Return the answer of a call that was carried out, as its fault leaves it."""
    # a call that failed by itself has done nothing that a fault could hide
    if not answer.good:
        return answer
    spoil = _AFTERWARDS.get(met.fault) if met.fault else None
    return spoil(answer, trace_id) if spoil else answer


def too_many(trace_id: str) -> Answer:
    """Answer 429. What HighLevel writes into its body is unknown."""
    return refusal(429, "Too many requests", trace_id)


def _crash(trace_id: str) -> Answer:
    return refusal(500, "Internal server error", trace_id)


def _refused_but_created(_answer: Answer, trace_id: str) -> Answer:
    return refusal(422, [CREATED_ALL_THE_SAME], trace_id)


def _null(answer: Answer, _trace_id: str) -> Answer:
    return Answer(answer.status, b"null")


def _broken(answer: Answer, _trace_id: str) -> Answer:
    # in the middle of the JSON, so that it cannot be read
    return Answer(answer.status, answer.body[: len(answer.body) // 2])


_INSTEAD: dict[Fault, Callable[[str], Answer]] = {
    Fault.RESET_BEFORE: lambda _: RESET,
    Fault.ERROR_BEFORE: _crash,
    Fault.EXPIRED_TOKEN: lambda trace_id: refusal(401, "Invalid JWT", trace_id),
    Fault.BAD_GATEWAY: lambda _: bad_gateway(),
}
_AFTERWARDS: dict[Fault, Callable[[Answer, str], Answer]] = {
    Fault.RESET_AFTER: lambda *_: RESET,
    Fault.ERROR_AFTER: lambda _, trace_id: _crash(trace_id),
    Fault.BAD_GATEWAY: lambda *_: bad_gateway(),
    Fault.REFUSED_BUT_CREATED: _refused_but_created,
    Fault.NULL_BODY: _null,
    Fault.BROKEN_BODY: _broken,
}


#: The share of creates that swap their answer, if another one is under way.
SHARE = 0.15


class Mixture:
    """The answers that are ready and not sent yet, by their calls' ordinals."""

    def __init__(self, seed: int) -> None:
        """Begin with nothing under way."""
        self._seed = seed
        self._ready: dict[int, Answer] = {}
        self._swapped: set[int] = set()

    def put(self, ordinal: int, answer: Answer) -> None:
        """Take in an answer; it may be swapped with one that waits already."""
        # only creates name an id that could be mistaken for another row's
        if not answer.created:
            return
        self._ready[ordinal] = answer
        if chance(self._seed, ordinal, Stream.MIX) >= SHARE:
            return
        # one whose answer was swapped already keeps what it has: each goes to one call
        partner = next((it for it in self._ready if it not in self._swapped), ordinal)
        if partner != ordinal:
            mine, theirs = self._ready[ordinal], self._ready[partner]
            self._ready[ordinal], self._ready[partner] = theirs, mine
            self._swapped |= {ordinal, partner}

    def take(self, ordinal: int, answer: Answer) -> Answer:
        """Return the answer that the call gets, its own `answer` or another's."""
        self._swapped.discard(ordinal)
        return self._ready.pop(ordinal, answer)
