"""Numbers as people and their spreadsheets write them.

Invariant: what could be two numbers is none.
"""

from __future__ import annotations

import re

#: A number as it is sent.
_PLAIN = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")
# what is written around a number, and into it
_CURRENCY = re.compile(r"[$€£¥]|\b(?:EUR|USD|GBP|CHF)\b", re.IGNORECASE)
_SPACED = re.compile(r"(?<=[0-9])\s(?=[0-9]{3}(?![0-9]))")
_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,15}),[0-9]{1,2}")
# three digits behind one point: a thousand to some, a fraction to others
_OPEN = re.compile(r"-?[1-9][0-9]{0,2}\.[0-9]{3}")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,2}")


def number(text: str) -> str:
    """A number as people write it: $49.90, 49,90 €, 1.200,50; else the text.

    What could be two numbers (1,200) stays, and is refused.
    """
    bare = _SPACED.sub("", _CURRENCY.sub("", text).strip())
    if _COMMA.fullmatch(bare):
        return bare.replace(".", "").replace(",", ".")
    if _THOUSANDS.fullmatch(bare):
        return bare.replace(",", "")
    return bare if is_plain(bare) else text


def is_plain(text: str) -> bool:
    """Whether a text is a number as it is sent, and only one."""
    return bool(_PLAIN.fullmatch(text)) and not _OPEN.fullmatch(text)
