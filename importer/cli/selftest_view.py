"""A selftest with a person in front of it: what is heard meanwhile, and the verdict.

Progress goes to stderr, verdicts to stdout: a table for people, an object for programs.
Invariants: Ctrl-C, SIGTERM and SIGHUP end every process that was started; table and
object say the same figures, and a verdict that is not good says how the trial can be
repeated.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic

import click

from importer import selftest
from importer.cli import termination
from importer.errors import UsageError
from importer.exit_codes import Exit
from importer.selftest.trials import V

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from importer.selftest import Options
    from importer.selftest.fleet.verdicts import FleetVerdict
    from importer.selftest.trials import Result
    from importer.selftest.verdict import Verdict


def prove(options: Options, *, as_json: bool) -> int:
    """Run the trials and tell what came of them; the exit code.

    Raises:
        InputError: the folder to keep cannot be used.
        Terminated: SIGTERM or SIGHUP came; every child has ended.
        UsageError: this system cannot freeze a process.
    """
    _refuse_windows()
    trials = partial(selftest.run, options, _tell)
    return _told(trials, Words(table, document, last_words), as_json=as_json)


def prove_fleet(given: Mapping[str, Any], *, as_json: bool) -> int:
    """Run the trials of a cluster and tell what came of them; the exit code.

    Raises:
        InputError: the folder to keep cannot be used.
        Terminated: SIGTERM or SIGHUP came; every child has ended.
        UsageError: this system cannot freeze a process, or packages are missing.
    """
    _refuse_windows()
    from importer.selftest import fleet  # noqa: PLC0415 - few need it

    trials = partial(fleet.run, fleet.FleetOptions.of(**given), _tell)
    words = Words(fleet_table, fleet_document, fleet_words)
    return _told(trials, words, as_json=as_json)


@dataclass(frozen=True, slots=True)
class Words(Generic[V]):
    """What is said of one trial, of all as an object, and of all at the end."""

    table: Callable[[V], str]
    document: Callable[[Sequence[V], Path | None], dict[str, Any]]
    last: Callable[[Sequence[V], Path | None], str]


def _told(
    run: Callable[[Callable[[V], None]], Awaitable[Result[V]]],
    words: Words[V],
    *,
    as_json: bool,
) -> int:
    """Run trials, tell of each when it is over, and of all; the exit code."""

    def judged(verdict: V) -> None:
        if not as_json:
            click.echo(words.table(verdict))

    async def until_told() -> Result[V]:
        # a signal has them clean up, and another changes nothing
        with termination.awaited(termination.STOPPED, by_hand=True):
            return await run(judged)

    result = asyncio.run(until_told())
    if as_json:
        told = words.document(result.verdicts, result.kept)
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo(words.last(result.verdicts, result.kept))
    return Exit.OK if result.good else Exit.BUG


def _refuse_windows() -> None:
    """Refuse a system that cannot freeze a process.

    Raises:
        UsageError: this is one.
    """
    if sys.platform == "win32":  # pragma: no cover - not there
        msg = "The selftest kills and freezes processes in ways that Windows lacks."
        raise UsageError(msg, remedy="Run it on Linux, on macOS or inside WSL.")


def _tell(text: str) -> None:
    click.echo(text, err=True)


#: The figures that must be zero, with what they say.
MUST_BE_ZERO = {
    "duplicates": "collections that are there twice",
    "missing": "rows without a collection",
    "wrong": "lines of the report that are not true",
    "touched": "collections of others that were changed or removed",
}


def table(verdict: Verdict) -> str:
    """Write a verdict as lines of text."""
    rows = [
        (f"{verdict.rows:,}", f"rows, for {verdict.collections:,} collections"),
        *_calls(verdict),
        (f"{verdict.kills:,}", f"kills, while {_counts(verdict.killed_while)}"),
        (
            f"{verdict.freezes:,}",
            f"freezes; {verdict.held_off} other programs were held off meanwhile",
        ),
        (f"{verdict.resumes:,}", "times resumed"),
        *_found(verdict, MUST_BE_ZERO),
    ]
    nature = f", {verdict.nature}" if verdict.nature else ""
    lines = [f"Selftest, seed {verdict.seed}{nature}", *map(_line, rows)]
    if verdict.exits:
        codes = ", ".join(f"{name} {code}" for name, code in verdict.exits.items())
        lines.append(f"          exit codes: {codes}")
    return "\n".join([*lines, *_wrong(verdict)])


def _calls(verdict: Verdict | FleetVerdict) -> Iterator[tuple[str, str]]:
    yield f"{verdict.calls:,}", "calls reached the server"
    wrong = f"of them went wrong on purpose: {_counts(verdict.faults)}"
    yield f"{sum(verdict.faults.values()):,}", wrong


def _found(
    verdict: Verdict | FleetVerdict, figures: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for name, message in figures.items():
        yield f"{getattr(verdict.figures, name):,}", f"{name}: {message}"
    yield f"{verdict.seconds:,.0f}", "seconds"


def _line(row: tuple[str, str]) -> str:
    return f"{row[0]:>8}  {row[1]}"


def _wrong(verdict: Verdict | FleetVerdict) -> Iterator[str]:
    for message in (*verdict.figures.examples, *verdict.surprises):
        yield f"       !  {message}"


def last_words(verdicts: Sequence[Verdict], kept: Path | None) -> str:
    """Write the end of it all in a sentence or two."""
    bad = [verdict for verdict in verdicts if not verdict.good]
    if bad:
        which = ", ".join(map(_which, bad))
        again = f"--nature {bad[0].nature} " if bad[0].nature else ""
        again += f"--seed {bad[0].seed}"
        text = f"NOT GOOD with seed {which}. Repeat it with {again}."
    elif len(verdicts) == 1:
        text = "All is well: every row once, and every line of the report true."
    else:
        text = f"All is well in {len(verdicts)} trials, with {_sum(verdicts)}."
    return f"{text} What was written is in {kept}." if kept else text


def _which(verdict: Verdict) -> str:
    return f"{verdict.seed} ({verdict.nature})" if verdict.nature else str(verdict.seed)


def document(verdicts: Sequence[Verdict], kept: Path | None) -> dict[str, Any]:
    """Return all verdicts as one object."""
    return _document(verdicts, kept, _figures)


def _document(
    verdicts: Sequence[V],
    kept: Path | None,
    figures: Callable[[V], Iterator[tuple[str, Any]]],
) -> dict[str, Any]:
    good = all(verdict.good for verdict in verdicts)
    return {
        "schema": 1,
        "exit_code": 0 if good else 1,
        "good": good,
        "kept": str(kept) if kept else None,
        "trials": [dict(figures(verdict)) for verdict in verdicts],
    }


def _figures(verdict: Verdict) -> Iterator[tuple[str, Any]]:
    yield "seed", verdict.seed
    yield "nature", verdict.nature or None
    for name in ("good", "rows", "collections", "calls"):
        yield name, getattr(verdict, name)
    yield "faults", dict(verdict.faults)
    yield "kills", verdict.kills
    yield "killed_while", dict(verdict.killed_while)
    for name in ("freezes", "held_off", "resumes"):
        yield name, getattr(verdict, name)
    for name in MUST_BE_ZERO:
        yield name, getattr(verdict.figures, name)
    if verdict.exits:
        yield "exit_codes", dict(verdict.exits)
    yield from _ends(verdict)


def _ends(verdict: Verdict | FleetVerdict) -> Iterator[tuple[str, Any]]:
    yield "examples", list(verdict.figures.examples)
    yield "surprises", list(verdict.surprises)
    yield "seconds", round(verdict.seconds, 1)


def _counts(counts: Mapping[str, int]) -> str:
    parts = [f"{name} {count}" for name, count in sorted(counts.items()) if count]
    return ", ".join(parts) or "none"


def _sum(verdicts: Sequence[Verdict]) -> str:
    rows = sum(verdict.rows for verdict in verdicts)
    kills = sum(verdict.kills for verdict in verdicts)
    return f"{rows:,} rows and {kills:,} kills"


# of a cluster


def fleet_table(verdict: FleetVerdict) -> str:
    """Write the verdict of a trial of a cluster as lines of text."""
    from importer.selftest.fleet import COUNTED  # noqa: PLC0415 - loaded by now

    size = f"rows in {verdict.locations} locations, for {verdict.collections:,} "
    rows = [
        (f"{verdict.rows:,}", f"{size}collections"),
        *_calls(verdict),
        (
            f"{sum(verdict.accidents.values()):,}",
            f"accidents: {_counts(verdict.accidents)}",
        ),
        *_found(verdict, COUNTED),
    ]
    control = "" if verdict.fence else ", the control: workers heed no lease"
    title = f"Selftest of a cluster, seed {verdict.seed}{control}"
    codes = ", ".join(map(str, verdict.ends)) or "none"
    ended = f"          exit codes of the driver: {codes}"
    return "\n".join([title, *map(_line, rows), ended, *_wrong(verdict)])


def fleet_words(verdicts: Sequence[FleetVerdict], kept: Path | None) -> str:
    """Write the end of it all in a sentence or two."""
    bad = [verdict for verdict in verdicts if not verdict.good]
    trials = sum(verdict.fence for verdict in verdicts)
    if any(verdict.fence for verdict in bad):
        which = ", ".join(str(verdict.seed) for verdict in bad if verdict.fence)
        seed = next(verdict.seed for verdict in bad if verdict.fence)
        text = f"NOT GOOD with seed {which}. "
        text += f"Repeat it with --fleet --seeds 1 --seed {seed}."
    elif bad:
        text = "NOT GOOD: without leases nothing was found, so it proves nothing."
    else:
        times = "once" if trials == 1 else f"{trials} times"
        text = f"All is well, tried {times}; the control has found what it must."
    return f"{text} What was written is in {kept}." if kept else text


def fleet_document(
    verdicts: Sequence[FleetVerdict], kept: Path | None
) -> dict[str, Any]:
    """Return all verdicts of trials of a cluster as one object."""
    return _document(verdicts, kept, _fleet_figures)


def _fleet_figures(verdict: FleetVerdict) -> Iterator[tuple[str, Any]]:
    from importer.selftest.fleet import COUNTED  # noqa: PLC0415 - loaded by now

    yield "seed", verdict.seed
    yield "control", not verdict.fence
    for name in ("good", "rows", "collections", "locations", "calls"):
        yield name, getattr(verdict, name)
    for name in ("faults", "accidents", "starts"):
        yield name, dict(getattr(verdict, name))
    yield "driver_exit_codes", list(verdict.ends)
    for name in COUNTED:
        yield name, getattr(verdict.figures, name)
    yield from _ends(verdict)
