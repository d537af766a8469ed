"""The command `settle`: a person says what became of a row.

It leads a `Session` and prints what was done. Invariant: it sends nothing that changes
anything, and works without a network.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from importer.cli import failures, flags, stages, termination
from importer.errors import UsageError

if TYPE_CHECKING:
    from importer.cli.voice import Voice
    from importer.runs import settlement
    from importer.settings import Settings


STOPPED = f"{termination.STOPPED} Nothing is said of the row."


@click.command(short_help="Say what became of a row that no list can settle.")
@flags.run_id
@click.option("--row", type=int, required=True, metavar="N", help="As in report.csv.")
@click.option("--created", metavar="ID", help="It was created, and this is its id.")
@click.option("--absent", is_flag=True, help="It is not there: resume sends it again.")
@click.option("--file", metavar="NAME", default="", help="The file of the row.")
@click.option("--sheet", metavar="NAME", default="", help="The sheet of the row.")
@flags.runs
@flags.locations_file
@flags.connecting
@flags.talking
def settle(
    run_id: str,
    *,
    row: int,
    created: str | None,
    absent: bool,
    file: str,
    sheet: str,
    **given: Any,  # noqa: ANN401 - the flags
) -> None:
    """Say what became of a row of RUN that is unknown, after a look into HighLevel.

    The id is compared with the server where it can be reached. Nothing is sent; the
    run's report is written again, and importer resume does what is left.

    \b
      importer settle 20260131-090000-1f2e --row 7 --created 655b33a82209e60b6adb87a5
      importer settle 20260131-090000-1f2e --row 8 --absent
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=given["as_json"]):
        if bool(created and created.strip()) is absent:
            msg = "Say either --created ID or --absent."
            raise UsageError(msg, remedy="See: importer settle --help")

        settings, voice = stages.voice.prepare(given)
        which = stages.settlement.Which(row, file, sheet)
        own = (created or "").strip()
        sys.exit(stages.runner.start(_settle(run_id, settings, voice, which, own)))


async def _settle(
    run_id: str,
    settings: Settings,
    voice: Voice,
    which: settlement.Which,
    collection_id: str,
) -> int:

    folder = stages.folders.find(settings.home, run_id)
    with termination.awaited(STOPPED) as waiting:
        async with stages.session.Session.take_up(settings, folder) as session:
            session.claim()
            stages.runner.open_log(folder, voice, session.settings)
            if collection_id:
                done = await stages.settlement.created(session, which, collection_id)
            else:
                done = stages.settlement.absent(session, which)
            waiting.finish()
            summary = session.report()
            with failures.handed_over(folder.path / "summary.json") as handover:
                if not voice.silent:
                    _tell(done, summary.run_id, as_json=voice.as_json)
    return handover.code(0)


def _tell(done: settlement.Settled, run_id: str, *, as_json: bool) -> None:
    """Tell what the row is now."""
    if as_json:
        document = {
            "schema": 1,
            "run_id": run_id,
            "row": done.row.place.row,
            "location_id": done.row.location_id,
            "slug": done.row.slug,
            "status": done.status.value,
            "collection_id": done.collection_id,
            "unchecked": done.unchecked,
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    row = f"Row {done.row.place.row} ({done.row.slug})"
    if not done.collection_id:
        click.echo(f"{row} will be sent again by: importer resume {run_id}")
        return
    click.echo(f"{row} is created: {done.collection_id}")
    if done.unchecked:
        click.echo(f"Not compared with the server: {done.unchecked}", err=True)
