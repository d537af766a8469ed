"""A DataFrame as a table, by what it can do: pandas itself is not imported.

The rows count from 2, as they would below a header in a spreadsheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from importer.source.cells import text_of
from importer.source.rows import Record, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.models import Table


class Frame(Protocol):
    """What is used of a DataFrame."""

    @property
    def columns(self) -> Any:  # noqa: ANN401 - an index of whatever labels
        """The labels of the columns, in order."""

    def itertuples(self, index: bool = ..., name: None = ...) -> Iterable[Any]:  # noqa: FBT001 - pandas has it so
        """The rows, each as a tuple of values."""


def from_frame(frame: Frame, name: str = "DataFrame") -> Table:
    """Read a DataFrame; nothing (NaN, None, NaT) becomes a blank cell.

    Raises:
        InputError: it has no columns or no rows.
    """
    return table(name, "", _records(frame), ragged=False)


def _records(frame: Frame) -> Iterator[Record]:
    yield 1, [text_of(label) for label in frame.columns]
    for number, values in enumerate(frame.itertuples(index=False, name=None), start=2):
        cells = [text_of(value) for value in values]
        if any(map(str.strip, cells)):
            yield number, cells
