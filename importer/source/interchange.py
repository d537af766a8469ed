"""A frame by the DataFrame interchange protocol (`__dataframe__`), without a library.

Columns come as buffers in memory with a description: the type of the values, where
texts begin, and how a missing value is marked. Numbers, truths, texts, times and
categories are read; other types are refused by the library that hands the frame over.
Invariant: a whole number stays one, also beside missing ones.
"""

from __future__ import annotations

import datetime as dt
import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# kinds of values, and of marks for what is missing, as the protocol numbers them
_INT, _UINT, _FLOAT, _BOOL, _STRING, _DATETIME, _CATEGORY = 0, 1, 2, 20, 21, 22, 23
_NAN, _SENTINEL, _BITS, _BYTES = 1, 2, 3, 4
_CODES = {
    _INT: {8: "b", 16: "h", 32: "i", 64: "q"},
    _UINT: {8: "B", 16: "H", 32: "I", 64: "Q"},
    _FLOAT: {16: "e", 32: "f", 64: "d"},
    _BOOL: {8: "?"},
    _DATETIME: {32: "i", 64: "q"},
}
_PARTS = {"s": 1, "m": 10**3, "u": 10**6, "n": 10**9}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def read(frame: Any) -> tuple[list[str], Iterator[tuple[Any, ...]]]:  # noqa: ANN401 - a frame of any library
    """Return the names of the columns, and the rows.

    Raises:
        Exception: a column is of a type that it cannot hand over.
    """
    exchanged = frame.__dataframe__(allow_copy=True)
    return list(exchanged.column_names()), _rows(exchanged)


def _rows(exchanged: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - of the protocol
    for chunk in exchanged.get_chunks():
        columns = [chunk.get_column(at) for at in range(chunk.num_columns())]
        yield from zip(*map(_values, columns), strict=True)


def _values(column: Any) -> list[Any]:  # noqa: ANN401 - as above
    """Return all values of a column; None where one is missing."""
    size = column.size() if callable(column.size) else column.size
    buffers = column.get_buffers()
    kind, _, form, _ = column.dtype
    if kind == _STRING:
        values = _texts(buffers, column.offset, size)
    else:
        values = _plain(buffers["data"], column.offset, size)
    missing = _missing(column, buffers, values)
    if kind == _CATEGORY:
        categories = _values(column.describe_categorical["categories"])
        values = [
            None if absent else categories[code]
            for code, absent in zip(values, missing, strict=True)
        ]
    elif kind == _DATETIME:
        moment = moments(form)
        values = [
            None if absent else moment(value)
            for value, absent in zip(values, missing, strict=True)
        ]
    return [
        None if absent else value for value, absent in zip(values, missing, strict=True)
    ]


def _content(buffer: Any) -> bytes:  # noqa: ANN401 - as above
    import ctypes  # noqa: PLC0415 - for a frame alone

    return ctypes.string_at(buffer.ptr, buffer.bufsize) if buffer.bufsize else b""


def _plain(described: Any, offset: int, size: int) -> list[Any]:  # noqa: ANN401 - as above
    buffer, (kind, bits, _, _) = described
    content = _content(buffer)
    if bits == 1:
        return [bool(_bit(content, offset + at)) for at in range(size)]
    code = _CODES[kind][bits]
    return list(struct.unpack_from(f"={size}{code}", content, offset * bits // 8))


def _texts(buffers: Any, offset: int, size: int) -> list[Any]:  # noqa: ANN401 - as above
    content = _content(buffers["data"][0])
    starts = _plain(buffers["offsets"], offset, size + 1)
    return [
        # what is no UTF-8 is told as a problem of its row
        content[begin:end].decode("utf-8", "surrogateescape")
        for begin, end in pairwise(starts)
    ]


def _missing(column: Any, buffers: Any, values: list[Any]) -> list[bool]:  # noqa: ANN401 - as above
    kind, mark = column.describe_null
    if kind == _NAN:
        return [value != value for value in values]  # noqa: PLR0124 - only NaN differs
    if kind == _SENTINEL:
        return [value == mark for value in values]
    if kind not in {_BITS, _BYTES} or buffers["validity"] is None:
        return [False] * len(values)
    content = _content(buffers["validity"][0])
    places = range(column.offset, column.offset + len(values))
    if kind == _BITS:
        return [_bit(content, at) == mark for at in places]
    return [content[at] == mark for at in places]


def _bit(content: bytes, at: int) -> int:
    return content[at >> 3] >> (at & 7) & 1


def moments(form: str) -> Callable[[int], Any]:
    """Return what makes a moment of a number, by Arrow's word for its kind."""
    if form == "tdD":
        return lambda days: _EPOCH.date() + dt.timedelta(days)
    if form == "tdm":
        return lambda parts: (_EPOCH + dt.timedelta(milliseconds=parts)).date()
    parts = _PARTS[form[2]]
    zone = ZoneInfo(form[4:]) if form[4:] else None

    def moment(value: int) -> Any:  # noqa: ANN401 - text where a nanosecond is told
        seconds, rest = divmod(value, parts)
        nanoseconds = rest * (10**9 // parts)
        found = _EPOCH + dt.timedelta(0, seconds, nanoseconds // 1000)
        found = found.astimezone(zone) if zone else found.replace(tzinfo=None)
        if not nanoseconds % 1000:
            return found
        told = found.isoformat(timespec="microseconds")
        return f"{told[:26]}{nanoseconds % 1000:03}{told[26:]}"

    return moment
