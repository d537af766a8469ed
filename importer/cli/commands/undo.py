"""`importer undo`: delete what a run created, and only that.

Needs the token and claims the run's locations. Invariant: nothing is deleted without
a yes.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from importer.cli import failures, flags, stages

UNSEEN_PRODUCTS = click.option(
    "--unseen-products",
    is_flag=True,
    help="Delete although products that were added since cannot be seen.",
)

LOCATION = click.option(
    "--location",
    "locations",
    multiple=True,
    metavar="NAME",
    help="Only what it created there; an id, or a listed name. Repeat for several.",
)

YES = click.option("-y", "--yes", is_flag=True, help="Do not ask before deleting.")


@click.command(short_help="Delete what a run created, and only that.")
@flags.run_id
@click.option("--dry-run", is_flag=True, help="Say what would be deleted.")
@LOCATION
@UNSEEN_PRODUCTS
@YES
@flags.runs
@flags.cluster
@flags.locations_file
@flags.connecting
@flags.talking
def undo(
    run_id: str,
    *,
    dry_run: bool,
    unseen_products: bool,
    locations: tuple[str, ...],
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Delete every collection that RUN created and that was not changed since.

    What was there before, what others made, and what was changed stays, as does what a
    later run updated. Where HighLevel does not show whether products were added since,
    it says of how many, and needs your yes or --unseen-products. The answers are in the
    run folder's undo.csv; an undo that was interrupted is given again.

    \b
      importer undo 20260131-090000-1f2e --dry-run
      importer undo 20260131-090000-1f2e
      importer undo 20260131-090000-1f2e --location Berlin --location Wien
    """  # noqa: D301 - as above
    with failures.told(as_json=given["as_json"]):
        settings, voice = stages.voice.prepare(given)
        work = stages.look_back.undo(
            run_id,
            settings,
            voice,
            dry_run=dry_run,
            unseen_products=unseen_products,
            locations=locations,
        )
        sys.exit(stages.runner.start(work))
