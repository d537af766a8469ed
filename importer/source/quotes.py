"""Records of a text with separators, whose quotation marks may be wrong.

Python's csv reads strictly, and where it stops the lines are looked at once more. What
a quotation mark that is not closed has swallowed comes out line by line, each with an
`Unreadable` first cell that names the line of the quotation mark; reading goes on
behind it. Blank lines count as rows and do not come out. Invariant: every line is in
exactly one record.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from importer import patterns
from importer.models import MARKED, QUOTES_OPEN, TEXT_BEHIND_QUOTES, Faulty, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TextIO

    from importer.source.rows import Record

#: So many characters of lines are read together.
_TOGETHER = 1 << 16
_NUL, _DOS_END, _MARK = "\0", "\x1a", "\ufeff"
_BACKSLASH = patterns.later(r'\\(["\\])|\\')


class HeaderQuoteError(Exception):
    """The header, or what stands above it, has a quotation mark that is not closed."""

    def __init__(self, line: int) -> None:
        """Keep the line of the quotation mark."""
        super().__init__(line)
        self.line = line


class LongCellError(Exception):
    """A cell is longer than any that is read."""

    def __init__(self, row: int) -> None:
        """Keep the row of the cell."""
        super().__init__(row)
        self.row = row


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the cells of a text are set apart.

    Attributes:
        separator: what stands between cells.
        spaced: whether a quotation mark may follow a separator and spaces.
        escaped: whether a backslash goes before a quotation mark that is text.
        above: lines above the first record that are not among its rows.
    """

    separator: str
    spaced: bool = False
    escaped: bool = False
    above: int = 0

    @property
    def parameters(self) -> dict[str, Any]:
        """What Python's csv is told."""
        return {
            "delimiter": self.separator,
            "strict": True,
            "skipinitialspace": self.spaced,
            "escapechar": "\\" if self.escaped else None,
        }


class Lines:
    """The lines of a text; those of the record that is being read can be had again."""

    def __init__(self, file: TextIO, *, cleaned: bool, escaped: bool = False) -> None:
        """Begin where the file stands.

        Args:
            file: the text, with its line ends.
            cleaned: whether a NUL, or a byte order mark in front of a line, may be in
                it.
            escaped: whether backslashes are told apart from those of quotation marks.
        """
        self._file = file
        self._cleaned = cleaned
        self._escaped = escaped
        self._kept: list[str] = []
        self._before = 0
        self._begin = 0
        #: the lines of whole records, of those that `rest` has given
        self.whole: int = 0

    @property
    def done(self) -> int:
        """The lines of whole records, of all."""
        return self._begin + self.whole

    @done.setter
    def done(self, lines: int) -> None:
        self._begin, self.whole = lines, 0

    def rest(self) -> Iterable[str]:
        """Return all lines behind those of whole records, which are gone."""
        self.done = begin = self.done
        kept = self._kept[begin - self._before :]
        return chain.from_iterable(chain((kept,), self._batches()))

    def of(self, first: int, last: int) -> list[str]:
        """Return these lines, counted from 1."""
        return self._kept[first - 1 - self._before : last - self._before]

    def _batches(self) -> Iterator[list[str]]:
        while batch := self._file.readlines(_TOGETHER):
            if batch[-1].rstrip().endswith(_DOS_END):
                batch = self._without_dos_end(batch)
            if self._cleaned:
                batch = [_clean(line) for line in batch]
            if self._escaped:
                batch = [_BACKSLASH.sub(_escape, line) for line in batch]
            del self._kept[: self.done - self._before]
            self._before = self.done
            self._kept += batch
            yield batch

    def _without_dos_end(self, batch: list[str]) -> list[str]:
        """Drop the character that ends a text of DOS, if nothing follows it."""
        behind = self._file.readlines(_TOGETHER)
        if not behind:
            batch[-1] = batch[-1].rstrip().rstrip(_DOS_END)
        return batch + behind


def _clean(line: str) -> str:
    return line.replace(_NUL, "").lstrip(_MARK)


def _escape(found: re.Match[str]) -> str:
    r"""Keep `\"` and `\\`, and double a backslash that is only text."""
    return found[0] if found[1] else "\\\\"


class Records:
    """The records of a text, with what a faulty quotation mark has made of lines."""

    def __init__(
        self,
        lines: Lines,
        dialect: Dialect,
        refusal: Callable[[UnicodeError | OSError], Exception],
    ) -> None:
        """Begin in front of the first record.

        Args:
            lines: those of the text.
            dialect: how its cells are set apart.
            refusal: makes the error of a line that cannot be read.
        """
        self._lines = lines
        self._refusal = refusal
        self._dialect = dialect
        self._number = 0
        self._width = 0
        # the line of the quotation mark that is to blame for the record that comes next
        self._blamed = 0
        # what csv says of the record that comes next, and whether none comes
        self._reason = ""
        self._ended = False

    def parts(self) -> Iterator[Iterator[Record]]:
        """Yield the whole records up to a faulty one, then what that one holds.

        Each comes with its number among the rows. No generator is around all of them:
        it would cost a call a row.

        Raises:
            HeaderQuoteError: the first one cannot be told from the others.
            LongCellError: a cell is too long.
        """
        while not self._ended:
            begin, self._reason = self._lines.done, ""
            reader = csv.reader(self._lines.rest(), **self._dialect.parameters)
            yield self._good(reader)
            if not self._ended:
                yield self._faulty(begin + reader.line_num, self._reason)

    def _good(self, reader: Any) -> Iterator[Record]:  # noqa: ANN401 - the class of csv's readers has no name
        """Yield records as far as one that cannot be read, or that swallows rows."""
        # this runs for every row of a file; `due` is the line of a record of one line
        lines, number, due = self._lines, self._number, 0
        blamed, width = self._blamed, self._width
        before: list[str] = []
        try:
            for cells in reader:
                due += 1
                line = reader.line_num
                if line != due or blamed:
                    widths = {width, len(before)}
                    if blamed or _swallows(cells, widths, self._dialect):
                        return
                    due = line
                number += 1
                lines.whole = line
                before = cells
                # most rows fill their first cell, and need no look at the others
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    if not width:
                        self._width = width = len(cells)
                    yield number, cells
            self._ended = True
        except csv.Error as error:
            self._reason = str(error)
        except (UnicodeError, OSError) as error:
            raise self._refusal(error) from error
        finally:
            self._number = number

    def _faulty(self, end: int, reason: str) -> Iterator[Record]:
        """Return what stands between the whole records and the end of a faulty one."""
        if "limit" in reason:
            raise LongCellError(self._number + 1)
        first = self._lines.done + 1
        fault = _Fault(self._lines.of(first, end), first, self._dialect)
        fault.ends_open = "end of data" in reason
        rows: Iterable[list[str]]
        if reason and not self._blamed and fault.cells is not None:
            rows, goes_on = [fault.cells], False
        else:
            if not self._number and (fault.several or fault.ends_open):
                raise HeaderQuoteError(fault.line + self._dialect.above)
            # the line that shows the fault is read anew, as it may open another cell
            goes_on = bool(reason) and fault.several and not fault.ends_open
            self._blamed = self._blamed or fault.line
            rows = fault.rows(self._blamed, goes_on=goes_on, header=not self._number)
        self._lines.done = end - 1 if goes_on else end
        if not goes_on:
            self._blamed = 0
        return self._numbered(rows)

    def _numbered(self, rows: Iterable[list[str]]) -> Iterator[Record]:
        for row in rows:
            self._number += 1
            if row:
                yield self._number, row


#: The first line of a cell, which is no row that it has swallowed.
_BELOW = patterns.later(r"\A[^\r\n]*")


def _swallows(cells: list[str], widths: set[int], dialect: Dialect) -> bool:
    """Return whether a record of several lines has most likely swallowed rows."""
    separator = dialect.separator
    # a row that comes back from a run has its mark behind all columns
    if len(cells) in widths or cells[-1] in MARKED:
        return False
    return any(
        separator in cell and _BELOW.sub("", cell).replace(separator, "").strip()
        for cell in cells
    )


class _Fault:
    """Lines that are no record, because of a quotation mark.

    Attributes:
        several: whether they are more than one.
        cells: what they hold all the same, where spaces alone are too many.
        line: where the quotation mark stands that is to blame.
        ends_open: whether the text ends within a cell.
    """

    def __init__(self, lines: list[str], first: int, dialect: Dialect) -> None:
        """Find the quotation mark in lines, the first of which has a number."""
        self._lines = lines
        self._dialect = dialect
        self.several = len(lines) > 1
        self.ends_open = False
        cells, at = _tolerant("".join(lines), dialect)
        self.cells = None if dialect.escaped else cells
        ends = accumulate(map(len, lines))
        self.line = first + sum(end <= at for end in ends)

    def rows(self, blamed: int, *, goes_on: bool, header: bool) -> Iterator[list[str]]:
        """Yield the lines as rows, a blank one as nothing.

        Args:
            blamed: the line of the quotation mark.
            goes_on: whether the last line is left out.
            header: whether they are what every table begins with.
        """
        alone = not self.several and not self.ends_open and blamed == self.line
        variant = TEXT_BEHIND_QUOTES if alone else QUOTES_OPEN
        line = str(blamed + self._dialect.above)
        for text in self._lines[: len(self._lines) - goes_on]:
            cells = text.rstrip("\r\n").split(self._dialect.separator)
            if not any(map(str.strip, cells)):
                yield []
            elif header:
                yield cells
            else:
                shown = Unreadable.of(cells[0], variant, line=line)
                yield Faulty((shown, *cells[1:]))


def _tolerant(text: str, dialect: Dialect) -> tuple[list[str] | None, int]:
    """Read a record in which spaces stand between a quotation mark and a separator.

    Returns:
        Its cells, or none; and where the first cell begins that cannot be read, or the
        last one that holds a line break.
    """
    cell = _cell(dialect.separator)
    text = text.rstrip("\r\n")
    cells: list[str] = []
    place = broken = 0
    while found := cell.match(text, place):
        quoted, plain = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if "\n" in cells[-1] or "\r" in cells[-1]:
            broken = place
        if found.end() == len(text):
            return cells, broken
        place = found.end() + 1
    return None, place


@cache
def _cell(separator: str) -> re.Pattern[str]:
    """Return what matches a cell and stops in front of the separator behind it."""
    mark = re.escape(separator)
    return re.compile(
        rf' *"((?:[^"]|"")*+)" *(?={mark}|\Z)|((?! *")[^{mark}\r\n]*+)(?={mark}|\Z)'
    )
