"""What the library's verbs give back: typed results, with tables on request.

A result knows where the rows are and reads them when asked; only `to_frame` holds
them all. Invariant: a result stays readable after the run that made it has ended.
"""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import journal, report
from importer.pipeline import reporting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd  # noqa: TID251 - only the name of a type

    from importer.models import ReportLine, Summary
    from importer.pipeline.folders import RunFolder
    from importer.pipeline.forecasting import Forecast


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run, or a resume, came to."""

    summary: Summary
    folder: RunFolder

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.folder.path

    def lines(self) -> Iterator[ReportLine]:
        """Every row of the input with its answer, as a stream, in input order."""
        opened = journal.reopen(self.folder.journal, thorough=False)
        try:
            yield from reporting.lines(opened, reporting.ending(opened))
        finally:
            opened.close()

    def to_frame(self) -> pd.DataFrame:
        """Every row as a DataFrame with the columns of `report.csv`."""
        return report.to_frame(self.lines())


@dataclass(frozen=True, slots=True, weakref_slot=True)
class PlanResult(RunResult):
    """What a run would do; nothing was sent.

    The rows live in a temporary folder that goes away with this object. A row that
    would be sent has the status `planned`.
    """

    forecast: Forecast

    def __post_init__(self) -> None:
        """Remove the folder when nobody can ask for its rows any more."""
        weakref.finalize(self, shutil.rmtree, self.folder.runs, ignore_errors=True)

    def lines(self) -> Iterator[ReportLine]:
        """Every row of the input with what would become of it."""
        opened = journal.reopen(self.folder.journal, thorough=False)
        try:
            yield from opened.history.lines()
        finally:
            opened.close()
