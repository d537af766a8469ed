"""An audit or an undo with a person in front of it: questions, display, last words.

Leads a `Session` back over what an earlier run did. Invariant: a person is asked
before the first deletion of an undo.
"""

from __future__ import annotations

import json
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from importer import wording
from importer.cli import failures, interruption, question, runner
from importer.errors import Exit, Interrupted
from importer.models import WRONG_AT_SERVER
from importer.report import code_phrase
from importer.runs import folders, look_back
from importer.runs.session import Session
from importer.runs.undo import LEFT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from importer.cli.interruption import Interruption
    from importer.cli.progress import Display
    from importer.cli.voice import Voice
    from importer.errors import FatalError
    from importer.models import Summary
    from importer.runs.audit import Audited
    from importer.runs.undo import Foreseen, Result
    from importer.settings import Settings

#: Lines that an undo shows of what it left.
SHOWN = 20


async def audit(run_id: str, settings: Settings, voice: Voice, *, repair: bool) -> int:
    """Compare an earlier run with the server, and write its report again."""
    async with _looking_back(run_id, settings, voice, "audit") as (session, signals):
        session.watch.phase = "auditing"
        with signals.stoppable(), _display(session, voice):
            result = await look_back.audit(session, repair=repair)
        if session.stopped is not None:
            raise session.stopped
        summary = session.report()
        with failures.handed_over(session.folder.path / "summary.json") as handover:
            _tell_audit(result, summary, repair=repair, as_json=voice.as_json)
    if result.failed:
        return handover.code(next(iter(result.failed.values())).exit_code)
    wrong = any(result.findings[code] for code in WRONG_AT_SERVER)
    return handover.code(Exit.PROBLEMS if wrong else Exit.OK)


def _question(run_id: str, foreseen: Foreseen) -> str:
    """What an undo is about to do, in numbers."""
    where = foreseen.locations
    places = where[0] if len(where) == 1 else f"{len(where):,} locations"
    asked = f"Delete {foreseen.delete:,} collections in {places} that {run_id} created?"
    return f"{_unseen(foreseen)}\n{asked}" if foreseen.unseen else asked


def _unseen(foreseen: Foreseen) -> str:
    """How many cannot be compared whole, as a sentence."""
    return (
        "HighLevel does not show whether products were added since to "
        f"{foreseen.unseen:,} of the {foreseen.delete:,} collections."
    )


def _may_delete(session: Session, foreseen: Foreseen, signals: Interruption) -> None:
    """Ask the person; Ctrl-C is an answer too.

    Raises:
        Interrupted: the answer is no.
        Terminated: the system asked the program to end.
    """
    asked = _question(session.folder.run_id, foreseen)
    try:
        with signals.asking():
            agreed = question.confirmed(asked, default=False)
    except (click.Abort, KeyboardInterrupt):
        click.echo(err=True)
        agreed = False
    if not agreed:
        msg = "Nothing was deleted."
        raise Interrupted(msg)


async def undo(
    run_id: str,
    settings: Settings,
    voice: Voice,
    *,
    dry_run: bool,
    unseen_products: bool,
) -> int:
    """Delete what an earlier run created."""
    async with _looking_back(run_id, settings, voice, "undo") as (session, signals):
        session.watch.phase = "undoing"
        with _display(session, voice):
            work = await look_back.look_before_undo(session, dry_run=dry_run)
        foreseen = work.foreseen
        if not dry_run:
            if voice.asks and foreseen.delete:
                _may_delete(session, foreseen, signals)
                unseen_products = True  # that was part of the question
            foreseen.check(unseen_products=unseen_products)
        with _display(session, voice):
            result = await look_back.carry_out(
                session, work, unseen_products=unseen_products
            )
        kept = None if dry_run else session.folder.path / "undo.csv"
        with failures.handed_over(kept) as handover:
            _tell_undo(result, foreseen, dry_run=dry_run, as_json=voice.as_json)
        if session.stopped is not None:
            raise session.stopped
    if result.failed:
        return handover.code(next(iter(result.failed.values())).exit_code)
    left = any(result.counts[state] for state in LEFT)
    return handover.code(Exit.PROBLEMS if left else Exit.OK)


def _display(session: Session, voice: Voice) -> Display:
    """Rows do not pass one by one here, so plain lines about them would say nothing."""
    quiet = voice.quiet or not sys.stderr.isatty()
    return runner.display(session, replace(voice, quiet=quiet))


@asynccontextmanager
async def _looking_back(
    run_id: str, settings: Settings, voice: Voice, again: str
) -> AsyncIterator[tuple[Session, Interruption]]:
    folder = folders.find(settings.values.runs_dir, run_id)
    session = Session.take_up(settings, folder)
    async with session:
        # the run may have kept where its tokens come from
        session.settings.tokens.require()
        runner.open_log(folder, voice, session.settings)
        with interruption.heard(session, again) as signals:
            yield session, signals


def _tell_audit(
    result: Audited, summary: Summary, *, repair: bool, as_json: bool
) -> None:
    """What an audit found."""
    if as_json:
        document = {
            "schema": 1,
            "run_id": summary.run_id,
            "locations": result.locations,
            "findings": dict(result.findings),
            "removed": result.removed,
            "undone": result.undone,
            "failed": {one: str(why) for one, why in result.failed.items()},
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    places = wording.counted(result.locations, "location")
    click.echo(f"Run {summary.run_id} was compared with {places}.")
    if result.undone:
        words = "created in the report, deleted by importer undo; not compared"
        click.echo(f"{result.undone:>6,}  {words}")
    for code, count in result.findings.items():
        click.echo(f"{count:>6,}  {code_phrase(code)} ({code})")
    if not result.findings and not result.failed:
        rest = "Otherwise the" if result.undone else "The"
        click.echo(f"{rest} report and the server agree.")
    if repair:
        click.echo(f"{result.removed:,} surplus copies were removed.")
    for why in result.failed.values():
        _tell_refusal("Not compared", why)


def _tell_refusal(what: str, why: FatalError) -> None:
    """Why a location was left out, and what can be done about it."""
    click.echo(f"{what}: {why}", err=True)
    if why.remedy:
        click.echo(why.remedy, err=True)


def _tell_undo(
    result: Result, foreseen: Foreseen, *, dry_run: bool, as_json: bool
) -> None:
    """What an undo did, or would do."""
    if as_json:
        click.echo(json.dumps(_undo_document(result, foreseen, dry_run=dry_run)))
        return
    if not result.counts:
        click.echo("The run created nothing that is still to be deleted.")
    if result.earlier:
        click.echo(f"{result.earlier:>6,}  deleted by an earlier undo")
    for state, count in sorted(result.counts.items()):
        click.echo(f"{count:>6,}  {state.replace('_', ' ')}")
    _tell_left(result)
    for why in result.failed.values():
        _tell_refusal("Not undone", why)
    if dry_run:
        if foreseen.unseen:
            click.echo(f"{_unseen(foreseen)} That needs --unseen-products.")
        click.echo("NOTHING WAS DELETED.")


def _tell_left(result: Result) -> None:
    left = [line for line in result.lines if line[1] in LEFT]
    for row, _, words in left[:SHOWN]:
        click.echo(f"Left: {row.slug} ({row.collection_id}): {words}")
    if len(left) > SHOWN:
        click.echo(f"… and {len(left) - SHOWN:,} more, see undo.csv.")


def _undo_document(
    result: Result, foreseen: Foreseen, *, dry_run: bool
) -> dict[str, object]:
    return {
        "schema": 1,
        "dry_run": dry_run,
        "counts": dict(result.counts),
        "deleted_earlier": result.earlier,
        "unseen_products": foreseen.unseen,
        "failed": {one: str(why) for one, why in result.failed.items()},
    }
