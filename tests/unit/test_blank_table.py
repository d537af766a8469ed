"""An empty table to begin with has the columns that are wanted, and its example row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer import source
from importer.api import blank_table
from importer.template import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

ALL = tuple(column.header for column in COLUMNS)


@pytest.mark.parametrize("name", ["table.csv", "table.xlsx"])
@pytest.mark.parametrize("headers", [(), ("name", "slug")])
def test_an_empty_table_has_its_columns_and_one_row(
    tmp_path: Path, name: str, headers: tuple[str, ...]
) -> None:
    """All columns without a choice; the row is the example, which is never sent."""
    path = tmp_path / name
    blank_table.write(path, headers)
    (table,) = source.read(path)
    assert tuple(table.header) == (headers or ALL)
    (row,) = table.rows
    assert row.cells[table.header.index("name")].startswith("Example")
