"""What the library's verbs give back: typed results, with tables on request.

A result knows where the rows are and reads them when asked; only `to_frame` holds
them all. Invariant: a result stays readable after the run that made it has ended.
"""

from __future__ import annotations

import shutil
import weakref
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import journal, report
from importer.api import arguments, language
from importer.api.rows import Created, Problems
from importer.errors import FatalError
from importer.exit_codes import Exit
from importer.models import PROBLEMS, Status
from importer.report import notebook
from importer.runs import planfile, report_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd  # noqa: TID251 - only the name of a type

    from importer.models import ReportLine, Summary
    from importer.runs.folders import RunFolder
    from importer.runs.forecasts import Forecast


def _opened(folder: RunFolder) -> journal.Journal:
    with arguments.told():
        # its facts are enough: it was verified, or written, a moment ago
        return journal.open(folder.journal, depth=journal.Depth.FACTS, write=False)


class RunError(FatalError):
    """A run that did not do all of its work well, raised by `raise_for_status`.

    Attributes:
        summary: the end of the run in numbers.
        exit_code: what the command would have ended with.
    """

    exit_code: Exit = Exit.PROBLEMS

    def __init__(self, summary: Summary, exit_code: Exit) -> None:
        """Say in a sentence what the run came to."""
        counted = notebook.counted(summary.counts)
        reason = f": {summary.stopped_because}" if summary.stopped_because else "."
        super().__init__(
            f"Run {summary.run_id} {_ended(summary)} with {counted}{reason}",
            remedy=f'Look at its report, and: importer.resume("{summary.run_id}")'
            if summary.state == "stopped"
            else "Look at the problems of its result, or at its report.",
        )
        self.summary = summary
        self.exit_code = exit_code

    def __reduce__(self) -> tuple[object, ...]:
        """Cross to another process, as pools of processes and task queues demand."""
        return type(self), (self.summary, self.exit_code), self.__dict__


def _ended(summary: Summary) -> str:
    return "was stopped" if summary.state == "stopped" else "ended"


@dataclass(frozen=True, slots=True, repr=False)
class RunResult:
    """What a run, or a resume, came to.

    `ended_by` is what stopped it, where it did not come to its end: its kind says more
    than the exit code.
    """

    summary: Summary
    folder: RunFolder
    ended_by: FatalError | None = field(default=None, kw_only=True, compare=False)

    @property
    def exit_code(self) -> Exit:
        """What the command ends with."""
        return Exit(self.summary.exit_code)

    @property
    def ok(self) -> bool:
        """Whether every row is created, updated or existing, and nothing is wrong."""
        return self.exit_code is Exit.OK

    def raise_for_status(self) -> None:
        """Do nothing where the result is `ok`.

        Raises:
            RunError: it is not; the error carries the summary and the exit code.
        """
        if not self.ok:
            raise RunError(self.summary, self.exit_code)

    @property
    def problems(self) -> Problems:
        """The rows to look at, each with what is wrong; a stream in input order."""
        return Problems(self._troubles)

    @property
    def created(self) -> Created:
        """The ids of what the run created, by row; they are held in memory."""
        return Created(
            (line.place, line.collection_id)
            for line in self.lines()
            if line.status is Status.CREATED
        )

    def _troubles(self) -> Iterator[ReportLine]:
        opened = _opened(self.folder)
        try:
            yield from language.of_lines(report_lines.troubles(opened))
        finally:
            opened.close()

    def __repr__(self) -> str:
        """Say what it came to on one short line."""
        kind = type(self).__name__
        state, counted = self.summary.state.value, notebook.counted(self.summary.counts)
        return f"<{kind} {self.summary.run_id}: {state}, {counted}>"

    def _repr_html_(self) -> str:
        """Return counts, the first problems and links to files, for notebooks."""
        counts = self.summary.counts
        bad = sum(counts.get(status, 0) for status in (*PROBLEMS, Status.UNKNOWN))
        title = f"Run {self.summary.run_id}: {self.summary.state.value}"
        if self.summary.stopped_because:
            title += f". {self.summary.stopped_because}"
        try:
            problems = notebook.problems(self.problems, bad)
        except FatalError as gone:  # the counts are known all the same
            problems = notebook.sentence(str(gone))
        return notebook.counts(title, counts) + problems + notebook.links(self.path)

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.folder.path

    def lines(self) -> Iterator[ReportLine]:
        """Yield every row of the input with its answer, in input order."""
        opened = _opened(self.folder)
        try:
            found = report_lines.lines(opened, report_lines.ending(opened))
            yield from language.of_lines(found)
        finally:
            opened.close()

    def to_frame(self) -> pd.DataFrame:
        """Return every row as a DataFrame with the columns of `report.csv`."""
        return report.to_frame(self.lines())


@dataclass(frozen=True, slots=True, weakref_slot=True, repr=False)
class PlanResult(RunResult):
    """What a run would do; nothing was sent.

    The rows live in a temporary folder that goes away with this object. A row that
    would be sent has the status `planned`, one of a location that could not be
    compared `not_attempted`. `remedy` says what to do about such locations.
    """

    forecast: Forecast
    remedy: str = ""

    def __post_init__(self) -> None:
        """Remove the folder when its rows cannot be asked for any more."""
        weakref.finalize(self, shutil.rmtree, self.folder.runs, ignore_errors=True)

    def lines(self) -> Iterator[ReportLine]:
        """Yield every row of the input with what would become of it."""
        return language.of_lines(self.stored_lines())

    def stored_lines(self) -> Iterator[ReportLine]:
        """Yield them in the words of the command line."""
        opened = _opened(self.folder)
        try:
            yield from report_lines.foreseen(opened)
        finally:
            opened.close()

    def _troubles(self) -> Iterator[ReportLine]:
        return (line for line in self.lines() if line.status in PROBLEMS)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The fields that its requests would not have, as `send_fields` says."""
        opened = _opened(self.folder)
        try:
            text = opened.noted()["settings"].get("send_fields", "")
        finally:
            opened.close()
        return tuple(name.removeprefix("-") for name in text.split(",") if name)

    @property
    def not_compared(self) -> int:
        """The rows of locations that could not be compared."""
        located = self.summary.locations
        return sum(
            located[location_stop][Status.NOT_ATTEMPTED]
            for location_stop in self.summary.location_stops
            if Status.NOT_ATTEMPTED in located.get(location_stop, {})
        )

    def products(self) -> Iterator[dict[str, Any]]:
        """Yield for every row that calls products by names which ids these are."""
        opened = _opened(self.folder)
        try:
            answers = opened.named.answers()
            for _, columns in groupby(answers, key=lambda one: one.seq):
                parts = list(columns)
                place = parts[0].place
                yield {
                    "file": place.file,
                    "sheet": place.sheet,
                    "row": place.row,
                    "row_end": place.row_end,
                    "location_id": parts[0].location_id,
                    "slug": parts[0].slug,
                    "products": [
                        {"column": item.column, "value": text, "product_id": product_id}
                        for item in parts
                        for text, product_id in item.found
                    ],
                }
        finally:
            opened.close()

    def save(self, path: Path | str) -> None:
        """Keep the plan as a file, which `run` can be told to follow.

        Raises:
            UsageError: the plan is not complete, or what is there is no plan.
            StorageError: the file cannot be written.
        """
        arguments.require("path", path)
        arguments.refuse_paths({"path": path})
        with arguments.told():
            planfile.save(self.summary, self.folder, self.forecast, Path(path))
