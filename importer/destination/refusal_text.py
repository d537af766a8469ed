"""The words of a refusal, wherever in its body the API puts them.

Pure. Known are `message`, a text or a list of texts (the API page), and of `v3` an
object `error` with `code`, `message`, `details` and `resolution` (the vendor's
clients). Any other shape is searched for texts. Invariant: no body is an exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: Where the words of a refusal may be, the best first.
_WORDS = (
    "message",
    "messages",
    "error",
    "errors",
    "error_description",
    "detail",
    "msg",
)
#: Where a list of faults says what each is about.
_ABOUT = ("field", "property", "path")
#: So deep a body is searched, and so many faults of a list are told.
_DEEPEST, _MOST = 4, 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong, its code, and what to do about it; each may be empty."""

    message: str
    code: str = ""
    resolution: str = ""

    def __str__(self) -> str:
        """Return all of it as one text."""
        text = self.message or self.code
        if self.code not in ("", text):
            text = f"{text} ({self.code})"
        if not (text and self.resolution):
            return text or self.resolution
        stop = "" if text.endswith((".", "!", "?")) else "."
        return f"{text}{stop} {self.resolution}"


def refusal(body: Any) -> Refusal:  # noqa: ANN401 - a body may be any JSON
    """Return what a body says of a refusal; empty where it says nothing."""
    if not isinstance(body, dict):
        return Refusal(_words(body, 0))
    error = body.get("error")
    if not isinstance(error, dict):
        return Refusal(_words(body, 0))
    parts = [_words(error.get("message"), 1) or _words(body.get("message"), 1)]
    parts.append(_words(error.get("details"), 1))
    message = "; ".join(dict.fromkeys(filter(None, parts)))
    code, resolution = _plain(error.get("code")), _words(error.get("resolution"), 1)
    if not (message or code or resolution):
        message = _words(error, 1)
    return Refusal(message, code, resolution)


def _words(value: object, depth: int) -> str:
    """Return the texts in a value, joined."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        found = (_words(fault, depth + 1) for fault in value[:_MOST])
        return "; ".join(filter(None, found))
    return _of_object(value, depth) if isinstance(value, dict) else _plain(value)


def _of_object(value: dict[Any, Any], depth: int) -> str:
    """Return the words of an object, or of all its members where none is known."""
    named = (_words(value.get(key), depth + 1) for key in _WORDS)
    text = next(filter(None, named), "")
    about = next(filter(None, (_plain(value.get(key)) for key in _ABOUT)), "")
    # the body itself is not searched member by member: it would tell ids and statuses
    if text or not depth:
        return f"{about}: {text}" if about and text else text
    members = ((name, _words(one, depth + 1)) for name, one in value.items())
    return "; ".join(
        [f"{name}: {message}" for name, message in members if message][:_MOST]
    )


def _plain(value: object) -> str:
    """Return a text or a number as text; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""
