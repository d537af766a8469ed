"""Products as people call them, in a row and in a location.

Frozen values on their way from a row to the ids that are sent.
"""

from __future__ import annotations

from typing import NamedTuple

from importer.models.frozen import dataclass
from importer.models.rows import Valid


@dataclass(frozen=True, slots=True)
class Called:
    """What one column of a row calls its products, in the row's order.

    `field` is `product_skus`, `product_names` or `product_handles`, `column` the
    header as the file has it. `needed` says whether the row must wait for each.
    """

    field: str
    column: str
    texts: tuple[str, ...]
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Calling(Valid):
    """A row that passed the check and calls products by something else than ids."""

    called: tuple[Called, ...] = ()


class Entry(NamedTuple):
    """One way to call a product: `said` is a name, a SKU or a handle of it."""

    said: str
    product_id: str
    name: str


class Item(NamedTuple):
    """One item of a list of the API: a product, or a price, which has the SKU.

    `code` is the handle of a product and the SKU of a price.
    """

    item_id: str
    product_id: str
    name: str
    code: str


class Found(NamedTuple):
    """Which product a text of a row means."""

    text: str
    product_id: str
