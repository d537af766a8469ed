"""The contract's table of answers, row by row."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from importer.client import Answer, NoAnswer
from importer.destination import answers
from importer.models import (
    Ambiguous,
    Barred,
    Code,
    Done,
    NotProcessed,
    Rejected,
    Verdict,
)

CREATED = {"data": {"_id": "655b33a82209e60b6adb87a5"}}


def answer(status: int, body: Any = None, text: str = "") -> Answer:
    return Answer(status, body, not text, text, None, "trace-1")


def said(status: int, message: object) -> Answer:
    return answer(status, {"message": message, "traceId": "trace-1"})


def read(exchange: Answer | NoAnswer, *, creates: bool = True) -> Verdict:
    return answers.read(exchange, creates=creates)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_with_an_id_is_done(status: int) -> None:
    """201 is documented; any other success with an id is one too."""
    assert read(answer(status, CREATED)) == Done(
        "655b33a82209e60b6adb87a5", status, "trace-1"
    )


@pytest.mark.parametrize(
    "body",
    [None, {}, [], "ok", {"data": None}, {"data": {}}, {"data": {"_id": 5}}, 1],
)
def test_a_create_without_an_id_in_its_answer_is_in_doubt(body: Any) -> None:
    """`null` bodies have been seen, and an id alone proves the creation."""
    assert isinstance(read(answer(201, body)), Ambiguous)


def test_a_create_whose_answer_broke_off_is_in_doubt() -> None:
    """Half an answer proves nothing."""
    verdict = read(answer(201, text='{"data": {"_i'))
    assert verdict == Ambiguous("HTTP 201 without an id in the answer", 201, "trace-1")


@pytest.mark.parametrize("body", [None, {"status": True}])
def test_an_update_needs_no_id_in_its_answer(body: Any) -> None:
    """Updates and deletes have been answered with a bare `null` (#91, #93)."""
    assert read(answer(200, body), creates=False) == Done("", 200, "trace-1")


def test_a_success_that_says_false_is_in_doubt() -> None:
    """What HighLevel means by it is unknown, so nothing is reported as updated."""
    verdict = read(answer(200, {"status": False}), creates=False)
    assert isinstance(verdict, Ambiguous)


def test_an_id_without_its_underscore_is_an_id() -> None:
    """Lists have been seen that call it so; an answer may, too."""
    verdict = read(answer(201, {"data": {"id": "c1"}}))
    assert verdict == Done("c1", 201, "trace-1")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, Code.API_REFUSED),
        (404, Code.API_NOT_FOUND),
        (409, Code.API_CONFLICT),
        (422, Code.API_UNPROCESSABLE),
    ],
)
def test_the_apis_own_refusal_rejects_the_row(status: int, code: Code) -> None:
    """The words and the trace id are kept for the report."""
    verdict = read(said(status, "slug is wrong"))
    assert verdict == Rejected(code, "slug is wrong", status, "trace-1")


def test_a_422_with_a_list_is_one_sentence() -> None:
    """The API sends a list of strings there."""
    verdict = read(said(422, ["name must be a string", "slug should not be empty"]))
    assert isinstance(verdict, Rejected)
    assert verdict.message == "name must be a string; slug should not be empty"


def test_a_request_that_is_too_large_is_refused_whoever_says_so() -> None:
    """A gateway's page of HTML says as surely as the API that nobody has read it."""
    page = Answer(413, None, False, "<html>Too large</html>", None, "")
    verdict = read(page)
    assert isinstance(verdict, Rejected)
    assert (verdict.code, verdict.http_status) == (Code.API_REFUSED, 413)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_in_another_shape_is_in_doubt(status: int) -> None:
    """A page of HTML came from something before or behind the API."""
    verdict = read(answer(status, text="<html>bad request</html>"))
    assert isinstance(verdict, Ambiguous)
    assert verdict.http_status == status


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_without_words_still_has_some(status: int) -> None:
    """The report never has an empty message beside a rejection."""
    verdict = read(answer(status, {}))
    assert isinstance(verdict, Rejected)
    assert verdict.message == f"HTTP {status} without a message"


@pytest.mark.parametrize(
    ("words", "remedy", "patience"),
    [
        ("version header was not found.", "api_version", 1),
        ("version header is invalid", "api_version", 1),
        ("Invalid JWT", "Make a new Private Integration Token", 2),
        (
            "Invalid token: access token is invalid",
            "Make a new Private Integration Token",
            2,
        ),
        (
            "The token is not authorized for this scope.",
            "products/collection.write",
            2,
        ),
        ("Token's user type mismatch!", "inside the sub-account", 2),
        (
            "This authClass type is not allowed to access this scope.",
            "inside the sub-account",
            2,
        ),
    ],
)
def test_a_401_says_what_to_do_about_it(words: str, remedy: str, patience: int) -> None:
    """Each message of the contract leads to its own way out."""
    verdict = read(said(401, words))
    assert isinstance(verdict, Barred)
    assert words in verdict.message
    assert remedy in verdict.remedy
    assert (verdict.http_status, verdict.patience) == (401, patience)


def test_an_agency_token_is_not_told_to_get_scopes() -> None:
    """`authClass … this scope` names a scope, but scopes would not help."""
    verdict = read(
        said(401, "This authClass type is not allowed to access this scope.")
    )
    assert isinstance(verdict, Barred)
    assert "agency" in verdict.remedy


def test_a_location_that_the_token_does_not_open_bars_the_location() -> None:
    """403 in the API's own JSON is about the location id."""
    words = "The token does not have access to this location."
    verdict = read(said(403, words))
    assert isinstance(verdict, Barred)
    assert words in verdict.message
    assert "location id" in verdict.remedy
    assert verdict.patience == 2


@pytest.mark.parametrize("page", ["error code: 1010", "<html>blocked</html>"])
def test_a_403_of_the_edge_is_waited_for_before_it_is_believed(page: str) -> None:
    """An edge block is often over after a pause."""
    verdict = read(answer(403, text=page))
    assert isinstance(verdict, Barred)
    assert page in verdict.message
    assert verdict.patience == 3


@pytest.mark.parametrize("body", [None, {"message": "Too many requests"}, []])
def test_a_429_was_not_processed_whatever_its_body(body: Any) -> None:
    """The body of a 429 is unknown, so none is looked at."""
    verdict = read(answer(429, body))
    assert isinstance(verdict, NotProcessed)
    assert verdict.limited


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_stops_the_location_because_the_token_would_go_along(
    status: int,
) -> None:
    """Nothing is followed; the base URL is what is wrong."""
    verdict = read(answer(status))
    assert isinstance(verdict, Barred)
    assert verdict.remedy == "Check --base-url."


@pytest.mark.parametrize("status", [408, 418, 500, 502, 503, 504, 520, 524])
def test_everything_else_is_in_doubt(status: int) -> None:
    """5xx, the edge's 52x and what nobody has described may have created."""
    assert read(answer(status)) == Ambiguous(f"HTTP {status}", status, "trace-1")


def test_no_answer_after_sending_is_in_doubt() -> None:
    """A timeout after the request left is unknown, not failed."""
    verdict = read(NoAnswer("no answer within 30 s", sent=True))
    assert verdict == Ambiguous("no answer within 30 s")


def test_no_answer_before_sending_is_not_processed() -> None:
    """Where there was no connection, nothing can have been created."""
    verdict = read(NoAnswer("no connection to the server", sent=False))
    assert verdict == NotProcessed("no connection to the server")


@pytest.mark.parametrize("status", [int(one) for one in HTTPStatus if one >= 200])
@pytest.mark.parametrize("creates", [True, False])
def test_no_status_is_left_without_a_verdict(status: int, creates: bool) -> None:
    """Every status means something, and only a success can be done."""
    for exchange in (answer(status), answer(status, CREATED), answer(status, text="?")):
        verdict = answers.read(exchange, creates=creates)
        assert isinstance(verdict, Verdict)
        assert isinstance(verdict, Done) <= (200 <= status < 300)


@pytest.mark.parametrize("status", [500, 503, 599])
def test_an_error_that_carries_an_id_is_still_in_doubt(status: int) -> None:
    """Only the list settles what the status leaves open."""
    assert isinstance(read(answer(status, CREATED)), Ambiguous)


@pytest.mark.parametrize("body", [None, [], "x", {"data": []}, {"data": {"_id": None}}])
def test_an_id_is_a_text_or_nothing(body: Any) -> None:
    """What is not a text must not land in the report as one."""
    assert answers.collection_id(body) == ""
