"""`importer pause`: have the process that works on a run end, wherever that is.

Sends nothing and needs no token. Invariant: the run is left in a state that a resume
goes on from.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages, termination
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from importer.runs.pauses import Pause
    from importer.settings import Settings

STOPPED = f"{termination.STOPPED} The run was asked to pause all the same."


@click.command(short_help="Have a run end soon, to be resumed later.")
@flags.run_id
@flags.runs
@flags.as_json
@flags.config
def pause(
    run_id: str,
    *,
    as_json: bool,
    config: Path | None,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """Ask the process that works on RUN to end, and wait until it has.

    What is in flight is waited for. The process ends with 10, importer runs calls the
    run paused, and importer resume goes on with it; where journals are kept in a
    database all of that works from any machine. A run that no process works on stays
    as it is. An audit or an undo of the run ends, too.

    \b
      importer pause 20260131-090000-1f2e
      importer pause nightly --journal postgresql://importer@db/importer
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        chosen = stages.settings.load(kept, file=config)
        folder = stages.folders.find(chosen.home, run_id)
        with termination.raised(STOPPED):
            done = stages.pauses.ask(folder)
        code = Exit.HELD if done.answer is stages.pauses.Answer.ASKED else Exit.OK
        if as_json:
            click.echo(json.dumps(_document(folder.run_id, done, code)))
        else:
            click.echo(_told(folder.run_id, done, chosen), err=bool(code))
        sys.exit(code)


def _document(run_id: str, done: Pause, code: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "exit_code": int(code),
        "run_id": run_id,
        "answer": done.answer.value,
        "process": done.process,
        "state": None if done.state is None else done.state.value,
    }


def _told(run_id: str, done: Pause, chosen: Settings) -> str:
    """Say in a sentence or two what a request has come to."""
    answers = stages.pauses.Answer
    if done.answer is answers.PAUSED:
        command = stages.messages.resume_command(run_id, chosen)
        return f"Run {run_id} is paused. Go on with: {command}"
    if done.answer is answers.ASKED:
        who = f"process {done.process} has not ended yet: it ends when it looks again"
        if done.process is None:
            who = "processes of its cluster have not ended yet: they do when they look"
        return f"Run {run_id} was asked to pause, and {who}. See: importer runs"
    state = "gone, as it had sent nothing" if done.state is None else done.state.value
    if done.answer is answers.ENDED:
        return f"The process that worked on run {run_id} has ended; the run is {state}."
    return f"No process works on run {run_id}, so nothing was paused; it is {state}."
