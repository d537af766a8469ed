"""The commands that read an input: `run`, `check`, `plan`, and `resume`.

They gather flags into settings and hand over; nothing is computed here. Invariant:
the modules of the stages are loaded when a command runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import completion, failures, flags, imports, inputs
from importer.cli.commands import runs as roster
from importer.errors import Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.errors import FatalError
    from importer.intake.corrected import Columns

FILES = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    shell_complete=completion.files,
)


@click.command(short_help="Create the collections of a file: the main job.")
@click.argument("files", nargs=-1, metavar="[FILE]...")
@click.option(
    "--plan",
    "by_plan",
    type=flags.PATH,
    metavar="PLAN",
    help="Do what a saved plan says, or nothing; FILE is then in the plan.",
)
@click.option("--run-id", metavar="NAME", help="A name for the run's folder.")
@click.option("--dry-run", is_flag=True, help="Compare and forecast, send nothing.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before sending.")
@flags.on_existing
@flags.fresh
@flags.accept_list
@flags.runs_dir
@flags.reading
@flags.locations_file
@flags.connecting
@flags.sending
@flags.talking
def run(
    files: Sequence[str],
    by_plan: Path | None,
    run_id: str | None,
    *,
    dry_run: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Create the collections of FILE: check, compare, send, report.

    Every row ends in the run folder's report.csv. On a terminal it asks before
    anything is sent; elsewhere it goes ahead. The token comes from HIGHLEVEL_TOKEN
    or --token-file. With --plan it does exactly what the plan says, and stops with
    exit 9 before anything is sent where FILE or the location has changed since.

    \b
      importer run collections.csv --location-id Z4Bxl8J4SaPEPLq9IQ8g
      importer run shop.xlsx --sheet Categories --on-existing update --yes
      importer run --plan plan.json
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=given["as_json"]):
        if not (files or by_plan):
            raise click.MissingParameter(param_hint="'FILE'", param_type="argument")
        with imports.once():
            from importer.cli import plan_view, runner  # noqa: PLC0415 - stages
            from importer.cli.voice import prepare  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        inputs.awaited(files)
        stored = None
        if by_plan is not None:
            settings, files, stored = runner.following(by_plan, files, settings)
        if dry_run:
            shown = plan_view.Shown()
            work = runner.plan(files, settings, voice, shown, stored)
        else:
            work = runner.run(files, settings, run_id, voice, stored)
        sys.exit(runner.start(work))


@click.command(short_help="Look for mistakes in a file; no network.")
@FILES
@flags.fixing
@flags.reading
@flags.locations_file
@flags.talking
def check(
    files: tuple[str, ...],
    fix: Path | None,
    fix_columns: Columns | None,
    *,
    force: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Read, map and validate FILE; nothing is sent and no token is needed.

    --fix writes a corrected copy, tells every change, and checks the copy.

    \b
      importer check collections.csv
      importer check foreign.csv --mapping foreign-mapping.toml --json
      importer check collections.csv --fix fixed.xlsx
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        with imports.once():
            from importer.cli import messages  # noqa: PLC0415 - loads the stages
            from importer.cli.voice import prepare  # noqa: PLC0415 - the same
            from importer.intake import check as checking  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        if fix is not None:
            from importer.cli import corrections  # noqa: PLC0415 - loads what writes

            how = (fix, fix_columns or "own")
            sys.exit(
                corrections.fix(
                    files, settings, *how, force=force, as_json=voice.as_json
                )
            )
        _refuse_alone(fix_columns, force=force)
        inputs.awaited(files)
        result = checking.check_inputs(files, settings)
        inputs.without_sheets(result.files, settings.values.sheet)
        messages.check(result, files, as_json=voice.as_json)
        sys.exit(result.exit_code)


def _refuse_alone(columns: str | None, *, force: bool) -> None:
    """Refuse flags that belong to `--fix` where it was not given."""
    for given, name in ((columns, "--fix-columns"), (force, "--force")):
        if given:
            msg = f"{name} says how --fix writes, and there is no --fix."
            raise UsageError(msg, remedy="Add --fix FILE, or leave it out.")


@click.command(short_help="Compare with what exists and forecast; send nothing.")
@FILES
@click.option(
    "-o",
    "--output",
    type=flags.PATH,
    metavar="PLAN",
    help="Keep the plan in a file, for run --plan.",
)
@click.option("--all", "whole", is_flag=True, help="Show every row, however many.")
@flags.on_existing
@flags.fresh
@flags.accept_list
@flags.reading
@flags.locations_file
@flags.connecting
@flags.talking
def plan(
    files: tuple[str, ...],
    output: Path | None,
    *,
    whole: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Say what a run of FILE would do, and what it would cost; nothing is sent.

    One sign a line: + create, * update, = there already, - duplicate, ! problem.
    Of a long list some of each are shown. -o keeps the plan, and run --plan does it.

    \b
      importer plan collections.csv --on-existing update
      importer plan collections.csv -o plan.json
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        with imports.once():
            from importer.cli import plan_view, runner  # noqa: PLC0415 - stages
            from importer.cli.voice import prepare  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        inputs.awaited(files)
        shown = plan_view.Shown(whole, output, files)
        sys.exit(runner.start(runner.plan(files, settings, voice, shown)))


@click.command(short_help="Go on where a run was left.")
@click.argument(
    "run_id", required=False, metavar="[RUN]", shell_complete=completion.runs
)
@click.option(
    "--all", "every", is_flag=True, help="Every unfinished run, the oldest first."
)
@flags.accept_list
@flags.runs_dir
@flags.locations_file
@flags.connecting
@flags.sending
@flags.talking
def resume(
    run_id: str | None,
    *,
    every: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Settle what is unknown in RUN, then finish the rest.

    Without RUN: the newest run that is unfinished. Rows that failed are tried again.
    Where the journal of another run is damaged, that is said and the exit code is 5.
    --all goes on after a run that fails, and ends with the exit code of the worst;
    --max-duration is then the time for all of them together.

    \b
      importer resume
      importer resume --all
      importer resume 20260131-090000-1f2e --max-duration 2h
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        with imports.once():
            from importer.cli import messages, resume_all, runner  # noqa: PLC0415 - the stages
            from importer.cli.voice import prepare  # noqa: PLC0415 - the same
            from importer.runs import folders, inventory  # noqa: PLC0415 - same

        settings, voice = prepare(given)
        runs = settings.values.runs_dir
        if every and run_id:
            msg = f"--all resumes every unfinished run, and {run_id} is named, too."
            raise UsageError(msg, remedy="Leave one of the two out.")
        if run_id:
            found = inventory.Survey(folders.find(runs, run_id))
        else:
            found = inventory.survey(runs)
        unconfirmed = [folder.run_id for folder in found.unconfirmed]
        if every and (found.unfinished or (voice.as_json and not found.unread)):
            if not (voice.as_json or voice.quiet):
                messages.left_unconfirmed(unconfirmed)
            code = resume_all.resume(found.unfinished, settings, voice)
            sys.exit(_beside(found.unread, code))
        if found.newest is not None:
            work = runner.resume(found.newest, settings, voice)
            sys.exit(_beside(found.unread, runner.start(work)))
        if found.unread:
            roster.tell_unread(found.unread[1:])
            raise found.unread[0]
        messages.nothing_to_resume(runs, unconfirmed, as_json=voice.as_json)


def _beside(unread: Sequence[FatalError], code: int) -> int:
    """The exit code of a resume, where it is not known of other runs what is left."""
    roster.tell_unread(unread)
    if unread and code in {Exit.OK, Exit.PROBLEMS}:
        return unread[0].exit_code
    return code
