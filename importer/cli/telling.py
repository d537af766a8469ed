"""What the commands say: questions, forecasts, plans and last words.

Turns results into lines on stdout; questions go to stderr. It decides nothing and
starts nothing. Invariant: where a plan is shown, it says that nothing was sent.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from importer import report
from importer.cli import progress, screen, view
from importer.models import Code

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from importer.errors import FatalError
    from importer.models import InputFile, ReportLine, Summary
    from importer.pipeline import CheckResult, Forecast, PlanResult, Session

#: How many lines with problems are shown; the report has them all.
EXAMPLES = 200
#: A smaller share of the day's quota would be shown as none.
_LEAST_SHARE = 0.001


def confirmed(forecast: Forecast, problems: int) -> bool:
    """Ask whether it shall be sent, and say what will not be."""
    click.echo(describe(forecast), err=True)
    if problems:
        rows = "1 row has" if problems == 1 else f"{problems:,} rows have"
        click.echo(
            f"{rows} a problem and will not be sent; importer check shows them.",
            err=True,
        )
    return click.confirm("Send now?", default=True, err=True)


def describe(forecast: Forecast) -> str:
    """The forecast as a sentence."""
    where = (
        "1 location" if forecast.locations == 1 else f"{forecast.locations:,} locations"
    )
    if not forecast.calls:
        return f"Nothing to send; {forecast.existing:,} there already."
    parts = [f"{forecast.create:,} to create"]
    if forecast.update:
        parts.append(f"{forecast.update:,} to update")
    parts.append(f"{forecast.existing:,} there already")
    noun = "call" if forecast.calls == 1 else "calls"
    text = f"{', '.join(parts)} in {where}: {forecast.calls:,} {noun}"
    text += f", {_duration(forecast.seconds)}"
    if forecast.daily_share is not None:
        share = forecast.daily_share
        least = share < _LEAST_SHARE
        text += f", {'under ' if least else ''}{max(share, _LEAST_SHARE) * 100:.1f} %"
        text += " of today's quota"
    if forecast.days is not None and forecast.days > 1:
        text += f"; {forecast.days:,} days for the whole file"
    return text + "."


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "a few seconds"
    return f"about {view.duration(seconds)}"


def last_words(session: Session, summary: Summary, *, as_json: bool) -> None:
    """The end of a run, for a person or for a program."""
    if as_json:
        click.echo(json.dumps(report.summary_document(summary), ensure_ascii=False))
        return
    for file in summary.files:
        _about(file)
    screen.summary(
        summary,
        session.folder.path,
        next_command(summary),
        console(),
        examples(session.troubles()),
        _remedy(session.ended_by),
    )


def _remedy(why: FatalError | None) -> str:
    """What to do about the end of a run, unless the next command says it."""
    remedy = why.remedy if why else ""
    return "" if remedy.startswith("Go on with") else remedy


def nothing_to_resume(runs: Path, *, as_json: bool) -> None:
    """There is no run that a resume could go on with."""
    message = f"No run in {runs} is unfinished."
    if as_json:
        document = {"schema": 1, "exit_code": 0, "run_id": None, "message": message}
        click.echo(json.dumps(document))
    else:
        click.echo(message, err=True)


def next_command(summary: Summary) -> str:
    """What to type next, or empty."""
    from importer.pipeline import folders  # noqa: PLC0415 - a check does without it

    if summary.state == folders.State.STOPPED:
        return f"importer resume {summary.run_id}"
    return ""


def examples(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """The first lines that want attention, a few for each code."""
    found: dict[str, list[ReportLine]] = {}
    for line in lines:
        mine = found.setdefault(line.code, [])
        if len(mine) < screen.EXAMPLES_OF_A_CODE:
            mine.append(line)
    return [line for group in found.values() for line in group][:EXAMPLES]


def console() -> Console:
    """Where results are printed: stdout."""
    return progress.console_for(sys.stdout)


SIGNS = {
    "planned": "+",
    "existing": "=",
    "duplicate": "-",
    "invalid": "!",
    "unknown": "?",
}
SHOWN_LINES = 40
SHOWN_HEADERS = 5
SHOWN_COLUMNS = 40


def plan(result: PlanResult, *, as_json: bool) -> None:
    """What a run would do: one sign a line, and the forecast."""
    if as_json:
        click.echo(json.dumps(_plan_document(result), ensure_ascii=False))
        return
    for file in result.summary.files:
        _about(file)
    lines = (line for line in result.lines() if line.status != "existing")
    for line in islice(lines, SHOWN_LINES):
        click.echo(_planned(line))
    if more := sum(1 for _ in lines):
        click.echo(f"… and {more:,} more lines.")
    if result.summary.stopped_because:
        click.echo(f"Error: {result.summary.stopped_because}", err=True)
    click.echo()
    click.echo(describe(result.forecast))
    problems = sum(result.summary.counts[status] for status in ("invalid", "duplicate"))
    if problems:
        rows = "1 row has" if problems == 1 else f"{problems:,} rows have"
        click.echo(f"{rows} a problem and would not be sent.")
    click.echo("NOTHING WAS SENT.")


def _planned(line: ReportLine) -> str:
    """What would become of a row, with its sign in front."""
    sign = "*" if line.collection_id and line.status == "planned" else ""
    sign = sign or SIGNS.get(line.status, "?")
    words = view.clean(line.message)
    name = view.clean(line.slug or line.name)
    return f"{sign} {line.place}: {name}{'  ' + words if words else ''}"


def _plan_document(result: PlanResult) -> dict[str, Any]:
    forecast = result.forecast
    return {
        "schema": 1,
        "sent": 0,
        "locations": forecast.locations,
        "create": forecast.create,
        "update": forecast.update,
        "existing": forecast.existing,
        "invalid": result.summary.counts["invalid"],
        "duplicate": result.summary.counts["duplicate"],
        "calls": forecast.calls,
        "seconds": forecast.seconds,
        "daily_share": forecast.daily_share,
        "daily_left": forecast.daily_left,
        "days": forecast.days,
        "stopped_because": result.summary.stopped_because,
    }


def check(result: CheckResult, *, as_json: bool) -> None:
    """What a check found."""
    if as_json:
        _check_document(result)
        return
    for file in result.files:
        sheet = f", sheet {view.clean(file.sheet)}" if file.sheet else ""
        noun = "collection" if file.spans else "row"
        rows = f"1 {noun}" if file.rows == 1 else f"{file.rows:,} {noun}s"
        click.echo(
            f"{file.file}{sheet}: {rows}, columns as in {file.preset!r}{_why(file)}"
        )
        for word, count in file.skipped:
            verb = "is" if count == 1 else "are"
            click.echo(f"  {count:,} more {verb} left out, as the file says: {word}")
        _about(file)
    bad = result.counts["invalid"] + result.counts["duplicate"]
    remarks = dict(result.remarks)
    done = remarks.pop(Code.DONE_BEFORE.value, 0)
    valid = result.counts["valid"] - done
    noun = "collection" if valid == 1 else "collections"
    click.echo(f"{valid:,} {noun} can be sent.")
    if done:
        verb = "is" if done == 1 else "are"
        click.echo(f"{done:,} {verb} done already, as the file says.")
    for code, count in remarks.items():
        click.echo(f"  {report.code_phrase(code)}: {count:,}")
    codes = Counter(line.code for line in result.lines())
    screen.problems(examples(result.lines()), bad, console(), codes)


def _check_document(result: CheckResult) -> None:
    """Print `CheckResult.document` without ever holding all of its problems."""
    heading = json.dumps(result.heading(), ensure_ascii=False)
    click.echo(heading.removesuffix("}") + ', "problems": [', nl=False)
    for number, problem in enumerate(result.problems()):
        between = ", " if number else ""
        click.echo(between + json.dumps(problem, ensure_ascii=False), nl=False)
    click.echo("]}")


def _why(file: InputFile) -> str:
    """By which headers the preset was recognised, the first of them."""
    if not file.known_by:
        return ""
    shown = ", ".join(map(view.clean, file.known_by[:SHOWN_HEADERS]))
    more = ", …" if len(file.known_by) > SHOWN_HEADERS else ""
    return f", known by {shown}{more}"


def _about(file: InputFile) -> None:
    """What had to be guessed, and the columns that nothing was made of, once a file."""
    place = view.clean(f"{file.file}, sheet {file.sheet}" if file.sheet else file.file)
    for note in file.notes:
        click.echo(f"{place}: {view.clean(note)}")
    if file.columns_left_out:
        left_out = file.columns_left_out
        names = ", ".join(map(view.clean, left_out[:SHOWN_COLUMNS]))
        if (more := len(left_out) - SHOWN_COLUMNS) > 0:
            names += f" and {more:,} more"
        why = "left out, because HighLevel has no place for them"
        click.echo(f"{place}: {why}: {names}")
