"""A DataFrame as a table, by what it can do: pandas itself is not imported.

The rows count from 2, as they would below a header in a spreadsheet. An index that has
a name is read as columns, in front of the others; numbers that pandas counts rows with
are nothing that a person wrote. Invariant: an index is never left out without a word
where it may hold what identifies a row.
"""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Any, Protocol

from importer import sentences
from importer.models import Code, Faulty, Unreadable
from importer.source.objects import text
from importer.source.rows import Record, refusal, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.models import Table


class Frame(Protocol):
    """What is used of a DataFrame."""

    @property
    def columns(self) -> Any:  # noqa: ANN401 - an index of whatever labels
        """The labels of the columns, in order."""

    @property
    def index(self) -> Any:  # noqa: ANN401 - as above
        """The labels of the rows; their names are in `names`."""

    @property
    def iloc(self) -> Any:  # noqa: ANN401 - columns by their number
        """What is asked for a column by its number."""

    def itertuples(self, index: bool = ..., name: None = ...) -> Iterable[Any]:  # noqa: FBT001 - pandas has it so
        """Return the rows, each as a tuple of values."""


def from_frame(frame: Frame, name: str = "DataFrame") -> Table:
    """Read a DataFrame; nothing (NaN, None, NaT) becomes a blank cell.

    Raises:
        InputError: it has no columns or no rows, its columns have several levels or
            a label that is no text, or its index cannot be read as columns.
    """
    header = [label(found, name) for found in frame.columns]
    levels = list(getattr(getattr(frame, "index", None), "names", ()))
    wanted = [_is_column(frame, at, header, name) for at in range(len(levels))]
    # the index's columns come first, as `_records` puts their values there
    kept = [label(found, name) for found in compress(levels, wanted)]
    return table(name, "", _records(frame, kept + header, wanted), ragged=False)


def _records(frame: Frame, header: list[str], wanted: list[bool]) -> Iterator[Record]:
    yield 1, header
    indexed, several = any(wanted), len(wanted) > 1
    for number, values in enumerate(frame.itertuples(index=indexed, name=None), 2):
        if indexed:
            # without several levels pandas gives the label itself and no tuple
            labels = values[0] if several else values[:1]
            values = (*compress(labels, wanted), *values[1:])  # noqa: PLW2901
        cells = [text(value) for value in values]
        if any(map(str.strip, cells)):
            if Unreadable in map(type, cells):
                cells = Faulty(cells)
            yield number, cells


def label(found: Any, name: str) -> str:  # noqa: ANN401 - whatever labels a column
    """Return the header that a label is.

    Raises:
        InputError: it is none.
    """
    if isinstance(found, tuple):
        message = f"its columns have several levels, such as {found!r:.60}."
        remedy = "Make one level of them: frame.columns = [...]."
        raise refusal(name, message, remedy)
    header = text(found)
    if isinstance(header, Unreadable):
        key = f"{Code.VALUE_UNREADABLE.value}/{header.variant}"
        fault = sentences.message(key, header.parameters)
        message = f"a column is called {header}. {fault}"
        raise refusal(name, message, "Give the column a name of text.")
    return header


def _is_column(frame: Frame, level: int, header: list[str], name: str) -> bool:
    """Return whether a level of the index is a column to be read.

    Raises:
        InputError: what it holds may be wanted, but has no name or one that is taken.
    """
    labels = frame.index.get_level_values(level)
    called = frame.index.names[level]
    if called is None:
        if all(isinstance(label, int) for label in labels.tolist()):
            return False
        message = f"its index has no name, and holds more than numbers: {labels[0]!r}."
        remedy = (
            'Name it, frame.rename_axis("slug"), and it is read as a column; or drop '
            "it: frame.reset_index(drop=True)."
        )
        raise refusal(name, message, remedy)
    if (title := label(called, name)) not in header:
        return True
    column = frame.iloc[:, header.index(title)]
    # a column that was also made the index, and kept, says nothing new
    if list(map(text, labels)) == list(map(text, column)):
        return False
    message = f"its index and a column are both called {title}, and differ."
    raise refusal(name, message, "Rename one of them, or drop the index.")
