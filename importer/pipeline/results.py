"""What the library's verbs give back: typed results, with tables on request.

A result knows where the rows are and reads them when asked; only `to_frame` holds
them all. Invariant: a result stays readable after the run that made it has ended.
"""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import journal, report
from importer.journal.schema import BETWEEN
from importer.models import ReportLine
from importer.pipeline import planfile, reporting

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd  # noqa: TID251 - only the name of a type

    from importer.errors import Exit
    from importer.models import InputFile, Invalid, Status, Summary
    from importer.pipeline.folders import RunFolder
    from importer.pipeline.forecasting import Forecast


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    `counts` has `valid`, `invalid` and `duplicate`; `bad` are the rows behind the
    latter two, with all their problems; `remarks` counts remarks by code.
    """

    files: tuple[InputFile, ...]
    counts: Mapping[str, int]
    bad: Collection[tuple[Status, Invalid]]
    remarks: Mapping[str, int]
    exit_code: Exit

    @property
    def collections(self) -> int:
        """All collections of the input, good or bad."""
        return sum(self.counts.values())

    def lines(self) -> Iterator[ReportLine]:
        """The bad rows as report lines."""
        for status, refused in self.bad:
            yield ReportLine(
                refused.row.place,
                refused.location_id,
                refused.name,
                refused.slug,
                status,
                code=refused.problems[0].code.value,
                message=BETWEEN.join(map(str, refused.problems)),
                cells=refused.row.cells,
            )

    def document(self) -> dict[str, Any]:
        """What `check --json` prints, whole."""
        return {**self.heading(), "problems": list(self.problems())}

    def heading(self) -> dict[str, Any]:
        """The document without its problems, of which there may be a million."""
        return {
            "schema": 1,
            "files": [
                {
                    "file": file.file,
                    "sheet": file.sheet,
                    "preset": file.preset,
                    "rows": file.rows,
                    "known_by": list(file.known_by),
                    "columns_left_out": list(file.columns_left_out),
                    "notes": list(file.notes),
                    "skipped": dict(file.skipped),
                }
                for file in self.files
            ],
            "collections": self.collections,
            "counts": dict(self.counts),
            "remarks": dict(self.remarks),
        }

    def problems(self) -> Iterator[dict[str, Any]]:
        """The document's problems, in input order, as a stream."""
        for status, refused in self.bad:
            place = refused.row.place
            for problem in refused.problems:
                yield {
                    "file": place.file,
                    "sheet": place.sheet,
                    "row": place.row,
                    "row_end": place.row_end,
                    "status": status.value,
                    "column": problem.column,
                    "code": problem.code.value,
                    "message": problem.message,
                    "remedy": problem.remedy,
                    "value": problem.value,
                }

    def to_frame(self) -> pd.DataFrame:
        """The bad rows as a DataFrame with the columns of `report.csv`."""
        return report.to_frame(self.lines())


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

    def save(self, path: Path | str) -> None:
        """Keep the plan as a file, which `run` can be told to follow.

        Raises:
            UsageError: the plan is not complete, or what is there is no plan.
            StorageError: the file cannot be written.
        """
        planfile.save(self, Path(path))
