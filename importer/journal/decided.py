"""What the plan made of every row, as a saved plan keeps it and a run goes by it.

Only reads, as a stream, however many rows there are. Invariant: the rows come in the
order of the input, so that two readings can be laid side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import orjson
from sqlalchemy import select

from importer.journal.schema import changes, inputs, rows
from importer.journal.statements import stream
from importer.models import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


class DecidedRow(NamedTuple):
    """A row of the input with the decision about it.

    `input` is the number of its table; `cells` are the JSON of its cells; `status` is
    the text of one; `body` is what would be sent, and belongs to an update where
    `collection_id` is filled; `fields` are the JSON of what an update changes, or None.
    """

    input: int
    row: int
    row_end: int
    cells: str
    location_id: str
    name: str
    slug: str
    status: str
    collection_id: str
    code: str
    message: str
    remark_code: str
    remark: str
    body: bytes
    fields: str | None

    @property
    def why(self) -> tuple[str, str]:
        """Code and sentences, the plan's and those of the check."""
        parts = [text for text in (self.message, self.remark) if text]
        return self.code or self.remark_code, BETWEEN.join(parts)

    @property
    def changes(self) -> dict[str, list[str]]:
        """The fields that an update changes: what is there, and what the row says."""
        return orjson.loads(self.fields) if self.fields else {}


class Decided:
    """The rows with what the plan decided about them."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine whose tables exist."""
        self._engine = engine

    def rows(self) -> Iterator[DecidedRow]:
        """Yield every row in the order of the input."""
        with self._engine.connect() as connection:
            for record in stream(connection, _ROWS):
                yield DecidedRow(*record)

    def headers(self) -> list[str]:
        """Return the header of every table that was read, as JSON, in their order."""
        with self._engine.connect() as connection:
            found = connection.execute(select(inputs.c.header).order_by(inputs.c.id))
            return [header for (header,) in found]


_ROWS = (
    select(
        *(rows.c[name] for name in DecidedRow._fields if name != "fields"),
        changes.c.fields,
    )
    .select_from(rows.outerjoin(changes, rows.c.seq == changes.c.seq))
    .order_by(rows.c.seq)
)
