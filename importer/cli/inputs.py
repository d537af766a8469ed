"""What is said of the inputs beside what was found in them, on stderr.

It reads none of them. Invariant: stdout stays what the command prints.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.models import InputFile, Table

_NAMED = 5


def awaited(files: Sequence[str]) -> None:
    """Say that standard input is waited for, where it is a keyboard."""
    from importer.source import STANDARD_INPUT  # noqa: PLC0415 - loads the readers

    if STANDARD_INPUT in files and sys.stdin.isatty():
        keys = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        text = f"Waiting for a table on standard input; {keys} on a line of its own"
        click.echo(f"{text} ends it.", err=True)


def without_sheets(files: Iterable[InputFile | Table], sheet: str) -> None:
    """Say which inputs have no sheets, where one was asked for."""
    if not sheet:
        return
    from importer.cli.progress_view import clean  # noqa: PLC0415 - loads rich
    from importer.wording import cut  # noqa: PLC0415 - only here

    names = list(dict.fromkeys(clean(file.file) for file in files if not file.sheet))
    if not names:
        return
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    have = "has" if len(names) == 1 else "have"
    click.echo(
        f"{', '.join(names[:_NAMED])}{more} {have} no sheets; --sheet "
        f"{clean(cut(sheet, 40))} is for workbooks, and is passed over.",
        err=True,
    )
