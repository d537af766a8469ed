"""Lists as people write them into a setting: headers, locations, tags.

Pure, for pydantic's validators; a list that is one already passes. Which locations a
text means is not known here. Invariants: a comma within quotation marks stands in its
text; what is not understood is a `ValueError` that says what to write instead.
"""

from __future__ import annotations

import re

from importer import patterns

_PART = patterns.later(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|$)')
#: What stands before the name of a file that lists locations.
FILE = "@"
#: What a condition is made of.
_TAG = "tag"


def columns(value: object) -> object:
    """Read `Shelf,"Size, in cm"`, or a list, as texts."""
    if isinstance(value, str):
        # white space does not count in a header or a name
        found = _PART.findall(" ".join(value.split()))
        value = [quoted.replace('""', '"') or plain for quoted, plain in found]
    if not isinstance(value, list | tuple):
        return value
    return tuple(text for part in value if (text := str(part).strip()))


def into(value: object) -> object:
    """Read `all`, `Berlin,"Altona, Ost"`, `@clients.txt`, or a list, as texts."""
    if isinstance(value, str) and value.lstrip().startswith(FILE):
        return (value.strip(),)  # the name of a file may have commas
    return columns(value)


def where(value: object) -> object:
    """Read `tag=dental`, or `tag=dental,tag=north`, or a list, as these conditions."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    texts = [" ".join(str(part).split()) for part in parts]
    found = [text.partition("=") for text in texts if text]
    if not all(name.strip() == _TAG and tag.strip() for name, _, tag in found):
        msg = "write a condition such as tag=dental, or several with commas"
        raise ValueError(msg)
    return tuple(f"{_TAG}={tag.strip()}" for _, _, tag in found)


def tags(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags that the conditions of `where` ask for."""
    return tuple(text.removeprefix(f"{_TAG}=") for text in conditions)


def canary(value: object) -> object:
    """Read `5`, `Berlin,Wien`, or a list, as texts; of 0 and none nothing is left."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    found = columns(value)
    if not isinstance(found, tuple) or len(found) != 1:
        return found
    (text,) = found
    if re.fullmatch(r"-\s*\d.*|\d+\D.{0,3}", text):
        msg = "write a number of locations such as 5, or their names; 0 for none"
        raise ValueError(msg)
    none = text.lower() == "none" or (text.isdecimal() and not int(text))
    return () if none else found
