"""Every code that the program gives, explained: the one place where these texts live.

Screen, reports and the page in the docs take their words from here. Pure. Invariant:
every code of `models.Code` and every exit code is here, once (a test counts them).
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer import patterns
from importer.codebook import cells, exits, outcomes, plan, remarks
from importer.codebook.entry import TEXTS, Explanation, Kind
from importer.sentences import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sentences import Language

__all__ = [
    "ALL",
    "TEXTS",
    "UNDOCUMENTED",
    "Explanation",
    "Kind",
    "exits",
    "find",
    "in_language",
    "nearest",
    "of_cells",
    "phrase",
]

#: By name, in the order in which they are listed.
ALL: Mapping[str, Explanation] = MappingProxyType(
    {
        str(explanation.name): explanation
        for part in (
            cells.PROBLEMS,
            plan.PLAN,
            remarks.REMARKS,
            outcomes.ANSWERS,
            outcomes.LOCATIONS,
            outcomes.AUDIT,
            outcomes.LEFT,
            exits.EXITS,
        )
        for explanation in part
    }
)

#: How like a name has to be to be offered instead.
_NEAR_ENOUGH = 0.6
_ANSWER = patterns.later(r"api_([1-5]\d\d)")


def find(text: str) -> Explanation | None:
    """Return the explanation of a code as people type it, or None.

    An exit code is found by its number. HighLevel can answer with a status that has
    no code of its own; it is explained all the same.
    """
    name = _normal(text)
    if name in ALL:
        return ALL[name]
    status = _ANSWER.fullmatch(name)
    return _answer(status[1]) if status else None


def nearest(text: str) -> str:
    """Return the code that was probably meant, or empty."""
    names = [name for name in ALL if not name.startswith(exits.PREFIX)]
    found = difflib.get_close_matches(_normal(text), names, 1, _NEAR_ENOUGH)
    return found[0] if found else ""


def phrase(code: str, language: Language = ENGLISH) -> str:
    """Say a code in a few plain words; one that is not known says itself."""
    known = ALL.get(code)
    return language.translated(known.phrase) if known else code


def of_cells(code: str) -> bool:
    """Return whether a code is a problem that a check finds in a row."""
    known = ALL.get(code)
    return known is not None and known.kind is Kind.CELLS


def _normal(text: str) -> str:
    """Return the name of a code without what people type otherwise."""
    name = text.strip().casefold().replace("-", "_").replace(" ", "_")
    number = name.removeprefix("exit").strip("_")
    if number.isascii() and number.isdigit():
        return exits.name(int(number))
    return name


#: What is said of a status that HighLevel documents for nothing.
UNDOCUMENTED = Explanation(
    "api_{status}",
    Kind.ANSWER,
    "HighLevel refused the row ({status})",
    "HighLevel answered {status}, which it documents for nothing. Its own words are in "
    "the message.",
    "Correct what they name and run failed.csv. If they name nothing that stands in "
    "the row, give the trace_id of the report to HighLevel's support.",
    example="{status}",
)


def in_language(explanation: Explanation, language: Language) -> Explanation:
    """Return an explanation in a language; code, columns and cells stay."""
    if language is ENGLISH:
        return explanation
    status = _ANSWER.fullmatch(explanation.name)
    if status and explanation.name not in ALL:
        return _answer(status[1], language)
    return _translated(explanation, language)


def _answer(status: str, language: Language = ENGLISH) -> Explanation:
    """Explain a status that HighLevel documents for nothing."""
    said = _translated(UNDOCUMENTED, language)
    return replace(
        said,
        name=said.name.format(status=status),
        phrase=said.phrase.format(status=status),
        cause=said.cause.format(status=status),
        example=status,
    )


def _translated(explanation: Explanation, language: Language) -> Explanation:
    return replace(
        explanation,
        phrase=language.translated(explanation.phrase),
        cause=language.translated(explanation.cause),
        way_out=language.translated(explanation.way_out),
        example=language.translated(explanation.example),
    )
