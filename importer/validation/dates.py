"""Names and slugs that a spreadsheet may have made of another text: dates and others.

A spreadsheet makes 3. April of what was typed as 3-4, and a time of 1:30. How it is
written afterwards depends on the kind of file, so the text is judged, whatever it was
read from. Pure. Invariant: a text that begins with a letter is a date only if it is a
month and a year, and short.
"""

from __future__ import annotations

import re
from functools import cache

from importer import patterns
from importer.cell_errors import is_error
from importer.validation.cells import is_destroyed

#: What may stand apart from its number by a space as well.
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec"  # English
    "|mär|mrz|mai|okt|dez"  # German
)
_OTHERS = (
    "janv|févr|mars|avr|juin|juil|août|déc"  # French
    "|ene|abr|ago|dic"  # Spanish
    "|gen|mag|giu|lug|set|ott"  # Italian
    "|fev|out"  # Portuguese
    "|mrt|mei"  # Dutch
    "|maj|des"  # Swedish, Danish and Norwegian
    "|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru"  # Polish
    "|янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек"  # Russian
    "|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara"  # Turkish
)
_ANY = f"(?:{_MONTHS}|{_OTHERS})"
_YEAR = r"(?:\d{4}|\d{2})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AP]M|Z)?"
_MADE = (
    rf"(?:\d{{4}}([-./])\d{{1,2}}\1\d{{1,2}}"
    rf"|\d{{1,2}}([-./])\d{{1,2}}\2{_YEAR})(?:[T ]{_TIME})?"
    r"|(?:-?\d+ days?, )?-?\d{1,4}:\d{2}(?::\d{2})?(?:[.,]\d+)?(?: ?[AP]M)?"
    rf"|\d{{1,2}}(?:[-/.]{_ANY}|\.? (?:{_MONTHS}))\.?(?:[-/. ]{_YEAR})?"
    rf"|(?:{_ANY}\.?[-/.]|(?:{_MONTHS})\.? )\d{{2}}"
    r"|\d{1,2}月\d{1,2}日|\d{1,2}월 ?\d{1,2}일"  # Japanese, Chinese, Korean
)
_DIGIT = patterns.later(r"\d")
_BEGIN = frozenset("-0123456789")
#: A text of fewer characters may begin with a month.
MONTH_FIRST = 9


def looks_made(text: str) -> bool:
    """Return whether a spreadsheet may have made a date or a time of the text."""
    # most texts show by their beginning that they are none
    short = len(text) < MONTH_FIRST
    if not (short or text[:1] in _BEGIN) or _DIGIT.search(text) is None:
        return False
    return _made().fullmatch(text) is not None


@cache
def _made() -> re.Pattern[str]:
    """Return the pattern, which takes long to compile, where it is needed."""
    return re.compile(_MADE, re.IGNORECASE)


def made_of(text: str) -> str:
    """Return which of date, number and error a text is; blank for anything else."""
    if looks_made(text):
        return "date"
    if is_destroyed(text):
        return "number"
    return "error" if is_error(text) else ""
