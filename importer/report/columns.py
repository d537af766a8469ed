"""The columns of a report, and the lines of a report as the values that stand in them.

The one place that knows their names and order, shared by every format. Values are
plain: text, whole numbers or None. Invariant: the columns are a contract with those
who read reports by program; new ones are added at the end, none is renamed.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models import ReportBlock, ReportLine

Value = str | int | None

COLUMNS = (
    "file",
    "sheet",
    "row",
    "row_end",
    "location_id",
    "name",
    "slug",
    "status",
    "collection_id",
    "code",
    "message",
    "attempts",
    "http_status",
    "trace_id",
    "started_at",
    "finished_at",
    "duration_ms",
)

#: Columns that hold whole numbers or nothing.
NUMBER_COLUMNS = ("row", "row_end", "attempts", "http_status", "duration_ms")

#: Columns that hold a moment, UTC, or nothing.
TIME_COLUMNS = ("started_at", "finished_at")


def values(line: ReportLine) -> tuple[Value, ...]:
    """Give one line as its values, in the order of `COLUMNS`."""
    place = line.place
    return (
        place.file,
        place.sheet,
        place.row,
        place.row_end,
        line.location_id,
        line.name,
        line.slug,
        line.status.value,
        line.collection_id,
        line.code,
        line.message,
        line.attempts,
        line.http_status,
        line.trace_id,
        iso(line.started_at),
        iso(line.finished_at),
        duration_ms(line.started_at, line.finished_at),
    )


def columns(block: ReportBlock) -> tuple[Sequence[Value], ...]:
    """Give a block as its columns, in the order of `COLUMNS`."""
    return (
        block.file,
        block.sheet,
        block.row,
        block.row_end,
        block.location_id,
        block.name,
        block.slug,
        block.status,
        block.collection_id,
        block.code,
        block.message,
        block.attempts,
        block.http_status,
        block.trace_id,
        [iso(moment) for moment in block.started_at],
        [iso(moment) for moment in block.finished_at],
        list(map(duration_ms, block.started_at, block.finished_at)),
    )


def iso(moment: float | None) -> str | None:
    """Write seconds since the epoch as ISO 8601, UTC, with milliseconds and `Z`."""
    if moment is None:
        return None
    second, thousandths = divmod(math.floor(moment * 1000), 1000)
    return _second(second) + _THOUSANDTHS[thousandths]


_THOUSANDTHS = tuple(f".{number:03d}Z" for number in range(1000))


@lru_cache(maxsize=256)
def _second(moment: int) -> str:
    """Write a whole second; thousands of rows of a report share each of them."""
    return datetime.fromtimestamp(moment, UTC).isoformat().removesuffix("+00:00")


def duration_ms(started: float | None, finished: float | None) -> int | None:
    """Give the whole milliseconds between two moments, None where one is missing.

    A clock that was set back during the run gives 0, never a negative duration.
    """
    if started is None or finished is None:
        return None
    return max(0, round((finished - started) * 1000))
