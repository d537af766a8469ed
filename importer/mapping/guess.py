"""What an unknown header may have been meant to be: the known name most like it.

Looks at English names first, then at those of other languages. Decides nothing: a guess
is offered to a person, with how much alike the two are.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from importer import catalog, words
from importer.mapping import preset
from importer.models import UnknownColumn

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How much alike two names are that may be meant by each other; 1 is the same name.
ALIKE = 0.6
#: The same where a header is told with the name, and where it is asked about.
LIKELY, SURE = 0.75, 0.8
#: Fields without which a collection lacks much.
MATTERING = frozenset({"image", "type", "rules", "product_ids", *catalog.FIELDS})
#: Fields that hardly a table has: Status is no slip of stats.
_HARDLY_MEANT = frozenset({"rule_hash", "rule_version", "stats"})
#: So much nearer a word of another language must be than an English one.
_NEARER = 0.02


@dataclass(frozen=True, slots=True)
class Guess:
    """A known name, the field that it is of, and how much alike it is: 0 to 1."""

    name: str
    field: str
    alike: float


def field_of(header: str, alike: float = ALIKE) -> Guess | None:
    """Find the known name that looks most like a header; None where none is near.

    Args:
        header: a header that is no known name itself.
        alike: how much alike it must be at least.
    """
    bare = words.bare(header)
    english = _nearest(bare, _english(), alike)
    foreign = _nearest(bare, _foreign(), alike)
    if english and foreign and foreign.alike < english.alike + _NEARER:
        return english
    return foreign or english


def unknown(headers: Iterable[str]) -> tuple[UnknownColumn, ...]:
    """Say of headers that nothing knows what they may be."""
    return tuple(map(_unknown, headers))


@lru_cache(maxsize=256)  # a bench asks for the same headers again and again
def _unknown(header: str) -> UnknownColumn:
    bare = words.bare(header)
    if bare in words.known().others:
        return UnknownColumn(header)
    if may := words.known().ambiguous.get(bare):
        return UnknownColumn(header, "", may, not MATTERING.isdisjoint(may))
    near = field_of(header, LIKELY)
    if near is None or near.field in _HARDLY_MEANT:
        return UnknownColumn(header)
    matters = near.alike >= SURE and near.field in MATTERING
    return UnknownColumn(header, near.name, (near.field,), matters)


def _nearest(
    bare: str, known: dict[str, tuple[str, str]], alike: float
) -> Guess | None:
    # what is much longer or shorter cannot be near
    least, most = len(bare) * alike / (2 - alike), len(bare) * (2 - alike) / alike
    near = [word for word in known if least <= len(word) <= most]
    word = preset.nearest(bare, near, alike)
    if not word:
        return None
    name, field = known[word]
    same = difflib.SequenceMatcher(None, bare, word).ratio()
    return Guess(name, field, same)


@cache
def _english() -> dict[str, tuple[str, str]]:
    """Return what our own columns are called, and the field, by the bare word."""
    own = preset.own_columns()
    return {words.bare(name): (name, field) for name, field in own.items()}


@cache
def _foreign() -> dict[str, tuple[str, str]]:
    """Return the same of the words of other languages."""
    known = words.known()
    columns = known.columns.items()
    return {word: (known.written[word], field) for word, (field, _) in columns}
