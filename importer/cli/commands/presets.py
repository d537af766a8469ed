"""The command that tells which kinds of export are known, and which one a file is.

It reads a header and sends nothing. Invariant: what it says of a file is what `check`
and `run` go by.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.cli import completion, failures, flags, stages
from importer.errors import HeadlessError
from importer.texts import plain

if TYPE_CHECKING:
    from importer.mapping import Match
    from importer.models import Table
    from importer.settings import Settings

_NEAREST = 3


@click.command(short_help="Which exports are known, and which one a file is.")
@click.argument("file", required=False, shell_complete=completion.files)
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook; else the first.")
@click.option("--encoding", metavar="NAME", help="Encoding of a text file.")
@click.option("--delimiter", metavar="CHAR", help="Separator of a text file.")
@flags.as_json
@flags.config
def presets(file: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - click's
    """List the kinds of export that are known by their headers.

    With FILE: which of them it is, by which headers, and what the next ones lack.

    \b
      importer presets
      importer presets export.csv
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        config = given.pop("config")
        chosen = stages.settings.load(given, file=config)
        if file is None:
            _list(as_json=as_json)
        else:
            _explain(file, chosen, as_json=as_json)


def _list(*, as_json: bool) -> None:

    known = [match.preset for match in stages.mapping.weigh(())]
    known.sort(key=lambda one: one.name)
    if as_json:
        listed = [
            {"name": item.name, "title": item.title, "requires": list(item.requires)}
            for item in known
        ]
        click.echo(json.dumps({"schema": 1, "presets": listed}, ensure_ascii=False))
        return
    wide = max(len(item.name) for item in known)
    for preset in known:
        click.echo(f"{preset.name:<{wide}}  {preset.title}")


def _explain(file: str, chosen: Settings, *, as_json: bool) -> None:

    stages.messages.awaited([file])
    try:
        found = [opened.table for opened in stages.tables.open_inputs([file], chosen)]
    except HeadlessError:
        found = stages.sheets.read(Path(file), chosen.reading)
    stages.messages.without_sheets(found, chosen.values.sheet)
    weighed = [(table, stages.mapping.weigh(table.header)) for table in found]
    if as_json:
        listed = [_document(table, matches) for table, matches in weighed]
        click.echo(json.dumps({"schema": 1, "files": listed}, ensure_ascii=False))
        return
    for table, matches in weighed:
        for line in _lines(table, matches):
            click.echo(line)


def _document(table: Table, matches: list[Match]) -> dict[str, Any]:
    return {
        "file": table.file,
        "sheet": table.sheet,
        "preset": matches[0].preset.name,
        "presets": [
            {
                "name": item.preset.name,
                "title": item.preset.title,
                "fits": item.fits,
                "found": list(item.found),
                "missing": list(item.missing),
                "against": list(item.against),
            }
            for item in matches
        ],
    }


def _lines(table: Table, matches: list[Match]) -> list[str]:

    best, *others = matches
    sheet = f", sheet {table.sheet}" if table.sheet else ""
    lines = [
        f"{plain(table.file + sheet)}: {best.preset.name!r}, {best.preset.title}",
        f"  {plain(_why(table, best))}",
    ]
    near = [one for one in others if one.found][:_NEAREST]
    for item in near:
        reason = f"has {len(item.found)} of its headers"
        if item.missing:
            reason += f", lacks {', '.join(item.missing)}"
        if item.against:
            reason += f", and {plain(', '.join(item.against))} speaks against it"
        lines.append(f"  not {item.preset.name!r}: {reason}")
    lines.append("  another one: --preset NAME")
    return lines


def _why(table: Table, best: Match) -> str:
    """Say by which headers it is known; what nothing else fits is our own."""
    if best.found:
        return "known by " + ", ".join(best.found)
    if ours := stages.mapping.own_columns(table.header):
        return f"the importer's own template, by {', '.join(ours)}; no other fits"
    return "known by nothing; no other fits"
