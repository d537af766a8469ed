"""What the commands say: questions, forecasts and last words.

Turns results into lines on stdout; questions go to stderr. It decides nothing and
starts nothing. Invariant: no text of others is printed as it came.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

import click

from importer import report
from importer.cli import progress, screen, view
from importer.pipeline import folders

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rich.console import Console

    from importer.errors import FatalError
    from importer.models import InputFile, ReportLine, Summary
    from importer.pipeline import CheckResult, Forecast, Session

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
        about(file)
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


SHOWN_HEADERS = 5


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
        about(file)
    bad = result.counts["invalid"] + result.counts["duplicate"]
    valid = result.counts["valid"]
    noun = "collection" if valid == 1 else "collections"
    click.echo(f"{valid:,} {noun} can be sent.")
    for code, count in result.remarks.items():
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


def about(file: InputFile) -> None:
    """What had to be guessed, and the columns that nothing was made of, once a file."""
    place = view.clean(f"{file.file}, sheet {file.sheet}" if file.sheet else file.file)
    for note in file.notes:
        click.echo(f"{place}: {view.clean(note)}")
    if file.columns_left_out:
        names = ", ".join(map(view.clean, file.columns_left_out))
        why = "left out, because HighLevel has no place for them"
        click.echo(f"{place}: {why}: {names}")
