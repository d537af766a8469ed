"""`importer report`: write the reports of a run again.

Reads the journal and sends nothing. Invariant: no secret is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path


@click.command(short_help="Write the reports of a run again.")
@flags.run_id
@click.option(
    "--format",
    "formats",
    default="csv",
    metavar="LIST",
    help="Of csv, html, jsonl and xlsx, separated by commas.  [default: csv]",
)
@click.option(
    "--per-location", is_flag=True, help="Also a file for each: locations/NAME.csv."
)
@flags.language
@flags.runs
@flags.locations_file
@flags.config
def report(
    run_id: str,
    formats: str,
    *,
    per_location: bool,
    config: Path | None,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """Write the reports of RUN again, from its journal.

    The workbook (xlsx) is your own table with status, id and problem behind. Correct
    its red cells and run it: what is done is skipped. --per-location writes what became
    of the rows of each location into a file of its own, named as the location is.

    \b
      importer report 20260131-090000-1f2e --format csv,xlsx
      importer run runs/20260131-090000-1f2e/report.xlsx
      importer report 20260131-090000-1f2e --per-location
    """  # noqa: D301 - as above
    with failures.told():
        chosen = stages.settings.load(kept, file=config)
        names = stages.reports.formats(formats)
        language = chosen.language_asked
        for path in stages.past_runs.written(chosen.home, run_id, names, language):
            click.echo(path)
        if per_location:
            folder = stages.folders.find(chosen.home, run_id)
            known = chosen.locations.names_listed
            count = stages.location_reports.write(folder, known, language)
            place = folder.path / stages.location_reports.FOLDER
            click.echo(f"{place}: {wording.counted(count, 'file')}")
