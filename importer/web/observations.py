"""What was noticed in good rows: texts that are sent, and may not be meant so.

These functions work on the workbench, wherever it lies open. Invariant: what is said is
what `check` says of the row, in words of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.models.codes import TEXT_REMARKS
from importer.sentences import language

if TYPE_CHECKING:
    import importer

#: How many are listed.
LISTED = 50


@dataclass(frozen=True, slots=True)
class Observation:
    """What is said of a row: what it is called on the bench, and its own number."""

    row: int
    number: int
    header: str
    text: str


def count(bench: importer.Workbench) -> int:
    """Count what was noticed, as the list of it does."""
    found, more = listed(bench, language.ENGLISH.code)
    return len(found) + more


def listed(bench: importer.Workbench, code: str) -> tuple[tuple[Observation, ...], int]:
    """Say the first of them in a language, and count how many more there are."""
    spoken, found, told = language.named(code), list[Observation](), 0
    headers = {column.header for table in bench.tables for column in table.columns}
    rows = bench.remarked(LISTED + 1)
    for row in rows:
        told += len({remark.code for remark in row.remarks})
        for remark in row.remarks:
            header = remark.column if remark.column in headers else ""
            said = remark.said_on_page(spoken, header, remedy=True)
            found.append(Observation(row.row, row.place.row, header, said))
    # of those that are not listed it is known in how many rows which kind is
    kinds = sum(bench.remarks.get(kind, 0) for kind in TEXT_REMARKS)
    rest = max(0, kinds - told) if len(rows) > LISTED else 0
    return tuple(found[:LISTED]), rest + max(0, len(found) - LISTED)
