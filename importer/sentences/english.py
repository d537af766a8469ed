"""English: what it writes figures with, and all of its sentences together.

The sentences stand in `english_rows` (what a check finds in a row as a whole),
`english_cells` (and in its cells; `english_parts` has parts of both), `english_plan`
(what shows beside other rows or in the location), `english_outcomes` (what became of a
row that was to be sent), `english_screen` (what a command says around them) and
`english_page` (what a page says otherwise). Invariant: a key stands in one of them
only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sentences import (
    english_cells,
    english_outcomes,
    english_page,
    english_parts,
    english_plan,
    english_rows,
    english_screen,
)
from importer.sentences.catalogue import Catalogue
from importer.sentences.formats import SHOWN, Formats, Style

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sentences.catalogue import Format, Parameters


def _say(key: str, parameters: Parameters) -> str:
    return CATALOGUE.message(key, parameters)


def _form(number: int) -> int:
    """Return the plural form of a number: the first for one, else the second."""
    return int(number != 1)


def _shown(value: object, _argument: str) -> str:
    """Write a text as Python does."""
    return repr(value)


FORMATS: Mapping[str, Format] = {
    **Formats(Style(), _say, _form, str).by_name(),
    SHOWN: _shown,
}

CATALOGUE = Catalogue(
    {
        **english_rows.SENTENCES,
        **english_cells.SENTENCES,
        **english_parts.PARTS,
        **english_plan.SENTENCES,
        **english_plan.PARTS,
        **english_outcomes.SENTENCES,
        **english_outcomes.PARTS,
        **english_screen.SENTENCES,
        **english_screen.PARTS,
        **english_page.SENTENCES,
    },
    FORMATS,
)
