"""What a row comes to: a definition, problems, or what was done of it before.

Frozen values on their way from a mapped row to the plan, with the products that a row
calls by name, SKU or handle.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.models.notes import Note
    from importer.models.problems import Problem
    from importer.models.rows import Row


class CollectionType(StrEnum):
    """The two kinds of the API; permanent once created."""

    MANUAL = "manual"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Definition:
    """One collection as it shall be. Empty means: the row did not fill it."""

    location_id: str
    name: str
    slug: str
    type: CollectionType | None = None
    product_ids: tuple[str, ...] = ()
    rules: Mapping[str, Any] | None = None
    image: str = ""
    seo_title: str = ""
    seo_description: str = ""
    collection_id: str = ""
    rule_hash: str = ""
    rule_version: int | float | None = None
    stats: Mapping[str, Any] | None = None


#: A row that leaves nothing open and of which there is nothing to tell: its number, its
#: cells, and what it fills, as the parts of `Valid` are. Nearly all rows are such, and
#: making an object of each would cost as much as writing it down.
Plain = tuple[int, list[str], dict[str, Any]]


def listed(products: str | Iterable[str]) -> list[str]:
    """Return products one by one; they may still be the valid text of a cell."""
    if isinstance(products, str):
        products = products.replace(",", " ").replace(";", " ").replace("|", " ")
        return products.split()
    return list(products)


@dataclass(frozen=True, slots=True)
class Valid:
    """A row that passed the check, with remarks worth telling.

    `parts` are what the row filled, by the names of `Definition`, each as it shall be;
    only products may still be the text of their cell, when nothing is wrong with it.
    """

    row: Row
    parts: Mapping[str, Any]
    remarks: tuple[Problem, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its remarks, each once."""
        return _codes(self.remarks)

    @property
    def filled(self) -> Mapping[str, Any]:
        """The parts with the products taken apart, anew each time."""
        products = self.parts.get("product_ids")
        if type(products) is not str:
            return self.parts
        return {**self.parts, "product_ids": tuple(listed(products))}

    @property
    def definition(self) -> Definition:
        """The parts put together, anew each time: a check needs only two of them."""
        return Definition(**self.filled)


@dataclass(frozen=True, slots=True)
class Invalid:
    """A row that did not pass, with everything wrong with it.

    `location_id`, `name` and `slug` are what the row says, for the report.
    """

    row: Row
    problems: tuple[Problem, ...]
    location_id: str = ""
    name: str = ""
    slug: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of its problems, each once, the first one's first."""
        return _codes(self.problems)


def _codes(told: tuple[Problem, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([problem.code.value for problem in told]))


Checked = Valid | Invalid


@dataclass(frozen=True, slots=True)
class DoneBefore:
    """A row that an earlier run has done, as the row itself says.

    It is neither checked for problems nor sent; `remark` tells so.
    """

    row: Row
    collection_id: str
    remark: Problem
    location_id: str
    name: str
    slug: str


#: How the name of a column without a header ends: column D (no header).
NO_HEADER: Final = "(no header)"


@dataclass(frozen=True, slots=True)
class UnknownColumn:
    """A column that is not read, because nothing knows its name.

    `nearest` is the known name most like it, or blank; `fields` are those that it may
    be of. Where it `matters`, much would be missing: it may well be an image, products,
    a type or rules.
    """

    header: str
    nearest: str = ""
    fields: tuple[str, ...] = ()
    matters: bool = False

    @property
    def hinted(self) -> str:
        """The header, with the known name that it may have been meant to be."""
        if not self.nearest:
            return self.header
        if self.nearest.casefold() == self.header.strip().casefold():
            return self.header  # another preset knows it
        (field,) = self.fields
        # what is no field has a name of ours that says nothing to people
        unsaid = {"active", "key", self.nearest.replace(" ", "_")}
        of = "" if field in unsaid else f", the {field}"
        return f"{self.header} (did you mean {self.nearest}{of}?)"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One table that was read: what `check --json` says under `files`.

    `notes` are what had to be guessed or left out in reading it; `known_by` are the
    headers by which the preset was chosen, `skipped` says how many
    collections the file itself leaves out, by the word it uses. `rows` are collections;
    `spans` says that one can span several rows.
    """

    file: str
    sheet: str
    preset: str
    rows: int
    columns_left_out: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    known_by: tuple[str, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    spans: bool = False
    columns_unknown: tuple[UnknownColumn, ...] = ()

    @property
    def columns_ignored(self) -> tuple[str, ...]:
        """The columns left out that nothing knows, with what each may have meant."""
        near = {column.header: column.hinted for column in self.columns_unknown}
        return tuple(
            near.get(name, name)
            for name in self.columns_left_out
            if name in near or name.endswith(NO_HEADER)
        )

    @property
    def columns_not_sent(self) -> tuple[str, ...]:
        """The columns left out although they are known."""
        near = {column.header for column in self.columns_unknown}
        return tuple(
            name
            for name in self.columns_left_out
            if name not in near and not name.endswith(NO_HEADER)
        )


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


#: Fields that a request may leave out, in the order of the API's page. `type`, `rules`
#: and `productIds` are in no other source of the vendor (contract).
OPTIONAL_FIELDS = (
    "collectionId",
    "image",
    "type",
    "rules",
    "productIds",
    "seo",
    "ruleHash",
    "ruleVersion",
    "stats",
)
#: Fields without which there is no collection.
REQUIRED_FIELDS = ("altId", "altType", "name", "slug")
