"""The smart collections whose rules HighLevel lacks: all of them, and the ways out.

What a check prints of them in the place of a few examples, because a person who moves a
shop decides by this list. Texts of the file are cleaned; nothing is computed that the
check has not found. Invariant: no such collection is missing.
"""

from __future__ import annotations

import shlex
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from importer.cli import screen
from importer.models import Code
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from importer.intake.check import CheckResult
    from importer.models import Invalid, Problem
    from importer.sentences import Language

CODE = Code.RULE_NOT_SUPPORTED
_NOWHERE = Code.LOCATION_MISSING
#: The variants of what the check says where the file lists their products, or not.
_LISTED, _UNLISTED = "listed", "unlisted"
_LONGEST_NAME = 40
_INDENT = 4


def show(result: CheckResult, console: Console) -> None:
    """Print every one of them with its rules."""
    variants = Counter(problem.variant for _, problem in _refused(result))
    language = result.language
    heading = screen.group(CODE, variants.total(), "collection", language)
    screen.tell(console, heading, style="yellow")
    for reasons in dict.fromkeys(
        _reasons(problem, language) for _, problem in _refused(result)
    ):
        screen.tell(console, reasons, indent=_INDENT)
    for table, members in groupby(_refused(result), key=lambda one: _table(one[0])):
        screen.say(console, " " * _INDENT + plain(screen.table(*table, language)))
        for refused, problem in members:
            text = _line(refused, problem, language)
            screen.tell(console, text, indent=_INDENT + 2)


def ways_out(
    result: CheckResult, files: Sequence[str], console: Console, flags: str = ""
) -> None:
    """Print what can be done.

    Args:
        result: what the check found.
        files: the input as it was named, to be typed again.
        console: where it is printed.
        flags: what the input was given to be understood, to be typed again.
    """
    variants = Counter(problem.variant for _, problem in _refused(result))
    screen.tell(console, "What can be done:", indent=_INDENT, style="bold")
    nowhere = any(map(_lost, (refused for refused, _ in _refused(result))))
    typed = plain(shlex.join(files))
    flags = f" {plain(flags)}" if flags else ""
    for way in _ways_out(typed, flags, variants, nowhere=nowhere):
        screen.tell(console, f"- {way}.", indent=_INDENT + 2)


def _refused(result: CheckResult) -> Iterator[tuple[Invalid, Problem]]:
    for _, refused in result.bad:
        for problem in refused.problems:
            if problem.code is CODE:
                yield refused, problem
                break


def _reasons(problem: Problem, language: Language) -> str:
    """Say why HighLevel lacks the rules."""
    return language.text("part/reasons", reasons=problem.parameters["reasons"])


def _rules(problem: Problem, language: Language) -> str:
    """Name the rules that HighLevel lacks."""
    return language.text("part/rules", rules=problem.parameters["rules"])


def _table(refused: Invalid) -> tuple[str, str]:
    return refused.row.place.file, refused.row.place.sheet


def _line(refused: Invalid, problem: Problem, language: Language) -> str:
    """Write name, rows and rules; what else is wrong with it goes behind."""
    place = refused.row.place
    rows = language.text("part/row", row=place.row)
    if place.row_end != place.row:
        rows = language.text("part/rows", row=place.row, row_end=place.row_end)
    name = cut(plain(refused.name), _LONGEST_NAME) or language.text("screen/no_name")
    text = f"{name} ({rows}): {plain(_rules(problem, language))}"
    # a location is missing in all of them or in none, and is told once
    told = (item for item in refused.problems if item is not problem)
    wrong = (item for item in told if item.code is not _NOWHERE)
    others = " | ".join(plain(item.said_in(language)) for item in wrong)
    return f"{text} | {others}" if others else text


def _lost(refused: Invalid) -> bool:
    return any(problem.code is _NOWHERE for problem in refused.problems)


def _ways_out(
    typed: str, flags: str, variants: Counter[str], *, nowhere: bool
) -> Iterator[str]:
    """Yield what can be done, by what the check proposes for each of them."""
    listed, unlisted = variants[_LISTED], variants[_UNLISTED]
    if nowhere:
        yield "first of all give the location, with --location-id"
    if listed + unlisted < variants.total():
        yield "change the rules in the table, or list the products and write manual"
    if listed or unlisted:
        yield (
            f"other rules: importer check {typed} --fix rules.xlsx{flags} writes one "
            "row for each collection, with its rules in words, to be changed there"
        )
    if listed:
        yield (
            f"manual collections: --smart-as-manual makes {listed:,} of them manual, "
            "because the file lists their products"
        )
    if unlisted:
        yield (
            f"the file lists no products of {unlisted:,} of them: export them together "
            "with their products for --smart-as-manual, or make them by hand"
        )
    yield "leave them: a run sends the others, and failed.csv keeps these"
