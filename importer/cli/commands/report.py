"""The commands that look at what is there: reports, settings, locations.

They read journals and files and send nothing. Invariant: no secret is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.cli import completion, failures, flags

if TYPE_CHECKING:
    from pathlib import Path

    from importer.locations import Location
    from importer.settings import Settings


@click.command(short_help="Write the reports of a run again.")
@click.argument("run_id", metavar="RUN", shell_complete=completion.runs)
@click.option(
    "--format",
    "formats",
    default="csv",
    metavar="LIST",
    help="Of csv, html, jsonl and xlsx, separated by commas.  [default: csv]",
)
@flags.runs_dir
@flags.config
def report(
    run_id: str, formats: str, runs_dir: Path | None, config: Path | None
) -> None:
    """Write the reports of RUN again, from its journal.

    The workbook (xlsx) is your own table with status, id and problem behind. Correct
    its red cells and run it: what is done is skipped.

    \b
      importer report 20260131-090000-1f2e --format csv,xlsx
      importer run runs/20260131-090000-1f2e/report.xlsx
    """  # noqa: D301 - as above
    with failures.told():
        from importer import settings  # noqa: PLC0415 - loads the stages
        from importer.runs import folders, reports  # noqa: PLC0415 - the same

        chosen = settings.load({"runs_dir": runs_dir}, file=config)
        folder = folders.find(chosen.values.runs_dir, run_id)
        names = reports.formats(formats)
        opened = folders.opened(folder)
        try:
            reports.write(opened, folder, names)
        finally:
            opened.close()
        for name in names:
            click.echo(folder.path / f"report.{name}")


@click.group(short_help="Look at the settings.")
def config() -> None:
    """Look at the settings: flags > environment > .env > file > defaults."""


@config.command(short_help="Every setting, its value and where it came from.")
@flags.as_json
@flags.config
def show(config: Path | None, *, as_json: bool) -> None:
    """Show every setting with its value and where it came from; secrets masked.

    \b
      importer config show
      importer config show --config night.toml --json
    """  # noqa: D301 - as above
    with failures.told(as_json=as_json):
        from importer import settings  # noqa: PLC0415 - loads the stages

        shown = settings.load(file=config).shown()
        if as_json:
            document: dict[str, Any] = {
                name: {"value": value, "origin": origin}
                for name, (value, origin) in shown.items()
            }
            click.echo(json.dumps({"schema": 1, "settings": document}))
            return
        wide = max(map(len, shown))
        widest = min(44, max(len(value) for value, _ in shown.values()))
        for name, (value, origin) in shown.items():
            click.echo(f"{name:<{wide}}  {value:<{widest}}  {origin}")


@click.command(short_help="List the locations file.")
@flags.locations_file
@flags.as_json
@flags.config
def locations(
    locations_file: Path | None, *, as_json: bool, config: Path | None
) -> None:
    """List the locations of the locations file: names, and where tokens come from.

    No network, and no token is shown. Without --locations-file it is locations.toml
    or config/locations.toml.

    \b
      importer locations
      importer locations --locations-file clients.toml
    """  # noqa: D301 - as above
    with failures.told(as_json=as_json):
        from importer import settings  # noqa: PLC0415 - loads the stages

        chosen = settings.load({"locations_file": locations_file}, file=config)
        listed = [_place(one, chosen) for one in chosen.locations.listed]
        if as_json:
            document = {
                "schema": 1,
                "file": chosen.locations.file,
                "locations": listed,
            }
            click.echo(json.dumps(document, ensure_ascii=False))
        elif not listed:
            click.echo("No locations are listed.")
        columns = ("id", "name", "token_from")
        wide = [max((len(one[name]) for one in listed), default=0) for name in columns]
        for one in [] if as_json else listed:
            cells = (f"{one[name]:<{w}}" for name, w in zip(columns, wide, strict=True))
            click.echo("  ".join([*cells, one["problem"] or "there"]))


def _place(one: Location, chosen: Settings) -> dict[str, Any]:
    """What is told of a location; of its token only whether there is one."""
    missing = chosen.tokens.missing(one.id)
    return {
        "id": one.id,
        "name": one.name,
        "token_from": str(one.token_env or one.token_file or "default"),
        "has_token": missing is None,
        "problem": str(missing or "").removeprefix(f"Location {one}: "),
    }
