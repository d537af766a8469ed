"""Losses that are planted on purpose: the invariant must notice each of them.

Each takes the place of a step of reading with one that loses something without a word.
`make fuzz LOSS=NAME` plants one, and so does the property's own test.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest import mock

from importer.intake import judged, sheets
from importer.mapping import columns
from importer.models import Invalid, Valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Records = Iterator[tuple[int, list[str]]]


def _rows(records: Records) -> Records:
    """Swallow each third row."""
    for at, record in enumerate(records):
        if at % 3:
            yield record


def _tails(records: Records) -> Records:
    """Cut off what a cell is too long for."""
    for number, cells in records:
        for at, cell in enumerate(cells):
            cells[at] = cell[:14]
        yield number, cells


def _column(records: Records) -> Records:
    """Read nothing of the second column."""
    for number, cells in records:
        cells[1:2] = [""] * len(cells[1:2])
        yield number, cells


def _reading(lossy: Callable[[Records], Records]) -> Any:
    whole = sheets.read

    def read(*given: Any) -> list[Any]:
        return [
            replace(table, records=lossy(iter(table.records)))
            for table in whole(*given)
        ]

    return mock.patch.object(sheets, "read", read)


def _judging(lossy: Callable[[Any], Any]) -> Any:
    whole = judged.rows

    def rows(*given: Any) -> Iterator[Any]:
        for status, checked in whole(*given):
            if (left := lossy(checked)) is not None:
                yield status, left

    return mock.patch.object(judged, "rows", rows)


def _field(checked: Any) -> Any:
    """Forget a field of what is sent."""
    if isinstance(checked, tuple):
        number, cells, parts = checked
        return number, cells, {k: v for k, v in parts.items() if k != "seo_title"}
    if isinstance(checked, Valid):
        parts = {k: v for k, v in checked.parts.items() if k != "seo_title"}
        return replace(checked, parts=parts)
    return checked


def _remarks(checked: Any) -> Any:
    return replace(checked, remarks=()) if isinstance(checked, Valid) else checked


def _problems(checked: Any) -> Any:
    return None if isinstance(checked, Invalid) else checked


LOSSES: dict[str, Callable[[], Any]] = {
    "rows": lambda: _reading(_rows),
    "tails": lambda: _reading(_tails),
    "column": lambda: _reading(_column),
    "field": lambda: _judging(_field),
    "remarks": lambda: _judging(_remarks),
    "problems": lambda: _judging(_problems),
    "left_out": lambda: mock.patch.object(columns, "_left_out", return_value=()),
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Lose something while the block runs; nothing without a name."""
    if not name:
        yield
        return
    with LOSSES[name]():
        yield
