"""`importer config show`: every setting, its value and where it came from.

Reads files and the environment. Invariant: no secret is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages

if TYPE_CHECKING:
    from pathlib import Path


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
        shown = stages.settings.load(file=config).shown()
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
