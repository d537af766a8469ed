"""The verbs `list_runs` and `write_report`: the runs of a folder, and their reports.

They read journals and send nothing; no token is needed. Invariant: a run that cannot be
read is listed all the same, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from importer import background
from importer.api import arguments, language, settings_value
from importer.errors import UsageError
from importer.models import State
from importer.report import notebook
from importer.runs import folders, inventory, reports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from typing_extensions import Unpack

    from importer.api.settings_value import Settings
    from importer.errors import FatalError
    from importer.journal import Home
    from importer.runs.inventory import Listed
    from importer.sentences import Language
    from importer.settings.typed import RunSettings


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run as it is listed.

    `state` is reading, running, stopped, finished or undone, as its journal says;
    paused where `importer pause` has ended its process;
    interrupted where the process that ran it has gone; unconfirmed where no person said
    yes to its sending; damaged where the journal cannot be read, see `problem`; retired
    where such a run was given up. `counts` has rows by status. `started_at` is in
    seconds since the epoch, None where it is not known; `work_seconds` is how long
    processes worked on it and `between_seconds` how long none did. `process` is the
    number of the one that works on it now; `exit_code` is how it ended, None where it
    has not, and `inputs` are the files that it read, as far as they were files.
    """

    run_id: str
    path: Path
    state: State
    started_at: float | None
    work_seconds: float | None
    between_seconds: float
    process: int | None
    counts: Mapping[str, int]
    problem: FatalError | None
    exit_code: int | None = None
    inputs: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say what became of it on one short line."""
        counted = notebook.counted(self.counts)
        return f"<PastRun {self.run_id}: {self.state.value}, {counted}>"

    def _repr_html_(self) -> str:
        """Return counts and links to files, for notebooks."""
        title = f"Run {self.run_id}: {self.state.value}"
        if self.problem is not None:
            title += f". {self.problem}"
        return notebook.counts(title, self.counts) + notebook.links(self.path)


class PastRuns(tuple[PastRun, ...]):
    """Runs as they are listed, the newest last: a tuple that notebooks show."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Return the newest runs as a table, for notebooks."""
        rows = (
            (
                run.run_id,
                run.state.value,
                str(run.problem or notebook.counted(run.counts)),
                _moment(run.started_at),
            )
            for run in reversed(self)
        )
        head = ("run", "state", "rows", "started (UTC)")
        return notebook.counts(f"Runs: {len(self):,}", {}) + notebook.table(
            head, rows, len(self)
        )


def _moment(seconds: float | None) -> str:
    """Return a time as text; empty where it is not known."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def of_home(home: Home) -> PastRuns:
    """List the runs that are kept in a place, the newest last."""
    listed = sorted(
        inventory.listed(home),
        # a run has the name that it was given, so names tell no order
        key=lambda run: run.facts.get("started_at", 0.0),
    )
    return PastRuns(map(_past, listed))


def written(
    home: Home,
    run_id: str,
    formats: Sequence[str],
    told_in: Language | None = None,
) -> tuple[Path, ...]:
    """Write the reports of a run again, from its journal.

    Args:
        home: where the runs are kept.
        run_id: the run, by its name or the path of its folder.
        formats: of the reports.
        told_in: the language of rows; without one that of the run.

    Raises:
        InputError: there is no such run, or its journal is damaged.
        StorageError: a report cannot be written.
    """
    folder = folders.find(home, run_id)
    opened = folders.opened(folder)
    try:
        reports.write(opened, folder, formats, language=told_in)
    finally:
        opened.close()
    return tuple(folder.path / f"report.{name}" for name in formats)


async def list_runs(
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> tuple[PastRun, ...]:
    """List the runs, the newest last, with what became of their rows.

    Args:
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `runs_dir` says where the runs are.

    Raises:
        UsageError: an option cannot be used.
        InputError: the settings file cannot be read.
    """

    def work() -> tuple[PastRun, ...]:
        chosen = settings_value.chosen(options, settings, config, environment=env)
        runs = of_home(chosen.home)
        for run in runs:
            if run.problem is not None:
                language.of_failure(run.problem)
        return runs

    with arguments.told():
        return await background.to_its_end(work)


async def write_report(
    run_id: str | Path,
    formats: str | Sequence[str] = "csv",
    *,
    settings: Settings | None = None,
    config: Path | str | None = None,
    env: bool = True,
    **options: Unpack[RunSettings],
) -> tuple[Path, ...]:
    """Write the reports of a run again, from its journal.

    Args:
        run_id: the run, by its name or the path of its folder.
        formats: of "csv", "html", "jsonl" and "xlsx", one or several.
        settings: a value that holds settings, in the place of `config` and `env`.
        config: a settings file; without one the usual ones are looked for.
        env: whether the environment and `.env` set anything.
        options: settings by name; `runs_dir` says where the runs are, `language`
            which one rows are told in, if not in that of the run.

    Returns:
        The files that were written.

    Raises:
        InputError: there is no such run, or its journal is damaged.
        UsageError: there is no such format, or an option cannot be used.
        StorageError: a report cannot be written.
    """

    def work() -> tuple[Path, ...]:
        arguments.require("run_id", run_id)
        chosen = settings_value.chosen(options, settings, config, environment=env)
        names = _formats(formats)
        return written(chosen.home, str(run_id), names, chosen.language_asked)

    with arguments.told():
        return await background.to_its_end(work)


def _formats(formats: object) -> list[str]:
    """Return the names of formats, of a list or of a text with commas.

    Raises:
        UsageError: there is no such format.
    """
    if isinstance(formats, str):
        return reports.formats(formats)
    named = tuple(formats) if isinstance(formats, Iterable) else (formats,)
    if all(isinstance(name, str) for name in named):
        return reports.formats(",".join(named))
    msg = f"The argument formats={formats!r:.60} cannot be used."
    raise UsageError(msg, remedy='Give names of formats: formats=("csv", "xlsx").')


def _past(listed: Listed) -> PastRun:
    return PastRun(
        listed.folder.run_id,
        listed.folder.path,
        _state(listed),
        listed.facts.get("started_at"),
        listed.work_seconds,
        listed.between_seconds,
        listed.process,
        listed.counts,
        listed.problem,
        listed.facts.get("exit_code"),
        tuple(listed.facts.get("inputs", ())),
    )


def _state(listed: Listed) -> State:
    """Return the state; a run whose process has gone was interrupted."""
    if not listed.facts:
        return State.DAMAGED if listed.problem else State.RETIRED
    state = State(listed.facts["state"])
    if listed.unconfirmed:
        return State.UNCONFIRMED
    if listed.paused:
        return State.PAUSED
    gone = state is State.RUNNING and not listed.process
    return State.INTERRUPTED if gone else state
