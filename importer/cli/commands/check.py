"""`importer check`: look for mistakes in a file, without the network.

It gathers flags into settings and hands over; nothing is computed here. Invariant:
the modules of the stages are loaded when it runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from importer.cli.voice import Voice
    from importer.intake.check import CheckResult
    from importer.intake.corrected import Columns
    from importer.settings import Settings


@click.command(short_help="Look for mistakes in a file; no network.")
@flags.files
@flags.reviewing
@flags.fixing
@flags.reading
@flags.locations_file
@flags.language
@flags.talking
def check(
    files: tuple[str, ...],
    fix: Path | None,
    fix_columns: Columns | None,
    *,
    force: bool,
    number_duplicates: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Read, map and validate FILE; nothing is sent and no token is needed.

    --fix writes a corrected copy, tells every change, and checks the copy. --report
    writes FILE as a workbook, with every problem marked in its cell.

    \b
      importer check collections.csv
      importer check foreign.csv --mapping foreign-mapping.toml --json
      importer check collections.csv --fix fixed.xlsx
      importer check collections.csv --report marked.xlsx
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        settings, voice = stages.voice.prepare(given)
        workbook: Path | None = given["workbook"]
        if fix is not None:
            _refuse_beside_fix(workbook)
            how = (fix, fix_columns or "own")
            sys.exit(
                stages.corrections.fix(
                    files,
                    settings,
                    *how,
                    force=force,
                    number_duplicates=number_duplicates,
                    voice=voice,
                )
            )
        _refuse_alone(fix_columns, number_duplicates, force=force and not workbook)
        if workbook is not None:
            stages.marking.refuse(workbook, files, force=force)
        result = _look(files, settings, voice, whole=given["whole"])
        if workbook is not None:
            silent = voice.as_json or voice.quiet
            stages.marking.write(workbook, files, settings, result, silent=silent)
        sys.exit(result.exit_code)


def _look(
    files: tuple[str, ...], settings: Settings, voice: Voice, *, whole: bool
) -> CheckResult:
    """Check the files, and show what was found."""
    stages.messages.awaited(files, quiet=voice.quiet)
    result = stages.check.check_inputs(files, settings)
    if not voice.quiet:
        stages.messages.without_sheets(result.files, settings.values.sheet)
    typed = stages.meaning.typed(settings)
    shown = stages.check_view.Shown(files, typed, whole, voice.quiet)
    stages.check_view.check(result, shown, as_json=voice.as_json)
    return result


def _refuse_beside_fix(workbook: Path | None) -> None:
    if workbook is not None:
        msg = "--report marks the problems of the input, and --fix writes another one."
        raise UsageError(msg, remedy="Leave one of them out.")


def _refuse_alone(columns: str | None, numbered: object, *, force: bool) -> None:
    """Refuse flags that belong to `--fix` where it was not given."""
    flags_given = {
        "--fix-columns": columns,
        "--number-duplicates": numbered,
        "--force": force,
    }
    for name, given in flags_given.items():
        if given:
            msg = f"{name} says how --fix writes, and there is no --fix."
            raise UsageError(msg, remedy="Add --fix FILE, or leave it out.")
