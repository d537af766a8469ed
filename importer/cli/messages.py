"""What the commands say: questions, forecasts and last words, and of their inputs.

Turns results into lines on stdout; questions, and what is said beside the results, go
to stderr. It decides nothing and starts nothing. Invariant: no text of others is
printed as it came.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from importer import report, wording
from importer.cli import (
    progress,
    question,
    screen,
    unfamiliar,
    whole_tables,
)
from importer.exit_codes import Exit
from importer.models import Calls, State, Summary
from importer.settings import meaning
from importer.source import STANDARD_INPUT, pipes
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from importer.cli.voice import Voice
    from importer.errors import FatalError
    from importer.journal import Home
    from importer.models import InputFile, ReportLine, Table
    from importer.runs.forecasts import Forecast
    from importer.runs.session import Session
    from importer.settings import Settings


_NAMED = 5


def awaited(files: Sequence[str], *, quiet: bool = False) -> None:
    """Say that an input is waited for: a keyboard, or a pipe that stays silent."""
    if quiet:
        return
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


def confirmed(session: Session, forecast: Forecast, files: Sequence[InputFile]) -> bool:
    """Ask whether it shall be sent, and say what will not be."""
    problems = session.watch.problems
    beside = progress.console_for(sys.stderr)
    if problems:
        # a check has no journal, and shall not load what reads one
        from importer.runs import balance  # noqa: PLC0415

        codes = balance.counted_codes(session.journal)
        counts, found = _tell_whole_tables(session, files, codes, beside)
        how = screen.Groups(language=session.settings.language)
        screen.problems(found, problems, beside, counts, how)
    screen.tell(beside, describe(forecast))
    if problems:
        rows = wording.counted(problems, "row has", "rows have")
        screen.tell(beside, f"{rows} a problem and will not be sent.")
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
    existing = f"{forecast.existing:,} already exist"
    if forecast.location:
        # what exists may be in others, too
        parts[-1] += f" in {plain(forecast.location)}"
    else:
        existing += f" in {place}"
    parts.append(existing)
    calls = wording.counted(forecast.calls, "call")
    text = f"{', '.join(parts)}: {calls}"
    text += f", {_duration(forecast.expected_seconds)}"
    if forecast.daily_share is not None:
        share = forecast.daily_share
        least = share < _LEAST_SHARE
        text += f", {'under ' if least else ''}{max(share, _LEAST_SHARE) * 100:.1f} %"
        text += " of today's quota"
    if forecast.days is not None and forecast.days > 1:
        text += f"; {forecast.days:,} days for the whole file"
        if forecast.today is not None:
            text += f", {wording.counted(forecast.today, 'call')} today"
    slowest, workers = _slowest(forecast), _workers(forecast)
    return f"{text}.{_canary(forecast)}{slowest}{workers}{_unseen(forecast)}"


def _canary(forecast: Forecast) -> str:
    """Say which locations come first, and what the others wait for."""
    if not forecast.canary:
        return ""
    first = wording.counted(forecast.canary, "location is", "locations are")
    return (
        f" {first} sent and audited first, as a canary: the others only if that"
        " goes well."
    )


def _slowest(forecast: Forecast) -> str:
    """Name the location that takes longest, where it is one of several."""
    if forecast.locations < 2 or forecast.slowest_seconds < 1:  # noqa: PLR2004
        return ""
    name = plain(forecast.slowest_name or forecast.slowest)
    calls = wording.counted(forecast.slowest_calls, "call")
    took = _duration(forecast.slowest_seconds)
    return f" The slowest location is {name}: {calls}, {took}."


def _workers(forecast: Forecast) -> str:
    """Say whether several processes are quicker than one."""
    if forecast.workers < 2:  # noqa: PLR2004
        return ""
    workers = wording.counted(forecast.workers, "worker")
    if not forecast.workers_help:
        return f" {workers} are not faster here than one process: the limit decides."
    alone = wording.duration(forecast.seconds_with(1), steady=True)
    return f" One process would take about {alone}, {workers} share it."


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
    files, codes = summary.files, summary.codes
    counts, found = _tell_whole_tables(session, files, codes, console())
    if counts is not codes and not found:
        click.echo()
    screen.summary(
        replace(summary, codes=counts),
        session.folder.path,
        next_command(summary, session.settings),
        console(),
        found,
        _remedy(session.ended_by) if summary.stopped_because else "",
        language=session.settings.language,
    )


def wrong(session: Session, summary: Summary) -> None:
    """Print of the end of a run what makes its exit code other than 0, if it is."""
    if summary.exit_code:
        remedy = _remedy(session.ended_by) if summary.stopped_because else ""
        files, codes = summary.files, summary.codes
        counts, found = _tell_whole_tables(session, files, codes, console())
        shown = replace(summary, codes=counts)
        screen.wrong(shown, console(), found, remedy, session.settings.language)


def _tell_whole_tables(
    session: Session,
    files: Sequence[InputFile],
    codes: Mapping[str, int],
    out: Console,
) -> tuple[Mapping[str, int], list[ReportLine]]:
    """Say what is wrong with every row of a table, and return what else there is.

    That is how many rows have which code then, and the first of them.
    """
    language = session.settings.language
    once = whole_tables.told(files, codes, session.troubles, language)
    if not once.sentences:
        return codes, examples(session.troubles())
    for text in once.texts():
        screen.tell(out, text, style="bold yellow")

    def left() -> Iterator[ReportLine]:
        return (line for line in map(once.but, session.troubles()) if line.code)

    counts = dict(codes) | Counter(line.code for line in left())
    return counts, examples(left())


def _remedy(error: FatalError | None) -> str:
    """Return what to do about a run's end, unless the next command says it."""
    remedy = error.remedy if error else ""
    return "" if remedy.startswith("Go on with") else remedy


def _no_run() -> Summary:
    """Return the summary of no run, whose keys are those of any."""
    return Summary("", State.FINISHED, Exit.OK, (), {}, {}, Calls(0, 0, 0), 0.0, 0.0)


def nothing_to_resume(home: Home, unconfirmed: Sequence[str], voice: Voice) -> None:
    """Say that no run can be resumed without being told its name."""
    none_left = f"No run in {home.shown} is unfinished."
    message = " ".join([none_left, *map(_left, unconfirmed)])
    if voice.as_json:
        none = {"run_id": None, "started_at": None, "finished_at": None}
        document = report.summary_document(_no_run()) | none | {"message": message}
        click.echo(json.dumps(document))
    elif not voice.quiet:
        click.echo(message, err=True)
    if not voice.quiet:
        kept_elsewhere(home)


def kept_elsewhere(home: Home) -> None:
    """Say on stderr that a database has journals of runs that the folder lacks."""
    from importer.runs import folders  # noqa: PLC0415 - as above

    for place, count in Counter(folders.kept_elsewhere(home).values()).items():
        runs = wording.counted(count, "run")
        click.echo(
            f"Not looked at: {runs} of this folder, kept in {plain(place)}. "
            "Name that with --journal, or with IMPORTER_JOURNAL.",
            err=True,
        )


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
    return resume_command(summary.run_id, settings)


def resume_command(run_id: str, settings: Settings | None = None) -> str:
    """Return the command that goes on with a run."""
    return meaning.resume(run_id, settings)


def examples(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """Return the first lines that want attention, a few for each code."""
    found: dict[str, list[ReportLine]] = {}
    for line in lines:
        mine = found.setdefault(line.code, [])
        # a row that goes into many locations has many lines that say the same
        repeats = bool(mine) and screen.says_the_same(mine[-1], line)
        if len(mine) < screen.EXAMPLES_OF_A_CODE and not repeats:
            mine.append(line)
    return [line for group in found.values() for line in group][:EXAMPLES]


def console() -> Console:
    """Return where results are printed: stdout."""
    return progress.console_for(sys.stdout)


SHOWN_COLUMNS = 40


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
    if unknown := file.columns_ignored:
        reason = (
            "no column of that name is known, so it is ignored"
            if len(unknown) == 1
            else "no columns of these names are known, so they are ignored"
        )
        screen.tell(out, f"{place}: {reason}: {_named(unknown)}")
    if known := file.columns_not_sent:
        noun = "this column is" if len(known) == 1 else "these columns are"
        screen.tell(out, f"{place}: {noun} known, and not sent: {_named(known)}")


def _named(columns: Sequence[str]) -> str:
    """List the first columns."""
    names = ", ".join(map(plain, columns[:SHOWN_COLUMNS]))
    more = len(columns) - SHOWN_COLUMNS
    return names + (f" and {more:,} more" if more > 0 else "")
