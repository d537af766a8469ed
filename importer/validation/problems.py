"""The words for what is wrong: from pydantic's errors to problems of a row.

Invariant: every error that the contract can raise has a code of its field; the
message says what is wrong and the remedy what to write instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import wording
from importer.models import Code, Problem
from importer.transforms import slugify
from importer.validation.cells import (
    NOT_JSON,
    NOT_OBJECT,
    TOO_DEEP,
    is_destroyed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pydantic_core import ErrorDetails

_LONGEST_VALUE = 60
_MOST_IDS_NAMED = 20
_ID_SHAPE = (
    "Write the 24 characters (0-9, a-f) of the id as HighLevel shows them, "
    "for example 655b33a82209e60b6adb87a5."
)
_DESTROYED = (
    "The spreadsheet has turned a long id into a number ({ids}); its digits are lost."
)
_DESTROYED_REMEDY = "Format the column as text and paste the id once more."
_RULES_SHAPE = 'Write a JSON object such as {"logic": "AND", "conditions": [{…}]}.'

#: What a row is asked for where a field is absent.
MISSING = {
    "location_id": Problem(
        Code.LOCATION_MISSING,
        "The row does not say which location (sub-account) it belongs to.",
        remedy="Write the location id into the row, or give one with --location-id.",
    ),
    "name": Problem(
        Code.NAME_MISSING,
        "The collection has no name.",
        remedy="Write a name, for example Best Sellers.",
    ),
    "slug": Problem(
        Code.SLUG_MISSING,
        "There is no slug, and none can be made from the name.",
        remedy="Write one with letters a to z, digits and dashes: best-sellers.",
    ),
}


def shortened(text: str) -> str:
    """Make a value fit a line: one line, at most 60 characters."""
    return wording.cut_line(text, _LONGEST_VALUE)


def of(errors: Iterable[ErrorDetails], texts: Mapping[str, str]) -> list[Problem]:
    """Turn the errors of one row into problems, one or two for each field.

    `texts` are the row's cells by field. The columns are still empty; `located`
    fills them in.
    """
    by_field: dict[str, list[ErrorDetails]] = {}
    for error in errors:
        by_field.setdefault(str(error["loc"][0]), []).append(error)
    return [
        problem
        for field, found in by_field.items()
        for problem in _WORDS[field](found, texts.get(field, ""))
    ]


def _location(errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    if errors[0]["type"] == "missing":
        return [MISSING["location_id"]]
    message = f"{shortened(text)} is no location id; they are letters and digits only."
    remedy = "Copy the id from the settings of the sub-account."
    return [_problem(Code.LOCATION_INVALID, message, remedy, text)]


def _name(_errors: Sequence[ErrorDetails], _text: str) -> list[Problem]:
    return [MISSING["name"]]


def _slug(errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    if errors[0]["type"] == "missing":
        return [MISSING["slug"]]
    message = "A slug has lower-case letters a to z, digits and dashes only."
    remedy = f"Write {slugify(text) or 'best-sellers, for example'}."
    return [_problem(Code.SLUG_INVALID, message, remedy, text)]


def _type(_errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    message = f"{shortened(text)} is no type of collection."
    return [_problem(Code.TYPE_UNKNOWN, message, "Write manual or smart.", text)]


def _product_ids(errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    # the first error is that the cell as a whole is no plain list
    wrong = [str(error["input"]) for error in errors[1:]] or [text]
    lost = [text for text in wrong if is_destroyed(text)]
    bad = [text for text in wrong if not is_destroyed(text)]
    problems = []
    if bad:
        verb = "is no product id" if len(bad) == 1 else "are no product ids"
        message = f"{_named(bad)} {verb}."
        problem = _problem(Code.PRODUCT_ID_INVALID, message, _ID_SHAPE, bad[0])
        problems.append(problem)
    if lost:
        problems.append(_destroyed(Code.PRODUCT_ID_INVALID, lost))
    return problems


def _collection_id(_errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    code = Code.COLLECTION_ID_INVALID
    if is_destroyed(text):
        return [_destroyed(code, [text])]
    message = f"{shortened(text)} is no collection id."
    remedy = _ID_SHAPE.removesuffix(".") + ", or leave the cell blank."
    return [_problem(code, message, remedy, text)]


def _rules(errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    first = errors[0]
    if first["type"] == NOT_JSON:
        return [_not_json(Code.RULES_NOT_JSON, first, text, _RULES_SHAPE)]
    wrong = dict.fromkeys(_rules_sentence(error) for error in errors)
    return [_problem(Code.RULES_INVALID, " ".join(wrong), _RULES_SHAPE, text)]


def _rules_sentence(error: ErrorDetails) -> str:
    part, *index = error["loc"][1:] or ("",)
    if index:
        return f"Condition {int(index[0]) + 1} is not an object in braces."
    if (part, error["type"]) == ("logic", "literal_error"):
        return f"The logic is {shortened(str(error['input']))}, not AND or OR."
    return _RULES_WORDS[str(part), error["type"]]


def _image(_errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    message = f"{shortened(text)} is not the address of an image on the web."
    remedy = "Write it in full, for example https://example.com/shoes.png."
    if any(character.isspace() for character in text):
        remedy = "Write it without spaces: a space in an address is %20."
    return [_problem(Code.IMAGE_NOT_A_URL, message, remedy, text)]


def _rule_version(_errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    message = f"{shortened(text)} is not a number."
    remedy = "Write a number such as 1, or leave the cell blank."
    return [_problem(Code.RULE_VERSION_INVALID, message, remedy, text)]


def _stats(errors: Sequence[ErrorDetails], text: str) -> list[Problem]:
    remedy = "Write a JSON object in braces such as {}, or leave the cell blank."
    first = errors[0]
    if first["type"] == NOT_JSON:
        return [_not_json(Code.STATS_INVALID, first, text, remedy)]
    message = "The statistics are not a JSON object."
    if first["type"] == TOO_DEEP:
        message = "The statistics are nested too deep."
    return [_problem(Code.STATS_INVALID, message, remedy, text)]


def _not_json(code: Code, error: ErrorDetails, text: str, remedy: str) -> Problem:
    found: dict[str, Any] = error["ctx"]
    place = f"character {found['column']}"
    if found["line"] > 1:
        place = f"line {found['line']}, {place}"
    message = f"This is not JSON: it stops making sense at {place} ({found['reason']})."
    return _problem(code, message, remedy, text)


def _destroyed(code: Code, lost: list[str]) -> Problem:
    message = _DESTROYED.format(ids=_named(lost))
    return _problem(code, message, _DESTROYED_REMEDY, lost[0])


def _named(values: list[str]) -> str:
    names = [shortened(value) or "a blank" for value in values[:_MOST_IDS_NAMED]]
    more = len(values) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _problem(code: Code, message: str, remedy: str, value: str) -> Problem:
    return Problem(code, message, remedy=remedy, value=shortened(value))


_RULES_WORDS = {
    ("logic", "missing"): "The rules lack logic.",
    ("conditions", "missing"): "The rules lack conditions.",
    ("conditions", "too_short"): "The list of conditions is empty.",
    ("conditions", "list_type"): "The conditions are not a list.",
    ("", TOO_DEEP): "The rules are nested too deep.",
    ("", NOT_OBJECT): "The rules are not a JSON object.",
}

#: What finds the words, for every field that has a constraint.
_WORDS: Mapping[str, Callable[[Sequence[ErrorDetails], str], list[Problem]]] = {
    "location_id": _location,
    "name": _name,
    "slug": _slug,
    "type": _type,
    "product_ids": _product_ids,
    "rules": _rules,
    "image": _image,
    "collection_id": _collection_id,
    "rule_version": _rule_version,
    "stats": _stats,
}
