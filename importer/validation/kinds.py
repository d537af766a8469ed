"""Manual or smart: what a row says, what it implies, and what each kind needs.

The type that is given wins, and whatever else the row filled passes through. A row
that gives none is what it lists: products make it manual, rules make it smart. The
API cannot change a type later, so a row that lists both has to say which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models import Code, CollectionType, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = {str(kind): kind for kind in CollectionType}
_AMBIGUOUS = Problem(
    Code.TYPE_AMBIGUOUS,
    "The row lists products and rules and does not say which of them counts.",
    remedy="Write manual to use the products, or smart to use the rules.",
)
_NO_PRODUCTS = Problem(
    Code.PRODUCT_IDS_MISSING,
    "A manual collection needs at least one product.",
    remedy="Write the ids of its products with commas between them.",
)
_NO_RULES = Problem(
    Code.RULES_MISSING,
    "A smart collection needs rules.",
    remedy='Write a JSON object such as {"logic": "AND", "conditions": [{…}]}.',
)
_INFERRED = {
    CollectionType.MANUAL: Problem(
        Code.TYPE_INFERRED,
        "The row gives no type; it lists products, so it is manual.",
        value="manual",
    ),
    CollectionType.SMART: Problem(
        Code.TYPE_INFERRED,
        "The row gives no type; it has rules, so it is smart.",
        value="smart",
    ),
}


def of(texts: Mapping[str, str]) -> CollectionType | None:
    """Tell the kind of a row; None where it cannot or need not be told."""
    if "type" in texts:
        return _TYPES.get(texts["type"].lower())
    products, rules = "product_ids" in texts, "rules" in texts
    if products == rules:
        return None
    return CollectionType.MANUAL if products else CollectionType.SMART


def problems(
    texts: Mapping[str, str],
    kind: CollectionType | None,
    require_product_ids: bool,  # noqa: FBT001 - a setting, passed through
) -> list[Problem]:
    """Find what the kind of the row lacks, or that it has no clear kind."""
    products, rules = "product_ids" in texts, "rules" in texts
    if kind is CollectionType.MANUAL and require_product_ids and not products:
        return [_NO_PRODUCTS]
    if kind is CollectionType.SMART and not rules:
        return [_NO_RULES]
    if products and rules and "type" not in texts:
        return [_AMBIGUOUS]
    return []


def remark(texts: Mapping[str, str]) -> Problem | None:
    """Tell that a type was inferred, as it is permanent once it is created."""
    kind = None if "type" in texts else of(texts)
    return _INFERRED[kind] if kind else None
