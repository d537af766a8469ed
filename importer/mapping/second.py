"""Columns of a field that has a better one: which they are, and what is told of them.

HighLevel has a place for what they hold, and another column is already in it. Knows
headers and no rows. Invariant: each is named together with the column that is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.mapping.preset import key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def columns(
    header: Sequence[str],
    known: Mapping[str, tuple[str, int]],
    found: Mapping[str, int],
    passed_over: Collection[int],
) -> dict[int, int]:
    """Find the second columns of a table, each with the one that is used.

    Args:
        header: the table's.
        known: field and rank by the key of a header.
        found: the fields that were found, by their column.
        passed_over: columns that something is made of, or that are ignored.
    """
    fields = {
        index: known.get(key(text), ("", 0))[0]
        for index, text in enumerate(header)
        if index not in passed_over
    }
    return {index: found[field] for index, field in fields.items() if field in found}


def named(
    header: Sequence[str], columns: Mapping[int, int]
) -> tuple[tuple[str, str], ...]:
    """Their headers, in the order of the file, each with that of the used one."""
    return tuple(
        (header[index].strip(), header[used].strip()) for index, used in columns.items()
    )


def notes(named: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Tell of them, a phrase for each column that is used."""
    return tuple(
        f"not read, because the column {used} is used instead: "
        + ", ".join(other for other, beside in named if beside == used)
        for used in dict.fromkeys(used for _, used in named)
    )
