"""Manual or smart: what a row says, what it implies, and what each kind needs.

The type that is given wins, and whatever else the row filled passes through. A row
that gives none is what it lists: products make it manual, rules make it smart. The
API cannot change a type later, so a row that lists both has to say which.
"""

from __future__ import annotations

from importer.models import Code, CollectionType, Problem

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


def named(text: str) -> CollectionType | None:
    """The kind that a cell names, in whatever case; None where it names none."""
    return _TYPES.get(text.lower())


def inferred(products: object, rules: object) -> CollectionType | None:
    """The kind of a row that names none; None where it cannot or need not be told.

    `products` and `rules` are what the row lists; only whether it does counts.
    """
    if bool(products) is bool(rules):
        return None
    return CollectionType.MANUAL if products else CollectionType.SMART


def problem(
    kind: CollectionType | None,
    products: object,
    rules: object,
    given: object,
    *,
    needy: bool,
) -> Problem | None:
    """Find what the kind of the row lacks, or that it has no clear kind.

    Args:
        kind: what the row is, as far as it can be told.
        products: the products that the row lists, if any.
        rules: the same of its rules.
        given: what the row says of its kind, if anything.
        needy: whether a manual collection needs products.
    """
    if kind is CollectionType.MANUAL and needy and not products:
        return _NO_PRODUCTS
    if kind is CollectionType.SMART and not rules:
        return _NO_RULES
    if products and rules and not given:
        return _AMBIGUOUS
    return None


def remark(kind: CollectionType) -> Problem:
    """Tell that a type was inferred, as it is permanent once it is created."""
    return _INFERRED[kind]
