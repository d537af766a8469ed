"""Frames of other libraries: a value is what a file would hold, or a problem."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd  # noqa: TID251 - what a user of the library brings
import polars as pl
import pyarrow as pa
import pytest

from importer import source
from importer.errors import InputError
from importer.models import Unreadable
from importer.source import interchange

LARGE = 2**63 - 1
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def cells(frame: Any, column: str = "x") -> list[str]:
    """The cells of a column, those of rows that are blank left out."""
    table = source.from_columns(frame, "frame")
    assert table.header == (column,)
    return [row.cells[0] for row in table.rows]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None, LARGE], pl.Int64, ["1", str(LARGE)]),
        ([2**64 - 1], pl.UInt64, [str(2**64 - 1)]),
        ([2**100], pl.Int128, [str(2**100)]),
        ([1.0, float("nan"), 2.5], pl.Float64, ["1", "2.5"]),
        ([Decimal("1.10")], pl.Decimal(10, 2), ["1.10"]),
        ([True, None, False], pl.Boolean, ["TRUE", "FALSE"]),
        ([MOMENT.date()], pl.Date, ["2026-01-02"]),
        ([MOMENT], pl.Datetime("us", "UTC"), ["2026-01-02T03:04:05+00:00"]),
        ([dt.time(3, 4)], pl.Time, ["03:04:00"]),
        (["a", "b", None, "a"], pl.Categorical, ["a", "b", "a"]),
        ([["a", "b"]], pl.List(pl.String), ['["a", "b"]']),
        ([{"a": 1}], pl.Struct({"a": pl.Int64}), ['{"a": 1}']),
    ],
)
def test_a_value_of_polars_is_the_cell_that_a_file_would_have(
    values: list[Any], kind: Any, expected: list[str]
) -> None:
    """Whole numbers keep all digits, also beside missing ones."""
    assert cells(pl.DataFrame({"x": pl.Series(values, dtype=kind)})) == expected


@pytest.mark.parametrize(
    "frame",
    [
        pl.DataFrame({"x": [b"bytes"]}),
        pl.DataFrame({"x": [dt.timedelta(seconds=1)]}),
        pl.DataFrame({"x": [[float("nan")]]}),
        pl.DataFrame({"x": ["a\0b"]}),
        pa.table({"x": pa.array([b"\xff"], pa.binary()).view(pa.string())}),
        duckdb.sql("select interval 1 month as x"),
    ],
)
def test_a_value_without_one_text_is_a_problem_of_its_row(frame: Any) -> None:
    """As in a DataFrame of pandas: bytes, spans of time, text that is none."""
    (cell,) = cells(frame)
    assert isinstance(cell, Unreadable)


def test_a_map_is_an_object_and_a_uuid_its_text() -> None:
    """What DuckDB has beside the usual types."""
    assert cells(duckdb.sql("select map {'a': 1} as x")) == ['{"a": 1}']
    assert cells(duckdb.sql("select 'b'::enum('a', 'b') as x")) == ["b"]
    assert cells(duckdb.sql("select 170141183460469231731687303715884105727 as x")) == [
        "170141183460469231731687303715884105727"
    ]


def test_columns_that_are_called_like_methods_are_columns() -> None:
    """A relation has an attribute for each of its columns."""
    relation: Any = duckdb.sql("select 'a' as read, 'b' as iloc, 'c' as __dataframe__")
    table = source.from_columns(relation, "frame")
    assert table.header == ("read", "iloc", "__dataframe__")


@pytest.mark.filterwarnings("ignore:The Dataframe Interchange:Warning")
def test_the_interchange_protocol_keeps_numbers_texts_and_times() -> None:
    """pandas' own reader of it makes floats of whole numbers beside missing ones."""
    columns: dict[str, Any] = {
        "whole": pd.array([LARGE, None, 3], dtype="Int64"),
        "small": pd.array([1, 2, 3], dtype="int8"),
        "float": [0.5, float("nan"), 2.0],
        "truth": [True, False, True],
        "text": pd.Series(["a", None, "ß"], dtype="str"),
        "time": pd.to_datetime(pd.Series(["2026-01-02", None, "2026-01-03"])),
        "kind": pd.Categorical(["p", None, "q"]),
    }
    _, rows = interchange.read(pd.DataFrame(columns))
    assert list(rows) == [
        (LARGE, 1, 0.5, True, "a", dt.datetime(2026, 1, 2), "p"),  # noqa: DTZ001
        (None, 2, None, False, None, None, None),
        (3, 3, 2.0, True, "ß", dt.datetime(2026, 1, 3), "q"),  # noqa: DTZ001
    ]


def test_the_interchange_protocol_is_read_from_arrow_too() -> None:
    """Bits mark what is missing, slices have an offset, times a zone or a day."""
    nanoseconds = pa.array([10**9 + 1], pa.timestamp("ns"))
    columns: dict[str, Any] = {
        "whole": pa.array([0, 7, None], pa.uint16()),
        "truth": pa.array([True, False, None]),
        "text": pa.array(["", "ü", None]),
        "zone": pa.array([MOMENT] * 3, pa.timestamp("ms", "Europe/Berlin")),
        "kind": pa.array(["a", "b", None]).dictionary_encode(),
    }
    _, rows = interchange.read(pa.table(columns).slice(1))
    assert list(rows) == [
        (7, False, "ü", MOMENT, "b"),
        (None, None, None, MOMENT, None),
    ]
    _, rows = interchange.read(pa.table({"x": nanoseconds}))
    assert list(rows) == [("1970-01-01T00:00:01.000000001",)]
    assert interchange.moments("tdD")(1) == dt.date(1970, 1, 2)
    assert interchange.moments("tdm")(86_400_000) == dt.date(1970, 1, 2)


def test_a_frame_that_breaks_off_says_after_which_row() -> None:
    """What its library raises is told as an error of the input."""
    schema = pa.schema({"x": pa.string()})

    def batches() -> Any:
        yield pa.record_batch({"x": ["a", "b"]}, schema=schema)
        msg = "the connection is gone"
        raise OSError(msg)

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    table = source.from_columns(reader, "night")
    with pytest.raises(InputError, match=r"night: .* row 3 .*connection is gone"):
        list(table.rows)


def test_two_columns_of_one_name_are_both_read() -> None:
    """The mapping says what is wrong with them, by their names."""
    columns = [pa.array(["a"]), pa.array(["b"])]
    table = source.from_columns(pa.Table.from_arrays(columns, ["x", "x"]), "frame")
    assert table.header == ("x", "x")
    assert next(table.rows).cells == ("a", "b")
