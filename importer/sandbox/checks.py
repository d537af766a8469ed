"""Checks of single values: each says what is wrong with one field, in the API's words.

Pure. A check gets the field's name and its value, which is there; what may be left
out is the matter of `shape_problems`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

_MONGO_ID = re.compile(r"[0-9a-fA-F]{24}")

Check: TypeAlias = "Callable[[str, object], list[str]]"


def unknown(body: Mapping[str, Any], known: Collection[str]) -> list[str]:
    """Name each key that does not exist, as the platform's validators do."""
    return [f"property {key} should not exist" for key in body if key not in known]


def shape_problems(
    body: Mapping[str, Any], checks: Mapping[str, Check], required: Collection[str]
) -> list[str]:
    """Say what is wrong with a body; `null` and the empty text count as left out."""
    found = unknown(body, checks)
    for key, check in checks.items():
        value = body.get(key)
        # what a client writes for nothing counts as nothing
        if value is not None and value != "":
            found += check(key, value)
        elif key in required:
            found.append(f"{key} should not be empty")
    return found


def string(key: str, value: object) -> list[str]:
    """Check that it is a text."""
    return [] if isinstance(value, str) else [f"{key} must be a string"]


def mapping(key: str, value: object) -> list[str]:
    """Check that it is a JSON object."""
    return [] if isinstance(value, dict) else [f"{key} must be an object"]


def boolean(key: str, value: object) -> list[str]:
    """Check that it is true or false."""
    return [] if isinstance(value, bool) else [f"{key} must be a boolean value"]


def number(key: str, value: object) -> list[str]:
    """Check that it is a number, whole or not."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return []
    return [f"{key} must be a number conforming to the specified constraints"]


def mongo_id(key: str, value: object) -> list[str]:
    """Check that it is an id: 24 hexadecimal digits."""
    if isinstance(value, str) and _MONGO_ID.fullmatch(value):
        return []
    return [f"{key} must be a mongodb id"]


def strings(key: str, value: object) -> list[str]:
    """Check that it is an array of texts."""
    return _array(key, value, str, "a string")


def mappings(key: str, value: object) -> list[str]:
    """Check that it is an array of JSON objects."""
    return _array(key, value, dict, "an object")


def one_of(*names: str) -> Check:
    """Check that a text is one of these."""

    def check(key: str, value: object) -> list[str]:
        if value in names:
            return []
        return [f"{key} must be one of the following values: {', '.join(names)}"]

    return check


def _array(key: str, value: object, kind: type, noun: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{key} must be an array"]
    if all(isinstance(item, kind) for item in value):
        return []
    return [f"each value in {key} must be {noun}"]
