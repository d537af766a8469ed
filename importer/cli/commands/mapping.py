"""The command that writes a mapping file to start from: `map`.

It reads the beginning of a file and sends nothing. Invariant: no file is replaced
unless `--force` was given.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import click

from importer import atomic_files
from importer.cli import completion, failures, flags, stages
from importer.errors import UsageError
from importer.texts import plain

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.outline import Outline

#: What the mapping file is called where it is printed.
_UNNAMED = "mapping.toml"


@click.command("map", short_help="Write a mapping file to start from.")
@click.argument("file", shell_complete=completion.files)
@click.option(
    "-o",
    "--output",
    type=flags.PATH,
    metavar="FILE.toml",
    help="File to write; else it is printed.",
)
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook; else the first.")
@click.option(
    "--preset",
    metavar="NAME",
    help="Whose columns they are; else told by them.",
    shell_complete=completion.presets,
)
@click.option("--encoding", metavar="NAME", help="Encoding of a text file.")
@click.option("--delimiter", metavar="CHAR", help="Separator of a text file.")
@flags.force
@flags.as_json
@flags.config
def mapping(
    file: str,
    output: Path | None,
    *,
    force: bool,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - click's
) -> None:
    """Write which column of FILE is which field, as far as it can be told.

    Every column stands there with samples of its cells. Lines of known names count;
    others are comments, with what the column may be and how sure that is: take the #
    away where it is right. The result is for --mapping.

    \b
      importer map shop.csv -o shop.toml
      importer check shop.csv --mapping shop.toml
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        if output is not None:
            _refuse(output, force=force)
        chosen = stages.settings.load(given, file=given.pop("config"))
        stages.messages.awaited([file])
        outline = stages.outline.of_file(file, chosen)
        stages.messages.without_sheets([outline.table], chosen.values.sheet)
        again = _again(file, output, given)
        text = outline.text(again)
        if output is not None:
            with atomic_files.text(output, private=False) as stream:
                stream.write(text)
        if as_json:
            document = _document(outline, text, output)
            click.echo(json.dumps(document, ensure_ascii=False))
        elif output is None:
            click.echo(text, nl=False)
        else:
            active = sum(column.active for column in outline.columns)
            click.echo(
                f"{plain(str(output))} is written: {active} of {len(outline.columns)} "
                f"columns are known. Look at the others, then: {again}"
            )


def _again(file: str, output: Path | None, given: dict[str, Any]) -> str:
    """Return the command that reads the file, as here, with its mapping file."""
    words = ["importer", "check", file, "--mapping", str(output or _UNNAMED)]
    for flag in ("sheet", "preset", "encoding", "delimiter"):
        if value := given.get(flag):
            words += [f"--{flag}", value]
    return shlex.join(words)


def _refuse(output: Path, *, force: bool) -> None:
    """Refuse a file that must not be replaced, or that no folder can hold.

    Raises:
        UsageError: it is such a one.
    """
    if not output.absolute().parent.is_dir():
        msg = f"--output {output}: there is no folder {output.parent}."
        raise UsageError(msg, remedy="Make the folder first, or name another one.")
    if output.is_dir():
        msg = f"--output {output}: this is a folder, which is never replaced."
        raise UsageError(msg, remedy="Name a file.")
    if output.exists() and not force:
        msg = f"--output {output}: the file already exists."
        raise UsageError(msg, remedy="Name another one, or replace it with --force.")


def _document(outline: Outline, text: str, output: Path | None) -> dict[str, Any]:
    """Return what `--json` prints."""
    columns = [
        {
            "column": column.number,
            "header": column.header,
            "field": column.field,
            "active": column.active,
            "alike": round(column.alike, 2),
            "note": column.note,
            "samples": list(column.samples),
        }
        for column in outline.columns
    ]
    return {
        "schema": 1,
        "file": outline.table.file,
        "sheet": outline.table.sheet,
        "header_row": outline.table.header_row,
        "preset": outline.preset,
        "output": str(output or ""),
        "columns": columns,
        "mapping": text,
    }
