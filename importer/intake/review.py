"""A checked input as report lines: every row with its cells and what is wrong with it.

Reads the input once more, in the order in which it was checked. Nothing is written, and
no row is kept. Invariant: a row has the problems that the check has found, those
included that only a later row has shown.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from importer.intake import claims, judged, recalled, spread, tables
from importer.models import (
    BETWEEN,
    DoneBefore,
    Invalid,
    Place,
    ReportLine,
    Status,
)
from importer.models.annotations import MADE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.intake.check import CheckResult
    from importer.intake.judged import Judged
    from importer.intake.tables import Opened
    from importer.sentences import Language
    from importer.settings import Settings


class Review:
    """The lines of a checked input; widths and titles are known when they are read."""

    def __init__(
        self, inputs: Sequence[tables.Input], chosen: Settings, result: CheckResult
    ) -> None:
        """Take what was checked, the settings it was checked with, and the result."""
        self._inputs, self._result = inputs, result
        self._chosen = recalled.settings(inputs, chosen)
        #: by file and sheet, as far as the lines were read
        self.widths: dict[tuple[str, str], Sequence[float]] = {}
        #: whether a table of products is among them
        self.derived: bool = False
        self.above: dict[tuple[str, str], Sequence[tuple[int, Sequence[str]]]] = {}

    def lines(self) -> Iterator[ReportLine]:
        """Yield every row, good or bad, in the order of the input."""
        bad = (refused for _, refused in self._result.bad)
        return islice(self._all(bad), self._chosen.values.limit)

    def _all(self, bad: Iterator[Invalid]) -> Iterator[ReportLine]:
        chosen, seen = self._chosen, claims.Seen()
        for opened in tables.open_inputs(self._inputs, chosen):
            table = opened.table
            self.widths[table.file, table.sheet] = table.widths
            self.above[table.file, table.sheet] = table.above
            derived = opened.is_derived
            self.derived = self.derived or derived
            header = MADE if derived else table.header
            for found in judged.rows(opened, seen, chosen.checking, chosen.locations):
                line = _line(found, opened, bad, self._result.language)
                place = spread.shown(line.location_id)
                line = replace(line, location_id=place)
                named = (line.location_id, line.name, line.slug)
                cells = named if derived else line.cells
                yield replace(line, header=header, cells=cells)


def _line(
    found: Judged, opened: Opened, bad: Iterator[Invalid], language: Language
) -> ReportLine:
    status, row = found
    if isinstance(row, tuple):
        number, texts, parts = row
        place = Place(opened.table.file, opened.table.sheet, number, number)
        return ReportLine(place, *_said(parts), status, cells=tuple(texts))
    place, cells = row.row.place, row.row.cells
    match row:
        case Invalid():
            row = next(bad, row)  # with what was found when all rows were read
            named = (row.location_id, row.name, row.slug)
            problems = row.problems
        case DoneBefore():
            named = (row.location_id, row.name, row.slug)
            return ReportLine(
                place, *named, Status.EXISTING, row.collection_id, cells=cells
            )
        case _:
            named, problems = _said(row.parts), row.remarks
    code = str(problems[0].code) if problems else ""
    message = BETWEEN.join(problem.said_in(language) for problem in problems)
    return ReportLine(place, *named, status, "", code, message, cells=cells)


def _said(parts: Mapping[str, Any]) -> tuple[str, str, str]:
    return parts["location_id"], parts["name"], parts["slug"]
