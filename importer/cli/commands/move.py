"""`importer runs move`: take a run from the folder into the database.

Gathers settings and hands over. Invariant: nothing is sent, and nothing is removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path


@click.command(short_help="Take a run into the database of journals.")
@flags.run_id
@flags.runs
@flags.config
@click.pass_context
def move(
    context: click.Context,
    /,
    run_id: str,
    config: Path | None,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """Take RUN from the folder of runs into the database that --journal names.

    Its journal is copied and compared; what it made, and slugs that HighLevel has
    changed, are then known to the runs of all machines. The folder keeps reports and
    log, and the old journal under another name. A run that is at work is refused. One
    whose moving was cut short is gone on with by none before it was moved again.

    \b
      importer runs move 20260131-090000-1f2e
      importer runs move nightly --journal postgresql://importer@db/importer
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told():
        chosen = stages.voice.of_group(context, kept, config)
        moved = stages.relocation.move(chosen.home, run_id)
        name, place = moved.folder.run_id, chosen.home.shown
        click.echo(f"Run {name} is kept in {place} now: {moved.rows:,} rows.")
        click.echo(f"Its reports and log stay in {moved.folder.path}.")
