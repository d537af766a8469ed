"""What texts and addresses hold beside what can be read: HTML, unseen characters.

Texts are sent letter by letter and remarked on; of several addresses in a cell the
first one counts. Looked at only where a row has to be looked at anyway, since a plain
row matches patterns that leave nothing to tell. Invariant: a text is never changed.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from importer import double_encoding, markup, patterns, texts
from importer.double_encoding import LOST
from importer.models import Code
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.models import Fields, Problem

#: Texts that people read.
_READ = ("name", "seo_title", "seo_description")
#: All texts that are sent and may hold any letter.
_ALL = (*_READ, "image", "rules")
#: Another address begins only so; a comma alone may belong to the first one.
_NEXT = patterns.later(r"[\s,;|]+(?=https?://)", re.IGNORECASE)
#: What stands in front of an address within another that may not be meant so: no sign
#: that archives and proxies have there (…/web/https://…, …?url=https://…), or a file.
_JOINED = patterns.later(
    r"(?:[^/=?&#:]|\.(?:png|jpe?g|gif|webp|svg|avif|bmp|tiff?|heic)/)(?=https?://)",
    re.IGNORECASE,
)


def first_address(text: str) -> str:
    """Return the first of several web addresses in a cell, or the text as it is."""
    if text[:4].lower() != "http":
        return text
    return _NEXT.split(text, maxsplit=1)[0]


def with_first_address(cells: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of a row with one address of an image."""
    image = cells.get("image", "")
    first = first_address(image)
    return cells if first == image else {**cells, "image": first}


def remarks(fields: Fields, cells: Mapping[str, str]) -> Iterator[Problem]:
    """Tell what a row's texts hold that may not be meant.

    Args:
        fields: the row.
        cells: its texts by field, with what was filled in.
    """
    for name in filter(cells.get, _READ):
        text = cells[name]
        if kind := markup.found(text):
            plain = shortened(markup.plain(text))
            value = shortened(text)
            code = Code.HTML_IN_TEXT
            yield fields.problem(code, name, kind, value=value, plain=plain)
        if structure := _structure(text):
            value = shortened(text)
            yield fields.problem(Code.JSON_IN_TEXT, name, structure, value=value)
        if characters := texts.hidden(text):
            count = len(characters)
            yield fields.problem(
                Code.UNSEEN_CHARACTERS,
                name,
                characters=characters,
                count=count,
                value=shortened(text),
            )
    for name in filter(cells.get, _ALL):
        yield from _wrong(fields, name, cells[name])
    addresses = fields.values.get("image", "")
    if (first := cells.get("image", "")) != addresses:
        count = len(_NEXT.split(addresses))
        value = shortened(first)
        yield fields.problem(Code.IMAGE_FIRST, "image", value=value, count=count)
    if joined := [match.end() for match in _JOINED.finditer(first)]:
        whole, count = shortened(first), len(joined)
        alone = shortened(first[: joined[0]])
        code = Code.IMAGE_JOINED
        yield fields.problem(code, "image", value=whole, count=count, first=alone)


def _structure(text: str) -> str:
    """Return what of JSON a text is, a list or an object, or nothing."""
    if text[:1] not in ("[", "{") or text[-1:] not in ("]", "}"):
        return ""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return "list" if text[0] == "[" else "object"


def are_wrong(text: str) -> bool:
    """Return whether letters of a text were lost, or taken for those of a code page."""
    if text.isascii():
        return False
    return LOST in text or double_encoding.undone(text) != text


def _wrong(fields: Fields, name: str, text: str) -> Iterator[Problem]:
    """Tell of letters that were decoded wrongly, before the file was written."""
    if text.isascii():
        return
    code, value = Code.LETTERS_WRONG, shortened(text)
    if (plain := double_encoding.undone(text)) != text:
        told = {"value": value, "plain": shortened(plain)}
        yield fields.problem(code, name, "twice", **told)
    if LOST in plain:
        yield fields.problem(code, name, "lost", value=value)
