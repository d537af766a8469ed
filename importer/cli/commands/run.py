"""`importer run`: create the collections of a file, the main job.

It gathers flags into settings and hands over; nothing is computed here. Invariant:
the modules of the stages are loaded when it runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
@flags.runs
@flags.cluster
@flags.reading
@flags.locations_file
@flags.connecting
@flags.canary
@flags.sending
@flags.language
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

        settings, voice = stages.voice.prepare(given)
        stages.messages.awaited(files, quiet=voice.quiet)
        stored = None
        if by_plan is not None:
            settings, files, stored = stages.runner.following(by_plan, files, settings)
        if dry_run:
            shown = stages.plan_view.Shown()
            work = stages.runner.plan(files, settings, voice, shown, stored)
        else:
            work = stages.runner.run(files, settings, run_id, voice, stored)
        sys.exit(stages.runner.start(work))
