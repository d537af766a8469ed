"""The annotated workbook of a run: what the journal knows, as `report.xlsx` wants it.

It reads the journal and changes nothing. Invariant: a row that is not in its location
(any more) is never written as done, because the workbook can be run again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer import mapping, report
from importer.intake import earlier
from importer.models import DONE, Code, Status
from importer.models.annotations import MADE
from importer.runs.undo import Undone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from importer.journal import Journal
    from importer.models import InputFile, ReportLine

#: What is said of a row that the run created and its undo deleted.
UNDONE = "It was created, and deleted again by importer undo."
_GONE = frozenset({Undone.DELETED.value, Undone.GONE.value})


def write(path: Path, journal: Journal, lines: Iterable[ReportLine]) -> None:
    """Write the workbook.

    Args:
        path: the file.
        journal: of the run.
        lines: every row of it in input order, with its cells.

    Raises:
        StorageError: the file cannot be written.
    """
    facts = journal.noted()
    tables = journal.history.files()
    noted, above = facts.get("widths", {}), facts.get("above", {})
    beside: Counter[str] = Counter()
    for codes in facts.get("codes_beside", {}).values():
        beside.update(codes)
    report.write_xlsx(
        path,
        _standing(journal, lines, _derived(tables, facts)),
        widths={
            (table.file, table.sheet): noted.get(str(number), ())
            for number, table in enumerate(tables)
        },
        above={
            (table.file, table.sheet): above[str(number)]
            for number, table in enumerate(tables)
            if str(number) in above
        },
        beside=beside,
        server=earlier.server(facts.get("settings", {}).get("base_url", "")),
    )


def _derived(tables: Iterable[InputFile], facts: dict[str, Any]) -> set[object]:
    """Return the tables whose rows are products, of which collections were made.

    Their columns would say of a collection what is true of one of its products.
    """
    settings = facts.get("settings", {})
    chosen, known = settings.get("preset", ""), mapping.derived_presets()
    # with a mapping file that is the name of a table's preset
    asked_for = bool(settings.get("collections_from", ""))
    return {
        (table.file, table.sheet)
        for table in tables
        if asked_for or table.preset in known or chosen in known
    }


def _is_done(journal: Journal, undone: Mapping[int, object]) -> bool:
    """Return whether nothing of the run is left to be done."""
    return not undone and all(
        status in DONE and code != Code.MISSING_AT_SERVER
        for _, status, code, _ in journal.history.codes()
    )


def _standing(
    journal: Journal, lines: Iterable[ReportLine], derived: set[object]
) -> Iterator[ReportLine]:
    """Yield the rows as they stand now: after an undo, and after an audit."""
    undone = journal.review.undo_states()
    # what is not done would be created without its products, if the workbook were run
    made = () if not derived or _is_done(journal, undone) else MADE
    for seq, line in enumerate(lines):
        if undone and undone.get(seq, ("", ""))[0] in _GONE:
            line = replace(  # noqa: PLW2901 - the same row
                line, status=Status.NOT_ATTEMPTED, collection_id="", message=UNDONE
            )
        # what is missing at the server is not written as done, or the workbook would
        # call it so when it is run again
        elif line.code == Code.MISSING_AT_SERVER:
            line = replace(line, status=Status.UNKNOWN)  # noqa: PLW2901 - the same
        if derived and (line.place.file, line.place.sheet) in derived:
            named = (line.location_id, line.name, line.slug) if made else ()
            line = replace(line, header=made, cells=named)  # noqa: PLW2901 - the same
        yield line
