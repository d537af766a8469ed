"""The runs of a folder: what is known of each, and giving up one that cannot be read.

Reads journals and sends nothing. Invariant: a run that cannot be read is never passed
over, in the list or in the exit code, until it was retired.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.cli import failures, flags, stages, termination
from importer.cli.commands import move, prune
from importer.errors import Interrupted
from importer.exit_codes import Exit
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.api.past_runs import PastRun
    from importer.errors import FatalError
    from importer.journal import Home
    from importer.runs.folders import RunFolder


#: So many files of a run are named.
_NAMED = 3


@click.group(short_help="List the runs.", invoke_without_command=True)
@flags.runs
@flags.as_json
@flags.config
@click.pass_context
def runs(
    context: click.Context,
    /,
    *,
    as_json: bool,
    config: Path | None,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """List the runs, the newest last, with what became of their rows.

    A run whose journal is damaged is named, and the exit code is then 5.

    \b
      importer runs
      importer runs --runs-dir archive --json
      importer runs retire 20260131-090000-1f2e
      importer runs prune --older 90d
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    if context.invoked_subcommand is not None:
        return
    with failures.told(as_json=as_json):
        chosen = stages.settings.load(kept, file=config)
        listed = stages.past_runs.of_home(chosen.home)
        unread = [run.problem for run in listed if run.problem is not None]
        code = unread[0].exit_code if unread else Exit.OK
        if as_json:
            entries = [_document(item) for item in listed]
            document = {"schema": 1, "exit_code": int(code), "runs": entries}
            click.echo(json.dumps(document))
        elif not listed:
            click.echo(f"There are no runs in {chosen.home.shown}.")
        else:
            _tell(listed)
            tell_unread(unread)
        if not as_json:
            _tell_beside(chosen.home)
        sys.exit(code)


runs.add_command(move.move)
runs.add_command(prune.prune)


@runs.command(short_help="Give up a run whose journal is damaged.")
@flags.run_id
@click.option("-y", "--yes", is_flag=True, help="Do not ask before retiring.")
@flags.runs
@flags.config
@click.pass_context
def retire(
    context: click.Context,
    /,
    run_id: str,
    config: Path | None,
    *,
    yes: bool,
    **kept: Any,  # noqa: ANN401 - as above
) -> None:
    """Give up RUN, whose journal is damaged, so that it holds up no other run.

    Restore a copy of its folder instead, where there is one. Nothing is removed: the
    file retired.json in the folder says that it was given up, and without that file it
    was not. What the run sent stays unknown: no resume, audit or undo can deal with
    it, and a later run finds what it created only in the list.

    \b
      importer runs retire 20260131-090000-1f2e
      importer runs retire 20260131-090000-1f2e --yes
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        chosen = stages.voice.of_group(context, kept, config)
        folder = stages.folders.locate(chosen.home, run_id)
        error = stages.inventory.unreadable(folder)
        if not yes and sys.stdin.isatty():
            _ask(folder, error)
        stages.inventory.retire(folder, error, time.time())
        click.echo(f"Run {folder.run_id} is retired: it holds up no other run.")
        click.echo(
            "What it sent is not known: importer audit and importer undo cannot deal "
            "with what it created. A run of its file finds that in the list, once the "
            "list shows it: wait a few minutes, and look at importer plan FILE first."
        )


def _tell_beside(home: Home) -> None:
    """Say on stderr that there are runs which are kept elsewhere."""
    stages.messages.kept_elsewhere(home)
    left = list(home.beside.began()) if home.beside else []
    if left:
        some = ", ".join(left[:_NAMED]) + (", …" if len(left) > _NAMED else "")
        click.echo(
            f"Not in the database, but in the folder {home.folder}: {plain(some)}. "
            "To take one there: importer runs move RUN",
            err=True,
        )


def tell_unread(unread: Sequence[FatalError]) -> None:
    """Say on stderr which runs cannot be read, and what to do."""
    for error in unread:
        click.echo(f"{error}\n{error.remedy}", err=True)


def _ask(folder: RunFolder, error: FatalError) -> None:
    """Ask the person.

    Raises:
        Interrupted: the answer is no.
    """
    click.echo(str(error), err=True)
    text = f"Give up {folder.run_id}, and never know what it sent?"
    msg = "Nothing was retired."
    with termination.raised(f"{termination.STOPPED} {msg}"):
        if not stages.question.confirmed(text, default=False):
            raise Interrupted(msg)


def _tell(listed: Sequence[PastRun]) -> None:
    wide = max(len(item.run_id) for item in listed)
    for run in listed:
        stages.screen.tell(stages.messages.console(), _line(run, wide))


def _line(one: PastRun, wide: int) -> str:
    """Write when it began, how long it took, its exit code, what it read, its rows."""
    when = "-"
    if one.started_at:
        when = f"{datetime.fromtimestamp(one.started_at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    state = f"in process {one.process}" if one.process else one.state
    worked = wording.duration(one.work_seconds or 0.0, steady=True)
    code = "-" if one.exit_code is None else f"{one.exit_code}"
    counts = ", ".join(f"{count:,} {status}" for status, count in one.counts.items())
    text = plain(counts or str(one.problem or ""))
    if one.between_seconds >= 1:
        between = wording.duration(one.between_seconds, steady=True)
        text += f" ({worked} of work, {between} between)"
    if one.inputs:
        files = ", ".join(plain(PurePath(path).name) for path in one.inputs[:_NAMED])
        more = len(one.inputs) - _NAMED
        text += f"  {files}" + (f" and {more} more" if more > 0 else "")
    run_id = plain(one.run_id)
    ended = f"{worked:>6}  exit {code:<3}"
    return f"{run_id:<{wide}}  {when}  {ended}  {state:<11}  {text}".rstrip()


def _document(one: PastRun) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "path": str(one.path),
        "state": one.state,
        "started_at": one.started_at,
        "work_seconds": one.work_seconds,
        "between_seconds": one.between_seconds,
        "process": one.process,
        "exit_code": one.exit_code,
        "inputs": list(one.inputs),
        "counts": one.counts,
        "problem": str(one.problem or ""),
    }
