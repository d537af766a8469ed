"""What comes in: places, tables, and their rows as they stand in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from importer.models.frozen import dataclass
from importer.sentences import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.models.notes import Note
    from importer.sentences import Language, Parameters


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

    def said_in(self, language: Language) -> str:
        """Say it in a language."""
        if language is ENGLISH:
            return str(self)
        rows = "rows" if self.row_end != self.row else "row"
        key = f"part/{rows}_of_sheet" if self.sheet else f"part/{rows}_of_file"
        parts = {"file": self.file, "sheet": self.sheet, "row": self.row}
        return language.message(key, {**parts, "row_end": self.row_end})


#: The variants of cells that quotation marks have made unreadable, with their rows.
QUOTES_OPEN, TEXT_BEHIND_QUOTES = "open", "text_behind"
#: And of `Code.HEADER_REPEATED`: its columns in another order, spelled in another way,
#: other columns, and a row below such a header.
HEADER_REORDERED, HEADER_SPELLED = "reordered", "spelled"
HEADER_OTHER, HEADER_BELOW = "other", "below"
HEADERS = frozenset({HEADER_REORDERED, HEADER_SPELLED, HEADER_OTHER, HEADER_BELOW})


class Unreadable(str):  # noqa: SLOT000 - few, and each with two attributes
    """A cell that was no text, as far as it can be shown; `variant` says why.

    It is that of `Code.VALUE_UNREADABLE`, or of `Code.QUOTES_WRONG` where the whole row
    is unreadable, and `parameters` are what its sentence needs.
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
    row filled up to the width of the header. `made_of` are those of the products that
    name a collection, whose cells are the first one's.
    """

    where: tuple[str, str]
    first: int
    last: int
    cells: tuple[str, ...]
    lines: tuple[int, ...] = ()
    made_of: tuple[int, ...] = ()

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
    grid they live in. `notes` say what had to be guessed or was left aside to read it.
    `sheets` are all that can be seen in its workbook, and
    `widths` those of the columns in characters, where the file has any. `above` are the
    rows over the header, and `written` says in which encoding a text is and what stands
    between its cells.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    records: Iterable[tuple[int, list[str]]]
    ragged: bool = True
    notes: tuple[Note, ...] = ()
    sheets: tuple[str, ...] = ()
    widths: tuple[float, ...] = ()
    above: tuple[tuple[int, tuple[str, ...]], ...] = ()
    written: tuple[str, str] | None = None

    @property
    def rows(self) -> Iterator[Row]:
        """The records as rows; they are read once, at the first question."""
        for number, cells in self.records:
            yield self.row(number, cells)

    def row(self, number: int, cells: Sequence[str]) -> Row:
        """Return a record as a row."""
        return Row((self.file, self.sheet), number, number, tuple(cells))
