"""The verbs `check` and `fix`: what is wrong with an input, and a corrected copy of it.

Apart from the other verbs, because they need neither the network nor the journal, and
importing them takes longer than a check. Invariant: the input is never touched, and
every change is told.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from importer import background
from importer.api import arguments, language, settings_value
from importer.errors import UsageError
from importer.intake import arrivals
from importer.intake import fix as fixing
from importer.intake.check import check_inputs
from importer.report import notebook

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.intake import tables
    from importer.intake.check import CheckResult
    from importer.intake.corrected import Columns
    from importer.models import InputFile
    from importer.repair import Change, Kind
    from importer.settings import Settings as Gathered
    from importer.settings.typed import RunSettings


async def check(
    *inputs: tables.Input,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> CheckResult:
    """Read, map and validate in a thread; no network, nothing written.

    Args:
        inputs: paths, open binary files, frames, dicts, or an `Input` of one of them.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name, such as `location_id="…"` or `sheet="Sheet2"`.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
    """
    stopped = threading.Event()

    def work() -> CheckResult:
        chosen = settings_value.chosen(options, settings, config, environment=env)
        return check_inputs(inputs, chosen, stopped.is_set)

    with arguments.told():
        inputs = await arrivals.gathered(inputs)
        checked = await background.run(work, stopped.set)
    return _in_arguments(checked)


def _in_arguments(checked: CheckResult) -> CheckResult:
    """Return what a check found in the words of a program."""
    files = language.of_files(checked.files)
    return replace(checked, files=files, say=language.of_lines)


_COLUMNS = ("own", "input")


@dataclass(frozen=True, slots=True, repr=False)
class FixResult:
    """A corrected copy, what was changed in it, and what a check of it says.

    `before` counts the rows of the input by what a check of them says (`valid`,
    `invalid`, `duplicate`). `changes` are the cells that were changed, `unfixed` what
    was left as it is, `kinds` counts both. `left_out` are columns of the input that the
    copy does not have, `skipped` the collections that the file itself leaves out.
    `files` are the tables of the input; their notes are also among those of the copy.
    """

    path: Path
    columns: Columns
    before: Mapping[str, int]
    kinds: Mapping[Kind, int]
    changes: Collection[Change]
    unfixed: Collection[Change]
    left_out: Mapping[str, tuple[str, ...]]
    skipped: Mapping[str, Mapping[str, int]]
    files: tuple[InputFile, ...]
    checked: CheckResult

    @property
    def problems_before(self) -> int:
        """How many rows of the input had a problem."""
        return sum(self.before.values()) - self.before.get("valid", 0)

    def __repr__(self) -> str:
        """Say what it came to on one short line."""
        numbers = {"changed": len(self.changes), "left as they are": len(self.unfixed)}
        counted = notebook.counted(numbers, "nothing to change")
        return f"<FixResult {self.path.name}: {counted}>"

    def _repr_html_(self) -> str:
        """Return the first changes and what is still wrong, for notebooks."""
        numbers = {kind.value: count for kind, count in self.kinds.items()}
        return (
            notebook.counts(f"Corrected copy: {self.path.name}", numbers)
            + _table(_CHANGED, self.changes)
            + _table(_LEFT, self.unfixed)
            + self.checked._repr_html_()
            + notebook.files([self.path])
        )


_CHANGED = ("where", "column", "why", "before", "after")
_LEFT = ("where", "column", "why", "left as it is")


def _table(head: Sequence[str], changes: Collection[Change]) -> str:
    cells = (
        (str(each.place), each.column, str(each.kind), each.before, each.after)
        for each in changes
    )
    rows = (row[: len(head)] for row in cells)
    return notebook.table(head, rows, len(changes))


def fix_inputs(
    inputs: Sequence[str],
    settings: Gathered,
    path: Path,
    columns: Columns,
    *,
    force: bool = False,
    number_duplicates: bool = False,
) -> FixResult:
    """Write a corrected copy of files, and check it.

    Args:
        inputs: paths of files.
        settings: those that they are read with.
        path: the copy, .csv or .xlsx.
        columns: whose columns it has.
        force: whether a file that is there may be replaced.
        number_duplicates: whether a slug that another row has gets a number.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used, or the copy must not be written.
        StorageError: it cannot be written.
    """
    done, afterwards = fixing.fix(
        inputs,
        settings,
        path,
        columns,
        force=force,
        number_duplicates=number_duplicates,
    )
    checked = check_inputs((path,), afterwards)
    (copy,) = checked.files
    copy = replace(copy, notes=(*done.notes, *copy.notes))
    return FixResult(
        path,
        columns,
        MappingProxyType(done.before),
        MappingProxyType(done.kinds),
        done.changes,
        done.unfixed,
        MappingProxyType(done.left_out),
        MappingProxyType(done.skipped),
        tuple(done.files),
        replace(checked, files=(copy,)),
    )


def _refuse_copy(inputs: Sequence[object], to: object, columns: object) -> None:
    """Refuse what cannot be a copy.

    Raises:
        UsageError: an argument is no path, or no choice of columns.
    """
    arguments.require("to", to)
    arguments.refuse_paths({"to": to})
    for number, path in enumerate(inputs, 1):
        arguments.require(f"input {number}", path)
    if columns not in _COLUMNS:
        msg = f"The argument columns={columns!r:.60} cannot be used."
        raise UsageError(msg, remedy='Give columns="own" or columns="input".')


async def fix(  # noqa: PLR0913 - each an argument of the verb
    *inputs: Path | str,
    to: Path | str,
    columns: Columns = "own",
    force: bool = False,
    number_duplicates: bool = False,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> FixResult:
    """Write a corrected copy of files in a thread, and check it; no network.

    Args:
        inputs: paths of CSV or Excel files; they are read twice, so tables in memory
            and standard input are refused.
        to: the copy, `.csv` or `.xlsx`.
        columns: whose columns it has: "own", the template's, or "input".
        force: whether a file that is there may be replaced.
        number_duplicates: whether a slug that another row has gets `-2`, `-3` …
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name, such as `location_id="…"` or `sheet="Sheet2"`.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used, or the copy must not be written.
        StorageError: it cannot be written.
    """

    def work() -> FixResult:
        arguments.refuse_switches(force=force, number_duplicates=number_duplicates)
        _refuse_copy(inputs, to, columns)
        chosen = settings_value.chosen(options, settings, config, environment=env)
        names = [str(path) for path in inputs]
        return fix_inputs(
            names,
            chosen,
            Path(to),
            columns,
            force=force,
            number_duplicates=number_duplicates,
        )

    # to its end, also where the task is cancelled: half a copy must not be left
    with arguments.told():
        fixed = await background.to_its_end(work)
    return replace(fixed, checked=_in_arguments(fixed.checked))
