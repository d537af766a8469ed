"""`importer status`: how far runs are, without a look at where they run.

Reads journals, sends nothing and needs no token. Invariant: a process that works on a
run is not disturbed.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.cli import completion, failures, flags, stages
from importer.cli.commands import runs as roster
from importer.errors import UsageError
from importer.exit_codes import Exit
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from importer.models import ReportLine
    from importer.runs.status import AtLocation, Overview, Standing
    from importer.settings import Settings

#: The longest name of a location in a line.
_WIDEST = 40


@click.command(short_help="Say how far runs are, and who works on them.")
@click.argument(
    "run_id", required=False, metavar="[RUN]", shell_complete=completion.runs
)
@click.option(
    "--locations",
    is_flag=True,
    help="A line for each location, first those that need a person.",
)
@click.option("--problems", is_flag=True, help="The rows with a problem so far.")
@flags.runs
@flags.locations_file
@flags.as_json
@flags.config
def status(
    run_id: str | None,
    *,
    locations: bool,
    problems: bool,
    as_json: bool,
    config: Path | None,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """Say how far RUN is: who works on it, rows done and left, expected end.

    Without RUN: of every run that is at work, or waits for a resume. A process at work
    is not disturbed. Where journals are kept in a database it may be on any machine.
    When it ends is computed from its slowest location so far.

    \b
      importer status
      importer status 20260131-090000-1f2e --locations --problems
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        chosen = stages.settings.load(kept, file=config)
        if run_id is None and (locations or problems):
            msg = "--locations and --problems are of one run, and none is named."
            raise UsageError(msg, remedy="Name one: importer status RUN")
        found = _found(chosen, run_id)
        code = found.unread[0].exit_code if found.unread else Exit.OK
        places = found.runs[0].locations if locations else None
        rows = stages.status.problems(found.runs[0].folder) if problems else None
        if as_json:
            document = _document(found, places, rows)
            click.echo(json.dumps(document | {"exit_code": int(code)}))
        else:
            _tell(found.runs, f"No run is at work or waits in {chosen.home.shown}.")
            if run_id is not None:
                _tell_counts(found.runs[0])
            _tell_locations(places or ())
            _tell_rows(rows or ())
            roster.tell_unread(found.unread)
        sys.exit(code)


def _found(chosen: Settings, run_id: str | None) -> Overview:
    """Return the run that is named, or all that are at work or wait."""
    names = chosen.locations.names_listed
    if run_id is None:
        return stages.status.overview(chosen.home, names)
    folder = stages.folders.find(chosen.home, run_id)
    return stages.status.Overview([stages.status.standing(folder, names)])


def _tell(found: Iterable[Standing], nothing: str) -> None:
    """Print a line for each run, and below it why it waits."""
    lines = [(plain(run.folder.run_id), run) for run in found]
    wide = max((len(name) for name, _ in lines), default=0)
    for name, run in lines:
        stages.screen.tell(stages.messages.console(), f"{name:<{wide}}  {_line(run)}")
        if run.canary is not None:
            stages.screen.tell(stages.messages.console(), f"  {run.canary}")
        if run.stopped:
            stages.screen.tell(stages.messages.console(), f"  {plain(run.stopped)}")
    if not lines:
        click.echo(nothing)


def _line(run: Standing) -> str:
    """Say who works on it, what is done and left, and when it will be over."""
    who = run.state.value
    if run.process is not None:
        who = f"in process {run.process}"
    if run.since is not None:
        who += f" since {_moment(run.since)}"
    done = f"{run.rows - run.left:,} of {wording.counted(run.rows, 'row')} done"
    parts = [done, f"{run.left:,} left"]
    if run.rate is not None:
        parts.append(f"{run.rate:,.1f} rows/s")
    if run.ends_at is not None and run.left:
        parts.append(f"ends about {_moment(run.ends_at)}")
    return f"{who}: {', '.join(parts)}"


def _tell_counts(run: Standing) -> None:
    for name, count in run.counts.items():
        click.echo(f"{count:>9,}  {name}")
    parked = [location for location in run.locations if location.parked]
    if parked:
        held = wording.counted(len(parked), "location is", "locations are")
        times = [location.until for location in parked if location.until is not None]
        when = f"; the first begins anew {_moment(min(times))}" if times else ""
        click.echo(f"{held} parked, as the day's quota is used up{when}.")


def _tell_locations(locations: Iterable[AtLocation]) -> None:
    lines = [_cells(location) for location in locations]
    if not lines:
        return
    head = ("done", "left", "problems", "unknown", "location", "")
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    for *figures, name, why in (head, *lines):
        numbers = "  ".join(
            f"{cell:>{wide}}" for cell, wide in zip(figures, widths, strict=False)
        )
        click.echo(f"{numbers}  {name:<{widths[4]}}  {why}".rstrip())


def _cells(location: AtLocation) -> tuple[str, ...]:
    done = sum(location.counts.values()) - location.left
    name = plain(location.name or location.location_id) or "(none)"
    why = plain(location.stopped)
    if location.until is not None:
        why += f" It begins anew {_moment(location.until)}."
    unknown = location.counts.get("unknown", 0)
    figures = (done, location.left, location.problems, unknown)
    return (*(f"{count:,}" for count in figures), wording.cut(name, _WIDEST), why)


def _tell_rows(rows: Iterable[ReportLine]) -> None:
    """Print them as they come: there may be many."""
    for row in rows:
        place = f"{row.place.file} row {row.place.row}"
        told = f"{row.status.value}, {row.code}: {row.message}"
        where = f"{row.location_id} {row.slug}".strip()
        click.echo(plain(f"{place} ({where}): {told}"))


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _document(
    found: Overview,
    places: Iterable[AtLocation] | None,
    rows: Iterable[ReportLine] | None,
) -> dict[str, Any]:
    document: dict[str, Any] = {"schema": 1, "runs": [*map(_run, found.runs)]}
    document["unread"] = [*map(str, found.unread)]
    if places is not None:
        document["locations"] = [*map(_place, places)]
    if rows is not None:
        document["problems"] = [*map(_row, rows)]
    return document


def _run(run: Standing) -> dict[str, Any]:
    return {
        "run_id": run.folder.run_id,
        "path": str(run.folder.path),
        "state": run.state.value,
        "process": run.process,
        "since": run.since,
        "rows": run.rows,
        "done": run.rows - run.left,
        "left": run.left,
        "counts": dict(run.counts),
        "rate": run.rate,
        "ends_at": run.ends_at,
        "stopped_because": run.stopped,
        "exit_code": run.exit_code,
        "canary": run.canary and run.canary.document(),
        "parked": {
            location.location_id: location.until
            for location in run.locations
            if location.parked
        },
    }


def _place(location: AtLocation) -> dict[str, Any]:
    return {
        "location_id": location.location_id,
        "name": location.name,
        "counts": dict(location.counts),
        "left": location.left,
        "problems": location.problems,
        "stopped_because": location.stopped,
        "parked": location.parked,
        "parked_until": location.until,
    }


def _row(row: ReportLine) -> dict[str, Any]:
    return {
        "file": row.place.file,
        "sheet": row.place.sheet,
        "row": row.place.row,
        "row_end": row.place.row_end,
        "location_id": row.location_id,
        "name": row.name,
        "slug": row.slug,
        "status": row.status.value,
        "code": row.code,
        "message": row.message,
    }
