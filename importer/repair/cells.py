"""The repairs of a cell that are safe without asking, and what is told of each.

A repair says in the contract's own way what the cell says already; where that is a
guess, the cell stays. Invariants: a repaired cell is not repaired again, and a cell
that the contract takes keeps its meaning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer import transforms
from importer.models import CollectionType
from importer.repair import conditions
from importer.validation.cells import holds_ids, ids, is_destroyed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.models import Place


class Kind(StrEnum):
    """Why a cell was changed, or why it was not."""

    TRIMMED = "trimmed"
    MAPPED = "mapped"  # cleaned as the mapping file says
    FILLED_IN = "filled_in"  # from the mapping file's constants
    SLUG = "slug"
    TYPE = "type"
    LIST = "list"
    HTTPS = "https"
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


_SLUG = re.compile(r"[a-z0-9-]+")
_ID = re.compile(r"[0-9a-fA-F]{24}")
# a space behind a comma is how people write lists
_LISTED = re.compile(r"\w+(?:, ?\w+)*")
_WRAPPING = "\"'\u201c\u201d\u2018\u2019[](){}"
_TYPES = frozenset(CollectionType)
#: What Shopify calls the two types.
_SYNONYMS = {"automated": "smart", "custom": "manual"}
# the name of a file has a dot too, and is no address
_FILE = re.compile(
    r"[^/]+\.(?:png|jpe?g|gif|webp|svg|avif|bmp|tiff?|heic)", re.IGNORECASE
)
_HTTP = re.compile(r"https?:", re.IGNORECASE)


def repair(field: str, text: str) -> tuple[Kind, str] | None:
    """Return what the text of a field should be; None where it stays."""
    if field not in _REPAIRS:
        return None
    kind, fix = _REPAIRS[field]
    after = fix(text)
    return (kind, after) if after != text else None


def destroyed(field: str, text: str) -> bool:
    """Return whether a spreadsheet made a number of an id: 6.40398E+11."""
    if field == "product_ids":
        return is_destroyed(text) or any(map(is_destroyed, ids(text)))
    return field in {"location_id", "collection_id"} and is_destroyed(text)


def _slug(text: str) -> str:
    if _SLUG.fullmatch(text):
        return text
    return transforms.slugify(text) or text


def _type(text: str) -> str:
    small = _SYNONYMS.get(text.lower(), text.lower())
    return small if small in _TYPES else text


def _list(text: str) -> str:
    """Write commas between ids; what is no id would not get better by it."""
    if _LISTED.fullmatch(text) or not holds_ids(text):
        return text
    found = [item.strip(_WRAPPING) for item in ids(text)]
    listed = [item for item in found if item]
    return ",".join(listed) if listed and all(map(_ID.fullmatch, listed)) else text


def _image(text: str) -> str:
    if _HTTP.match(text) or _FILE.fullmatch(text):
        return text
    return transforms.https(text)


_REPAIRS: Mapping[str, tuple[Kind, Callable[[str], str]]] = {
    "slug": (Kind.SLUG, _slug),
    "type": (Kind.TYPE, _type),
    "product_ids": (Kind.LIST, _list),
    "image": (Kind.HTTPS, _image),
    "rules": (Kind.RULES, conditions.fixed),
}
