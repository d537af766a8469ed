"""Rows that call products by SKU, name or handle, which only the plan can look up.

In front of the check the lists are taken apart; behind it they are handed on beside
the row's own ids. Used only for tables that have such a column, so that the others
pay nothing for it. Invariant: a row whose products are called counts as one that
lists products, whatever kind of collection it is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from importer.catalog import NOUNS
from importer.models import Called, Calling, Code, Invalid, Problem, Shaped
from importer.validation.cells import holds_ids, is_destroyed
from importer.validation.problems import shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Checked, Fields
    from importer.validation.contract import Options

# One of a list: in quotation marks as CSV has them, or up to the next separator.
_PART = re.compile(
    r'\s*(?:"((?:[^"]|"")*)"\s*(?=[,;|\r\n]|$)|([^,;|\r\n]*))(?:[,;|\r\n]|$)'
)
#: Stands in for the products until they were looked up.
_STAND_IN = "0" * 24
_NONE = frozenset({"{}", "[]", "null", "None"})
_LOOKED_UP = Problem(
    Code.PRODUCTS_BY_NAME, "Its products are looked up by importer plan and run."
)


def listed(field: str, text: str) -> list[str]:
    """Take a cell apart at commas, semicolons, bars and line breaks, or as JSON.

    A handle holds no space, so it ends at one as well; names and SKUs may.

    Raises:
        ValueError: a JSON list holds something else than texts.
    """
    if text in _NONE:
        return []
    found = _json_list(text)
    if found is None:
        found = [
            (quoted.replace('""', '"') or plain).strip()
            for quoted, plain in _PART.findall(text)
        ]
        if field == "product_handles":
            found = [word for part in found for word in part.split()]
    return [item for item in found if item]


def _json_list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None  # [Sale] Shirt is a name
    if not all(isinstance(item, str | int | float) for item in found):
        msg = "a list of texts"
        raise ValueError(msg)
    return [str(item).strip() for item in found]


def check(
    fields: Fields, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked:
    """Check a row with `inner`, and hand on what it calls its products."""
    if fields.problems:
        return inner(fields, options)
    called, problems = _called(fields)
    if not called and not problems:
        return inner(fields, options)
    stands_in = not holds_ids(fields.values.get("product_ids", ""))
    if stands_in:
        values = {**fields.values, "product_ids": _STAND_IN}
        fields = replace(fields, values=values)
    checked = inner(fields, options)
    if isinstance(checked, Invalid):
        return replace(checked, problems=(*checked.problems, *problems))
    parts = dict(checked.parts)
    if problems:
        place = (parts["location_id"], parts["name"], parts["slug"])
        return Invalid(checked.row, tuple(problems), *place)
    if stands_in:
        del parts["product_ids"]
    return Calling(checked.row, parts, (*checked.remarks, _LOOKED_UP), tuple(called))


def _called(fields: Fields) -> tuple[list[Called], list[Problem]]:
    """What the row calls its products, and what of it cannot be right."""
    called, problems = [], []
    needed = not (isinstance(fields, Shaped) and fields.lenient)
    for field, noun in NOUNS.items():
        text = fields.values.get(field, "")
        if not text:
            continue
        column = fields.columns.get(field, field)
        # half a surrogate pair, possible in a DataFrame, is in no product's name
        text = text.encode("utf-8", "replace").decode("utf-8")
        try:
            texts = tuple(listed(field, text))
        except ValueError as wrong:
            message = f"This is not {wrong}."
            remedy = f'Write each {noun} in quotation marks: ["…", "…"].'
            problems.append(_problem(message, column, remedy, text))
            continue
        for item in filter(is_destroyed, texts):
            message = (
                f"The spreadsheet has turned a long {noun} into a number ({item})."
            )
            remedy = f"Format the column as text and write the {noun} once more."
            problems.append(_problem(message, column, remedy, item))
        if texts:
            called.append(Called(field, column, texts, needed))
    return called, problems


def _problem(message: str, column: str, remedy: str, value: str) -> Problem:
    code = Code.PRODUCT_NAME_INVALID
    return Problem(code, message, column, remedy, shortened(value))
