"""`importer plan`: compare with what exists, and forecast; nothing is sent.

It gathers flags into settings and hands over; nothing is computed here. Invariant:
the modules of the stages are loaded when it runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path


@click.command(short_help="Compare with what exists and forecast; send nothing.")
@flags.files
@click.option(
    "-o",
    "--output",
    type=flags.PATH,
    metavar="PLAN",
    help="Keep the plan in a file, for run --plan.",
)
@click.option("--all", "whole", is_flag=True, help="Show every row, however many.")
@click.option(
    "--detailed-exitcode",
    "detailed",
    is_flag=True,
    help="Exit 12 where a run would send something.",
)
@flags.on_existing
@flags.fresh
@flags.accept_list
@flags.reading
@flags.locations_file
@flags.journal
@flags.cluster
@flags.connecting
@flags.canary
@flags.language
@flags.talking
def plan(
    files: tuple[str, ...],
    output: Path | None,
    *,
    whole: bool,
    detailed: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Say what a run of FILE would do, and what it would cost; nothing is sent.

    One sign a line: + create, * update, ! problem, - duplicate, = already exists; the
    last are only counted. Of a long list some of each are shown. -o keeps the plan, and
    run --plan does it. --detailed-exitcode ends with 0 where there is nothing to do,
    and with 12 where there is.

    \b
      importer plan collections.csv --on-existing update
      importer plan collections.csv -o plan.json
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        settings, voice = stages.voice.prepare(given)
        stages.messages.awaited(files, quiet=voice.quiet)
        shown = stages.plan_view.Shown(whole, output, files, detailed)
        sys.exit(stages.runner.start(stages.runner.plan(files, settings, voice, shown)))
