"""The rows of some locations alone: what picks them, in as many statements as it takes.

It asks nothing by itself. Invariant: a location is in one statement; where none are
given there is one statement for all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, true

from importer.journal.schema import records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy.sql import ColumnElement

#: Locations that one query looks for: fewer than any database's limit of parameters.
KEYS = 500


def at(
    location_id: ColumnElement[str], among: Collection[str] | None
) -> Iterator[ColumnElement[bool]]:
    """Yield what picks rows by the column that has their locations."""
    if among is None:
        yield true()
        return
    wanted = sorted(among)
    for start in range(0, len(wanted), KEYS):
        yield location_id.in_(wanted[start : start + KEYS])


def of(
    seq: ColumnElement[int], among: Collection[str] | None
) -> Iterator[ColumnElement[bool]]:
    """Yield what picks rows by the column that has their numbers."""
    if among is None:
        yield true()
        return
    for theirs in at(records.c.location_id, among):
        yield seq.in_(select(records.c.seq).where(theirs))
