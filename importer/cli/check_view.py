"""What a check found, for a person or a program.

Prints the tables, what can be sent, the remarks and the problems: what is true of a
whole table once, before the rows. Decides nothing. Invariant: no text of others is
printed as it came, and a long list of problems is never held in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from importer import report
from importer.cli import messages, screen, uncarried, unfamiliar
from importer.models import Code
from importer.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from importer.intake.check import CheckResult
    from importer.models import InputFile, Problem
    from importer.sentences import Language


#: Problems that are written at once as JSON.
TOGETHER = 100
#: A list of more lines pushes what stands above it off the screen.
LONG = 15
SHOWN_HEADERS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """How much of a check is shown.

    `inputs` are what was checked, as they were named, `flags` those that gave them
    their meaning; `whole` has every row with a problem printed, `quiet` only what
    makes the exit code other than 0.
    """

    inputs: Sequence[str] = ()
    flags: str = ""
    whole: bool = False
    quiet: bool = False


def check(result: CheckResult, shown: Shown, *, as_json: bool) -> None:
    """Tell what a check found."""
    if as_json:
        _check_document(result)
        return
    language = result.language
    if shown.quiet:
        if result.exit_code:
            _tell_bad(result, shown, "")
        return
    for file in result.files:
        screen.tell(messages.console(), _table(file, language))
        messages.about(file)
    unfamiliar.warned(result.files)
    done = result.remarks.get(Code.DONE_BEFORE.value, 0)
    valid = result.counts["valid"] - done
    # rows that do not say their location may go into several
    text = language.text(
        "screen/can_be_sent_into" if result.into else "screen/can_be_sent",
        count=valid,
        locations=len(result.into),
    )
    click.echo(text)
    if done:
        click.echo(language.text("screen/done_already", count=done))
    _tell_remarks(result)
    _tell_bad(result, shown, text)


def _tell_bad(result: CheckResult, shown: Shown, text: str) -> None:
    """Tell what is wrong, of whole tables first; `text` is what can be sent."""
    bad = result.counts["invalid"] + result.counts["duplicate"]
    codes = result.codes()
    noun = "collection" if any(file.spans for file in result.files) else "row"
    out = messages.console()
    tables = result.of_whole_tables()
    _tell_whole(result, tables, out, noun)
    first = result.examples(None if shown.whole else screen.EXAMPLES_OF_A_CODE, tables)
    first = first if shown.whole else first[: messages.EXAMPLES]
    lines = [example for example in first if example.code != uncarried.CODE]
    counts = _but_of_whole_tables(result, tables, codes)
    how = screen.Groups(noun, shown.whole, not shown.quiet, result.language)
    screen.problems(lines, bad, out, counts, how)
    if tables and not (first or shown.quiet):
        known = next(iter(tables.values())).code
        screen.say(out, screen.more(known, result.language))
    if codes[uncarried.CODE]:
        uncarried.show(result, out)
        if not shown.quiet:
            uncarried.ways_out(result, shown.inputs, out, shown.flags)
    if codes[uncarried.CODE] > LONG and not shown.quiet:
        # the sums stood at the top, which is no longer to be seen
        sums = (
            screen.group(code, count, noun, result.language)
            for code, count in codes.items()
        )
        screen.tell(out, f"{text} {'; '.join(sums)}.", style="bold")


def _tell_whole(
    result: CheckResult,
    tables: Mapping[tuple[str, str], Problem],
    out: Console,
    noun: str,
) -> None:
    """Say once what is wrong with the location of every row of a table."""
    rows = {(file.file, file.sheet): file.rows for file in result.files}
    language = result.language
    for (file, sheet), problem in tables.items():
        text = language.text(
            f"screen/all_{noun}s",
            place=plain(screen.table(file, sheet, language)),
            count=rows[file, sheet],
            problem=plain(problem.said_in(language)),
        )
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
            place, said = (
                part.said_in(result.language) for part in (row.place, remark)
            )
            some.append(f"{plain(place)}: {plain(said)}")
    for code, count in result.remarks.items():
        if code != Code.DONE_BEFORE:
            phrase = report.code_phrase(code, result.language)
            click.echo(f"  {phrase}: {result.language.number(count)}")
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


def _table(file: InputFile, language: Language) -> str:
    """Say how many rows a table has, and what its columns were read as."""
    key = "screen/table_of_collections" if file.spans else "screen/table"
    rows = language.text(key, count=file.rows, preset=file.preset)
    place = plain(screen.table(file.file, file.sheet, language))
    return f"{place}: {rows}{_why(file, language)}"


def _why(file: InputFile, language: Language) -> str:
    """Say by which headers the preset was recognised, the first of them."""
    if not file.known_by:
        return ""
    shown = [*map(plain, file.known_by[:SHOWN_HEADERS])]
    if len(file.known_by) > SHOWN_HEADERS:
        shown.append("…")
    return ", " + language.text("screen/known_by", headers=shown)
