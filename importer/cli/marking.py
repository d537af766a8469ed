"""`check --report`: the input as a workbook, with its problems marked in their cells.

It looks like the `report.xlsx` of a run, and needs no network. Invariant: neither the
input nor a file that is there unasked is replaced.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from importer import report, template
from importer.errors import UsageError
from importer.intake.review import Review
from importer.settings import meaning
from importer.source import STANDARD_INPUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.intake.check import CheckResult
    from importer.settings import Settings

#: What a workbook of ours says already, or has in another way.
_SAID = ("sheet", "limit", *meaning.LETTERS)


def refuse(path: Path, files: Sequence[str], *, force: bool) -> None:
    """Refuse a workbook that cannot be written, before the input is read.

    Raises:
        UsageError: it is no .xlsx, is there already, or the input comes only once.
    """
    if path.suffix.lower() != template.XLSX:
        msg = f"--report {path}: only an .xlsx can be written."
        raise UsageError(msg, remedy="Give the file this ending.")
    if STANDARD_INPUT in files:
        msg = "The input is read twice, so it has to be a file."
        raise UsageError(msg, remedy="Save the table and name its file.")
    template.may_write(path, "--report", force=force, inputs=list(map(Path, files)))


def write(
    path: Path,
    files: Sequence[str],
    settings: Settings,
    result: CheckResult,
    *,
    silent: bool,
) -> None:
    """Write the workbook and say what to do with it, unless `silent`.

    Raises:
        StorageError: it cannot be written.
    """
    review = Review(tuple(files), settings, result)
    lines = review.lines()
    report.write_xlsx(
        path,
        lines,
        widths=review.widths,
        above=review.above,
        beside=result.codes_beside(),
    )
    if silent:
        return
    if review.derived:
        again = f"importer check {shlex.join(files)}{meaning.typed(settings)}"
        click.echo(
            f"{path}: written. Its collections were made of products, which it does "
            f"not have: correct the table of products itself, then: {again}"
        )
        return
    flags = meaning.typed(settings, but=_SAID)
    typed = f"importer check {shlex.quote(str(path))}{flags}"
    click.echo(f"{path}: written. Correct the red cells, save it, then: {typed}")
