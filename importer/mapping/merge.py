"""What rules and products of another shop come to in a collection of HighLevel.

Rules become JSON or a problem that names them; products keep their ids where these
are HighLevel's own, and are left out and told where they are not. Invariant: nothing
that would change what a collection holds happens without a word.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from importer import patterns, rules, truth, words
from importer.mapping import unread
from importer.mapping.shape import PRODUCTS
from importer.models import Code, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from importer.mapping.shape import Shape
    from importer.models import Cell, Row
    from importer.sentences import Parameter, Phrase

    #: Finds the cells that list some products.
    Listing = Callable[[Collection[str]], tuple[Cell, ...]]

_RULES: tuple[str, ...] = ("rule_column", "packed_rules", "rule_set", "rules")
_PRODUCTS: tuple[str, ...] = ("products", "handles", "product_ids")
#: Where a row has one condition of the rules.
_CONDITION = ("rule_column", "rule_relation", "rule_condition")
#: What lists products in rows.
_LISTING = ("products", "child_of", "handles")
_MOST_NAMED = 20
_OURS = patterns.later(r"[0-9a-fA-F]{24}")


@dataclass(slots=True)
class Found:
    """A collection while it is put together; `row` has the cells of all of its rows."""

    shape: Shape
    values: dict[str, str]
    row: Row
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def products(
        self, listed: Sequence[str], handles: Sequence[str] = (), *, cells: Listing
    ) -> None:
        """Take in the products that the file lists, by ids and by handles.

        Args:
            listed: their ids, of whatever shop.
            handles: those of products whose id is another shop's.
            cells: finds the cells of ids.
        """
        # an id of 24 hex digits may be HighLevel's own; any other is another shop's
        ours = [product_id for product_id in listed if _OURS.fullmatch(product_id)]
        if ours:
            self.values["product_ids"] = ",".join(ours)
        if handles:
            if "product_handles" in self.values:
                self.replaced("product_handles", ", ".join(handles))
            self.values["product_handles"] = json.dumps(handles, ensure_ascii=False)
        needed = (
            self.shape.wishes.require_product_ids
            and words.kind(self.values.get("type", "")) == "manual"
            and self.values.keys().isdisjoint(PRODUCTS)
        )
        parts: list[Problem] = []
        if number := len(listed) - len(ours):
            variant = "needed" if needed else ""
            found = cells(set(listed).difference(ours))
            code = Code.PRODUCT_IDS_FOREIGN
            parts.append(self._of_products(code, found, variant, number=number))
        elif needed and self.shape.preset.foreign:
            code = Code.PRODUCT_IDS_MISSING
            parts.append(self._of_products(code, variant="unlisted"))
        number = len(listed) + len(handles)
        lists = not self.shape.columns.keys().isdisjoint(_LISTING)
        if lists and self.count > number:
            code = Code.PRODUCTS_TRUNCATED
            parts.append(self._of_products(code, number=number, count=self.count))
        (self.problems if needed and parts else self.remarks).extend(parts)

    def repeated(self, products: Sequence[str], cells: tuple[Cell, ...]) -> None:
        """Tell of products that the rows list more than once."""
        named, count = tuple(products[:_MOST_NAMED]), len(products)
        known: dict[str, Parameter] = {"ids": named, "more": count - len(named)}
        known |= {"count": count, "value": named[0]}
        column = self._column(_PRODUCTS)
        remark = Problem(Code.PRODUCT_REPEATED, known, cells, column)
        self.remarks.append(remark)

    def _of_products(
        self,
        code: Code,
        cells: tuple[Cell, ...] = (),
        variant: str = "",
        **parameters: int,
    ) -> Problem:
        """Tell something of the products; without cells, of all that list some."""
        name = next((name for name in _PRODUCTS if name in self.shape.headers), "")
        cells = cells or self.shape.find(self.row, name, "")
        column = self.shape.headers.get(name, "")
        return Problem(code, parameters, cells, column, variant)

    def rule(
        self,
        wanted: rules.Rules,
        products: Sequence[str],
        cells: Callable[[], tuple[Cell, ...]],
    ) -> None:
        """Take in the rules, or say why that cannot be.

        Args:
            wanted: the rules.
            products: those that the file lists, however it calls them.
            cells: finds the cells of the rules that HighLevel cannot express.
        """
        if words.kind(self.values.get("type", "smart")) != "smart":
            self.replaced("type", "smart")
        self.values["type"] = "smart"
        bad = wanted.unsupported
        if "rules" in self.values:
            self.replaced("rules", wanted.in_words)
        if not bad:
            self.values["rules"] = rules.to_json(wanted, self.shape.wishes.notation)
            return
        column = self._column(_RULES)
        parameters = wanted.refused
        if self.shape.wishes.smart_as_manual and products:
            self.values["type"] = "manual"
            remark = Problem(Code.SMART_AS_MANUAL, parameters, cells(), column)
            self.remarks.append(remark)
            return
        self.written["rules"] = wanted.in_words
        parameters["value"] = _shown(str(bad[0]))
        variant = "listed" if products else "unlisted"
        code = Code.RULE_NOT_SUPPORTED
        self.problems.append(Problem(code, parameters, cells(), column, variant))

    def replaced(self, name: str, taken: str) -> None:
        """Tell that something better was found than the column of a field says."""
        self.remarks.append(unread.replaced(self.shape, self.row, name, taken))

    def broken(self, name: str, text: str, reason: Phrase | str) -> None:
        """Take in rules that make no sense; a copy keeps them letter by letter."""
        self.written["rules"] = text
        code, parameters = Code.RULES_INVALID, {"reason": reason, "value": _shown(text)}
        cells = self.shape.find(self.row, name, text)
        column = self._column(_RULES)
        self.problems.append(Problem(code, parameters, cells, column, "nonsense"))

    def _column(self, names: Sequence[str]) -> str:
        headers = self.shape.headers
        return next((headers[name] for name in names if name in headers), "")


def _shown(text: str) -> str:
    """Squash white space, and show the beginning."""
    return " ".join(text.split())[:60]


def complete(found: Found, group: Sequence[Row]) -> None:
    """Add to a collection what its rows say of rules and products."""
    shape = found.shape
    products, handles, again = _products(shape, group)
    number = shape.first("products_count", group).removesuffix(".0")
    found.count = int(number) if number.isdecimal() else 0
    wanted = None
    try:
        wanted = _rules(shape, group)
    except ValueError as wrong:
        # neither smart nor manual: what its rules would choose is not known
        reason = wrong.phrase if isinstance(wrong, rules.NoRulesError) else str(wrong)
        names = ("packed_rules", "rule_set", "any")
        name = next((n for n in names if shape.first(n, group)), "any")
        found.broken(name, shape.first(name, group), reason)
        return
    if wanted is not None and wanted.conditions:
        cells = partial(_cells_of_rules, found, group, wanted)
        found.rule(wanted, [*products, *handles], cells)
    elif shape.preset.typed and "rules" not in found.values:
        found.values.setdefault("type", "manual")
    if words.kind(found.values.get("type", "")) != "smart":
        listing = partial(_listing, shape, group)
        found.products(products, handles, cells=listing)
        if again:
            found.repeated(again, listing(again))


def is_global(text: str) -> bool:
    """Return whether an id says what it is the id of: gid://shopify/Product/123."""
    return text.startswith("gid://")


def _products(
    shape: Shape, group: Sequence[Row]
) -> tuple[list[str], list[str], list[str]]:
    """Return the ids of products, and the handles of those with another shop's id.

    The third are ids of which one is there more than once.
    """
    listed: Counter[str] = Counter()
    handles: dict[str, None] = {}
    # where products have rows of their own, the collection's row has its own handle
    own_rows = "child_of" in shape.columns or bool(shape.preset.of_products)
    for row, name, ids in _ids(shape, group):
        handle = ""
        if (name == "key" or not own_rows) and not any(map(_OURS.fullmatch, ids)):
            handle = shape.text("handles", row.cells)
        if handle:
            handles[handle] = None
        else:
            listed.update(ids)
    again = [product for product, number in listed.items() if number > 1]
    return list(listed), list(handles), again


def _ids(
    shape: Shape, group: Sequence[Row]
) -> Iterator[tuple[Row, Literal["key", "products"], list[str]]]:
    """Give the rows that may list products: where in them, and which."""
    if shape.columns.keys().isdisjoint(_LISTING):
        return  # as most files of collections with rules
    for row in group:
        child = shape.text("child_of", row.cells)
        name: Literal["key", "products"] = "key" if child else "products"
        text = shape.text(name, row.cells)
        if child and is_global(text) and shape.preset.of_products not in text:
            continue  # a variant, or something else that belongs to a product
        yield row, name, [part.strip() for part in text.split(",") if part.strip()]


def _listing(
    shape: Shape, group: Sequence[Row], wanted: Collection[str]
) -> tuple[Cell, ...]:
    """Find the cells that list these products."""
    cells = (
        shape.filled(name, row)
        for row, name, ids in _ids(shape, group)
        if not set(ids).isdisjoint(wanted)
    )
    return tuple(cell for cell in cells if cell is not None)


def _cells_of_rules(
    found: Found, group: Sequence[Row], wanted: rules.Rules
) -> tuple[Cell, ...]:
    """Find the cells of the rules that HighLevel cannot express."""
    shape, unsupported = found.shape, wanted.unsupported
    for name in ("packed_rules", "rule_set"):
        if text := shape.first(name, group):
            return shape.find(found.row, name, text)
    cells = (
        shape.filled(name, row)
        for row in group
        if rules.condition(*_texts(shape, row)) in unsupported
        for name in _CONDITION
    )
    return tuple(cell for cell in cells if cell is not None)


def _rules(shape: Shape, group: Sequence[Row]) -> rules.Rules | None:
    if text := shape.first("packed_rules", group):
        return rules.packed(text, disjunctive=_is_any(shape, group))
    if text := shape.first("rule_set", group):
        return rules.rule_set(text)
    conditions: dict[rules.Condition, None] = {}
    for row in group if "rule_column" in shape.columns else ():
        texts = _texts(shape, row)
        if any(texts):
            conditions[rules.condition(*texts)] = None
    any_one = len(conditions) > 1 and _is_any(shape, group)
    return rules.Rules(tuple(conditions), "OR" if any_one else "AND")


#: What says that all conditions have to be met.
_ALL = frozenset({"all conditions", "all condition", "all"})


def _is_any(shape: Shape, group: Sequence[Row]) -> bool:
    """Return whether one condition is enough.

    Raises:
        NoRulesError: a cell says something else than yes and no, or any and all.
    """
    if "any" not in shape.columns:
        return False
    # once each, in their order: nearly always all rows say the same
    said = filter(None, dict.fromkeys(shape.text("any", row.cells) for row in group))
    any_one = False
    for text in said:
        small = text.casefold()
        known = small in shape.preset.any or small in _ALL
        if not (known or truth.is_yes(text) or truth.is_no(text)):
            raise rules.unclear(shape.headers["any"].strip(), _shown(text))
        any_one = any_one or small in shape.preset.any or truth.is_yes(text)
    return any_one


def _texts(shape: Shape, row: Row) -> tuple[str, str, str]:
    """Read what a row says of one condition."""
    text, cells, (column, relation, value) = shape.text, row.cells, _CONDITION
    return text(column, cells), text(relation, cells), text(value, cells)
