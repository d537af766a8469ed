"""The command that writes an empty table to begin with: `template`.

It sends nothing and needs no token. Invariant: no file is replaced unless `--force`
was given.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path

    from importer.settings import Settings


@click.command(short_help="Write an empty table to begin with.")
@click.argument("file", type=flags.PATH, metavar="FILE")
@flags.location_id
@flags.locations_file
@flags.force
@flags.as_json
@flags.config
def template(
    file: Path,
    *,
    location_id: str | None,
    locations_file: Path | None,
    force: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """Write FILE, a workbook (.xlsx) or a .csv, with the columns and an example row.

    In the workbook each header says what to write, type and location are chosen
    from lists, and every column is text, so that no id becomes a number.

    \b
      importer template collections.xlsx --location-id Z4Bxl8J4SaPEPLq9IQ8g
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        given = {"location_id": location_id, "locations_file": locations_file}
        chosen = stages.settings.load(given, file=config)
        place = _location(chosen)
        stages.template.may_write(file, "FILE", force=force)
        layout = stages.template.Layout(stages.template.COLUMNS, choices(chosen))
        with stages.template.writing(file, layout) as add:
            add(stages.template.example(place))
        if as_json:
            document = {
                "schema": 1,
                "file": str(file),
                "columns": [column.header for column in stages.template.COLUMNS],
                "location": place,
                "example_row": 2,
            }
            click.echo(json.dumps(document, ensure_ascii=False))
            return
        click.echo(f"{file} is written. Row 2 is an example: write over it.")
        if not place:
            click.echo("Write the id of your location (sub-account) into each row.")
        click.echo(f"Then: importer check {shlex.quote(str(file))}")


def choices(chosen: Settings) -> tuple[str, ...]:
    """Return what a row's location may be: names, ids where there is none."""
    return tuple(location.name or location.id for location in chosen.locations.listed)


def _location(chosen: Settings) -> str:
    """Return the example's location as it was given, by its name if it has one."""
    given = chosen.location_id
    if given:
        return chosen.locations.names([given]).get(given, given)
    return next(iter(choices(chosen)), "")
