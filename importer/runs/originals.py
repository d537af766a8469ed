"""The rows of products that collections were made of, for the file to be corrected.

A collection that products name has no row of its own, and the journal keeps the first
of its products alone: here the input is read once more, and each product that is in a
collection with a problem is a row by itself, as it stands there. Invariants: a row is
told once, however many of its collections have a problem; where the input is not what
was read any more, nothing of it is taken.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import logs, sentences, settings
from importer.errors import FatalError
from importer.intake import tables
from importer.models import BETWEEN, PROBLEMS, Place, ReportLine
from importer.runs import loader
from importer.runs.spread import Spread, widths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.journal import Journal
    from importer.models import InputFile

log: logs.Log = logs.get("run")

#: What is wrong with the collections that a row is in, by the row's number.
_Wrong = dict[int, dict[tuple[str, str], ReportLine]]


def lines(journal: Journal, facts: Mapping[str, Any]) -> Iterator[ReportLine]:
    """Yield what is to be corrected: of products every row, and the lines of the rest.

    Args:
        journal: of the run.
        facts: what it has noted.
    """
    tables = journal.history.files()
    yield from Spread(facts, tables).corrected(_lines(journal, facts, tables))


def _lines(
    journal: Journal, facts: Mapping[str, Any], tables: Sequence[InputFile]
) -> Iterator[ReportLine]:
    made_of = {
        int(seq): (int(number), rows)
        for number, collections in facts.get(loader.MADE_OF, {}).items()
        for seq, rows in collections.items()
    }
    if not made_of:
        yield from journal.history.lines(*PROBLEMS)
        return
    numbers = {
        (file.file, file.sheet): number
        for number, file in enumerate(tables)
        if str(number) in facts[loader.MADE_OF]
    }
    spread = widths(facts)
    wrong: dict[int, _Wrong] = {number: {} for number in numbers.values()}
    for seq, line in enumerate(journal.history.lines()):
        if line.status not in PROBLEMS:
            continue
        number = numbers.get((line.place.file, line.place.sheet))
        if number is None:
            yield line
            continue
        first = spread[number].row(seq) if number in spread else seq
        _, rows = made_of.get(first, (number, [line.place.row]))
        for row in rows:
            told = wrong[number].setdefault(row, {})
            # what is said of many locations is said once
            told.setdefault((line.name, line.message), line)
    yield from _of_products(wrong, facts)


def _of_products(
    wrong: Mapping[int, _Wrong], facts: Mapping[str, Any]
) -> Iterator[ReportLine]:
    inputs = facts.get("inputs", ())
    if inputs and loader.stamps(inputs) == facts.get(loader.STAMPS):
        try:
            for opened in tables.open_inputs(list(map(Path, inputs)), _settings(facts)):
                rows = wrong.get(opened.number, {})
                for row in opened.table.rows if rows else ():
                    if found := rows.pop(row.first, None):
                        place = Place(*row.where, row.first, row.first)
                        yield _joined([*found.values()], place, row.cells)
        except FatalError as failure:
            log.warning("products.unread", message=str(failure))
    # what was piped in, or has changed since then: the first row is known
    for rows in wrong.values():
        every = (line for found in rows.values() for line in found.values())
        yield from map(_first_alone, dict.fromkeys(every))


def _settings(facts: Mapping[str, Any]) -> settings.Settings:
    """Return the settings that the run has read its input with, and no others."""
    bare = settings.load(environment=False, file=Path(os.devnull))
    return bare.keeping(facts["settings"])


def _joined(
    found: Sequence[ReportLine], place: Place, cells: tuple[str, ...]
) -> ReportLine:
    """Return the row of a product with what is wrong with its collections."""
    messages = (
        # a row that is wrong by itself names no collection
        f"{line.name}: {line.message}" if line.name else line.message
        for line in found
    )
    message = BETWEEN.join(dict.fromkeys(messages))
    return replace(found[0], place=place, message=message, cells=cells)


def _first_alone(line: ReportLine) -> ReportLine:
    if line.place.row == line.place.row_end:
        return line
    message = f"{line.message} {sentences.text('part/first_product_alone')}"
    place = replace(line.place, row_end=line.place.row)
    return replace(line, place=place, message=message)
