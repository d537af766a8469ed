"""What a run made: the collections that it created, and those that it changed.

Only reads, and only as many rows as are asked for, as a run may have a million.
Invariants: they come in the order of the input; name and slug are those that the server
has, where it has changed them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, literal_column, select

from importer.journal.schema import changes, inputs, rows, undone
from importer.journal.statements import streamed
from importer.models import MadeCollection, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from importer.journal.statements import Values
    from importer.models import Status

_BLANK: ColumnElement[str] = literal_column("''")
#: Rows that are fetched in one go: what an update changes may be long.
TOGETHER = 50
#: The rows in a state, in the order of `MadeCollection`, and what is shown of them.
_MADE = (
    select(
        inputs.c.file,
        inputs.c.sheet,
        rows.c.row,
        rows.c.row_end,
        rows.c.location_id,
        rows.c.name,
        rows.c.slug,
        rows.c.collection_id,
        rows.c.code,
        func.coalesce(undone.c.state, _BLANK),
        func.coalesce(changes.c.fields, _BLANK),
        rows.c.shown,
    )
    .select_from(
        rows.join(inputs, inputs.c.id == rows.c.input)
        .outerjoin(undone, undone.c.seq == rows.c.seq)
        .outerjoin(changes, changes.c.seq == rows.c.seq)
    )
    .order_by(rows.c.seq)
)


class Made:
    """The collections that a run created or updated."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine

    def collections(self, status: Status, most: int) -> Iterator[MadeCollection]:
        """Yield the first collections that are in a state, `most` of them at most."""
        wanted = _MADE.where(rows.c.status == status.value).limit(most)
        with self._engine.connect() as connection:
            for some in streamed(connection, wanted, TOGETHER):
                yield from map(_collection, some)


def _collection(record: Values) -> MadeCollection:
    *place, location_id, name, slug, collection_id, code, state, fields, shown = record
    there = json.loads(shown) if shown else {}
    changed = json.loads(fields) if fields else {}
    return MadeCollection(
        Place(*place),
        location_id,
        there.get("name") or name,
        there.get("slug") or slug,
        collection_id,
        code,
        state,
        {field: (before, after) for field, (before, after) in changed.items()},
    )
