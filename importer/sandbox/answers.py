"""Answers: what goes back to a client, and the shapes that errors have.

An answer is a status, a body and its type; sending it, or breaking the connection
instead, is the server's work. Invariant: `message` is a string on 400, 401, 403 and
404 and a list of strings on 422, as HighLevel has it; version v3 has both elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Sequence

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
