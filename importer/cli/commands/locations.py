"""`importer locations`: the locations file as the importer reads it.

Sends nothing. Invariant: no secret is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path

    from importer.locations import Location
    from importer.settings import Settings


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
        chosen = stages.settings.load({"locations_file": locations_file}, file=config)
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
        wide = [
            max((len(entry[name]) for entry in listed), default=0) for name in columns
        ]
        for item in [] if as_json else listed:
            cells = (
                f"{item[name]:<{w}}" for name, w in zip(columns, wide, strict=True)
            )
            click.echo("  ".join([*cells, item["problem"] or "there"]))


def _place(location: Location, chosen: Settings) -> dict[str, Any]:
    """Return what is told of a location; of its token only whether there is one."""
    missing = chosen.tokens.missing(location.id)
    return {
        "id": location.id,
        "name": location.name,
        "token_from": str(location.token_env or location.token_file or "default"),
        "has_token": missing is None,
        "problem": str(missing or "").removeprefix(f"Location {location}: "),
    }
