"""The shape of an explanation.

Invariant: an explanation is complete by itself: to read one takes no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: Cells of an example, by the header of the importer's own columns.
Cells = tuple[tuple[str, str], ...]

#: A product of the examples.
PRODUCT_ID = "655b33a82209e60b6adb87a5"

#: The fields of an explanation that are texts for people.
TEXTS = ("phrase", "cause", "way_out", "example")


class Kind(StrEnum):
    """Where a code comes from, as the heading above its fellows."""

    CELLS = "Problems that a check finds in a row"
    PLAN = "Problems that only show beside other rows or the location"
    REMARK = "Remarks on rows that are sent all the same"
    ANSWER = "What HighLevel answered"
    LOCATION = "Remarks on a location"
    AUDIT = "What an audit found"
    LEFT = "Why a row was not sent"
    EXIT = "Exit codes"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means.

    Attributes:
        name: the code, as reports, logs and programs have it.
        kind: where it comes from.
        phrase: a few plain words, shown beside the code.
        cause: how it comes about, whole sentences.
        way_out: what to do, whole sentences.
        cells: cells of a row that has the problem, where a row's cells make it.
        instead: those that fix it.
        example: in other cases, what is seen.
    """

    name: str
    kind: Kind
    phrase: str
    cause: str
    way_out: str
    cells: Cells = ()
    instead: Cells = ()
    example: str = ""
