"""What the commands say: questions, forecasts and last words, and of their inputs.

Turns results into lines on stdout; questions, and what is said beside the results, go
to stderr. It decides nothing and starts nothing. Invariant: no text of others is
printed as it came.
"""

from __future__ import annotations

import json
import shlex
import sys
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from importer import report, wording
from importer.cli import progress, question, screen, uncarried, unfamiliar
from importer.exit_codes import Exit
from importer.models import Calls, Code, State, Summary
from importer.source import STANDARD_INPUT, pipes
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from importer.errors import FatalError
    from importer.intake.check import CheckResult
    from importer.journal import Home
    from importer.models import InputFile, Problem, ReportLine, Table
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session
    from importer.settings import Settings


_NAMED = 5


def awaited(files: Sequence[str]) -> None:
    """Say that an input is waited for: a keyboard, or a pipe that stays silent."""
    pipes.tell_of_waits(_waits)
    if STANDARD_INPUT in files and sys.stdin.isatty():
        keys = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
        text = f"Waiting for a table on standard input; {keys} on a line of its own"
        click.echo(f"{text} ends it.", err=True)


def _waits(shown: str) -> None:
    text = f"Waiting for {plain(shown)}: nothing has been written to it yet."
    click.echo(text, err=True)


def without_sheets(files: Iterable[InputFile | Table], sheet: str) -> None:
    """Say which inputs have no sheets, where one was asked for."""
    if not sheet:
        return

    names = list(dict.fromkeys(plain(file.file) for file in files if not file.sheet))
    if not names:
        return
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    have = "has" if len(names) == 1 else "have"
    click.echo(
        f"{', '.join(names[:_NAMED])}{more} {have} no sheets; --sheet "
        f"{plain(cut(sheet, 40))} is for workbooks, and is passed over.",
        err=True,
    )


#: How many lines with problems are shown; the report has them all.
EXAMPLES = 200
#: A smaller share of the day's quota would be shown as none.
_LEAST_SHARE = 0.001


def confirmed(session: Session, forecast: Forecast, files: Iterable[InputFile]) -> bool:
    """Ask whether it shall be sent, and say what will not be."""
    problems = session.watch.problems
    if problems:
        shown = examples(session.troubles())
        screen.problems(shown, problems, progress.console_for(sys.stderr))
    click.echo(describe(forecast), err=True)
    if problems:
        rows = wording.counted(problems, "row has", "rows have")
        click.echo(f"{rows} a problem and will not be sent.", err=True)
    if unfamiliar.warned(files):
        return question.confirmed("Send it without?", default=False)
    return question.confirmed("Send now?", default=True)


def describe(forecast: Forecast) -> str:
    """Put the forecast into a sentence."""
    place = wording.counted(forecast.locations, "location")
    if not forecast.calls:
        message = f"Nothing to send; {forecast.existing:,} already exist."
        return message + _unseen(forecast)
    parts = [f"{forecast.create:,} to create"]
    if forecast.update:
        parts.append(f"{forecast.update:,} to update")
    parts.append(f"{forecast.existing:,} already exist")
    calls = wording.counted(forecast.calls, "call")
    text = f"{', '.join(parts)} in {place}: {calls}"
    text += f", {_duration(forecast.seconds)}"
    if forecast.daily_share is not None:
        share = forecast.daily_share
        least = share < _LEAST_SHARE
        text += f", {'under ' if least else ''}{max(share, _LEAST_SHARE) * 100:.1f} %"
        text += " of today's quota"
    if forecast.days is not None and forecast.days > 1:
        text += f"; {forecast.days:,} days for the whole file"
    return f"{text}.{_unseen(forecast)}"


def _unseen(forecast: Forecast) -> str:
    """Say that products may differ unseen, once for all rows."""
    if not forecast.unseen:
        return ""
    rows = wording.counted(forecast.unseen, "row")
    return (
        f" Of {rows}, products or rules are not shown by the list, so whether they "
        "differ is not known."
    )


def _duration(seconds: float) -> str:
    if seconds < 1:
        return "a few seconds"
    return f"about {wording.duration(seconds, steady=True)}"


def last_document(summary: Summary) -> None:
    """Print the end of a run, for a program."""
    click.echo(json.dumps(report.summary_document(summary), ensure_ascii=False))


def last_words(session: Session, summary: Summary) -> None:
    """Print the end of a run, for a person."""
    for file in summary.files:
        about(file)
    screen.summary(
        summary,
        session.folder.path,
        next_command(summary, session.settings),
        console(),
        examples(session.troubles()),
        _remedy(session.ended_by) if summary.stopped_because else "",
    )


def _remedy(error: FatalError | None) -> str:
    """Return what to do about a run's end, unless the next command says it."""
    remedy = error.remedy if error else ""
    return "" if remedy.startswith("Go on with") else remedy


def _no_run() -> Summary:
    """Return the summary of no run, whose keys are those of any."""
    return Summary("", State.FINISHED, Exit.OK, (), {}, {}, Calls(0, 0, 0), 0.0, 0.0)


def nothing_to_resume(home: Home, unconfirmed: Sequence[str], *, as_json: bool) -> None:
    """Say that no run can be resumed without being told its name."""
    none_left = f"No run in {home.shown} is unfinished."
    message = " ".join([none_left, *map(_left, unconfirmed)])
    if as_json:
        none = {"run_id": None, "started_at": None, "finished_at": None}
        document = report.summary_document(_no_run()) | none | {"message": message}
        click.echo(json.dumps(document))
    else:
        click.echo(message, err=True)


def left_unconfirmed(run_ids: Sequence[str]) -> None:
    """Name the runs that a resume of all passes over, as no person agreed to them."""
    for run_id in run_ids:
        click.echo(_left(run_id), err=True)


def _left(run_id: str) -> str:
    return (
        f"Run {run_id} ended before its sending was confirmed; to send it: "
        f"importer resume {shlex.quote(run_id)}"
    )


def next_command(summary: Summary, settings: Settings | None = None) -> str:
    """Return what to type next, or empty."""
    if summary.state != State.STOPPED:
        return ""
    command = f"importer resume {shlex.quote(summary.run_id)}"
    # else the run is not found; what its file means, its journal knows
    if settings and settings.origins["runs_dir"] == "flag":
        command += f" --runs-dir {shlex.quote(str(settings.values.runs_dir))}"
    return command


def examples(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """Return the first lines that want attention, a few for each code."""
    found: dict[str, list[ReportLine]] = {}
    for line in lines:
        mine = found.setdefault(line.code, [])
        if len(mine) < screen.EXAMPLES_OF_A_CODE:
            mine.append(line)
    return [line for group in found.values() for line in group][:EXAMPLES]


def console() -> Console:
    """Return where results are printed: stdout."""
    return progress.console_for(sys.stdout)


#: Problems that are written at once as JSON.
TOGETHER = 100
#: A list of more lines pushes what stands above it off the screen.
LONG = 15
SHOWN_HEADERS = 5
SHOWN_COLUMNS = 40


def check(
    result: CheckResult,
    files: Sequence[str] = (),
    flags: str = "",
    *,
    as_json: bool = False,
    whole: bool = False,
) -> None:
    """Tell what a check found.

    `files` are the input as it was named, `flags` those that gave it its meaning;
    `whole` has every row with a problem printed.
    """
    if as_json:
        _check_document(result)
        return
    for file in result.files:
        sheet = f", sheet {plain(file.sheet)}" if file.sheet else ""
        noun = "collection" if file.spans else "row"
        rows = wording.counted(file.rows, noun)
        known = f"columns as in {file.preset!r}{_why(file)}"
        screen.tell(console(), f"{plain(file.file)}{sheet}: {rows}, {known}")
        about(file)
    unfamiliar.warned(result.files)
    bad = result.counts["invalid"] + result.counts["duplicate"]
    done = result.remarks.get(Code.DONE_BEFORE.value, 0)
    valid = result.counts["valid"] - done
    text = f"{wording.counted(valid, 'collection')} can be sent."
    click.echo(text)
    if done:
        verb = "is" if done == 1 else "are"
        click.echo(f"{done:,} {verb} done already, as the file says.")
    _tell_remarks(result)
    _tell_bad(result, files, flags, bad, text, whole=whole)


def _tell_bad(
    result: CheckResult,
    files: Sequence[str],
    flags: str,
    bad: int,
    text: str,
    *,
    whole: bool,
) -> None:
    """Tell what is wrong, of whole tables first; `text` is what can be sent."""
    codes = result.codes()
    noun = "collection" if any(file.spans for file in result.files) else "row"
    out = console()
    tables = result.of_whole_tables()
    _tell_whole(result, tables, out, noun)
    first = result.examples(None if whole else screen.EXAMPLES_OF_A_CODE, tables)
    first = first if whole else first[:EXAMPLES]
    shown = [example for example in first if example.code != uncarried.CODE]
    counts = _but_of_whole_tables(result, tables, codes)
    screen.problems(shown, bad, out, counts, noun, whole=whole)
    if tables and not first:
        known = next(iter(tables.values())).code
        screen.say(out, f"More: importer explain {known}")
    if codes[uncarried.CODE]:
        uncarried.show(result, files, out, flags)
    if codes[uncarried.CODE] > LONG:
        # the sums stood at the top, which is no longer to be seen
        sums = (screen.group(code, count, noun) for code, count in codes.items())
        screen.tell(out, f"{text} {'; '.join(sums)}.", style="bold")


def _tell_whole(
    result: CheckResult,
    tables: Mapping[tuple[str, str], Problem],
    out: Console,
    noun: str,
) -> None:
    """Say once what is wrong with the location of every row of a table."""
    rows = {(file.file, file.sheet): file.rows for file in result.files}
    for (file, sheet), problem in tables.items():
        place = plain(f"{file}, sheet {sheet}" if sheet else file)
        text = f"{place}, all {rows[file, sheet]:,} {noun}s: {plain(str(problem))}"
        screen.tell(out, f"{text} ({problem.code})", style="bold yellow")


def _but_of_whole_tables(
    result: CheckResult,
    tables: Mapping[tuple[str, str], Problem],
    codes: Mapping[str, int],
) -> dict[str, int]:
    """Count rows by code without what was said of whole tables."""
    counts = dict(codes)
    for file in result.files:
        if problem := tables.get((file.file, file.sheet)):
            counts[problem.code] -= file.rows
    return counts


def _tell_remarks(result: CheckResult) -> None:
    """Print how many rows have each remark, and the first texts that are to be seen."""
    examples: dict[str, list[str]] = {}
    for row, remark in result.remarked:
        some = examples.setdefault(remark.code.value, [])
        if len(some) < screen.EXAMPLES_OF_A_CODE:
            some.append(f"{plain(str(row.place))}: {plain(str(remark))}")
    for code, count in result.remarks.items():
        if code != Code.DONE_BEFORE:
            click.echo(f"  {report.code_phrase(code)}: {count:,}")
        for example in examples.get(code, ()):
            click.echo(f"    {example}")


def _check_document(result: CheckResult) -> None:
    """Print `CheckResult.document` without ever holding all of its problems."""
    heading = json.dumps(result.heading(), ensure_ascii=False)
    click.echo(heading.removesuffix("}"), nl=False)
    _list("remarked", result.remarked_rows())
    _list("problems", result.problems())
    click.echo("}")


def _list(name: str, entries: Iterable[dict[str, Any]]) -> None:
    """Print a key whose value is a long list."""
    click.echo(f', "{name}": [', nl=False)
    written = map(json.JSONEncoder(ensure_ascii=False).encode, entries)
    between = ""
    while some := list(islice(written, TOGETHER)):
        click.echo(between + ", ".join(some), nl=False)
        between = ", "
    click.echo("]", nl=False)


def _why(file: InputFile) -> str:
    """Say by which headers the preset was recognised, the first of them."""
    if not file.known_by:
        return ""
    shown = ", ".join(map(plain, file.known_by[:SHOWN_HEADERS]))
    more = ", …" if len(file.known_by) > SHOWN_HEADERS else ""
    return f", known by {shown}{more}"


def about(file: InputFile) -> None:
    """Tell what had to be guessed, and which columns were not used, once a file."""
    place = plain(f"{file.file}, sheet {file.sheet}" if file.sheet else file.file)
    out = console()
    for word, count in file.skipped:
        noun = "collection is" if count == 1 else "collections are"
        reason = f"{noun} left out, as the file says"
        screen.tell(out, f"{place}: {count:,} {reason}: {plain(word)}")
    for note in file.notes:
        screen.tell(out, f"{place}: {plain(note)}")
    if file.columns_left_out:
        left_out = file.columns_left_out
        near = {column.header: column for column in file.columns_unknown}
        names = ", ".join(
            plain(name) + unfamiliar.hint(near.get(name))
            for name in left_out[:SHOWN_COLUMNS]
        )
        if (more := len(left_out) - SHOWN_COLUMNS) > 0:
            names += f" and {more:,} more"
        reason = (
            "no column of that name is known, so it is ignored"
            if len(left_out) == 1
            else "no columns of these names are known, so they are ignored"
        )
        screen.tell(out, f"{place}: {reason}: {names}")
