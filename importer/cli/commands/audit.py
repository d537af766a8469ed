"""The commands that look back at a run: `audit` and `undo`.

Both need the token and claim the run's locations. Invariant: nothing is deleted
without `--repair`, or without a yes to `undo`.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from importer.cli import completion, failures, flags

RUN = click.argument("run_id", metavar="RUN", shell_complete=completion.runs)
UNSEEN_PRODUCTS = click.option(
    "--unseen-products",
    is_flag=True,
    help="Delete although products that were added since cannot be seen.",
)
YES = click.option("-y", "--yes", is_flag=True, help="Do not ask before deleting.")


@click.command(short_help="Compare a run with the server.")
@RUN
@click.option(
    "--repair", is_flag=True, help="Remove surplus copies that this run made."
)
@flags.runs_dir
@flags.locations_file
@flags.connecting
@flags.settling
@flags.talking
def audit(run_id: str, *, repair: bool, **given: Any) -> None:  # noqa: ANN401 - the flags
    """Compare RUN with what its locations hold, and correct its report.

    It finds collections that are there twice, that are missing, and those that were
    created although the answer said no. --repair removes the surplus copies that
    this run made and keeps the reported one.

    \b
      importer audit 20260131-090000-1f2e
      importer audit 20260131-090000-1f2e --repair
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=given["as_json"]):
        from importer.cli import look_back, runner  # noqa: PLC0415 - heavy
        from importer.cli.voice import prepare  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        work = look_back.audit(run_id, settings, voice, repair=repair)
        sys.exit(runner.start(work))


@click.command(short_help="Delete what a run created, and only that.")
@RUN
@click.option("--dry-run", is_flag=True, help="Say what would be deleted.")
@UNSEEN_PRODUCTS
@YES
@flags.runs_dir
@flags.locations_file
@flags.connecting
@flags.talking
def undo(
    run_id: str,
    *,
    dry_run: bool,
    unseen_products: bool,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Delete every collection that RUN created and nobody has changed since.

    What was there before, what others made, and what was changed stays, as does what a
    later run updated. Where HighLevel does not show whether products were added since,
    it says of how many, and needs your yes or --unseen-products. The answers are in the
    run folder's undo.csv; an undo that was interrupted is given again.

    \b
      importer undo 20260131-090000-1f2e --dry-run
      importer undo 20260131-090000-1f2e
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        from importer.cli import look_back, runner  # noqa: PLC0415 - heavy
        from importer.cli.voice import prepare  # noqa: PLC0415 - the same

        settings, voice = prepare(given)
        work = look_back.undo(
            run_id, settings, voice, dry_run=dry_run, unseen_products=unseen_products
        )
        sys.exit(runner.start(work))
