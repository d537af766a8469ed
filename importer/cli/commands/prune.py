"""The command `runs prune`: remove what old runs have left and no later run needs.

It asks at a terminal, says figures, and sends nothing. Invariant: nothing is removed
that was not named before, but with `--quiet`, where nothing is said.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.cli import failures, flags, stages, termination
from importer.errors import Interrupted, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.runs.retention import Found, Old

DAY_SECONDS = 86_400.0
#: Days by the letter behind a number.
UNITS = {"d": 1, "w": 7, "y": 365}
#: What is younger may still be asked for; older than this no run is.
LEAST_DAYS, MOST_DAYS = 1, 36_500
KILO = 1000


def seconds(age: str) -> float:
    """Read an age such as `90d`, `12w` or `1y` in seconds.

    Raises:
        UsageError: it is no age, or one that cannot be meant.
    """
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*([dwyDWY])\s*", age)
    days = int(found[1]) * UNITS[found[2].lower()] if found else 0
    if not LEAST_DAYS <= days <= MOST_DAYS:
        msg = f"{age[:40]!r} is no age of runs to go by."
        remedy = "Write days, weeks or years, one day at least: 90d, 12w or 1y."
        raise UsageError(msg, remedy=remedy)
    return days * DAY_SECONDS


@click.command(short_help="Remove what old runs have left.")
@click.option(
    "--older", required=True, metavar="AGE", help="Last worked on so long ago: 90d."
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing.")
@flags.runs
@flags.as_json
@click.option("-q", "--quiet", is_flag=True, help="Nothing but a question and errors.")
@flags.config
@click.pass_context
def prune(  # noqa: PLR0913 - a flag each
    context: click.Context,
    /,
    older: str,
    config: Path | None,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    quiet: bool,
    **kept: Any,  # noqa: ANN401 - the flags that say where the runs are
) -> None:
    """Remove what finished runs have left that were last worked on AGE ago.

    Of a run that created or updated something, reports and log go; its journal stays,
    because undo, audit and later runs go by it, and importer report writes the
    reports again. A run that did nothing goes as a whole. Runs that are unfinished,
    at work, damaged or retired are left as they are.

    \b
      importer runs prune --older 90d --dry-run
      importer runs prune --older 1y --yes --quiet
    """  # noqa: D301 - \b is click's mark for lines that are not joined
    with failures.told(as_json=as_json):
        age = seconds(older)

        given: dict[str, Any] = context.parent.params if context.parent else {}
        chosen = stages.voice.of_group(context, kept, config)
        found = stages.retention.find(chosen.home, time.time() - age)
        as_json = as_json or bool(given.get("as_json"))
        asks = bool(found.old) and not (dry_run or yes or as_json)
        asks = asks and sys.stdin.isatty()
        if not as_json and (asks or not quiet):
            _tell(found, older)
        removed: list[Old] = []
        if not dry_run and found.old:
            if asks:
                _ask(found)
            removed = [old for old in found.old if stages.retention.remove(old)]
        if as_json or not quiet:
            _sum_up(found, removed, as_json=as_json, dry_run=dry_run)


def _tell(found: Found, older: str) -> None:
    """Name what can go, and count what is spared."""
    for old in found.old:
        subject = "the whole run, which did nothing" if old.whole else "reports and log"
        click.echo(f"{old.folder.run_id}: {subject}, {size(old.size)}")
    if found.spared:
        parts = (
            f"{count:,} {reason}" for reason, count in sorted(found.spared.items())
        )
        click.echo(f"Left as they are: {', '.join(parts)}.")
    if not found.old:
        click.echo(f"Nothing can go of runs that are older than {older}.")


def _ask(found: Found) -> None:
    """Ask the person.

    Raises:
        Interrupted: the answer is no.
    """
    text = f"Remove {size(found.size)} of {_runs(len(found.old))}?"
    msg = "Nothing was removed."
    with termination.raised(f"{termination.STOPPED} {msg}"):
        if not stages.question.confirmed(text, default=False):
            raise Interrupted(msg)


def _sum_up(
    found: Found, removed: Sequence[Old], *, as_json: bool, dry_run: bool
) -> None:
    """Say what was removed."""
    freed = sum(old.size for old in removed)
    if as_json:
        document = {
            "schema": 1,
            "exit_code": 0,
            "dry_run": dry_run,
            "runs": [_document(old, removed) for old in found.old],
            "bytes": found.size if dry_run else freed,
            "spared": dict(found.spared),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    elif dry_run:
        click.echo(f"{size(found.size)} would be freed. NOTHING WAS REMOVED.")
    elif found.old:
        whole = sum(old.whole for old in removed)
        click.echo(
            f"{size(freed)} freed: {_runs(whole)} removed as a whole, reports and log "
            f"of {_runs(len(removed) - whole)}."
        )


def _runs(count: int) -> str:
    return wording.counted(count, "run")


def _document(old: Old, removed: Sequence[Old]) -> dict[str, Any]:
    return {
        "run_id": old.folder.run_id,
        "whole": old.whole,
        "bytes": old.size,
        "removed": old in removed,
    }


def size(count: int) -> str:
    """Write bytes as people say them."""
    amount, digits = float(count), 0
    for unit in ("bytes", "kB", "MB"):
        if amount < KILO:
            return f"{amount:.{digits}f} {unit}"
        amount, digits = amount / KILO, 1
    return f"{amount:,.1f} GB"
