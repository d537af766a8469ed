"""`importer locations`: the locations file as the importer reads it.

Sends nothing. Invariant: no secret is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages
from importer.locations import Location

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from importer.settings import Settings


@click.command(short_help="List the locations file.")
@flags.locations_file
@flags.into
@flags.as_json
@flags.config
def locations(*, as_json: bool, config: Path | None, **given: Any) -> None:  # noqa: ANN401 - the flags
    """List the locations of the locations file: names, tags, where tokens come from.

    No network, and no token is shown. Without --locations-file it is locations.toml
    or config/locations.toml. --into and --where list those that a run with them is for.

    \b
      importer locations
      importer locations --where tag=dental
      importer locations --locations-file clients.toml
    """  # noqa: D301 - as above
    with failures.told(as_json=as_json):
        chosen = stages.settings.load(given, file=config)
        listed = [_place(one, chosen) for one in _listed(chosen)]
        if as_json:
            document = {
                "schema": 1,
                "file": chosen.locations.file,
                "locations": listed,
            }
            click.echo(json.dumps(document, ensure_ascii=False))
        elif not listed:
            click.echo("No locations are listed.")
        tags = ("tags",) if any(item["tags"] for item in listed) else ()
        columns = ("id", "name", *tags, "token_from")
        wide = [
            max((len(_cell(entry[name])) for entry in listed), default=0)
            for name in columns
        ]
        for item in [] if as_json else listed:
            cells = (
                f"{_cell(item[name]):<{w}}"
                for name, w in zip(columns, wide, strict=True)
            )
            click.echo("  ".join([*cells, item["problem"] or "there"]))


def _listed(chosen: Settings) -> Iterable[Location]:
    """Return the locations that are listed, or those of a selection."""
    listed = chosen.locations
    if not chosen.into:
        return listed.listed
    return [listed.by_id.get(text, Location(text)) for text in chosen.into]


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _place(location: Location, chosen: Settings) -> dict[str, Any]:
    """Return what is told of a location; of its token only whether there is one."""
    missing = chosen.tokens.missing(location.id)
    return {
        "id": location.id,
        "name": location.name,
        "tags": list(location.tags),
        "token_from": str(location.token_env or location.token_file or "default"),
        "has_token": missing is None,
        "problem": str(missing or "").removeprefix(f"Location {location}: "),
    }
