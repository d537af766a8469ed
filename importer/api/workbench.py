"""The workbench: tables that are opened, corrected, and then checked, planned, or run.

What it says of a row is what `check` says; only what an edit touches is judged again.
It works in the thread that calls it, and may be called from several. Invariant: the
file that was opened is never touched.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from importer.api import arguments, language, settings_value
from importer.errors import UsageError
from importer.intake import arrivals, given
from importer.intake.workbench import corrections, saved
from importer.intake.workbench.bench import Bench
from importer.models import Input
from importer.repair import Kind
from importer.wording import counted

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Self

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.errors import InputError
    from importer.intake.workbench.columns import BenchTable
    from importer.intake.workbench.offers import Offer
    from importer.intake.workbench.steps import Step
    from importer.intake.workbench.view import BenchRow
    from importer.mapping import Spec
    from importer.models import InputFile, Table
    from importer.models.inputs import Readable
    from importer.settings import Settings as Gathered
    from importer.settings.typed import RunSettings


def open(  # noqa: A001 - importer.open, as io.open
    source: Readable,
    *,
    draft: Path | str | None = None,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> Workbench:
    """Open an input on a workbench; no network, and the input is never touched.

    Args:
        source: a path, an open binary file, a frame, dicts, or an `Input` of one.
        draft: a folder where what is done is kept, and from where it is done again.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name, such as `location_id="…"` or `sheet="Sheet2"`.

    Raises:
        InputError: nothing of the input can be shown, or the draft is of another one.
        UsageError: an option cannot be used.
        StorageError: there is no room for the draft.
    """
    with arguments.told():
        arguments.refuse_paths({"draft": draft})
        if isinstance(source, given.Prepared) or arrivals.awaited((source,)):
            msg = f"{type(source).__name__} is not opened: what is awaited, or a "
            msg += "workbench itself, is no input of one."
            raise UsageError(msg, remedy="Give a path, an open binary file, or rows.")
        chosen = settings_value.chosen(options, settings, config, environment=env)
        return Workbench(source, chosen, None if draft is None else Path(draft))


class Workbench(given.Prepared):
    """Tables to look at and to correct; an input of `check`, `plan` and `run`.

    A row is called by its number in the file; in a second table it is a larger number,
    which `problems` gives.
    """

    def __init__(
        self, source: Readable, settings: Gathered, draft: Path | None
    ) -> None:
        """Read them; `importer.open` does it."""
        inner = source.data if isinstance(source, Input) else source
        self._path: Path | None = None
        if isinstance(inner, str | PathLike):
            self._path = Path(inner)
        self._bench = Bench(source, settings, draft)

    # --- what it holds ----------------------------------------------------------------

    @property
    def tables(self) -> tuple[BenchTable, ...]:
        """The tables with headers and samples, whether they are understood or not."""
        return self._bench.tables

    @property
    def failure(self) -> InputError | None:
        """Why the tables cannot be judged (unknown headers, say); None where they can.

        `map` may mend it.
        """
        failure = self._bench.failure
        if failure is not None:
            language.of_failure(failure)
        return failure

    @property
    def files(self) -> tuple[InputFile, ...]:
        """What a check tells of each table; none where they cannot be judged."""
        return language.of_files(self._bench.files)

    @property
    def counts(self) -> dict[str, int]:
        """How many collections are `valid`, `invalid` and `duplicate`."""
        return self._bench.standing.counts

    @property
    def codes(self) -> Counter[str]:
        """How many rows have a problem, by its code."""
        return self._bench.standing.codes

    @property
    def remarks(self) -> dict[str, int]:
        """How many good rows have a remark, by its code."""
        return self._bench.standing.remarks

    @property
    def left_out(self) -> tuple[int, ...]:
        """The rows that are left out."""
        return self._bench.left_out

    def row(self, row: int) -> BenchRow:
        """Return a row with its problems; of a collection of several, all its rows.

        Raises:
            UsageError: there is no such row.
        """
        with arguments.told():
            return self._bench.row(row)

    def problems(
        self, code: str | None = None, after: int = 0, count: int = 50
    ) -> tuple[BenchRow, ...]:
        """Return the next bad rows behind `after`, those of a code alone if given."""
        return self._bench.problems(code or "", after, count)

    def remarked(self, count: int = 50) -> tuple[BenchRow, ...]:
        """Return the first good rows with a remark on a text, which `remarks` has."""
        return self._bench.remarked(count)

    def history(self) -> tuple[Step, ...]:
        """Return what was done, by whom and when, with each cell before and after."""
        return self._bench.history

    # --- what is done -----------------------------------------------------------------

    def map(self, fields: Mapping[str, str], by: str = "") -> None:
        """Say which column is which field, by its header; "" leaves a column out.

        What was said before is replaced; columns that are not named are read as they
        would be without.

        Raises:
            UsageError: there is no such column or field.
            StorageError: the step cannot be kept.
        """
        with arguments.told():
            self._bench.map(fields, by)

    def edit(
        self,
        row: int,
        column: str | int,
        text: str,
        by: str = "",
        expected: str | None = None,
    ) -> None:
        """Write a text into a cell.

        Args:
            row: the row; of a collection of several rows, one of its `lines`.
            column: its header, or its number from 1.
            text: what the cell says from now on.
            by: who does it, for the history.
            expected: what the cell is thought to say now.

        Raises:
            EditOutdated: the cell does not say what was expected; nothing was changed.
            UsageError: there is no such row or column.
            StorageError: the step cannot be kept; nothing was changed.
        """
        with arguments.told():
            self._bench.edit(row, column, text, by, expected)

    def leave_out(self, row: int, by: str = "") -> None:
        """Leave a row out, with all rows of its collection.

        Raises:
            UsageError: there is no such row.
            StorageError: the step cannot be kept.
        """
        with arguments.told():
            self._bench.leave_out(row, by, out=True)

    def take_in(self, row: int, by: str = "") -> None:
        """Take in a row that was left out.

        Raises:
            UsageError: there is no such row.
            StorageError: the step cannot be kept.
        """
        with arguments.told():
            self._bench.leave_out(row, by, out=False)

    def offers(self, row: int) -> tuple[Offer, ...]:
        """Return what can be corrected in a bad row, and what has to be asked first.

        Raises:
            UsageError: there is no such row.
        """
        with arguments.told(), self._bench.lock:
            return corrections.of_row(self._bench, row)

    def offered(self, most: int | None = None) -> Counter[Kind]:
        """Count the cells that `apply` would correct, by kind.

        Args:
            most: so many bad rows are looked at; each takes about 0.2 ms.
        """
        with self._bench.lock:
            return corrections.kinds(self._bench, most)

    def accept(self, offer: Offer, by: str = "") -> int:
        """Correct a row as it was offered; return how many cells.

        Raises:
            EditOutdated: the row has changed since.
            StorageError: the step cannot be kept; nothing was changed.
        """
        with arguments.told(), self._bench.lock:
            return corrections.accept(self._bench, offer, by)

    def apply(self, kind: Kind | str | None = None, by: str = "") -> int:
        """Correct all bad rows in what is safe, of one kind or all, as one step.

        A slug that another row has is never changed so: whether that is a second
        collection, or the same one twice, has to be asked of each row.

        Returns:
            How many cells were corrected.

        Raises:
            UsageError: there is no such kind, or it has to be asked.
            StorageError: the step cannot be kept; nothing was changed.
        """
        with arguments.told(), self._bench.lock:
            return corrections.apply(self._bench, _kind(kind), by)

    def undo(self, by: str = "") -> Step | None:
        """Take the last step back; return it, or None where there is none.

        Raises:
            StorageError: the step cannot be kept; nothing was changed.
        """
        with arguments.told():
            return self._bench.undo(by)

    def save(self, to: Path | str, *, force: bool = False) -> Path:
        """Write the rows as they are now, those left out left out: `.csv` or `.xlsx`.

        What `map` said is not in it, nor are rows above the header. Text is UTF-8.

        Raises:
            UsageError: the file must not be written, or tables have other columns.
            InputError: the tables are not understood.
            StorageError: it cannot be written.
        """
        with arguments.told(), self._bench.lock:
            arguments.require("to", to)
            arguments.refuse_paths({"to": to})
            arguments.refuse_switches(force=force)
            if self._bench.failure is not None:
                raise self._bench.failure
            inputs = [] if self._path is None else [self._path]
            saved.write(self._bench.sheets, Path(to), force=force, inputs=inputs)
        return Path(to)

    # --- as an input, and in a block --------------------------------------------------

    def read(self) -> list[Table]:
        """Return the tables for a verb."""
        return self._bench.read()

    def specified(self, spec: Spec, table: Table) -> Spec:
        """Return how a verb has to understand one."""
        return self._bench.specified(spec, table)

    @property
    def meaning(self) -> Mapping[str, str]:
        """The settings that it was opened with, for a verb that is given none."""
        return self._bench.meaning

    def __enter__(self) -> Self:
        """Use it in a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the block; all that was done is in the draft already."""

    def __repr__(self) -> str:
        """Say how many rows there are, and not which."""
        if self._bench.failure is not None:
            return "<Workbench: not understood>"
        numbers = ", ".join(f"{each} {name}" for name, each in self.counts.items())
        return f"<Workbench of {counted(len(self.tables), 'table')}: {numbers}>"


def _kind(kind: Kind | str | None) -> Kind | None:
    """Return a kind of correction by its name.

    Raises:
        UsageError: there is none of that name.
    """
    if kind is None:
        return None
    try:
        return Kind(kind)
    except ValueError:
        msg = f"There is no correction of the kind {kind!r:.60}."
        names = ", ".join(each for each in Kind if each not in corrections.ASKED)
        raise UsageError(msg, remedy=f"Write one of: {names}.") from None
