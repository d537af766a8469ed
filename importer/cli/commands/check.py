"""`importer check`: look for mistakes in a file, without the network.

It gathers flags into settings and hands over; nothing is computed here. Invariant:
the modules of the stages are loaded when it runs, not when help is shown.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, imports, inputs
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from importer.intake.corrected import Columns


@click.command(short_help="Look for mistakes in a file; no network.")
@flags.files
@flags.fixing
@flags.reading
@flags.locations_file
@flags.talking
def check(
    files: tuple[str, ...],
    fix: Path | None,
    fix_columns: Columns | None,
    *,
    force: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Read, map and validate FILE; nothing is sent and no token is needed.

    --fix writes a corrected copy, tells every change, and checks the copy.

    \b
      importer check collections.csv
      importer check foreign.csv --mapping foreign-mapping.toml --json
      importer check collections.csv --fix fixed.xlsx
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        with imports.once():
            from importer.cli import messages  # noqa: PLC0415 - loads the stages
            from importer.cli.voice import prepare  # noqa: PLC0415 - the same
            from importer.intake import check as checking  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        if fix is not None:
            from importer.cli import corrections  # noqa: PLC0415 - loads what writes

            how = (fix, fix_columns or "own")
            sys.exit(
                corrections.fix(
                    files, settings, *how, force=force, as_json=voice.as_json
                )
            )
        _refuse_alone(fix_columns, force=force)
        inputs.awaited(files)
        result = checking.check_inputs(files, settings)
        inputs.without_sheets(result.files, settings.values.sheet)
        messages.check(result, files, as_json=voice.as_json)
        sys.exit(result.exit_code)


def _refuse_alone(columns: str | None, *, force: bool) -> None:
    """Refuse flags that belong to `--fix` where it was not given."""
    for given, name in ((columns, "--fix-columns"), (force, "--force")):
        if given:
            msg = f"{name} says how --fix writes, and there is no --fix."
            raise UsageError(msg, remedy="Add --fix FILE, or leave it out.")
