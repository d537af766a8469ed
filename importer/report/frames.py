"""A report as a table to work with: a pandas DataFrame with typed columns.

The one place of the report that knows pandas, loaded when a table is asked for and
not before. It holds all lines in memory, because that is what a DataFrame is.
Invariant: the columns are those of `report.csv`, with types that survive an empty
report.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.report.columns import COLUMNS, NUMBER_COLUMNS, TIME_COLUMNS, values

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from importer.models import ReportLine


#: What XML, and so a workbook, cannot hold.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_frame(lines: Iterable[ReportLine]) -> pd.DataFrame:
    """Give one row for each line, in their order.

    Whole numbers are `Int64` (a missing one is `<NA>`), moments are timestamps in UTC
    that say no zone, since Excel knows none; everything else is text, in which a
    control character that no workbook can hold is replaced by U+FFFD.
    """
    import pandas as pd  # noqa: PLC0415 - half a second, only when asked for

    frame = pd.DataFrame([values(line) for line in lines], columns=list(COLUMNS))
    for column in COLUMNS:
        if column in NUMBER_COLUMNS:
            frame[column] = frame[column].astype("Int64")
        elif column in TIME_COLUMNS:
            moments = pd.to_datetime(frame[column], utc=True, format="ISO8601")
            frame[column] = moments.dt.tz_localize(None).astype("datetime64[ms]")
        else:
            frame[column] = frame[column].map(_writable).astype("string")
    return frame


def _writable(text: str | None) -> str | None:
    if text is None or text.isprintable():
        return text
    return _NOT_IN_XML.sub("\ufffd", text)
