"""A file that is one JSON object around a list: {"collections": [{…}, {…}]}.

Programs that call an API keep its answers so. Says which list is meant, and refuses
where several may be; knows no fields. Invariant: a file with one object a line is none,
also where it has a single line with a list in it, as a row with rules has.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.source.rows import refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.source.content import Content
    from importer.source.encodings import Encoding

#: What programs call the list of all objects; a row has no such list.
_NAMES = frozenset(
    {
        *("categories", "collections", "custom_collections", "data", "edges"),
        *("entries", "items", "nodes", "objects", "product_categories", "records"),
        *("result", "results", "rows", "smart_collections", "value", "values"),
    }
)
#: Of a file, in characters; a document is held in memory as a whole.
MAX_DOCUMENT = 16 * 1024 * 1024
_BLANK = " \t\r\n\x1a\ufeff"


class Document(NamedTuple):
    """A list of objects in a file: where it stands, and what stands beside it."""

    path: str
    objects: list[dict[str, Any]]
    others: list[str]


def read(
    content: Content, encoding: Encoding, value_of: Callable[[str], Any]
) -> Document | None:
    """Return the list that such a file is around; None if it is none.

    Args:
        content: the file.
        encoding: that of its text.
        value_of: reads JSON.

    Raises:
        InputError: several lists may be meant.
    """
    text = _text(content, encoding)
    if text is None:
        return None
    try:
        value = value_of(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    lists = dict(_lists(value, ""))
    named = [path for path in lists if path.rpartition(".")[2].casefold() in _NAMES]
    # a row has texts of its own, and other lists, beside its list
    parts = sum(isinstance(part, (str, list, dict)) for part in value.values())
    if not named and parts > 1:
        return None
    if len(found := named or list(lists)) == 1:
        others = [key for key in value if key != found[0].partition(".")[0]]
        return Document(found[0], lists[found[0]], others)
    if not found:
        return None
    raise refusal(
        content.shown,
        f"this is one JSON object with several lists of objects: {', '.join(found)}.",
        "Write the objects of one of them on a line each (JSON Lines), for example "
        f"with jq -c '.{found[0]}[]'.",
    )


def _text(content: Content, encoding: Encoding) -> str | None:
    """Return the text of a file whose first line is no object, or its only one."""
    try:
        with content.path.open(encoding=encoding.name, newline="\n") as file:
            lines = iter(partial(file.readline, MAX_DOCUMENT), "")
            first = next((line for line in lines if line.strip()), "")
            if _is_object(first) and any(line.strip(_BLANK) for line in lines):
                return None
            file.seek(0)
            text = file.read(MAX_DOCUMENT + 1)
    except (OSError, UnicodeError):
        return None  # told where its lines are read
    return None if len(text) > MAX_DOCUMENT else text.strip(_BLANK)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lists(
    value: dict[str, Any], prefix: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Return the lists of objects in an object, with the keys that lead there."""
    for key, part in value.items():
        if isinstance(part, dict):
            yield from _lists(part, f"{prefix}{key}.")
        elif isinstance(part, list) and part and {*map(type, part)} == {dict}:
            yield prefix + key, part
