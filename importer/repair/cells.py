"""The repairs of a cell that are safe without asking, and what is told of each.

A repair says in the contract's own way what the cell says already; where that is a
guess, the cell stays. Of rules whose JSON is written wrongly it fixes the writing
(quotation marks, a comma too many, Python's words for true and null), the case of
`logic` and `conditions`, a list or a single condition without anything around it, and
`all` or `any` as the logic; what several conditions without a logic mean cannot be
guessed. Invariants: a repaired cell is not repaired again, and a cell that the contract
takes keeps its meaning; rules that are right, or in words, stay letter by letter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer import (
    double_encoding,
    markup,
    patterns,
    strict_json,
    texts,
    transforms,
    words,
)
from importer.models import CollectionType
from importer.validation.cells import holds_ids, ids, is_destroyed
from importer.validation.dates import made_of
from importer.validation.letters import first_address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.models import Place


_LONGEST = 100_000
# by what opens a text, what closes it: curly ones turn up in any order
_PAIRS = {'"': '"', "'": "'", "\u00ab": "\u00bb", "\u2018": "\u2018\u2019"}
_PAIRS |= dict.fromkeys("\u201c\u201d\u201e", "\u201c\u201d")
# a text, whatever its quotation marks; a comma before a closing bracket; a word.
# A text that never ends is taken to the end, so that nothing is looked at twice.
_TOKEN = patterns.later(
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
_HALF = patterns.later("[\ud800-\udfff]")


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
        # what loses something stays as it is, and is told by the check
        return json.loads(
            text,
            parse_constant=_refuse,
            parse_float=strict_json.number,
            object_pairs_hook=strict_json.once,
        )
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
    if len(whole) < len(found):
        return None  # Logic and logic: one of two values would be lost
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


class Kind(StrEnum):
    """Why a cell was changed, or why it was not."""

    TRIMMED = "trimmed"
    MAPPED = "mapped"  # cleaned as the preset or the mapping file says
    FILLED_IN = "filled_in"  # from the mapping file's constants
    SLUG = "slug"
    TYPE = "type"
    LIST = "list"
    HTTPS = "https"  # an image's address: with https://, the first of several
    PLAIN_TEXT = "plain_text"  # without HTML, unseen characters, and double encoding
    RULES = "rules"
    REPEATED_SLUG = "repeated_slug"
    # what cannot be fixed
    DESTROYED = "destroyed"  # an id that a spreadsheet made a number of
    ROW_SHAPE = "row_shape"  # its cells do not line up with the header
    UNREADABLE = "unreadable"  # a cell of it is no text
    SAME_AS_ANOTHER = "same_as_another"  # fixed, it would repeat a good row
    NOT_CARRIED_OVER = "not_carried_over"  # HighLevel does not know or have it


#: Kinds of what was left as it is, because only its author can fix it.
UNFIXABLE = frozenset(
    {
        Kind.DESTROYED,
        Kind.ROW_SHAPE,
        Kind.UNREADABLE,
        Kind.SAME_AS_ANOTHER,
        Kind.NOT_CARRIED_OVER,
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of the input that was changed, or that could not be fixed.

    `column` is the header of the field as the file has it, or the field itself where
    it has none; both are empty where the whole row is meant. `after` is empty for what
    was left as it is.
    """

    place: Place
    field: str
    column: str
    kind: Kind
    before: str
    after: str = ""


_SLUG = patterns.later(r"[a-z0-9-]+")
_ID = patterns.later(r"[0-9a-fA-F]{24}")
# a space behind a comma is how people write lists
_LISTED = patterns.later(r"\w+(?:, ?\w+)*")
_WRAPPING = "\"'\u201c\u201d\u2018\u2019[](){}"
_TYPES = frozenset(CollectionType)
#: What Shopify calls the two types.
_SYNONYMS = {"automated": "smart", "custom": "manual"}
# the name of a file has a dot too, and is no address
_FILE = patterns.later(
    r"[^/]+\.(?:png|jpe?g|gif|webp|svg|avif|bmp|tiff?|heic)", re.IGNORECASE
)
_HTTP = patterns.later(r"https?:", re.IGNORECASE)


def repair(field: str, text: str) -> tuple[Kind, str] | None:
    """Return what the text of a field should be; None where it stays."""
    if field not in _REPAIRS:
        return None
    kind, fix = _REPAIRS[field]
    after = fix(text)
    return (kind, after) if after != text else None


def destroyed(field: str, text: str) -> bool:
    """Return whether a spreadsheet made a number, a date or an error of a text."""
    if field == "product_ids":
        return is_destroyed(text) or any(map(is_destroyed, ids(text)))
    if field == "slug":
        return _SLUG.fullmatch(text) is None and bool(made_of(text))
    return field in {"location_id", "collection_id"} and is_destroyed(text)


def _slug(text: str) -> str:
    if _SLUG.fullmatch(text):
        return text
    return transforms.slug_of(text) or text


def _type(text: str) -> str:
    small = _SYNONYMS.get(text.lower()) or words.kind(text)
    return small if small in _TYPES else text


def _list(text: str) -> str:
    """Write commas between ids; what is no id would not get better by it."""
    if _LISTED.fullmatch(text) or not holds_ids(text):
        return text
    found = [item.strip(_WRAPPING) for item in ids(text)]
    listed = [item for item in found if item]
    return ",".join(listed) if listed and all(map(_ID.fullmatch, listed)) else text


def _plain(text: str) -> str:
    """Write what is read as plain text; what would be nothing then stays."""
    plain = texts.without_hidden(markup.plain(double_encoding.undone(text)))
    return text if plain == text else plain.strip() or text


def _image(text: str) -> str:
    text = texts.without_hidden(first_address(text)) or text
    if _HTTP.match(text) or _FILE.fullmatch(text):
        return text
    return transforms.https(text)


_REPAIRS: Mapping[str, tuple[Kind, Callable[[str], str]]] = {
    "slug": (Kind.SLUG, _slug),
    "type": (Kind.TYPE, _type),
    "product_ids": (Kind.LIST, _list),
    "image": (Kind.HTTPS, _image),
    "name": (Kind.PLAIN_TEXT, _plain),
    "seo_title": (Kind.PLAIN_TEXT, _plain),
    "seo_description": (Kind.PLAIN_TEXT, _plain),
    "rules": (Kind.RULES, fixed),
}
