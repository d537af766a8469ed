"""Answers: what goes back to a client, the shapes of errors, what faults make of it.

An answer is a status, a body and its type; sending it, or breaking the connection
instead (`RESET`), is the server's work. Invariants: `message` is a string on 400, 401,
403 and 404 and a list of strings on 422, as HighLevel has it, version v3 has both
elsewhere; a fault that strikes after the work was done leaves an answer alone that
reports no work done, so a row that is wrong stays a 422. With the nature
`mixed-answers` two creates that are under way together get each other's answer, whole;
every answer is given to exactly one call, and a spoilt one to its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from importer.sandbox.faults import Fault, Stream, chance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from importer.sandbox.faults import Misfortune


JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ready to be sent; `created` says whether it made something."""

    status: int
    body: bytes
    content_type: str = JSON
    created: bool = False

    @property
    def good(self) -> bool:
        """Whether the call did what it asked for."""
        return self.status < HTTPStatus.BAD_REQUEST


#: Not an answer at all: the connection is broken off.
RESET = Answer(0, b"")


def done(content: object, status: int = 200, *, created: bool | None = None) -> Answer:
    """Answer a call that did what it asked for.

    A 201 has made a collection, unless told not to.
    """
    made = status == HTTPStatus.CREATED if created is None else created
    return Answer(status, orjson.dumps(content), created=made)


def refusal(status: int, message: str | Sequence[str], trace_id: str) -> Answer:
    """Answer a call that was refused, with the reason where HighLevel puts it."""
    body = {
        "statusCode": status,
        "message": message,
        "error": HTTPStatus(status).phrase,
        "traceId": trace_id,
    }
    return Answer(status, orjson.dumps(body))


def in_v3(answer: Answer) -> Answer:
    """Return the answer as a caller of version v3 gets it, with errors of its shape.

    The four keys are published; what stands in them is not, and guessed here.
    """
    if answer.good or answer.content_type != JSON:
        return answer
    told = orjson.loads(answer.body)
    said = told["message"]
    details = said if isinstance(said, list) else []
    body = {
        "error": {
            "code": HTTPStatus(answer.status).name,
            "message": "; ".join(details) or said,
            "details": details,
            "resolution": "See the documentation of this endpoint.",
        },
        "traceId": told["traceId"],
    }
    return replace(answer, body=orjson.dumps(body))


def edge_block() -> Answer:
    """Return the page of the edge in front of the API, which blocks some agents."""
    page = b"<!DOCTYPE html><html><body>Access denied. error code: 1010</body></html>"
    return Answer(403, page, HTML)


def bad_gateway() -> Answer:
    """Return the page of a proxy that lost the server behind it."""
    page = b"<html><head><title>502 Bad Gateway</title></head><body></body></html>"
    return Answer(502, page, HTML)


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
