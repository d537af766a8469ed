"""What an unknown header may have been meant to be: the known name most like it.

Looks at English names first, then at those of other languages. Decides nothing: a guess
is offered to a person, with how much alike the two are.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache

from importer import words
from importer.mapping import preset

#: How much alike two names are that may be meant by each other; 1 is the same name.
ALIKE = 0.6
#: So much nearer a word of another language must be than an English one.
_NEARER = 0.05


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


def _nearest(bare: str, fields: dict[str, str], alike: float) -> Guess | None:
    name = preset.nearest(bare, fields, alike)
    if not name:
        return None
    same = difflib.SequenceMatcher(None, bare, words.bare(name)).ratio()
    return Guess(name, fields[name], same)


@cache
def _english() -> dict[str, str]:
    """Return the fields by what our own columns are called."""
    return preset.own_columns()


@cache
def _foreign() -> dict[str, str]:
    """Return the fields by their words of other languages."""
    known = words.known()
    return {known.written[word]: field for word, (field, _) in known.columns.items()}
