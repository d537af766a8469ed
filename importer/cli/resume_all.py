"""Several runs finished one after the other: `resume --all`.

Resumes what it is given and sums up; a run that fails keeps none of the others from its
turn. Invariant: the exit code is that of the run that went worst, and with `--json` one
object is printed, whatever goes wrong.
"""

from __future__ import annotations

import io
import json
import time
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from importer import codebook
from importer.cli import failures, runner, shortage
from importer.exit_codes import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from importer.cli.voice import Voice
    from importer.runs.folders import RunFolder
    from importer.settings import Settings

#: From the worst to the best: what wants a person first, then what wants time.
SEVERITY = (
    *(Exit.INTERRUPTED, Exit.TERMINATED, Exit.BUG, Exit.STORAGE, Exit.USAGE),
    *(Exit.ACCESS, Exit.INPUT, Exit.UNKNOWN_ROWS, Exit.TOO_MANY_ERRORS),
    *(Exit.OUTDATED, Exit.HELD, Exit.QUOTA, Exit.TIME, Exit.PROBLEMS, Exit.LEFT),
    Exit.PENDING,
    Exit.OK,
)
#: After these no other run is begun: the program itself was asked to end.
ENDS_ALL = frozenset({Exit.INTERRUPTED, Exit.TERMINATED})


@dataclass(frozen=True, slots=True)
class Resumed:
    """What became of a run: its exit code, and with `--json` what it printed."""

    run_id: str
    code: int
    document: Any = None
    #: whether the program was asked to end, also where the run was done by then
    asked_to_end: bool = False


def resume(
    runs: Sequence[RunFolder],
    settings: Settings,
    voice: Voice,
    unconfirmed: Sequence[str] = (),
) -> int:
    """Resume runs in the order given.

    Args:
        runs: the runs; with none, a document that says so is all that there is.
        settings: the options of all of them; `max_duration` is the time that all of
            them have together.
        voice: how much is said.
        unconfirmed: runs that are passed over, since no person agreed to them; the
            document names them.

    Returns:
        The exit code of the worst.

    Raises:
        StorageError: the system allows too few open files for any of them.
    """
    shortage.refuse_few_files()
    done: list[Resumed] = []
    ends_at = time.monotonic() + (settings.values.max_duration or float("inf"))
    for folder in runs:
        if time.monotonic() >= ends_at:
            break
        if not (voice.as_json or voice.quiet):
            number = f"{len(done) + 1} of {len(runs)}"
            click.echo(f"Run {folder.run_id} ({number}):", err=True)
        done.append(_resumed(folder, _until(ends_at, settings), voice))
        if done[-1].code in ENDS_ALL or done[-1].asked_to_end:
            break
    codes = [resumed.code for resumed in done]
    left = [folder.run_id for folder in runs[len(done) :]]
    if left:
        codes.append(_ended_by(done, ends_at))
    code = worst(codes)
    if not voice.as_json:
        with failures.unheard():
            _tell(done, left, code, quiet=voice.quiet)
        return code
    kept = settings.values.runs_dir / "RUN" / "summary.json"
    if len(done) == 1:
        kept = kept.parents[1] / done[0].run_id / kept.name
    with failures.handed_over(kept if done else None) as handover:
        _print_document(done, left, unconfirmed, code)
    return handover.code(code)


def _ended_by(done: Sequence[Resumed], ends_at: float) -> Exit:
    """Return why the runs that are left were not begun."""
    if any(resumed.asked_to_end for resumed in done):
        return Exit.INTERRUPTED
    return Exit.TIME if time.monotonic() >= ends_at else Exit.OK


def _until(ends_at: float, settings: Settings) -> Settings:
    """Return the settings for a run that may take what is left of the time."""
    if settings.values.max_duration is None:
        return settings
    left = {"max_duration": max(0.1, round(ends_at - time.monotonic(), 1))}
    return replace(settings, values=settings.values.model_copy(update=left))


def worst(codes: Iterable[int]) -> int:
    """Return the exit code that is said of several runs, or of none."""
    order = {int(code): place for place, code in enumerate(SEVERITY)}
    return min(map(int, codes), key=lambda code: order.get(code, -1), default=Exit.OK)


def _resumed(folder: RunFolder, settings: Settings, voice: Voice) -> Resumed:
    """Resume one run to its end, whatever that is."""
    printed = io.StringIO()
    aside = redirect_stdout(printed) if voice.as_json else nullcontext()
    hooks = runner.Run(voice)
    try:
        with aside, failures.told(as_json=voice.as_json):
            code = runner.start(runner.resume(folder, settings, hooks))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else Exit.BUG
    text = printed.getvalue()
    document = json.loads(text) if text else None
    return Resumed(folder.run_id, int(code), document, hooks.asked_to_end)


def _print_document(
    done: Sequence[Resumed],
    left: Sequence[str],
    unconfirmed: Sequence[str],
    code: int,
) -> None:
    """Print the end of all of them, for a program."""
    runs = [
        {
            "run_id": resumed.run_id,
            "exit_code": resumed.code,
            "summary": resumed.document,
        }
        for resumed in done
    ]
    document = {
        "schema": 1,
        "exit_code": code,
        "runs": runs,
        "not_begun": left,
        "unconfirmed": unconfirmed,
    }
    click.echo(json.dumps(document, ensure_ascii=False))


def _tell(
    done: Sequence[Resumed], left: Sequence[str], code: int, *, quiet: bool
) -> None:
    """Print the end of all of them, for a person; `quiet`: of those that went wrong."""
    if not quiet:
        click.echo()
    for resumed in done:
        if resumed.code or not quiet:
            words = _words(resumed.code)
            click.echo(f"{resumed.run_id}: exit-{resumed.code}, {words}")
    for run_id in left:
        click.echo(f"{run_id}: not begun")
    if quiet:
        return
    text = f"{len(done):,} of {len(done) + len(left):,} unfinished runs were resumed"
    click.echo(f"{text}; the exit code is that of the one that went worst: {code}.")


def _words(code: int) -> str:
    found = codebook.find(f"exit-{code}")
    return found.phrase if found else "not known"
