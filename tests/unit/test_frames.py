"""DataFrames as inputs: every value becomes what was meant, or a problem of its row."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import pickle
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest

import importer
from importer import source

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
PRODUCT = "655b33a82209e60b6adb87a5"


def check(frame: Any, **options: Any) -> Any:
    """What the library says of an input."""
    return asyncio.run(importer.check(frame, location_id=LOCATION, **options))


def problems(frame: object) -> list[tuple[int, str, str]]:
    """Row, column and code of each problem."""
    found = check(frame).document()["problems"]
    return [(one["row"], one["column"], one["code"]) for one in found]


def frame(**columns: Any) -> pd.DataFrame:
    """One good row, and what a test puts into it."""
    good = {"name": "Shoes", "slug": "shoes", "type": "manual", "product_ids": PRODUCT}
    return pd.DataFrame([{**good, **columns}], dtype=object)


def rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """The rows as cells by header."""
    read = source.from_frame(table)
    return [dict(zip(read.header, row.cells, strict=True)) for row in read.rows]


# the index


def test_a_named_index_is_read_as_a_column() -> None:
    """The slugs of `set_index("slug")` are those of the file, not made from names."""
    plain = frame(slug="other")
    for indexed in (
        plain.set_index("slug"),
        plain.set_index(["type", "slug"]),
        plain.set_index("slug", append=True),
    ):
        assert rows(indexed)[0]["slug"] == "other"
        assert check(indexed).remarks == {}
    assert source.from_frame(plain.set_index("slug")).header[0] == "slug"


def test_an_index_that_repeats_a_column_is_read_once() -> None:
    """Of `set_index("slug", drop=False)`; where the two differ, it is refused."""
    kept = frame().set_index("slug", drop=False)
    assert check(kept).counts["valid"] == 1

    kept["slug"] = "another"
    with pytest.raises(importer.InputError, match="both called slug, and differ"):
        check(kept)


def test_an_index_without_a_name_counts_rows_or_is_refused() -> None:
    """Numbers of rows are left out, also after a filter; text may be the slugs."""
    many = pd.concat([frame(), frame(slug="two")])
    assert check(many).counts["valid"] == 2
    assert check(many[many["slug"] == "two"]).counts["valid"] == 1
    for labels in (["a"], pd.to_datetime(["2026-01-02"]), [1.5]):
        with pytest.raises(importer.InputError, match="index has no name") as refused:
            check(frame().set_axis(labels, axis="index"))
        assert "rename_axis" in refused.value.remedy


# the columns


def test_columns_of_several_levels_or_without_text_are_refused() -> None:
    """What is no header is never passed over."""
    levels = frame().set_axis(
        pd.MultiIndex.from_product([["name", "slug", "type", "product_ids"], [""]]),
        axis="columns",
    )
    with pytest.raises(importer.InputError, match="several levels"):
        check(levels)
    with pytest.raises(importer.InputError, match="a column is called b'slug'"):
        check(frame().rename(columns={"slug": b"slug"}))
    with pytest.raises(importer.InputError, match="both are the slug"):
        check(frame(handle="x").rename(columns={"handle": "slug"}))
    assert check(frame(x=1).rename(columns={"x": 0})).counts["valid"] == 1


# the values


class Own:
    """An object of a class that nothing is known of."""

    def __repr__(self) -> str:
        """Refuse to be printed."""
        raise RuntimeError


@dataclass
class Record:
    """An object with fields."""

    name: str = "Shoes"


class Word(StrEnum):
    """A text among others."""

    SHOES = "Shoes"


class Code(Enum):
    """A value by name."""

    SHOES = "Shoes"


HOOP: list[Any] = []
HOOP.append(HOOP)


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        bytearray(b"bytes"),
        memoryview(b"bytes"),
        np.bytes_(b"bytes"),
        dt.timedelta(days=1),
        pd.Timedelta("1h"),
        np.timedelta64(1, "h"),
        pd.Interval(0, 1),
        pd.Period("2026-01"),
        {"a", "b"},
        frozenset("ab"),
        1 + 2j,
        np.complex128(1 + 2j),
        Fraction(1, 3),
        "a\0b",
        np.str_("a\0b"),
        pd.DataFrame({"a": [1]}),
        pd.Series(["a"]),
        np.zeros((2, 2)),
        np.array([b"a"], dtype=object),
        Own(),
        Record(),
        int,
        iter("ab"),
        {"a": 1}.keys(),
        [b"a"],
        [np.timedelta64(1, "ns")],
        [np.longdouble(1)],
        {"a": {"b"}},
        {(1, 2): 3},
        HOOP,
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("column", ["name", "slug", "product_ids", "seo_title"])
def test_a_value_that_is_no_text_is_a_problem_of_its_row(
    value: Any,
    column: str,
) -> None:
    """It never becomes what Python prints; the row and the column are named."""
    table = pd.concat([frame(slug="good"), frame()], ignore_index=True)
    if column not in table:
        table[column] = None
    table.at[1, column] = value

    found = check(table)

    assert problems(table) == [(3, column, "value_unreadable")]
    assert found.counts == {"valid": 1, "invalid": 1, "duplicate": 0}
    assert found.document()["problems"][0]["remedy"]
    assert list(found.to_frame()["code"]) == ["value_unreadable"]


def test_a_value_of_a_column_that_is_not_read_is_no_problem() -> None:
    """What is left out may hold anything."""
    assert problems(frame(whatever=b"\x89PNG", nothing={"a"})) == []


def test_a_column_that_is_cleaned_or_shaped_has_its_problems_too() -> None:
    """The tables of other shops go another way, and say the same."""
    shopify = pd.DataFrame(
        {"ID": [1, 2], "Handle": ["a", b"b"], "Title": ["A", "B"]}, dtype=object
    )
    assert problems(shopify)[-1:] == [(3, "Handle", "value_unreadable")]
    matrixify = pd.DataFrame(
        {
            "ID": [1, 2],
            "Handle": ["a", b"b"],
            "Title": ["A", "B"],
            "Sort Order": [{1}, "Manual"],
            "Rule: Product Column": ["Title", ""],
            "Rule: Relation": ["Contains", ""],
            "Rule: Condition": ["x", ""],
        },
        dtype=object,
    )
    found = problems(matrixify)
    assert (3, "Handle", "value_unreadable") in found
    assert not [one for one in found if one[1] == "Sort Order"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (pd.NaT, ""),
        (pd.NA, ""),
        (float("nan"), ""),
        (np.float64("nan"), ""),
        (np.datetime64("NaT"), ""),
        (np.ma.masked, ""),
        (Decimal("NaN"), ""),
        (Decimal("sNaN"), ""),
        (Decimal("Infinity"), "Infinity"),
        (Decimal("1E+3"), "1000"),
        (Decimal("2.50"), "2.50"),
        (Decimal("1.10"), "1.10"),
        (Decimal("-0.0000001"), "-0.0000001"),
        (Decimal("1e300"), "1E+300"),
        (Decimal("1e-300"), "1E-300"),
        ([Decimal("1e300"), Decimal("1e-300")], "[1e+300, 1e-300]"),
        ({"over": Decimal("1e400")}, '{"over": "1E+400"}'),
        (Decimal(655337822096063444444444), "655337822096063444444444"),
        (655337822096063444444444, "655337822096063444444444"),
        (np.int64(1234567890123456789), "1234567890123456789"),
        (np.float32(2.5), "2.5"),
        (2.0, "2"),
        (True, "TRUE"),
        (np.bool_(False), "FALSE"),
        (np.str_("Shoes"), "Shoes"),
        (Word.SHOES, "Shoes"),
        (Code.SHOES, "Shoes"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (np.datetime64("2026-01-02T00:00:00", "ns"), "2026-01-02T00:00:00.000000000"),
        (pd.Timestamp("2026-01-02", tz="UTC"), "2026-01-02T00:00:00+00:00"),
        (np.array(["a", "b"]), '["a", "b"]'),
        ([np.int64(1), Decimal(2), Decimal("2.5"), pd.NA], "[1, 2, 2.5, null]"),
        ([dt.date(2026, 1, 2)], '["2026-01-02"]'),
        ([np.datetime64("2026-01-02")], '["2026-01-02"]'),
        ({"logic": "AND"}, '{"logic": "AND"}'),
    ],
)
def test_a_value_with_one_text_is_read_as_that(value: object, text: str) -> None:
    """Numbers keep their digits, nothing is blank, lists are JSON."""
    table = frame()
    table["x"] = pd.Series([value], dtype=object)
    assert rows(table)[0]["x"] == text


def test_columns_of_the_types_of_pandas_are_read() -> None:
    """Categories, whole numbers with gaps and texts of pandas are what they show."""
    table = frame().astype({"type": "category", "name": "string"})
    table["rule_version"] = pd.array([7], dtype="Int64")
    read = rows(table)[0]
    assert (read["type"], read["name"], read["rule_version"]) == (
        "manual",
        "Shoes",
        "7",
    )
    assert check(table).counts["valid"] == 1


def test_a_value_of_arrow_is_what_python_makes_of_it() -> None:
    """Its numbers know how to become plain ones."""

    class Scalar:
        def as_py(self) -> int:
            """Be a number."""
            return 7

    assert rows(frame(x=Scalar()))[0]["x"] == "7"


def test_an_unreadable_cell_survives_waiting_on_the_disk() -> None:
    """Rows of tables in which collections span rows are kept in a file meanwhile."""
    (record,) = source.from_frame(frame(name=b"x")).records
    again = pickle.loads(pickle.dumps(record[1]))  # noqa: S301 - our own
    assert again[0] == "b'x'"
    assert vars(again[0]) == vars(record[1][0])


@pytest.mark.parametrize(
    "value",
    [
        "Sh\ud800es",
        np.str_("\udfff"),
        ["a", "\ud800"],
        {"\ud800": 1},
        {"min": float("nan")},
        [float("inf")],
        [[-float("inf")]],
        {"min": [np.float64("nan")]},
        [np.float32("inf")],
        [np.array([1.0, np.nan])],
        [Decimal("NaN")],
        {"max": Decimal("-Infinity")},
    ],
    ids=ascii,
)
@pytest.mark.parametrize("column", ["name", "image", "product_ids"])
def test_what_utf8_or_json_cannot_say_is_a_problem_of_its_row(
    column: str, value: object
) -> None:
    """Nothing is put in its place without a word, and the other rows go on."""
    table = pd.concat([frame(), frame(slug="other", **{column: value})])
    found = check(table).document()["problems"]
    assert [(one["row"], one["code"]) for one in found] == [(3, "value_unreadable")]
    assert found[0]["column"] == column
    assert "half of a character" in found[0]["message"] or "JSON" in found[0]["message"]
    assert found[0]["message"].isascii()


def test_half_a_character_in_json_lines_is_a_problem_of_its_row(tmp_path: Path) -> None:
    """JSON can write it and no text can hold it: it became a question mark."""
    path = tmp_path / "rows.jsonl"
    good = json.loads(frame().to_json(orient="records"))[0]
    whole = good | {"name": "\U0001f600 shoes"}
    half = good | {"name": "Sh\ud800es", "slug": "half"}
    holed = good | {"slug": "nan", "product_ids": [float("nan")]}
    path.write_text("\n".join(map(json.dumps, (whole, half, holed))))
    assert [one[1:] for one in problems(path)] == [
        ("name", "value_unreadable"),
        ("product_ids", "value_unreadable"),
    ]
    lines = list(source.read(path)[0].rows)
    assert lines[0].cells[0] == "\U0001f600 shoes"


@pytest.mark.parametrize(
    ("given", "way"),
    [({"name": ["a"]}, "a DataFrame of columns"), (pd.Series(["a"]), "to_frame()")],
)
def test_columns_that_are_no_table_are_refused_with_the_way_to_one(
    given: object, way: str
) -> None:
    """A dict of columns and a single column are one call away from a DataFrame."""
    with pytest.raises(importer.FatalError, match=r"no input|as a table") as refused:
        check(given)
    assert way in refused.value.remedy


def test_a_frame_of_another_library_is_told_how_it_becomes_one() -> None:
    """Those of polars and Arrow have a method for it."""

    class Foreign:
        def to_pandas(self) -> None:
            """Be one of them."""

    with pytest.raises(importer.UsageError) as refused:
        check(Foreign())
    assert "to_pandas()" in refused.value.remedy
