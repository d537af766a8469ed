"""`importer resume`: go on where a run, or all of them, was left.

It gathers flags into settings and hands over; nothing is computed here. Invariant:
the modules of the stages are loaded when it runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import completion, failures, flags, stages
from importer.cli.commands import runs as roster
from importer.errors import UsageError
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.errors import FatalError


@click.command(short_help="Go on where a run was left.")
@click.argument(
    "run_id", required=False, metavar="[RUN]", shell_complete=completion.runs
)
@click.option(
    "--all", "every", is_flag=True, help="Every unfinished run, the oldest first."
)
@flags.accept_list
@flags.runs
@flags.cluster
@flags.locations_file
@flags.connecting
@flags.canary
@flags.sending
@flags.language
@flags.talking
def resume(
    run_id: str | None,
    *,
    every: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Settle what is unknown in RUN, then finish the rest.

    Without RUN: the newest run that is unfinished. Rows that failed are tried again.
    A run that was killed while it read its files begins with them again.
    Where the journal of another run is damaged, that is said and the exit code is 5.
    --all goes on after a run that fails, and ends with the exit code of the worst;
    --max-duration is then the time for all of them together.

    \b
      importer resume
      importer resume --all
      importer resume 20260131-090000-1f2e --max-duration 2h
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        settings, voice = stages.voice.prepare(given)
        home = settings.home
        if every and run_id:
            msg = f"--all resumes every unfinished run, and {run_id} is named, too."
            raise UsageError(msg, remedy="Leave one of the two out.")
        if run_id:
            found = stages.inventory.Survey(stages.folders.find(home, run_id))
        else:
            found = stages.inventory.survey(home)
            if found.empty and not every:
                raise stages.inventory.no_run(home)
        unconfirmed = [folder.run_id for folder in found.unconfirmed]
        if every and (found.unfinished or (voice.as_json and not found.unread)):
            if not (voice.as_json or voice.quiet):
                stages.messages.left_unconfirmed(unconfirmed)
            code = stages.resume_all.resume(
                found.unfinished, settings, voice, unconfirmed
            )
            sys.exit(_beside(found.unread, code))
        if found.newest is not None:
            hooks = stages.runner.Run(voice)
            work = stages.runner.resume(found.newest, settings, hooks)
            sys.exit(_beside(found.unread, stages.runner.start(work)))
        if found.unread:
            roster.tell_unread(found.unread[1:])
            raise found.unread[0]
        stages.messages.nothing_to_resume(home, unconfirmed, voice)


def _beside(unread: Sequence[FatalError], code: int) -> int:
    """Return the exit code of a resume beside runs that cannot be read."""
    roster.tell_unread(unread)
    if unread and code in {Exit.OK, Exit.PROBLEMS}:
        return unread[0].exit_code
    return code
