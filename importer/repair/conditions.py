"""Rules whose JSON is written wrongly, but in one way only that it can be meant.

Mends the writing (quotation marks, a comma too many, Python's words for true and null),
the case of `logic` and `conditions`, a list or a single condition without anything
around it, and `all` or `any` as the logic. What several conditions without a logic
mean cannot be guessed, so they stay. Invariants: rules that are right, or in words,
stay letter by letter; what comes out is a JSON object with a logic and conditions.
"""

from __future__ import annotations

import json
import re
from typing import Any

_LONGEST = 100_000
# by what opens a text, what closes it: curly ones turn up in any order
_PAIRS = {'"': '"', "'": "'", "\u00ab": "\u00bb", "\u2018": "\u2018\u2019"}
_PAIRS |= dict.fromkeys("\u201c\u201d\u201e", "\u201c\u201d")
# a text, whatever its quotation marks; a comma before a closing bracket; a word.
# A text that never ends is taken to the end, so that nothing is looked at twice.
_TOKEN = re.compile(
    "|".join(
        rf"{opening}(?:[^{closing}\\]|\\.)*[{closing}]?"
        for opening, closing in _PAIRS.items()
    )
    + r"|,(?=\s*[}\]])|\b(?:True|False|None)\b",
    re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null", ",": ""}
_LOGIC = {"and": "AND", "all": "AND", "or": "OR", "any": "OR"}
_KEYS = frozenset({"logic", "conditions"})
#: What makes an object one condition, by the keys that are sent by default.
_OF_CONDITION = frozenset({"field", "operator", "value"})
_HALF = re.compile("[\ud800-\udfff]")


def fixed(text: str) -> str:
    """Return the rules as they are meant, or the same text where it stays."""
    if text.lstrip()[:1] not in ("{", "[") or len(text) > _LONGEST:
        return text
    found = _read(text)
    if found is None:
        found = _read(_TOKEN.sub(_rewritten, text))
    elif _right(found):
        return text
    whole = _completed(_unwrapped(found))
    # what a text cannot hold, half of a letter, could not be written either
    return text if whole is None else _written(whole) or text


def _right(found: object) -> bool:
    """Return whether the check takes it, in which the logic's case does not matter."""
    return (
        isinstance(found, dict)
        and str(found.get("logic")).upper() in ("AND", "OR")
        and isinstance(found.get("conditions"), list)
    )


def _written(whole: dict[str, Any]) -> str:
    text = json.dumps(whole, ensure_ascii=False)
    return text if _HALF.search(text) is None else ""


def _read(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(word: str) -> None:
    """Refuse NaN and Infinity: they are no JSON, whatever the library takes."""
    raise ValueError(word)


def _rewritten(match: re.Match[str]) -> str:
    token = match[0]
    if token in _WORDS:
        return _WORDS[token]
    if token[0] == '"':
        return token
    inner = token[1:-1].replace("\\'", "'").replace('\\"', '"').replace('"', '\\"')
    return f'"{inner}"'


def _unwrapped(found: object) -> dict[str, Any]:
    """Return the object that holds the conditions, with more or less around it."""
    if isinstance(found, list):
        inside = found[0] if len(found) == 1 else None
        # brackets around the whole are no list of conditions
        found = inside if _speaks(inside, _KEYS) else {"conditions": found}
    if isinstance(found, dict) and not _speaks(found, _KEYS):
        return {"conditions": found} if found.keys() >= _OF_CONDITION else {}
    return found if isinstance(found, dict) else {}


def _speaks(found: object, keys: frozenset[str]) -> bool:
    return isinstance(found, dict) and any(key.casefold() in keys for key in found)


def _completed(found: dict[str, Any]) -> dict[str, Any] | None:
    """Return an object with logic and conditions; None if that would be a guess."""
    whole = {_key(key): value for key, value in found.items()}
    conditions = whole.get("conditions")
    if isinstance(conditions, dict):
        conditions = [conditions]
    if not (
        isinstance(conditions, list)
        and conditions
        and all(isinstance(condition, dict) and condition for condition in conditions)
    ):
        return None
    logic = whole.get("logic", "AND" if len(conditions) == 1 else None)
    if not isinstance(logic, str) or logic.strip().casefold() not in _LOGIC:
        return None
    return whole | {
        "logic": _LOGIC[logic.strip().casefold()],
        "conditions": conditions,
    }


def _key(key: str) -> str:
    return key.casefold() if key.casefold() in _KEYS else key
