"""The words of a refusal: in the shapes that are known, and in any other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.client import Answer
from importer.destination import answers, refusal_text
from importer.models import Barred, Rejected

V3 = {
    "error": {
        "code": "VALIDATION_ERROR",
        "message": "Too long",
        "details": [{"field": "slug", "message": "at most 100 letters"}],
        "resolution": "Shorten the slug.",
        "traceId": "trace-7",
    }
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "details", "code", "field", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def answer(status: int, body: Any) -> Answer:
    return Answer(status, body, True, "", None, "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no", "error": "Bad Request"}, "no"),
        ({"message": ["a", "b", 7]}, "a; b; 7"),
        ({"error": "Unauthorized"}, "Unauthorized"),
        (
            V3,
            "Too long; slug: at most 100 letters (VALIDATION_ERROR). Shorten the slug.",
        ),
        ({"error": {"code": 40101}}, "40101"),
        ({"error": {"message": "Gone.", "resolution": "Look."}}, "Gone. Look."),
        ({"error": {"resolution": "Look."}}, "Look."),
        ({"error": {"details": {"slug": ["long", "odd"]}}}, "slug: long; odd"),
        ({"error": {}, "message": "outside"}, "outside"),
        ({"errors": [{"path": "name", "msg": "is empty"}]}, "name: is empty"),
        ({"message": {"message": {"message": "deep"}}}, "deep"),
        ({"statusCode": 400, "x": {"y": "z"}}, ""),
        ({"error": {"why": "it is so"}}, "why: it is so"),
        ({"message": [[[[[["too deep"]]]]]]}, ""),
        ("in short", "in short"),
        ([["a"]], "a"),
        (None, ""),
    ],
)
def test_the_words_of_a_refusal_are_found_in_any_shape(body: Any, words: str) -> None:
    """The documented one, that of v3, and what other frameworks send."""
    assert str(refusal_text.refusal(body)) == words


@given(ANY, st.sampled_from([400, 401, 403, 404, 409, 422, 429, 500]))
def test_no_body_of_a_refusal_is_an_exception(body: Any, status: int) -> None:
    """Whatever is nested in it, there is a verdict with words."""
    made = answer(status, body)
    assert answers.message(made)
    assert answers.read(made, creates=True) is not None


def test_a_refusal_in_the_shape_of_v3_is_told_in_its_words() -> None:
    """It was "HTTP 422 without a message"."""
    verdict = answers.read(answer(422, V3), creates=True)
    assert isinstance(verdict, Rejected)
    assert verdict.message.startswith("Too long; slug: at most")


def test_the_advice_of_a_refusal_does_not_decide_what_it_means() -> None:
    """An expired token is no missing scope, though the advice names scopes."""
    error = {"message": "jwt expired", "resolution": "Check its scope and get another."}
    verdict = answers.read(answer(401, {"error": error}), creates=True)
    assert isinstance(verdict, Barred)
    assert verdict.remedy == answers.RENEW_REMEDY
    assert "jwt expired" in verdict.message
    error = {"code": "NO", "message": "The token is not authorized for this scope."}
    verdict = answers.read(answer(401, {"error": error}), creates=True)
    assert isinstance(verdict, Barred)
    assert verdict.remedy == answers.SCOPE_REMEDY


def test_a_version_that_the_api_refuses_names_its_setting() -> None:
    """`Version` is a setting, so it is no fault of the program."""
    body = {"message": "version header is invalid"}
    verdict = answers.read(answer(401, body), creates=True)
    assert isinstance(verdict, Barred)
    assert "api_version" in verdict.remedy
