"""Manual or smart: what a row says, what it implies, and what each kind needs.

The type that is given wins, and whatever else the row filled passes through. A row
that gives none is what it lists: products make it manual, rules make it smart. The
API cannot change a type later, so a row that lists both has to say which.
"""

from __future__ import annotations

from importer.models import Code, CollectionType

_TYPES = {str(kind): kind for kind in CollectionType}


def named(text: str) -> CollectionType | None:
    """Return the kind that a cell names, in whatever case; None where it names none."""
    return _TYPES.get(text.lower())


def inferred(products: object, rules: object) -> CollectionType | None:
    """Infer the kind of a row that names none; None where it cannot be told.

    It need not be told of a row that is sent without one. `products` and `rules` are
    what the row lists; only whether it does counts.
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
) -> Code | None:
    """Find what the kind of the row lacks, or that it has no clear kind.

    Args:
        kind: what the row is, as far as it can be told.
        products: the products that the row lists, if any.
        rules: the same of its rules.
        given: what the row says of its kind, if anything.
        needy: whether a manual collection needs products.
    """
    if kind is CollectionType.MANUAL and needy and not products:
        return Code.PRODUCT_IDS_MISSING
    if kind is CollectionType.SMART and not rules:
        return Code.RULES_MISSING
    if products and rules and not given:
        return Code.TYPE_AMBIGUOUS
    return None
