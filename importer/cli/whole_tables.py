"""What every row of a table has wrong with its location: said once, of the table.

Reads the lines of a run or a plan, whose problems are sentences. Decides nothing.
Invariants: a table is one file and sheet; a sentence that one row lacks is of no whole
table, and where none can be nothing is read.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from importer.cli import screen
from importer.models import BETWEEN, Code
from importer.sentences import ENGLISH
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from importer.models import InputFile, ReportLine
    from importer.sentences import Language

_OF_LOCATION = frozenset({Code.LOCATION_MISSING.value, Code.LOCATION_INVALID.value})
#: Stands for the code of what else is wrong with a row.
BESIDE = "another problem, too"


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences of whole tables with their codes, by file and sheet."""

    sentences: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    noun: str = "row"
    language: Language = ENGLISH

    def texts(self) -> Iterator[str]:
        """Give what is said of each table."""
        for (file, sheet), (sentence, code) in self.sentences.items():
            said = self.language.text(
                f"screen/all_{self.noun}s",
                place=plain(screen.table(file, sheet, self.language)),
                count=self.rows[file, sheet],
                problem=plain(sentence),
            )
            yield f"{said} ({code})"

    def has(self, line: ReportLine) -> bool:
        """Return whether what is wrong with a row is told of its table."""
        return (line.place.file, line.place.sheet) in self.sentences

    def but(self, line: ReportLine) -> ReportLine:
        """Return a row with what else is wrong with it; blank where nothing is."""
        if not self.has(line):
            return line
        rest = line.message.partition(BETWEEN)[2]
        return replace(line, message=rest, code=BESIDE if rest else "")


def told(
    files: Sequence[InputFile],
    codes: Mapping[str, int],
    lines: Callable[[], Iterable[ReportLine]],
    language: Language = ENGLISH,
) -> Told:
    """Find what is true of whole tables.

    Args:
        files: the tables that were read.
        codes: rows by code; most runs can have no such table, and are not read.
        lines: gives the rows with a problem, or all of them.
        language: that these are told in.
    """
    rows: Counter[tuple[str, str]] = Counter()
    for file in files:
        rows[file.file, file.sheet] += file.rows
    wrong = max((codes.get(code, 0) for code in _OF_LOCATION), default=0)
    if not any(wrong >= count > 1 for count in rows.values()):
        return Told()
    first: dict[tuple[str, str], tuple[str, str]] = {}
    alike: Counter[tuple[str, str]] = Counter()
    for line in lines():
        if line.code in _OF_LOCATION:
            said = line.message.partition(BETWEEN)[0], str(line.code)
            where = line.place.file, line.place.sheet
            alike[where] += first.setdefault(where, said) == said
    whole = {at: said for at, said in first.items() if alike[at] == rows[at] > 1}
    noun = "collection" if any(file.spans for file in files) else "row"
    return Told(whole, rows, noun, language)
