"""A frame of any library as a table: by the Arrow C stream, or what else it offers.

The ways are tried in turn: pyarrow, the frame's own rows, nanoarrow, the interchange
protocol; a way whose library is not installed, or that does not know a type of a
column, gives way to the next. Nothing is imported before a frame asks for it. The rows
count from 2, as below a header. Invariants: a whole number keeps all of its digits; a
value that cannot be read is a problem of its row alone.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from importer.models import Faulty, Unreadable
from importer.source import interchange
from importer.source.frame import label
from importer.source.objects import text, unreadable
from importer.source.rows import Record, refusal, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.errors import InputError
    from importer.models import Table

    #: The labels of the columns, and the rows.
    Read = tuple[list[Any], Iterator[Any]]

_STREAM, _ARRAY, _PROTOCOL = "__arrow_c_stream__", "__arrow_c_array__", "__dataframe__"
#: Without any of these, a frame's rows themselves are the last resort.
_ROWS = ("iter_rows", "fetchall")
#: Rows of a batch that become Python's values at once.
_TOGETHER = 5_000
_GIVE = "Give a frame with columns and rows."


def from_columns(frame: object, name: str) -> Table:
    """Read a frame; what is missing becomes a blank cell.

    Raises:
        InputError: it has no columns or rows, or no library that reads it is there.
    """
    labels, rows = _read(frame, name)
    header = [label(found, name) for found in labels]
    return table(name, "", _records(header, rows, name), ragged=False)


def _read(frame: object, name: str) -> Read:
    """Return the labels and rows by the first way that gives a row.

    Raises:
        InputError: none does.
    """
    failures: list[Exception] = []
    for way, attributes in _WAYS:
        # an attribute of the frame itself may be a column of that name
        if not any(hasattr(type(frame), name) for name in attributes):
            continue
        try:
            labels, rows = way(frame)
            first = next(rows, None)
        except ImportError:
            continue
        except Exception as failure:  # noqa: BLE001 - libraries raise what they like
            failures.append(failure)
            continue
        return labels, rows if first is None else chain((first,), rows)
    raise _refused(frame, name, failures)


def _refused(frame: object, name: str, failures: list[Exception]) -> InputError:
    if not failures:
        message = "what reads the Arrow C stream of a frame is not installed."
        return refusal(name, message, "Run: pip install nanoarrow (or pyarrow).")
    reason = " ".join(str(failures[0]).split())
    message = f"it cannot be read as a table ({reason:.200})."
    way = "Make one of it: column.to_frame()." if hasattr(frame, "to_frame") else _GIVE
    return refusal(name, message, way)


def _records(header: list[str], rows: Iterable[Any], name: str) -> Iterator[Record]:
    yield 1, header
    number = 1
    try:
        for number, values in enumerate(rows, 2):
            cells = [_text(value) for value in values]
            if any(map(str.strip, cells)):
                yield number, Faulty(cells) if Unreadable in map(type, cells) else cells
    except Exception as failure:
        reason = " ".join(str(failure).split())
        message = f"what follows row {number} cannot be read ({reason:.200})."
        raise refusal(name, message, "Look into the frame from there on.") from failure


def _text(value: Any) -> str:  # noqa: ANN401 - a cell may hold anything
    return value if isinstance(value, Unreadable) else text(value)


def _by_pyarrow(frame: Any) -> Read:  # noqa: ANN401 - a frame of any library
    import pyarrow as pa  # noqa: PLC0415 - rarely needed, and takes long

    if hasattr(type(frame), _STREAM):
        reader = pa.RecordBatchReader.from_stream(frame)
        return list(reader.schema.names), _batches(reader)
    batch = pa.record_batch(frame)
    return list(batch.schema.names), _batches([batch])


def _batches(reader: Iterable[Any]) -> Iterator[Any]:
    for batch in reader:
        for begin in range(0, batch.num_rows, _TOGETHER):
            part = batch.slice(begin, _TOGETHER)
            yield from zip(*map(_values, part.columns), strict=True)


def _values(column: Any) -> list[Any]:  # noqa: ANN401 - an array of Arrow
    try:
        return list(column.to_pylist(maps_as_pydicts="strict"))
    except TypeError:  # older than pyarrow 20, where a map is a list of pairs
        return list(column.to_pylist())
    except Exception:  # noqa: BLE001 - one value of it, which is looked for
        return [_value(scalar) for scalar in column]


def _value(scalar: Any) -> Any:  # noqa: ANN401 - a value of Arrow
    try:
        return scalar.as_py(maps_as_pydicts="strict")
    except Exception:  # noqa: BLE001 - as above
        return unreadable(scalar, "object")


def _by_nanoarrow(frame: Any) -> Read:  # noqa: ANN401 - as above
    import nanoarrow  # noqa: PLC0415 - as above

    stream = nanoarrow.ArrayStream(frame)
    schema = stream.schema
    if _has_views(nanoarrow.c_schema(schema)):
        msg = "its texts are views, which only pyarrow reads: pip install pyarrow"
        raise TypeError(msg)
    if schema.type is not nanoarrow.Type.STRUCT:
        msg = f"it is a column of {schema.type.name.lower()}"
        raise TypeError(msg)
    rows = (row for batch in stream.iter_chunks() for row in batch.iter_tuples())
    return [field.name for field in schema.fields], rows


def _has_views(schema: Any) -> bool:  # noqa: ANN401 - of nanoarrow
    """Return whether a column is of a type whose values nanoarrow 0.9 crashes on."""
    if schema.format.startswith(("v", "+v")):
        return True
    inner = [*schema.children, *([schema.dictionary] if schema.dictionary else [])]
    return any(map(_has_views, inner))


def _by_own_rows(frame: Any) -> Read:  # noqa: ANN401 - as above
    labels = list(frame.columns)
    if hasattr(type(frame), "iter_rows"):
        return labels, iter(frame.iter_rows())
    return labels, iter(frame.fetchall())


#: How a frame may be read, and what its class has for it.
_WAYS = (
    (_by_pyarrow, (_STREAM, _ARRAY)),
    (_by_own_rows, _ROWS),
    (_by_nanoarrow, (_STREAM, _ARRAY)),
    (interchange.read, (_PROTOCOL,)),
)


def is_frame(data: object) -> bool:
    """Return whether it can be read as a frame, as far as its class tells."""
    kind = type(data)
    if any(hasattr(kind, name) for name in (_STREAM, _ARRAY, _PROTOCOL)):
        return True
    return any(hasattr(kind, name) for name in _ROWS) and hasattr(data, "columns")
