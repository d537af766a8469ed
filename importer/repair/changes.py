"""What is told of a repair: the cell, what it was, what it became."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    # what cannot be mended
    DESTROYED = "destroyed"  # an id that a spreadsheet made a number of
    ROW_SHAPE = "row_shape"  # its cells do not line up with the header
    UNREADABLE = "unreadable"  # a cell of it is no text
    SAME_AS_ANOTHER = "same_as_another"  # mended, it would repeat a good row
    NOT_CARRIED_OVER = "not_carried_over"  # HighLevel does not know or have it


#: Kinds of what was left as it is, because nobody but its author can mend it.
UNMENDABLE = frozenset(
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
    """One cell of the input that was changed, or that could not be mended.

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
