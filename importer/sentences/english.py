"""English: the formats that its templates use, and all of its sentences together.

The sentences stand in `english_cells` (what a check finds in the cells of a row),
`english_plan` (what shows beside other rows or in the location) and `english_outcomes`
(what became of a row that was to be sent). Invariant: a key stands in one of them only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import wording
from importer.sentences import english_cells, english_outcomes, english_plan
from importer.sentences.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Sequence


def _number(value: int, _argument: str) -> str:
    """Write `{rows:number}` as 1,250."""
    return f"{value:,}"


def _counted(value: int, nouns: str) -> str:
    """Write `{rows:counted:row}` as 1 row, or 1,250 rows."""
    return wording.counted(value, *nouns.split("|"))


def _either(value: int | Sequence[object], words: str) -> str:
    """Choose the first words of `{rows:plural:is|are}` for one, else the second."""
    one, several = words.split("|")
    number = value if isinstance(value, int) else len(value)
    return one if number == 1 else several


def _listed(values: Sequence[str], _argument: str) -> str:
    """Put commas between values."""
    return ", ".join(values)


def _quoted(values: Sequence[str], _argument: str) -> str:
    """Put quotation marks around each value, and commas between them."""
    return ", ".join([f'"{value}"' for value in values])


def _in_turn(values: Sequence[str], _argument: str) -> str:
    """Put semicolons between values."""
    return "; ".join(values)


def _sentences(values: Sequence[str], _argument: str) -> str:
    """Say one sentence after another, none of them twice."""
    return " ".join(dict.fromkeys(values))


def _more(value: int, grouping: str) -> str:
    """Say how many more there are than were listed; nothing where there are none."""
    return f" and {value:{grouping}} more" if value else ""


def _minutes(value: int, _argument: str) -> str:
    """Write minutes as people say them."""
    few = {0: "less than a minute", 1: "a minute"}
    return few.get(value, f"{value} minutes")


def _copies(value: int, _argument: str) -> str:
    """Write how many copies there are beside the one that is kept."""
    return "a second copy" if value == 1 else f"{value} more copies"


FORMATS: dict[str, Any] = {
    "number": _number,
    "counted": _counted,
    "plural": _either,
    "listed": _listed,
    "quoted": _quoted,
    "in_turn": _in_turn,
    "sentences": _sentences,
    "more": _more,
    "minutes": _minutes,
    "copies": _copies,
}

CATALOGUE = Catalogue(
    {
        **english_cells.SENTENCES,
        **english_cells.PARTS,
        **english_plan.SENTENCES,
        **english_plan.PARTS,
        **english_outcomes.SENTENCES,
        **english_outcomes.PARTS,
    },
    FORMATS,
)
