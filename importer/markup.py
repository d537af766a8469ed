"""HTML in a text that is none: entities, and tags by their names.

What a shop's export has escaped is still sent letter by letter; here it is recognised,
and written as plain text where a corrected copy asks for that. Knows no field. Pure.
Invariants: a text without HTML stays as it is; what was made plain once stays so.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Literal

from importer import patterns

#: With its semicolon only: R&amp D or H&M may be meant so.
_ENTITY = patterns.later(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);"
)
_BLOCKS = (
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|figure|footer|form|"
    "h[1-6]|head|header|hr|html|li|main|nav|ol|p|pre|section|table|tbody|td|th|thead|"
    "tr|ul"
)
_INLINE = (
    "a|abbr|b|bdi|bdo|big|button|cite|code|del|em|font|i|iframe|img|input|ins|kbd|"
    "label|link|mark|meta|picture|q|s|small|source|span|strike|strong|sub|sup|svg|tt|u|"
    "video|wbr"
)
# only names that HTML has: <XL> is a size
_TAG = (
    r"(?P<gone><!--.*?-->|<(script|style)\b.*?</\2\s*>)"
    rf"|</?(?:(?P<block>{_BLOCKS})|{_INLINE})(?:\s[^<>]*|\s*/)?>"
)

Kind = Literal["entities", "tags"]


def found(text: str) -> Kind | None:
    """Return what of HTML a text holds; tags, where it holds both."""
    if "<" in text and _tag().search(text):
        return "tags"
    return "entities" if "&" in text and decoded(text) != text else None


def decoded(text: str) -> str:
    """Write entities as the letters that they stand for; an unknown one stays."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def plain(text: str) -> str:
    """Write a text without entities, also where they were escaped twice, and tags."""
    while (found_in := found(text)) is not None:
        # each time it gets shorter, so that comes to an end
        changed = decoded(text)
        if found_in == "tags":
            changed = _tag().sub(_gap, changed)
        text = " ".join(changed.split())
    return text


@cache
def _tag() -> re.Pattern[str]:
    """Return the pattern, which takes long to compile, where it is needed."""
    return re.compile(_TAG, re.IGNORECASE | re.DOTALL)


def _gap(tag: re.Match[str]) -> str:
    """Leave a space where a block ends, and nothing within a line."""
    return " " if tag["block"] or tag["gone"] else ""
