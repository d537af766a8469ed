"""`importer audit`: compare a run with the server.

Needs the token and claims the run's locations. Invariant: nothing is deleted without
`--repair`.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from importer.cli import failures, flags, stages


@click.command(short_help="Compare a run with the server.")
@flags.run_id
@click.option(
    "--repair", is_flag=True, help="Remove surplus copies that this run made."
)
@flags.runs
@flags.cluster
@flags.locations_file
@flags.connecting
@flags.settling
@flags.talking
def audit(run_id: str, *, repair: bool, **given: Any) -> None:  # noqa: ANN401 - the flags
    """Compare RUN with what its locations hold, and correct its report.

    It finds collections that are there twice, that are missing, and those that were
    created although the answer said no. --repair removes the surplus copies that
    this run made and keeps the reported one.

    \b
      importer audit 20260131-090000-1f2e
      importer audit 20260131-090000-1f2e --repair
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=given["as_json"]):
        settings, voice = stages.voice.prepare(given)
        work = stages.look_back.audit(run_id, settings, voice, repair=repair)
        sys.exit(stages.runner.start(work))
