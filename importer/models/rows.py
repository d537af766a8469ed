"""What comes in: places, rows, fields, problems, definitions, and called products.

Frozen values on their way from a file to the plan.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from importer import sentences
from importer.models.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from importer.models.codes import Code
    from importer.sentences import Parameter, Parameters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file, as a spreadsheet shows it: the header is 1.

    `sheet` is empty for text files. `row_end` is the last row of a collection that
    spans several rows, else equal to `row`.
    """

    file: str
    sheet: str
    row: int
    row_end: int

    def __str__(self) -> str:
        """Say the place the way a person would look it up."""
        rows = f"row {self.row}"
        if self.row_end != self.row:
            rows = f"rows {self.row} to {self.row_end}"
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        return f"{self.file}{sheet}, {rows}"


class Unreadable(str):  # noqa: SLOT000 - few, and each with two attributes
    """A cell that was no text, as far as it can be shown; `variant` says why.

    It is that of `Code.VALUE_UNREADABLE`, and `parameters` are what its sentence needs.
    """

    variant: str = ""
    parameters: Parameters

    @classmethod
    def of(cls, shown: str, variant: str, **parameters: str) -> Unreadable:
        """Make one of what can be shown."""
        cell = cls(shown)
        cell.variant, cell.parameters = variant, parameters
        return cell


class Faulty(list[str]):
    """The cells of a record of which one at least is `Unreadable`."""


class Cell(NamedTuple):
    """One cell of the input: its row and its column, as a spreadsheet shows them.

    `column` is the header as the file has it, `number` the column's own: A is 1.
    """

    row: int
    column: str
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table, every cell as text, shape as the file has it.

    `where` are its file and sheet, `first` and `last` its numbers in them: a place is
    made of them only when it is asked for. `lines` are the numbers of all the rows of a
    collection that spans several; their cells stand one after another, those of each
    row filled up to the width of the header.
    """

    where: tuple[str, str]
    first: int
    last: int
    cells: tuple[str, ...]
    lines: tuple[int, ...] = ()

    @classmethod
    def at(
        cls, place: Place, cells: tuple[str, ...], lines: tuple[int, ...] = ()
    ) -> Row:
        """Take the cells that stand in a place."""
        return cls((place.file, place.sheet), place.row, place.row_end, cells, lines)

    @property
    def place(self) -> Place:
        """Where it stands."""
        return Place(*self.where, self.first, self.last)


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet or text file: its header, and its records as a stream read once.

    A record is its number in the file and its cells. `ragged` says whether rows may
    differ in length from the header (text files); a workbook's rows are padded by the
    grid they live in. `notes` say what had to be guessed or was left aside to read it,
    each a phrase for a person. `sheets` are all that can be seen in its workbook, and
    `widths` those of the columns in characters, where the file has any.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    records: Iterable[tuple[int, list[str]]]
    ragged: bool = True
    notes: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()

    @property
    def rows(self) -> Iterator[Row]:
        """The records as rows; they are read once, at the first question."""
        for number, cells in self.records:
            yield self.row(number, cells)

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """Return a record as a row."""
        return Row((self.file, self.sheet), number, number, tuple(cells))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to be told of a row: a code, parameters, and the cells it is about.

    `variant` tells apart what one code says; the catalogue has a sentence for each.
    `cells` are those of the input, in all rows of a collection; none where the row as a
    whole is meant. `column` is the header as the file has it, or the field where there
    is no column for it, and empty where the whole row is meant. `value` among the
    parameters is the offending cell, shortened to what fits a line.
    """

    code: Code
    parameters: Parameters = field(default_factory=dict, hash=False)
    cells: tuple[Cell, ...] = ()
    column: str = ""
    variant: str = ""

    @property
    def key(self) -> str:
        """Give the name of its sentence in the catalogue."""
        return f"{self.code}/{self.variant}" if self.variant else f"{self.code}"

    @property
    def message(self) -> str:
        """Say what is the matter."""
        return sentences.message(self.key, self.parameters)

    @property
    def remedy(self) -> str:
        """Say what to write instead, or to do; empty where there is nothing."""
        return sentences.remedy(self.key, self.parameters)

    @property
    def value(self) -> str:
        """Give the offending cell, shortened; empty where none is shown."""
        value: str = self.parameters.get("value", "")
        return value

    def __str__(self) -> str:
        """Write one sentence with the column in front and the way out behind."""
        column = f"{self.column}: " if self.column else ""
        remedy = self.remedy
        return f"{column}{self.message} {remedy}" if remedy else column + self.message


class Finder(Protocol):
    """Finds the cells of a row that say a field: the columns of its table do."""

    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:
        """Give the cells of a row that say this of a field; one where none does."""


class _Nowhere:
    def find(self, row: Row, field: str, text: str) -> tuple[Cell, ...]:  # noqa: ARG002
        """Find none: it is no table that the row is of."""
        return ()


#: Of rows that stand in no table.
NOWHERE = _Nowhere()


@dataclass(frozen=True, slots=True)
class Fields:
    """A row after mapping: trimmed text by the project's own field names, no blanks.

    `columns` gives for each field the header it came from, so that a problem can
    name the column as the file does, and `table` finds the cells; both are shared by
    all rows of a table.
    """

    row: Row
    values: Mapping[str, str]
    columns: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    table: Finder = field(default=NOWHERE, kw_only=True)

    def problem(
        self, code: Code, name: str, variant: str = "", **parameters: Parameter
    ) -> Problem:
        """Tell something of a field, with the cells that say it.

        Args:
            code: what is the matter.
            name: the field.
            variant: of the sentence.
            parameters: what the sentence needs.
        """
        cells = self.table.find(self.row, name, self.values.get(name, ""))
        column = self.columns.get(name, name)
        return Problem(code, parameters, cells, column, variant)


@dataclass(frozen=True, slots=True)
class Shaped(Fields):
    """What several rows, or those of another program's file, come to.

    `found` are problems that the mapping saw, beside those that the check will see;
    `remarks` is what it has to tell. `written` are pairs of field and text: what a copy
    in our own columns says of what is refused, rules in words. `lenient` says that a
    product which cannot be told by its name is left out with a word.
    """

    found: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    lenient: bool = False


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
    notes: tuple[str, ...] = ()
    known_by: tuple[str, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()
    spans: bool = False


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
