"""The body of a refusal: what is taken of it where it breaks off, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from importer.client import bodies
from importer.destination import answers
from importer.logs import Secrets


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b'{"a":1,"message":"long te', {"a": 1, "message": "long te"}),
        (b' \n{"message" : ["one \\"two\\" thr', {"message": 'one "two" thr'}),
        (b'{"message":["one","tw', {"message": "one"}),
        (b'{"message":"cut \\u00', {"message": "cut "}),
        (b'{"message":"odd \\q', {"message": "odd \\q"}),
        (b'{"message":"whole","traceId":12', {"message": "whole", "traceId": 12}),
        (b'{"message":"whole","deep":{"a', {"message": "whole"}),
        (b'{"message":' + b"[" * 5000, None),
        (b"{", None),
        (b"<html>", None),
    ],
)
def test_of_an_object_that_breaks_off_its_members_are_taken(
    raw: bytes, found: dict[str, Any] | None
) -> None:
    """As far as they are there; what is no object is none."""
    assert bodies.begun(raw) == found


def test_what_is_kept_of_a_refusal_is_bounded() -> None:
    """In its texts, its depth and its number, keys included."""
    deep: Any = "x"
    for _ in range(50):
        deep = {"a": [deep]}
    body = {
        "message": "word " * 5000,
        "deep": deep,
        "many": ["x"] * 5000,
        "n": 1,
        "k" * 5000: None,
    }
    kept = bodies.harmless(body, Secrets())
    assert len(repr(kept)) < 5000
    assert kept["n"] == 1
    assert kept["message"].startswith("word word")


def test_twenty_faults_of_a_row_are_all_told() -> None:
    """Each with the field that it is about: people correct them in one go."""
    names = [f"field-{number}" for number in range(20)]
    faults = [{"field": name, "message": f"{name} is wrong"} for name in names]
    kept = bodies.harmless({"statusCode": 422, "message": faults}, Secrets())
    told = answers.refusal(kept).message.split("; ")
    assert told == [f"{name}: {name} is wrong" for name in names]


def test_the_answer_to_a_change_is_read_less_far_than_a_list() -> None:
    """It shows one collection."""
    assert bodies.most("POST") < bodies.most("GET")
