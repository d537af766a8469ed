"""An audit or an undo with a person in front of it: questions, display, last words.

Gives `api.look_back` the hooks of a terminal; in which order they do what is said
there. Invariant: nothing is decided here but the words.
"""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

import click

from importer import wording
from importer.api import look_back as api_look_back
from importer.cli import failures, messages, runner, screen
from importer.cli.question import confirmed
from importer.cli.runner import Terminal
from importer.exit_codes import Exit
from importer.models import WRONG_AT_SERVER
from importer.report import code_phrase
from importer.runs.undo import LEFT
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from importer.api.look_back import AuditResult, UndoResult
    from importer.cli.voice import Voice
    from importer.errors import FatalError
    from importer.runs.session import Session
    from importer.runs.undo import Foreseen
    from importer.settings import Settings

#: Lines that an undo shows of what it left.
SHOWN = 20


class How(TypedDict):
    """How an undo is to work, see `api.look_back.undo`."""

    dry_run: bool
    unseen_products: bool
    locations: Collection[str]


class _Audit(Terminal["None", "AuditResult"]):
    """An audit as the person sees it; `code` is its exit code."""

    code: int = Exit.BUG

    def __init__(self, voice: Voice, *, repair: bool) -> None:
        """Say also what was removed, with `repair`."""
        super().__init__(_without_lines(voice), "audit")
        self._silent = voice.silent
        self._repair = repair

    def ended(self, session: Session, result: AuditResult) -> None:
        """Say what was found."""
        with failures.handed_over(session.folder.path / "summary.json") as handover:
            if self._silent:
                _tell_difference(result)
            else:
                _tell_audit(result, repair=self._repair, as_json=self.voice.as_json)
        self.code = handover.code(result.exit_code)


class _Undo(Terminal["Foreseen", "UndoResult"]):
    """An undo as the person sees it; `code` is its exit code."""

    code: int = Exit.BUG

    def __init__(self, voice: Voice) -> None:
        """Ask by the voice, and show nothing of single rows."""
        super().__init__(_without_lines(voice), "undo")
        self._silent = voice.silent

    @contextmanager
    def working(self, session: Session) -> Iterator[None]:
        """Show the progress; what is being deleted is not left."""
        with runner.display(session, self.voice):
            yield

    def agreed(self, session: Session, question: Foreseen) -> bool:
        """Ask whether it shall be deleted."""
        locations = [*map(session.settings.locations.shown, question.locations)]
        asked = _question(session.folder.run_id, question, locations)
        return confirmed(asked, default=False)

    def ended(self, session: Session, result: UndoResult) -> None:
        """Say what was deleted."""
        kept = None if result.dry_run else session.folder.path / "undo.csv"
        with failures.handed_over(kept) as handover:
            if self._silent:
                _tell_undone_partly(result)
            else:
                _tell_undo(result, as_json=self.voice.as_json)
        self.code = handover.code(result.exit_code)


def _without_lines(voice: Voice) -> Voice:
    """Keep plain lines about rows away: here rows do not pass one by one."""
    return replace(voice, quiet=voice.quiet or not sys.stderr.isatty())


async def audit(run_id: str, settings: Settings, voice: Voice, *, repair: bool) -> int:
    """Compare an earlier run with the server, and write its report again."""
    hooks = _Audit(voice, repair=repair)
    await api_look_back.audit(run_id, settings, hooks, repair=repair)
    return hooks.code


async def undo(
    run_id: str,
    settings: Settings,
    voice: Voice,
    **how: Unpack[How],
) -> int:
    """Delete what an earlier run created."""
    hooks = _Undo(voice)
    await api_look_back.undo(run_id, settings, hooks, **how)
    return hooks.code


def _question(run_id: str, foreseen: Foreseen, locations: Sequence[str]) -> str:
    """Ask in numbers about what an undo is about to do."""
    places = wording.counted(len(locations), "location")
    if len(locations) == 1:
        places = plain(locations[0])
    what = wording.counted(foreseen.delete, "collection")
    asked = f"Delete {what} in {places} that {run_id} created?"
    return f"{_unseen(foreseen)}\n{asked}" if foreseen.unseen else asked


def _unseen(foreseen: Foreseen) -> str:
    """Say how many cannot be compared whole, as a sentence."""
    return (
        "HighLevel does not show whether products were added since to "
        f"{foreseen.unseen:,} of the {foreseen.delete:,} collections."
    )


def _tell_audit(result: AuditResult, *, repair: bool, as_json: bool) -> None:
    """Tell what an audit found."""
    summary = result.summary
    if as_json:
        document = {
            "schema": 1,
            "run_id": summary.run_id,
            "locations": result.locations,
            "findings": dict(result.findings),
            "removed": result.removed,
            "undone": result.undone,
            "failed": {
                location: str(failure) for location, failure in result.failed.items()
            },
        }
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    places = wording.counted(result.locations, "location")
    click.echo(f"Run {summary.run_id} was compared with {places}.")
    if result.undone:
        text = "created in the report, deleted by importer undo; not compared"
        click.echo(f"{result.undone:>6,}  {text}")
    _tell_findings(result.findings)
    if not result.findings and not result.failed:
        rest = "Otherwise the" if result.undone else "The"
        click.echo(f"{rest} report and the server agree.")
    if repair:
        click.echo(f"{result.removed:,} surplus copies were removed.")
    for error in result.failed.values():
        _tell_refusal("Not compared", error)


def _tell_difference(result: AuditResult) -> None:
    """Tell what makes the exit code other than 0, if it is."""
    wrong = result.findings.keys() & WRONG_AT_SERVER
    if wrong:
        click.echo(f"Run {result.summary.run_id} and the server differ:")
    _tell_findings({code: result.findings[code] for code in sorted(wrong)})
    for error in result.failed.values():
        _tell_refusal("Not compared", error)


def _tell_findings(findings: Mapping[str, int]) -> None:
    for code, count in findings.items():
        click.echo(f"{count:>6,}  {code_phrase(code)} ({code})")


def _tell_refusal(subject: str, error: FatalError) -> None:
    """Tell why a location was left out, and what can be done about it."""
    click.echo(f"{subject}: {error}", err=True)
    if error.remedy:
        click.echo(error.remedy, err=True)


def _tell_undo(result: UndoResult, *, as_json: bool) -> None:
    """Tell what an undo did, or would do."""
    foreseen = result.foreseen
    if as_json:
        click.echo(json.dumps(_undo_document(result)))
        return
    if not (result.counts or result.unclear):
        click.echo("The run created nothing that is still to be deleted.")
    if result.earlier:
        click.echo(f"{result.earlier:>6,}  deleted by an earlier undo")
    for state, count in sorted(result.counts.items()):
        click.echo(f"{count:>6,}  {state.replace('_', ' ')}")
    _tell_left(result)
    for error in result.failed.values():
        _tell_refusal("Not undone", error)
    if result.dry_run:
        if foreseen.unseen:
            _say(f"{_unseen(foreseen)} That needs --unseen-products.")
        click.echo("NOTHING WAS DELETED.")


def _tell_undone_partly(result: UndoResult) -> None:
    """Tell what makes the exit code other than 0, if it is."""
    for state in sorted(LEFT):
        if count := result.counts.get(state, 0):
            click.echo(f"{count:>6,}  {state.replace('_', ' ')}")
    _tell_left(result)
    for error in result.failed.values():
        _tell_refusal("Not undone", error)


def _tell_left(result: UndoResult) -> None:
    left = [line for line in result.lines if line[1] in LEFT]
    for row, _, text in left[:SHOWN]:
        _say(plain(f"Left: {row.slug} ({row.collection_id}): {text}"))
    if len(left) > SHOWN:
        click.echo(f"… and {len(left) - SHOWN:,} more, see undo.csv.")
    if result.unclear:
        rows = wording.counted(result.unclear, "row has", "rows have")
        run_id = shlex.quote(result.folder.run_id)
        _say(
            f"{rows} no clear answer and may have created a collection that is not "
            f"known. importer audit {run_id} looks for it; then undo again."
        )


def _say(text: str) -> None:
    """Print a sentence, folded between words on a terminal."""
    screen.tell(messages.console(), text)


def _undo_document(result: UndoResult) -> dict[str, object]:
    return {
        "schema": 1,
        "dry_run": result.dry_run,
        "counts": dict(result.counts),
        "deleted_earlier": result.earlier,
        "unclear": result.unclear,
        "unseen_products": result.foreseen.unseen,
        "failed": {location: str(error) for location, error in result.failed.items()},
    }
