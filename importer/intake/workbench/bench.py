"""What can be done with tables on the bench: edit, leave out, map, take back.

Only what an edit touches is judged again, by the judge of `check`; where one row says
something of others (`sheet`), all are, when they are next asked for. Rows of several
tables have one number each (`claims.ROWS`). Invariants: counts and problems are those
of a check of the tables as they are now; what is done is in the history first.
"""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import TYPE_CHECKING

from importer.errors import DraftError, EditOutdated, InputError, UsageError
from importer.intake import claims, given, judged, recalled, spread, tables
from importer.intake.check import check_inputs
from importer.intake.claims import ROWS
from importer.intake.workbench import changes, mapped, view
from importer.intake.workbench.standing import Standing
from importer.intake.workbench.steps import CellEdit, History
from importer.intake.workbench.tray import Tray
from importer.settings import meaning

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from importer.intake.workbench.changes import Rows
    from importer.intake.workbench.columns import BenchTable
    from importer.intake.workbench.sheet import Sheet
    from importer.intake.workbench.steps import Step
    from importer.intake.workbench.view import BenchRow
    from importer.mapping import Spec
    from importer.models import InputFile, Table
    from importer.models.inputs import Readable
    from importer.settings import Settings


class Bench(given.Prepared):
    """Tables that are edited; an input of `check`, `plan` and `run` as well."""

    def __init__(
        self,
        handed_over: Readable,
        settings: Settings,
        draft: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Read the tables, and do again what an earlier process has done with them.

        Args:
            handed_over: a path, an open binary file, a frame, or dicts.
            settings: those that it is read with.
            draft: a folder for what is done; it may hold what was done before.
            clock: gives the time, in seconds.

        Raises:
            InputError: nothing of the input can be shown, or the draft is of another.
            UsageError: an option cannot be used.
            StorageError: there is no room for the draft.
        """
        if settings.values.limit is not None:
            msg = "A workbench has all rows, so --limit has no place beside it."
            raise UsageError(msg, remedy="Leave it out.")
        self.settings: Settings = recalled.settings((handed_over,), settings)
        self._spec = tables.specified(self.settings)
        self._lock = threading.RLock()
        self._tray = Tray(handed_over, self.settings)
        self._mapping: dict[str, str] = {}
        self._sheets: list[Sheet] = []
        self._standing: Standing | None = None
        #: whether no row was read, or changed, since the tables were understood
        self._fresh = False
        self._back: list[tuple[int, Rows, dict[str, str]]] = []
        self._understand()
        self._history = History(draft, clock)
        self._begin()

    def _begin(self) -> None:
        """Do again what the history tells, or begin it."""
        records = [lying.records for lying in self._tray.lying]
        digest = " ".join(each.digest() for each in records)
        steps = self._history.steps
        if not steps:
            name = self._tray.lying[0].table.file
            self._history.add("opened", "", note=name, digest=digest)
            return
        if steps[0].digest != digest:
            msg = f"The draft is of another file, {steps[0].note}, or that has changed."
            raise DraftError(msg, remedy="Name the folder of its own draft.")
        for step in steps[1:]:
            self._redo(step)

    # --- as an input ------------------------------------------------------------------

    def read(self) -> list[Table]:
        """Return the tables as they are now; their rows can be read while it changes.

        Raises:
            InputError: they are not understood.
        """
        with self._lock:
            if (failure := self.failure) is not None:
                raise failure
            return [sheet.snapshot() for sheet in self._sheets]

    def specified(self, spec: Spec, table: Table) -> Spec:
        """Return how a table is to be understood, with the mapping on top."""
        return mapped.specified(spec, self._mapping, table.header)

    @property
    def meaning(self) -> Mapping[str, str]:
        """The settings that give its cells their meaning, but the usual ones."""
        names = ("locations_file", *meaning.CELLS)
        origins = self.settings.origins
        told = [name for name in names if origins.get(name, "default") != "default"]
        return self.settings.kept(told)

    # --- what it holds ----------------------------------------------------------------

    @property
    def failure(self) -> InputError | None:
        """Why the tables cannot be judged; None where they can."""
        with self._lock:
            if self._standing is None and not self._fresh:
                self._understand()  # an edit may have changed that
            return self._tray.failure

    @property
    def tables(self) -> tuple[BenchTable, ...]:
        """The tables, with headers and samples, understood or not."""
        with self._lock:
            return self._tray.shown(self._sheets, self._of_table)

    @property
    def files(self) -> tuple[InputFile, ...]:
        """What is told of each table, as a check tells it."""
        with self._lock:
            return self.standing.files

    @property
    def standing(self) -> Standing:
        """What the rows come to; judges them where that is not known."""
        with self._lock:
            if self._standing is None:
                if not self._fresh:
                    self._understand()
                self._standing = Standing(
                    self._sheets,
                    lambda: check_inputs((self,), self.settings),
                    self._holding,
                )
                self._fresh = False
            return self._standing

    def _holding(self) -> claims.Seen:
        """Return which rows have which slugs, where they are judged as a whole."""
        seen, chosen = claims.Seen(), recalled.settings((self,), self.settings)
        for opened in tables.open_inputs((self,), chosen):
            for _ in judged.rows(opened, seen, chosen.checking, chosen.locations):
                pass
        return seen

    def row(self, here: int) -> BenchRow:
        """Return a row, or all rows of the collection that it belongs to.

        Raises:
            UsageError: there is no such row.
        """
        with self._lock:
            sheet, number = self._at(here)
            standing = self.standing
            return view.of_row(standing, self._sheets[sheet.number], number)

    def first(self, here: int) -> int:
        """Return the first row of the collection that a row belongs to.

        Raises:
            UsageError: there is no such row.
        """
        with self._lock:
            number = self._at(here)[0].number
            _ = self.standing  # which rows are one collection is known then
            return number * ROWS + self._sheets[number].first(here % ROWS)

    def sheet(self, here: int) -> Sheet:
        """Return the table of a row."""
        return self._sheets[here // ROWS]

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The tables, where they are understood."""
        return tuple(self._sheets)

    @property
    def left_out(self) -> tuple[int, ...]:
        """The rows that are left out on purpose."""
        with self._lock:
            return tuple(
                number * ROWS + row
                for number, lying in enumerate(self._tray.lying)
                for row in lying.records.left_out
            )

    def text(self, here: int, number: int) -> str | None:
        """Return what a cell says; None where there is none."""
        records, row = self._tray.records(here)
        try:
            cells = records.cells(row)
        except KeyError:
            return None
        return str(cells[number - 1]) if number <= len(cells) else ""

    @property
    def lock(self) -> threading.RLock:
        """What is held while several things are done as one."""
        return self._lock

    def problems(self, code: str, after: int, count: int) -> tuple[BenchRow, ...]:
        """Return the next bad rows behind one, or those of a code alone."""
        with self._lock:
            found = islice(self.standing.bad(after, code), count)
            return tuple(map(self.row, found))

    def remarked(self, count: int) -> tuple[BenchRow, ...]:
        """Return the first good rows with remarks on a text."""
        with self._lock:
            return view.remarked(self.standing, self._sheets, count)

    # --- what is done -----------------------------------------------------------------

    def edit(
        self, here: int, column: str | int, text: str, by: str, expected: str | None
    ) -> None:
        """Write a text into a cell.

        Raises:
            EditOutdated: the cell does not say what was expected.
            UsageError: there is no such row or column, or the tables are not read.
            StorageError: the step cannot be kept.
        """
        with self._lock:
            sheet, number = self._at(here)
            at = sheet.column(column)
            cells = sheet.records.cells(number)
            before = str(cells[at]) if at < len(cells) else ""
            if expected is not None and expected != before:
                raise self._outdated(here, at + 1, before)
            title = sheet.binding.headers[at] if at < sheet.width else ""
            if text.strip():
                spread.refuse(sheet.opened, number, title, text)
            edit = CellEdit(here, title, at + 1, before, text)
            self.write([edit], "edit", by)

    def write(self, edits: list[CellEdit], what: str, by: str, note: str = "") -> None:
        """Write texts into cells, as one step."""
        with self._lock:
            step = self._history.add(what, by, cells=tuple(edits), note=note)
            self._put(step, changes.edited(self._tray, edits))

    def leave_out(self, here: int, by: str, *, out: bool) -> None:
        """Leave a row out, with all rows of its collection, or take it in again.

        Raises:
            UsageError: there is no such row, or the tables are not read.
            StorageError: the step cannot be kept.
        """
        with self._lock:
            sheet, number = self._at(here)
            if out:
                _ = self.standing  # which rows are one collection is known then
                sheet = self._sheets[sheet.number]
                lines = sheet.lines(sheet.first(number))
            else:
                lines = (number,)
            rows = tuple(sheet.number * ROWS + line for line in lines)
            step = self._history.add("leave_out" if out else "take_in", by, rows=rows)
            self._put(step, changes.left_out(self._tray, rows, out=out))

    def map(self, fields: Mapping[str, str], by: str) -> None:
        """Say which column is which field, in the place of what was said last.

        A column whose field is blank is left out.

        Raises:
            UsageError: there is no such column or field.
            StorageError: the step cannot be kept.
        """
        with self._lock:
            headers = [c.header for table in self.tables for c in table.columns]
            mapped.refuse_unknown(fields, headers)
            step = self._history.add("map", by, mapping=dict(fields))
            self._map(step, dict(fields))

    def undo(self, by: str) -> Step | None:
        """Take the last step back that was not; None where there is none.

        Raises:
            StorageError: the step cannot be kept.
        """
        with self._lock:
            if not self._back:
                return None
            number = self._back[-1][0]
            self._history.add("undo", by, takes_back=number)
            self._take_back()
            return self._history.steps[number - 1]

    @property
    def history(self) -> tuple[Step, ...]:
        """All that was done, in order."""
        return tuple(self._history.steps)

    # --- inside -----------------------------------------------------------------------

    def _redo(self, step: Step) -> None:
        """Do a step of the history again."""
        if step.what in {"edit", "apply"}:
            self._put(step, changes.edited(self._tray, step.cells))
        elif step.what in {"leave_out", "take_in"}:
            out = step.what == "leave_out"
            self._put(step, changes.left_out(self._tray, step.rows, out=out))
        elif step.what == "map":
            self._map(step, dict(step.mapping or {}))
        elif step.what == "undo" and self._back:
            self._take_back()

    def _understand(self) -> None:
        self._sheets = self._tray.understood(self._of_table)
        self._standing, self._fresh = None, True

    def _of_table(self, table: Table) -> Spec:
        return self.specified(self._spec, table)

    def _at(self, here: int) -> tuple[Sheet, int]:
        """Return the table of a row, and its number in it.

        Raises:
            UsageError: there is no such row, or the tables are not read.
        """
        if not self._sheets:
            msg = "The table is not understood yet, so that no row of it can be edited."
            raise UsageError(msg, remedy="Say first which column is which field.")
        number, row = divmod(here, ROWS)
        if 0 <= number < len(self._sheets):
            sheet = self._sheets[number]
            try:
                sheet.records.position(row)
            except KeyError:
                pass
            else:
                return sheet, row
        msg = f"There is no row {here}."
        raise UsageError(msg, remedy="Name a row by its number in the file.")

    def _outdated(self, here: int, number: int, now: str) -> EditOutdated:
        step = self._history.who(here, number)
        by = f" by {step.by}" if step and step.by else ""
        msg = f"The cell was changed{by} meanwhile: it says {now!r:.60} now."
        failure = EditOutdated(msg, remedy="Look at it again, then edit it.")
        failure.now, failure.by = now, step.by if step else ""
        return failure

    def _put(self, step: Step, rows: Rows) -> None:
        """Put rows in the place of others, and keep these to be taken back."""
        before = self._replace(rows)
        self._back.append((step.number, before, self._mapping))

    def _map(self, step: Step, fields: dict[str, str]) -> None:
        self._back.append((step.number, {}, self._mapping))
        self._mapping = fields
        self._understand()

    def _take_back(self) -> None:
        _, rows, fields = self._back.pop()
        self._replace(rows)
        if fields != self._mapping:
            self._mapping = fields
            self._understand()

    def _replace(self, rows: Rows) -> Rows:
        """Put rows in the place of others, judge what they touch; return the others."""
        before = changes.as_they_are(self._tray, rows)
        # of tables that are not understood nothing is known
        standing = self._standing if self._sheets else None
        if not changes.put(self._tray, self._sheets, standing, rows):
            self._standing, self._fresh = None, False
        return before
