"""What is wrong with the rows of a table, and what is done about it, on its workbench.

These functions work on the workbench, wherever it lies open; what goes in and comes out
are plain values. Invariants: a cell is changed only where it says what was seen; what
makes a second collection is a question, and never among what is corrected at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer.errors import EditOutdated, UsageError
from importer.models import Code
from importer.sentences import language
from importer.web import observations, remarks

if TYPE_CHECKING:
    import importer
    from importer.models import Note, Problem

#: How many bad rows a page shows, and how many are looked at for what is offered.
ROWS, LOOKED_AT = 50, 2000
#: Among how many rows it is looked for one that lists its products.
ASKED_ABOUT = 200
#: How many rows that are left out are listed.
LISTED = 20
#: How many cells of a collection of many rows are shown.
CELLS = 60
#: What is chosen of a table as a whole, by the problem that asks for it.
_CHOICES = {
    "unfilled": (Code.PRODUCT_IDS_FOREIGN, Code.PRODUCT_IDS_MISSING),
    "as_manual": (Code.RULE_NOT_SUPPORTED,),
}
#: The columns of no shop, but of whoever wrote the table.
_OWN = "own"
#: What is wrong with a row as a whole, and right once somebody has looked at it.
_MISSHAPEN = frozenset(
    {
        *(Code.ROW_TOO_SHORT, Code.ROW_TOO_LONG, Code.QUOTES_WRONG),
        Code.VALUE_UNREADABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that can be changed: its row and column on the bench, and what it says."""

    line: int
    number: int
    header: str
    text: str

    @property
    def name(self) -> str:
        """What it is called in a form."""
        return f"{self.line}-{self.number}"


@dataclass(frozen=True, slots=True)
class Way:
    """A correction that is offered, with a question where it makes two."""

    nth: int
    column: str
    before: str
    after: str
    question: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that needs a correction."""

    row: int
    number: int
    name: str
    problems: tuple[str, ...]
    cells: tuple[Cell, ...]
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What the page shows of a table."""

    good: int
    bad: int
    rows: tuple[BadRow, ...]
    last: int
    more: bool
    notes: tuple[Note, ...]
    sheets: tuple[str, ...]
    unread: tuple[str, ...]
    unsure: bool
    choices: frozenset[str]
    left_out: tuple[int, ...]
    clear: int
    can_undo: bool
    observed: tuple[observations.Observation, ...]
    observed_more: int
    chosen: BadRow | None


def view(bench: importer.Workbench, code: str, after: int, chosen: int = 0) -> View:
    """Look at the bad rows behind one, and say in a language what is wrong with them.

    Args:
        bench: the table.
        code: of the language.
        after: the row.
        chosen: a good row that is shown as well, to be corrected.

    Raises:
        InputError: the columns are not understood.
    """
    if bench.failure:
        raise bench.failure
    counts, found = bench.counts, bench.problems(after=after, count=ROWS + 1)
    rows, tables = found[:ROWS], bench.tables
    observed, more = observations.listed(bench, code)
    unread = [
        column
        for table in tables
        for column in table.columns
        if not column.field and column.why != "ignored"
    ]
    notes = [note for file in bench.files for note in file.notes]
    steps = bench.history()
    back = {step.takes_back for step in steps}
    left = [
        one
        for one in steps
        if one.what not in {"opened", "undo", "map"} and one.number not in back
    ]
    return View(
        counts["valid"],
        counts["invalid"] + counts["duplicate"],
        tuple(_row(bench, row, code, tables) for row in rows),
        rows[-1].row if rows else 0,
        len(found) > ROWS,
        remarks.of_rows(notes, tables[0].header_row),
        remarks.sheets(notes, tables[0].sheets),
        tuple(dict.fromkeys(column.header for column in unread if column.header)),
        # its own headings are those of a merchant, who may have meant something
        tables[0].preset == _OWN and any(column.guess for column in unread),
        _choices(bench),
        bench.left_out[:LISTED],
        sum(bench.offered(LOOKED_AT).values()),
        bool(left),
        observed,
        more,
        _good(bench, chosen, code, [one.text for one in observed if one.row == chosen]),
    )


def _choices(bench: importer.Workbench) -> frozenset[str]:
    """Return what may be chosen for all rows, where a row could be helped by it."""
    found = {code for code, count in bench.codes.items() if count}
    return frozenset(
        choice
        for choice, codes in _CHOICES.items()
        if found & {*codes} and (choice != "as_manual" or _lists_products(bench))
    )


def _lists_products(bench: importer.Workbench) -> bool:
    """Return whether rules could give way to products that the file lists."""
    return any(
        problem.variant == "listed"
        for row in bench.problems(Code.RULE_NOT_SUPPORTED, count=ASKED_ABOUT)
        for problem in row.problems
        if problem.code is Code.RULE_NOT_SUPPORTED
    )


def _good(
    bench: importer.Workbench, row: int, code: str, told: list[str]
) -> BadRow | None:
    """Return a good row with its cells and what is told of it; None without one."""
    try:
        shown = bench.row(row) if row else None
    except UsageError:
        return None  # of an address that is old
    if shown is None or shown.status != "valid":
        return None
    return replace(_row(bench, shown, code, bench.tables), problems=tuple(told))


def _row(bench: importer.Workbench, row: Any, code: str, tables: Any) -> BadRow:  # noqa: ANN401 - a row of the bench
    wrong = {(cell.row, cell.number) for one in row.problems for cell in one.cells}
    headers = _headers(tables, row.place.sheet)
    # a second table calls its rows otherwise than the file does
    apart = row.place.row - row.lines[0] if row.lines else 0
    whole = (not wrong and not _unlisted(row)) or _misshapen(row)
    cells = [
        Cell(line, number, header, texts[number - 1] if number <= len(texts) else "")
        for line, texts in zip(row.lines, row.cells, strict=False)
        for number, header in _with_surplus(headers, len(texts))
        # what names no cell is about the row: all of it can be corrected
        if whole or (line + apart, number) in wrong
    ]
    ways = [
        Way(nth, offer.column, offer.before, offer.after, _question(bench, offer, code))
        for nth, offer in enumerate(bench.offers(row.row))
    ]
    asked = any(way.question for way in ways)
    shown = {cell.header for cell in cells}
    several = len(row.problems) > 1
    told = [
        _said(one, code, shown, asked=asked, several=several) for one in row.problems
    ]
    return BadRow(
        row.row,
        row.place.row,
        row.name,
        tuple(dict.fromkeys(told)),
        tuple(cells[:CELLS]),
        tuple(ways),
    )


def _unlisted(row: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether all it lacks are products, which its file has no column for."""
    return bool(row.problems) and all(
        (problem.code, problem.variant) == (Code.PRODUCT_IDS_MISSING, "unlisted")
        for problem in row.problems
    )


def _misshapen(row: Any) -> bool:  # noqa: ANN401 - as above
    """Return whether its cells may stand below other headings than their own."""
    return any(problem.code in _MISSHAPEN for problem in row.problems)


def _with_surplus(headers: dict[int, str], width: int) -> list[tuple[int, str]]:
    """Return the columns of a row, those behind the last heading, too."""
    last = max(headers, default=0)
    return [*headers.items(), *((nth, "") for nth in range(last + 1, width + 1))]


def _headers(tables: Any, sheet: str) -> dict[int, str]:  # noqa: ANN401 - as above
    """Return the headers of a table by the numbers of their columns."""
    table = next((one for one in tables if one.sheet == sheet), tables[0])
    return {column.number: column.header for column in table.columns}


def _said(
    problem: Problem, code: str, shown: set[str], *, asked: bool, several: bool
) -> str:
    """Say what is wrong with a row, the heading in front where that is several things.

    Where it is asked what is meant, the question stands in place of what to do.
    """
    spoken = language.named(code)
    header = problem.column if problem.column in shown else ""
    told = bool(header) and several
    question = asked and problem.code is Code.DUPLICATE_IN_INPUT
    text = problem.said_on_page(spoken, "" if told else header, remedy=not question)
    return f"{header}: {text}" if told else text


def _question(bench: importer.Workbench, offer: Any, code: str) -> str:  # noqa: ANN401 - as above
    if offer.twin is None:
        return ""
    row = bench.row(offer.twin).place.row
    return language.named(code).text("part/two_or_twice", row=row, slug=offer.slug)


def edit(
    bench: importer.Workbench, cells: list[tuple[int, int, str, str]], person: str
) -> list[tuple[int, str, str, str]]:
    """Write what was changed, by line and column, with what was seen and what is meant.

    Returns:
        The row, the column, before and after, of each cell that is another one now.

    Raises:
        EditOutdated: somebody has changed one of them since it was seen.
    """
    for line, number, before, _ in cells:
        _refuse_changed(bench, line, number, before)
    meant = [cell for cell in cells if cell[2] != cell[3]]
    if not meant and cells and _misshapen(bench.row(cells[0][0])):
        meant = cells[:1]  # whoever keeps it as it is has looked at it
    done = []
    tables = bench.tables if meant else ()
    for line, number, before, after in meant:
        bench.edit(line, number, after, person, before)
        place = bench.row(line).place
        header = _headers(tables, place.sheet).get(number, "")
        done.append((place.row, header, before, after))
    return done


def _refuse_changed(
    bench: importer.Workbench, line: int, number: int, before: str
) -> None:
    """Refuse a row that is another one than was seen, before any cell is written.

    Raises:
        EditOutdated: a cell says something else, or the row was left out.
    """
    row = bench.row(line)
    texts = dict(zip(row.lines, row.cells, strict=False)).get(line, ())
    says = texts[number - 1] if 0 < number <= len(texts) else ""
    if says != before or row.status == "left_out":
        msg = "The row has changed since it was seen."
        raise EditOutdated(msg)


def accept(
    bench: importer.Workbench, row: int, nth: int, after: str, person: str
) -> None:
    """Correct a row as it was offered.

    Raises:
        EditOutdated: that is not offered any more.
    """
    offers = bench.offers(row)
    if nth >= len(offers) or offers[nth].after != after:
        msg = "The row has changed since this was offered."
        raise EditOutdated(msg)
    bench.accept(offers[nth], person)


def apply(bench: importer.Workbench, person: str) -> int:
    """Correct all that is clear, as one step; return how many cells."""
    return bench.apply(by=person)


def leave_out(bench: importer.Workbench, row: int, person: str) -> None:
    """Leave a row out."""
    bench.leave_out(row, person)


def take_in(bench: importer.Workbench, row: int, person: str) -> None:
    """Take a row in again."""
    bench.take_in(row, person)


def next_wrong(bench: importer.Workbench, row: int) -> int:
    """Return the row, or the next one, that needs a correction; 0 where none does."""
    found = bench.problems(after=row - 1, count=1)
    return found[0].row if found else 0


def undo(bench: importer.Workbench, person: str) -> str:
    """Take the last step back; return what it was, empty where there was none."""
    step = bench.undo(person)
    return step.what if step else ""
