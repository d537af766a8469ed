"""What rules and products of another shop come to in a collection of HighLevel.

Rules become JSON or a problem that names them; products keep their ids where these
are HighLevel's own, and are left out and told where they are not. Invariant: nothing
that would change what a collection holds happens without a word.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer import rules, wording
from importer.models import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.mapping.shape import Shape
    from importer.models import Row

_EMPTY = (
    "With --no-require-product-ids it is created without products, to be filled in "
    "HighLevel."
)
_LISTED = "Change the rules, or use --smart-as-manual to make it manual."
_NOT_LISTED = (
    "Change the rules, or make it by hand. --smart-as-manual needs its products, and "
    "the file lists none of its products: export it together with them."
)
_RULES: tuple[str, ...] = ("rule_column", "packed_rules", "rule_set", "rules")
_PRODUCTS: tuple[str, ...] = ("products", "handles", "product_ids")
_OURS = re.compile(r"[0-9a-fA-F]{24}")


@dataclass(slots=True)
class Found:
    """A collection while it is put together."""

    shape: Shape
    values: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def products(self, listed: Sequence[str], handles: Sequence[str] = ()) -> None:
        """Take in the products that the file lists, by ids and by handles."""
        # an id of 24 hex digits may be HighLevel's own; any other is another shop's
        ours = [product_id for product_id in listed if _OURS.fullmatch(product_id)]
        if ours:
            self.values["product_ids"] = ",".join(ours)
        if handles:
            self.values["product_handles"] = json.dumps(handles, ensure_ascii=False)
        needed = (
            self.shape.wishes.require_product_ids
            and self.values.get("type") == "manual"
            and "product_ids" not in self.values
            and "product_handles" not in self.values
        )
        parts: list[Problem] = []
        if foreign := len(listed) - len(ours):
            parts.append(self._foreign(foreign, needed=needed))
        elif needed and self.shape.preset.foreign:
            message = "The collection is manual, and the file lists no products of it."
            parts.append(self._problem(Code.PRODUCT_IDS_MISSING, message, _EMPTY))
        number = len(listed) + len(handles)
        lists = self.shape.columns.keys() & {"products", "child_of", "handles"}
        if lists and self.count > number:
            message = (
                f"The file lists {number:,} of the collection's {self.count:,} "
                "products; its export has left out the others."
            )
            parts.append(self._problem(Code.PRODUCTS_TRUNCATED, message))
        (self.problems if needed and parts else self.remarks).extend(parts)

    def _foreign(self, number: int, *, needed: bool) -> Problem:
        """Describe products that are called as another shop calls them."""
        many = wording.counted(number, "product")
        message = (
            f"The file lists {many} by what another shop calls them; HighLevel does "
            "not know these, so they are not sent."
        )
        remedy = f"{_EMPTY} Or write HighLevel's own ids into the column."
        return self._problem(
            Code.PRODUCT_IDS_FOREIGN, message, remedy if needed else ""
        )

    def rule(self, wanted: rules.Rules, products: Sequence[str]) -> None:
        """Take in the rules, or say why that cannot be."""
        self.values["type"] = "smart"
        bad = wanted.unsupported
        if not bad:
            self.values["rules"] = rules.to_json(wanted, self.shape.wishes.notation)
            return
        message = rules.refused(wanted)
        if self.shape.wishes.smart_as_manual and products:
            self.values["type"] = "manual"
            remark = f"{message} It becomes a manual collection."
            self.remarks.append(self._problem(Code.SMART_AS_MANUAL, remark))
            return
        self.written["rules"] = wanted.in_words
        remedy = f"{rules.why(wanted)} {_LISTED if products else _NOT_LISTED}"
        problem = self._problem(Code.RULE_NOT_SUPPORTED, message, remedy, str(bad[0]))
        self.problems.append(problem)

    def broken(self, text: str, reason: object) -> None:
        """Take in rules that make no sense."""
        message = f"The rules make no sense: {reason}"
        self.written["rules"] = text
        remedy = "Export the collections once more, or correct the cell."
        problem = self._problem(Code.RULES_INVALID, message, remedy, text)
        self.problems.append(problem)

    def _problem(
        self, code: Code, message: str, remedy: str = "", value: str = ""
    ) -> Problem:
        headers = self.shape.headers
        if code in (Code.RULE_NOT_SUPPORTED, Code.SMART_AS_MANUAL, Code.RULES_INVALID):
            names = _RULES
        else:
            names = _PRODUCTS
        column = next((headers[name] for name in names if name in headers), "")
        return Problem(code, message, column, remedy, " ".join(value.split())[:60])


def complete(found: Found, group: Sequence[Row]) -> None:
    """Add to a collection what its rows say of rules and products."""
    shape = found.shape
    products, handles = _products(shape, group)
    counts = (shape.text("products_count", row.cells) for row in group)
    number = next(filter(None, counts), "").removesuffix(".0")
    found.count = int(number) if number.isdecimal() else 0
    wanted = None
    try:
        wanted = _rules(shape, group)
    except ValueError as wrong:
        # neither smart nor manual: what its rules would choose is not known
        found.broken(_first(shape, "rule_set", group), wrong)
        return
    if wanted is not None and wanted.conditions:
        found.rule(wanted, [*products, *handles])
    elif shape.preset.typed:
        found.values.setdefault("type", "manual")
    if found.values.get("type") != "smart":
        found.products(products, handles)


def is_global(text: str) -> bool:
    """Return whether an id says what it is the id of: gid://shopify/Product/123."""
    return text.startswith("gid://")


def _products(shape: Shape, group: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Return the ids of products, and the handles of those with another shop's id."""
    listed: dict[str, None] = {}
    handles: dict[str, None] = {}
    # where products have rows of their own, the collection's row has its own handle
    own_rows = "child_of" in shape.columns
    for row in group:
        child = shape.text("child_of", row.cells)
        text = shape.text("key" if child else "products", row.cells)
        if child and is_global(text) and shape.preset.of_products not in text:
            continue  # a variant, or something else that belongs to a product
        ids = [part.strip() for part in text.split(",") if part.strip()]
        handle = ""
        if (child or not own_rows) and not any(map(_OURS.fullmatch, ids)):
            handle = shape.text("handles", row.cells)
        if handle:
            handles[handle] = None
        else:
            listed.update(dict.fromkeys(ids))
    return list(listed), list(handles)


def _rules(shape: Shape, group: Sequence[Row]) -> rules.Rules | None:
    any_one = any(
        shape.text("any", row.cells).casefold() in shape.preset.any for row in group
    )
    if text := _first(shape, "packed_rules", group):
        return rules.packed(text, disjunctive=any_one)
    if text := _first(shape, "rule_set", group):
        return rules.rule_set(text)
    conditions: dict[rules.Condition, None] = {}
    names = ("rule_column", "rule_relation", "rule_condition")
    for row in group if "rule_column" in shape.columns else ():
        texts = [shape.text(name, row.cells) for name in names]
        if any(texts):
            conditions[rules.condition(*texts)] = None
    return rules.Rules(tuple(conditions), "OR" if any_one else "AND")


def _first(shape: Shape, name: str, group: Sequence[Row]) -> str:
    return next(filter(None, (shape.text(name, row.cells) for row in group)), "")
