"""What is said at the end: sums, first problems, and what to type.

Prints to the console that it is given and decides nothing but what comes first. Texts
from files and from the network come last in a line, and without control characters.
Invariants: no text of others can move the cursor or be read as markup, and a path or a
command is never broken over lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import codebook
from importer.cli import breakdown
from importer.models import FINAL_STATUSES, WRONG_AT_SERVER, Status
from importer.report import code_phrase, status_phrase
from importer.sentences import ENGLISH
from importer.texts import plain
from importer.wording import counted, cut, duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from importer.models import ReportLine, Summary
    from importer.sentences import Language


EXAMPLES_OF_A_CODE = 3
#: Locations of which a remark is shown; the summary has them all.
REMARKED_LOCATIONS = 5
_LONGEST_NAME = 40
_INDENT = 4

_STYLES = {
    Status.CREATED: "green",
    Status.UPDATED: "green",
    Status.INVALID: "yellow",
    Status.DUPLICATE: "yellow",
    Status.REJECTED: "red",
    Status.FAILED: "red",
    Status.UNKNOWN: "bold red",
}

#: Statuses whose rows are to be looked at, and whose codes are shown as problems.
TROUBLES = frozenset(
    {
        Status.DUPLICATE,
        Status.INVALID,
        Status.REJECTED,
        Status.FAILED,
        Status.UNKNOWN,
    }
)
_LEFT = TROUBLES.union(breakdown.OPEN)


@dataclass(frozen=True, slots=True)
class Groups:
    """How problems are printed below their codes.

    `noun` is what is counted, a row or a collection of several; `whole` prints every
    line, and not only the first of each code; `more` says how to read on, and all of it
    is said in `language`.
    """

    noun: str = "row"
    whole: bool = False
    more: bool = True
    language: Language = ENGLISH


def summary(  # noqa: PLR0913 - what the end of a run is made of
    summary: Summary,
    folder: Path,
    next_command: str,
    console: Console,
    problems: Sequence[ReportLine] = (),
    remedy: str = "",
    *,
    language: Language = ENGLISH,
) -> None:
    """Print the end of a run.

    Args:
        summary: the run in numbers.
        folder: the run folder; only the files that are there are named.
        next_command: what to type next, empty where nothing is left to do.
        console: where it is printed.
        problems: the first lines that want attention, as many as there are at hand;
            their number for each code comes from the summary.
        remedy: what to do about a run that was stopped.
        language: that the problems are told in.
    """
    # the sums come last, or a long list of problems pushes them off the screen
    if problems:
        how = Groups(language=language)
        print_groups(console, problems, summary.codes, how)
        console.print()
    say(console, _headline(summary), style="bold")
    tell_counts(console, summary.counts, language)
    _location_remarks(console, summary)
    if summary.canary is not None:
        say(console, str(summary.canary))
    if summary.stopped_because:
        reason = plain(summary.stopped_because)
        tell(console, f"Stopped: {reason} (exit-{summary.exit_code})", style="bold red")
    if remedy:
        tell(console, plain(remedy))
    breakdown.print_locations(summary, console)
    console.print()
    for label, path in _files(folder):
        say(console, f"{label:<9} {path}")
    if next_command:
        say(console, f"{'Next':<9} {next_command}", style="bold")


def says_the_same(one: ReportLine, other: ReportLine) -> bool:
    """Return whether two lines tell one row's problem, of two locations."""
    return one.place == other.place and one.message == other.message


def problems(
    lines: Sequence[ReportLine],
    total: int,
    console: Console,
    counts: Mapping[str, int] | None = None,
    how: Groups | None = None,
) -> None:
    """Print what a check found wrong, grouped by code.

    Args:
        lines: the first lines with a problem, as many as there are at hand.
        total: how many there are altogether.
        console: where it is printed.
        counts: rows for each code; without it the given lines are counted.
        how: how the groups are printed.
    """
    how = how or Groups()
    if not total:
        say(console, how.language.text("screen/no_problems"), style="green")
        return
    text = how.language.text(f"screen/{how.noun}s_with_problem", count=total)
    say(console, text, style="bold yellow")
    print_groups(console, lines, counts or {}, how)
    hidden = total - len(lines)
    if hidden > 0 and not counts:
        say(console, f"{how.language.text('screen/and_more', count=hidden)}.")


def group(
    code: str, count: int, noun: str = "row", language: Language = ENGLISH
) -> str:
    """Write the heading of what has a code: how many, what is wrong, the code."""
    phrase = plain(code_phrase(code, language)) or language.text("screen/no_reason")
    named = f" ({plain(code)})" if code and phrase != code else ""
    return f"{language.text(f'screen/{noun}s', count=count)}: {phrase}{named}"


def more(code: str, language: Language = ENGLISH) -> str:
    """Say how more is read about a code, in the same language."""
    typed = code if language is ENGLISH else f"{code} --language {language.code}"
    return language.text("screen/more", code=typed)


def table(file: str, sheet: str, language: Language = ENGLISH) -> str:
    """Name a table: a file, and its sheet if it has one."""
    if not sheet:
        return file
    return language.text("part/sheet_of_file", file=file, sheet=sheet)


def _headline(summary: Summary) -> str:
    rows = sum(summary.counts.get(status, 0) for status in FINAL_STATUSES)
    between = summary.between_seconds
    seconds = max(0.0, summary.finished_at - summary.started_at - between)
    took = duration(seconds, steady=True)
    if round(between):
        took += f" of work, {duration(between, steady=True)} between stop and resume"
    calls = counted(summary.calls.made, "call")
    return f"Run {summary.run_id}: {counted(rows, 'row')}, {calls}, {took}"


def wrong(
    summary: Summary,
    console: Console,
    problems: Sequence[ReportLine] = (),
    remedy: str = "",
    language: Language = ENGLISH,
) -> None:
    """Print of a run's end only what makes its exit code other than 0."""
    how = Groups(more=False, language=language)
    print_groups(console, problems, summary.codes, how)
    code = f"exit-{summary.exit_code}"
    if summary.stopped_because:
        ended = f"stopped: {plain(summary.stopped_because)} ({code})"
    else:
        found = codebook.find(code)
        ended = f"{code}, {found.phrase}" if found else code
    tell(console, f"Run {summary.run_id}: {ended}", style="bold")
    counts = summary.counts
    tell_counts(
        console,
        {status: counts[status] for status in counts if status in _LEFT},
        language,
    )
    for location, reason in summary.location_stops.items():
        name = summary.location_names.get(location, location)
        tell(console, f"{plain(name)}: {plain(reason)}")
    if remedy:
        tell(console, plain(remedy))


def _location_remarks(console: Console, summary: Summary) -> None:
    """Print what is remarkable about the lists of some locations."""
    remarks = [
        (summary.location_names.get(location, location), code, message)
        for location, said in summary.location_remarks.items()
        for code, message in said.items()
    ]
    for location, code, text in remarks[:REMARKED_LOCATIONS]:
        tell(console, f"{plain(location)}: {plain(text)} ({plain(code)})")
    if (more := len(remarks) - REMARKED_LOCATIONS) > 0:
        tell(console, f"… and {more:,} more such remarks, see summary.json.")


def tell_counts(
    console: Console, counts: Mapping[str, int], language: Language = ENGLISH
) -> None:
    """Print how many rows ended how, a line for each status that there is."""
    wide = max((len(f"{count:,}") for count in counts.values()), default=0)
    for status in FINAL_STATUSES:
        if count := counts.get(status, 0):
            line = f" {count:>{wide},}  {status_phrase(status, language)}"
            say(console, line, _STYLES.get(status, ""))


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    if (folder / "report.csv").exists():
        yield "Report", folder / "report.csv"
    if (folder / "report.html").exists():
        yield "Page", folder / "report.html"
    failed = sorted(folder.glob("failed*.csv"))
    # what came as a workbook is fixed in one
    if failed and (folder / "report.xlsx").exists():
        yield "To fix", folder / "report.xlsx"
    for path in failed:
        yield "To fix", path


def print_groups(
    console: Console,
    lines: Sequence[ReportLine],
    counts: Mapping[str, int],
    how: Groups,
) -> None:
    """Print each code with its number, and its first rows below, or all of them."""
    shown = len(lines) if how.whole else EXAMPLES_OF_A_CODE
    groups: dict[str, list[ReportLine]] = {}
    for line in lines:
        if line.status in TROUBLES or line.code in WRONG_AT_SERVER:
            groups.setdefault(str(line.code), []).append(line)
    for code, members in groups.items():
        count = max(counts.get(code, 0), len(members))
        heading = group(code, count, how.noun, how.language)
        tell(console, heading, style="yellow")
        for line in members[:shown]:
            tell(console, _example(line, how.language), indent=_INDENT)
        if count > shown:
            rest = how.language.text("screen/and_more", count=count - shown)
            tell(console, rest, indent=_INDENT)
    known = next(filter(codebook.find, groups), "")
    if known and how.more:
        say(console, more(known, how.language))


def _example(line: ReportLine, language: Language) -> str:
    """Give the place, the sentence, and the name last, where it can break nothing."""
    text = f"{plain(line.place.said_in(language))}: {plain(line.message)}"
    name = cut(plain(line.name), _LONGEST_NAME)
    return f"{text} [{name}]" if name else text


def tell(console: Console, text: str, style: str = "", indent: int = 0) -> None:
    """Print a sentence: folded between words on a terminal, else on one line."""
    if not console.is_terminal:
        say(console, " " * indent + text, style)
        return
    from rich.padding import Padding  # noqa: PLC0415 - only where there is a terminal
    from rich.text import Text  # noqa: PLC0415 - as above

    sentence = Text(text, style=style, overflow="fold")
    console.print(Padding(sentence, (0, 0, 0, indent), expand=False))


def say(console: Console, text: str, style: str = "") -> None:
    """Print one line as it is: no markup, no emoji codes, never cut or folded.

    A terminal wraps a long path by itself, and it still can be copied in one piece.
    """
    console.print(
        text,
        style=style,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=True,
    )
