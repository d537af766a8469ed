"""What a plan says: one sign a line, how much of each, and what it would cost.

Of a long list a few lines of each sign are shown, so that neither a thousand
collections that are there already nor a thousand mistakes hide the rest. It reads the
rows once and keeps only what is shown. Invariant: it says that nothing was sent.
"""

from __future__ import annotations

import json
import shlex
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer import wording
from importer.cli import messages, screen, unfamiliar, whole_tables
from importer.exit_codes import Exit
from importer.intake.check import described
from importer.source import is_gone_once_read
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from importer.api.results import PlanResult
    from importer.models import ReportLine

_CREATE = "+"
#: What becomes of a row, in the order of the legend; an update has a sign of its own.
SIGNS = {
    "planned": _CREATE,
    "existing": "=",
    "duplicate": "-",
    "invalid": "!",
    "failed": "!",
    "unknown": "?",
    "not_attempted": "?",  # its location could not be compared
}
UPDATE = "*"
#: What has a code that says why.
_NOT_SENT = frozenset({"invalid", "duplicate", "failed"})
_WITH_CODE = _NOT_SENT | {"not_attempted"}
_STYLES = {_CREATE: "green", UPDATE: "yellow", "=": "dim", "-": "magenta", "!": "red"}

#: What is shown first; what is there already is only counted.
_ORDER = (_CREATE, UPDATE, "!", "?", "-")
_THERE = "="

#: A list of so many lines is shown whole.
SHOWN_WHOLE = 40
#: Of a longer one, so many lines of each sign.
SHOWN_OF_A_SIGN = 8
_LONGEST_WORDS = 400


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of a plan is shown, and where it is kept, if it is.

    `inputs` are what it is made of, as they were named; `detailed` asks for an exit
    code that says whether there is anything to do.
    """

    whole: bool = False
    output: Path | None = None
    inputs: tuple[str, ...] = ()
    detailed: bool = False


def plan(result: PlanResult, shown: Shown, *, as_json: bool) -> None:
    """Say what a run would do: the lines, the sums and the forecast."""
    if as_json:
        click.echo(json.dumps(_document(result, shown), ensure_ascii=False))
        return
    for file in result.summary.files:
        messages.about(file)
    unfamiliar.warned(result.summary.files)
    console = messages.console()
    names = _names(result)
    once = _told_once(result)
    for text in once.texts():
        screen.tell(console, text, style="bold yellow")
    all_lines = map(once.but, result.stored_lines())
    if shown.whole:
        for line in all_lines:
            _print(console, line, names)
    else:
        lines, hidden = chosen(all_lines)
        for line in lines:
            _print(console, line, names)
        if hidden:
            click.echo(_more(hidden, _written(result, shown)))
    _sums(result, shown)


def wrong(result: PlanResult, code: int) -> None:
    """Say only what makes the exit code other than 0: problems, or what is pending."""
    _tell_stopped(result)
    if code == Exit.OK or result.summary.stopped_because:
        return
    pending = code == Exit.PENDING
    marks = {_CREATE, UPDATE} if pending else set(_ORDER).difference((_CREATE, UPDATE))
    once = _told_once(result)
    lines = (line for line in result.stored_lines() if sign(line) in marks)
    few, hidden = chosen(map(once.but, lines))
    console = messages.console()
    for text in () if pending else once.texts():
        screen.tell(console, text, style="bold yellow")
    for line in few:
        _print(console, line, _names(result))
    if hidden:
        click.echo(f"… and {_listed(hidden)}")
    if pending:
        screen.tell(console, messages.describe(result.forecast))


def _told_once(result: PlanResult) -> whole_tables.Told:
    """Return what is said of whole tables, and of none of their rows."""
    summary = result.summary
    return whole_tables.told(summary.files, summary.codes, result.stored_lines)


def _names(result: PlanResult) -> dict[str, str]:
    """Return what people call each location of the plan, where it has several."""
    locations, names = result.summary.locations, result.summary.location_names
    if len(locations) < 2:  # noqa: PLR2004 - one need not be named in each line
        return {}
    return {location: names.get(location, location) for location in locations}


def chosen(lines: Iterable[ReportLine]) -> tuple[list[ReportLine], Counter[str]]:
    """Choose the lines to show, by sign, and count those of each that are not.

    What exists and has nothing to tell is never shown.
    """
    found: dict[str, list[ReportLine]] = {mark: [] for mark in (*_ORDER, _THERE)}
    counts: Counter[str] = Counter()
    silent = 0
    for line in lines:
        mark = sign(line)
        counts[mark] += 1
        if mark == _THERE and not line.code:
            silent += 1
        elif len(found[mark]) < SHOWN_WHOLE and not _is_told(found[mark], line):
            found[mark].append(line)
    whole = counts.total() - silent <= SHOWN_WHOLE
    most = SHOWN_WHOLE if whole else SHOWN_OF_A_SIGN
    few = [line for some in found.values() for line in some[:most]]
    counts.subtract(map(sign, few))
    return few, +counts


def _is_told(shown: Sequence[ReportLine], line: ReportLine) -> bool:
    """Return whether a problem was shown already, of the row in another location."""
    wrong = line.status in _NOT_SENT and bool(shown)
    return wrong and screen.says_the_same(shown[-1], line)


def sign(line: ReportLine) -> str:
    """Return the sign of what would become of a row."""
    if line.collection_id and line.status == "planned":
        return UPDATE
    return SIGNS.get(line.status, "?")


def _print(console: Console, line: ReportLine, names: Mapping[str, str]) -> None:
    """Print one line, in colours where they can be seen."""
    mark, text = sign(line), _words(line, names)
    if not console.is_terminal:
        click.echo(f"{mark} {text}")
        return
    from rich.text import Text  # noqa: PLC0415 - as above

    style = _STYLES.get(mark, "")
    shown = Text.assemble((mark, f"bold {style}"), " ", (text, "dim" * (mark == "=")))
    console.print(shown, overflow="fold", highlight=False)


def _words(line: ReportLine, names: Mapping[str, str]) -> str:
    """Say where the row stands, which collection it is, and what there is to tell."""
    name = plain(line.slug or line.name)
    text = f"{plain(str(line.place))}: {name}"
    if location := names.get(line.location_id):
        text += f" in {plain(location)}"
    message = wording.cut(plain(line.message), _LONGEST_WORDS)
    if line.code and line.status in _WITH_CODE and line.code != whole_tables.BESIDE:
        message += f" ({plain(line.code)})"
    return f"{text}  {message}" if message else text


def _more(hidden: Counter[str], kept: str | None) -> str:
    """Say how many lines are not shown, by sign, and how to see them."""
    place = f"they are in {kept}" if kept else "-o plan.json keeps them"
    return f"… and {_listed(hidden)} (--all shows them, {place})"


def _listed(hidden: Counter[str]) -> str:
    """Count lines that are not shown, by sign."""
    counts = ", ".join(
        f"{mark} {hidden[mark]:,}" for mark in (*_ORDER, _THERE) if mark in hidden
    )
    return f"{hidden.total():,} more: {counts}"


def _tell_stopped(result: PlanResult) -> None:
    if result.summary.stopped_because:
        click.echo(f"Error: {result.summary.stopped_because}", err=True)
        if result.remedy:
            click.echo(result.remedy, err=True)


def _sums(result: PlanResult, shown: Shown) -> None:
    _tell_stopped(result)
    click.echo()
    console = messages.console()
    screen.tell(console, messages.describe(result.forecast))
    if names := result.left_out:
        click.echo(f"Left out of every request (send_fields): {', '.join(names)}.")
    if unseen := result.not_compared:
        rows = wording.counted(unseen, "row")
        click.echo(f"{rows} could not be compared with the location: marked with ?.")
    problems = sum(result.summary.counts[status] for status in _NOT_SENT)
    if problems:
        rows = wording.counted(problems, "row has", "rows have")
        click.echo(f"{rows} a problem and would not be sent.")
        click.echo("More: importer explain CODE")
    for line in _kept(result, shown):
        click.echo(line)
    click.echo("NOTHING WAS SENT.")


def _kept(result: PlanResult, shown: Shown) -> Iterator[str]:
    """Say where the plan is, and what to type to have it done."""
    if shown.output is None:
        return
    if result.summary.stopped_because:
        yield f"The plan was not written to {shown.output}: it is not complete."
    else:
        path = shlex.quote(str(shown.output))
        yield f"The plan is in {shown.output}. {_to_do_it(shown.inputs, path)}"


def _to_do_it(inputs: tuple[str, ...], path: str) -> str:
    """Say what to type; what was piped in is gone and has to be piped in again."""
    if not any(is_gone_once_read(Path(name)) for name in inputs):
        return f"To do it: importer run --plan {path}"
    typed = plain(shlex.join(inputs))
    return f"To do it, pipe the same in again: importer run {typed} --plan {path}"


def _document(result: PlanResult, shown: Shown) -> dict[str, Any]:
    forecast = result.forecast
    return {
        "schema": 1,
        "sent": 0,
        "files": list(map(described, result.summary.files)),
        "locations": forecast.locations,
        "create": forecast.create,
        "update": forecast.update,
        "existing": forecast.existing,
        "invalid": result.summary.counts["invalid"],
        "duplicate": result.summary.counts["duplicate"],
        "failed": result.summary.counts["failed"],
        "fields_left_out": list(result.left_out),
        "not_compared": result.not_compared,
        "calls": forecast.calls,
        "seconds": forecast.seconds,
        "daily_share": forecast.daily_share,
        "daily_left": forecast.daily_left,
        "days": forecast.days,
        "canary": forecast.canary,
        "calls_today": forecast.today,
        "slowest_location": forecast.slowest or None,
        "slowest_calls": forecast.slowest_calls,
        "slowest_seconds": forecast.slowest_seconds,
        "processor_seconds": round(forecast.processor_seconds, 3),
        "workers": forecast.workers,
        "workers_help": forecast.workers_help,
        "products_unseen": forecast.unseen,
        "stopped_because": result.summary.stopped_because,
        "plan": _written(result, shown),
        "products": list(result.products()),
    }


def _written(result: PlanResult, shown: Shown) -> str | None:
    """Return the name of the plan's file, if there is one."""
    if shown.output is None or result.summary.stopped_because:
        return None
    return str(shown.output)
