"""The reports of a run: written into its folder, from what its journal has.

What a row's line says stands in `report_lines`, how many there are in `balance`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer import report
from importer.errors import UsageError
from importer.intake import recalled
from importer.models import (
    PROBLEMS,
    WRONG_AT_SERVER,
    Status,
    Summary,
)
from importer.report import retold
from importer.runs import loader, originals
from importer.runs.balance import by_location, remembered, totals
from importer.runs.report_lines import blocks, ending, lines, spoken, troubles
from importer.runs.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.journal import Journal
    from importer.runs.folders import RunFolder
    from importer.sentences import Language

#: The reports that every run writes; the others are written on request.
ALWAYS = ("csv",)
#: The reports for people: the run as a page, and the input with its answers.
PAGE, WORKBOOK = "html", "xlsx"


def formats(text: str) -> list[str]:
    """Return the formats of a list such as `csv,xlsx`.

    Raises:
        UsageError: there is no such format.
    """
    known = (*report.FORMATS, WORKBOOK, PAGE)
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names or [text]:
        if name not in known:
            msg = f"There is no report format {name!r}."
            raise UsageError(msg, remedy="Write one of: " + ", ".join(known))
    return names


def write(
    journal: Journal,
    folder: RunFolder,
    formats: Sequence[str] = ALWAYS,
    counts: Mapping[str, int] | None = None,
    language: Language | None = None,
) -> None:
    """Write the reports of a run.

    Args:
        journal: where the rows are.
        folder: where the files go.
        formats: of the report.
        counts: rows by status, where they are known: a look at all rows less.
        language: that rows are told in; without one that of the run.

    Raises:
        StorageError: a file cannot be written; the journal still has everything.
    """
    reason = ending(journal)
    facts = journal.noted()
    bad = counts is None or any(counts[status] for status in PROBLEMS)
    # who works in a spreadsheet goes on in one
    if bad and WORKBOOK not in formats and _is_wanted_as_workbook(journal, counts):
        formats = (*formats, WORKBOOK)
    for name in formats:
        path = folder.path / f"report.{name}"
        if name == PAGE:
            write_page(journal, folder, remembered(journal, folder), language)
        elif name == WORKBOOK:
            from importer.runs import annotation  # noqa: PLC0415 - rarely wanted

            spread = Spread(facts, journal.history.files())
            told = lines(journal, reason, language)
            annotation.write(path, journal, spread.located(told))
        else:
            report.FORMATS[name](path, blocks(journal, reason, language=language))
    written_as = _written_as(journal, facts)
    found = originals.lines(journal, facts) if bad else ()
    told_in = language or spoken(journal)
    failed = report.write_failed(
        folder.path, retold.lines(found, told_in), written_as, told_in
    )
    if failed or (folder.path / f"report.{WORKBOOK}").exists():
        encodings = {encoding for encoding, _ in written_as.values()}
        kept = {name for name in encodings if not name.startswith("utf-")}
        recalled.write(folder.path, facts.get("settings", {}), kept if failed else ())


def _is_wanted_as_workbook(journal: Journal, counts: Mapping[str, int] | None) -> bool:
    """Return whether a row is to be fixed that came from a workbook."""
    # one of collections that were made of products has not their columns, and one whose
    # rows went into many locations has each of them as often
    facts = journal.noted()
    others = {*facts.get(loader.MADE_OF, {}), *facts.get(loader.SPREAD, {})}
    files = enumerate(journal.history.files())
    if not any(file.sheet and str(number) not in others for number, file in files):
        return False
    if counts is None:
        counts = totals(by_location(journal))
    return any(counts[status] for status in PROBLEMS)


def _written_as(
    journal: Journal, facts: Mapping[str, Any]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return encoding and separator of the texts that are written otherwise."""
    noted = facts.get("written", {})
    return {
        (file.file, file.sheet): (
            _writable(noted[str(number)][0]),
            noted[str(number)][1],
        )
        for number, file in enumerate(journal.history.files())
        if noted.get(str(number))
    }


def _writable(encoding: str) -> str:
    """Return the encoding that says by a mark which one it is, where there is one."""
    if encoding.startswith("utf-16"):
        return "utf-16"
    return "utf-8-sig" if encoding.startswith(("utf-8", "utf-32")) else encoding


def write_page(
    journal: Journal,
    folder: RunFolder,
    summary: Summary,
    language: Language | None = None,
) -> None:
    """Write the flight record of a run.

    Raises:
        StorageError: it cannot be written.
    """
    from importer.report import page  # noqa: PLC0415 - a check has no page

    counts, codes = summary.counts, summary.codes
    troubled = any(counts[status] for status in (*PROBLEMS, Status.UNKNOWN))
    troubled = troubled or any(codes.get(code) for code in WRONG_AT_SERVER)
    found = troubles(journal, language) if troubled else ()
    made = page.kept(
        *(
            journal.made.collections(status, page.KEPT) if counts[status] else ()
            for status in (Status.CREATED, Status.UPDATED)
        )
    )
    page.write_page(folder.path / f"report.{PAGE}", summary, found, made)
