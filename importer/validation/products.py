"""Rows that call products by SKU, name or handle, which only the plan can look up.

In front of the check the lists are taken apart; behind it they are handed on beside
the row's own ids. Used only for tables that have such a column, so that the others
pay nothing for it. Invariant: a row whose products are called counts as one that
lists products, whatever kind of collection it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer import catalog, patterns, strict_json
from importer.catalog import FIELDS
from importer.models import Called, Calling, Code, Invalid, Problem, Shaped
from importer.validation.cells import (
    as_it_was,
    holds_ids,
    is_destroyed,
    with_numbers_whole,
)
from importer.validation.problems import repeated, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.models import Checked, Fields
    from importer.validation.contract import Options

# One of a list: in quotation marks as CSV has them, or up to the next separator.
_PART = patterns.later(
    r'\s*(?:"((?:[^"]|"")*)"\s*(?=[,;|\r\n]|$)|([^,;|\r\n]*))(?:[,;|\r\n]|$)'
)
#: Stands in for the products until they were looked up.
_STAND_IN = "0" * 24
_NONE = frozenset({"{}", "[]", "null", "None"})


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
        whole = with_numbers_whole(text) if "+" in text else text
        found = [
            (quoted.replace('""', '"') or plain).strip()
            for quoted, plain in _PART.findall(whole)
        ]
        found = [*map(as_it_was, found)] if whole != text else found
        if field == "product_handles":
            found = [word for part in found for word in part.split()]
    return [item for item in found if item]


def _json_list(text: str) -> list[str] | None:
    if not text.startswith("["):
        return None
    try:
        found: Any = strict_json.as_written(text)
    except (ValueError, RecursionError):
        return None  # [Sale] Shirt is a name
    if not all(isinstance(item, str | int | float) for item in found):
        msg = "not a list of texts"
        raise ValueError(msg)
    return [str(item).strip() for item in found]


def check(
    fields: Fields, options: Options, inner: Callable[[Fields, Options], Checked]
) -> Checked:
    """Check a row with `inner`, and hand on what it calls its products."""
    if fields.problems:
        return inner(fields, options)
    called, problems, again = _called(fields)
    if not called and not problems:
        return inner(fields, options)
    # a manual collection needs products: their place is taken until they are known
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
    # taken out again: the row has none of its own
    if stands_in:
        del parts["product_ids"]
    remarks = (*checked.remarks, *again, _looked_up(fields, called))
    return Calling(checked.row, parts, remarks, tuple(called))


def _looked_up(fields: Fields, called: list[Called]) -> Problem:
    """Tell that only the plan knows which products are meant."""
    cells = [
        cell
        for item in called
        for cell in fields.table.find(
            fields.row, item.field, fields.values.get(item.field, "")
        )
    ]
    return Problem(Code.PRODUCTS_BY_NAME, cells=tuple(cells), variant="pending")


def _called(fields: Fields) -> tuple[list[Called], list[Problem], list[Problem]]:
    """Return what the row calls its products, what of it cannot be right, remarks."""
    called, problems, remarks = [], [], []
    needed = not (isinstance(fields, Shaped) and fields.lenient)
    for field in FIELDS:
        text = fields.values.get(field, "")
        if not text:
            continue
        # half a surrogate pair, possible in a DataFrame, is in no product's name
        text = text.encode("utf-8", "replace").decode("utf-8")
        try:
            texts = tuple(listed(field, text))
        except ValueError:
            problems.append(_problem(fields, field, "no_texts", text))
            continue
        problems += [
            _problem(fields, field, "destroyed", item)
            for item in filter(is_destroyed, texts)
        ]
        once = tuple(dict.fromkeys(texts))
        if len(once) < len(texts):
            again = [text for text in once if texts.count(text) > 1]
            remarks.append(repeated(fields, field, again))
        if texts:
            column = fields.columns.get(field, field)
            called.append(Called(field, column, once, needed))
    return called, problems, remarks


def _problem(fields: Fields, field: str, variant: str, item: str) -> Problem:
    code, noun, value = Code.PRODUCT_NAME_INVALID, catalog.noun(field), shortened(item)
    return fields.problem(code, field, variant, noun=noun, item=item, value=value)
