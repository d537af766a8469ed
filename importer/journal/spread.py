"""One row of a table as many rows of a journal: the same for each of some locations.

Pure: values as a statement takes them go in, as many of them come out as there are
locations. Invariants: numbers follow one another, in the order of the locations; what
the rows differ in is the number and the location, in its column and in the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.journal.schema import records
from importer.models.limits import EVERY_LOCATION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importer.journal.statements import Values

_NAMES = [column.name for column in records.columns]
_LOCATION, _BODY = _NAMES.index("location_id"), _NAMES.index("body")
#: How a body begins that was made for all locations.
_STAND_IN = f'{{"altId":"{EVERY_LOCATION}"'.encode()


class Spread:
    """The locations of a table's rows; none where each row is one, as it stands."""

    def __init__(self, locations: Sequence[str] = ()) -> None:
        """Take their ids, which hold letters and digits only."""
        self._locations = [(one, f'{{"altId":"{one}"'.encode()) for one in locations]

    @property
    def width(self) -> int:
        """How many rows of the journal a row of the table is."""
        return len(self._locations) or 1

    def records(self, record: Values) -> Iterator[Values]:
        """Yield a record, of all columns in their order, for each location."""
        if not self._locations:
            yield record
            return
        first, body = record[0], record[_BODY]
        before, between = record[1:_LOCATION], record[_LOCATION + 1 : _BODY]
        behind = record[_BODY + 1 :]
        rest = _rest(body)
        for seq, (location, head) in enumerate(self._locations, first):
            sent = head + rest if body else body
            yield (seq, *before, location, *between, sent, *behind)

    def numbered(self, values: Values) -> Iterator[Values]:
        """Yield values that begin with the number of a row for each location."""
        rest = values[1:]
        for seq in range(values[0], values[0] + self.width):
            yield (seq, *rest)


def _rest(body: Any) -> bytes:  # noqa: ANN401 - a value of a record
    """Return what stands behind the location in a body."""
    if body and not body.startswith(_STAND_IN):
        # sent as it is, it would go to no location, or to one alone
        msg = "a body that is spread does not begin with the stand-in"
        raise AssertionError(msg)
    return bytes(body[len(_STAND_IN) :])
