"""Every cell of an input is in a definition, a problem, a remark or a named column.

For any table of any preset, with odd columns and mutated cells, in every kind of file.
`make fuzz` goes on with it for an hour; `EXAMPLES=all` tries more tables.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import examples
import pytest
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as trying
from kept_cells import answer, lost
from planted_losses import LOSSES, planted
from tables_any import Written, tables, write

from importer import settings


def gone(table: Written) -> list[str]:
    """Write a table, have it checked, and name the cells that are nowhere."""
    with tempfile.TemporaryDirectory() as name:
        path = write(table, Path(name))
        return lost(table, answer(path, settings.load(table.options)))


@pytest.mark.examples
@pytest.mark.no_cover
@trying(max_examples=examples.tried(600), suppress_health_check=list(HealthCheck))
@given(tables())
def test_no_cell_of_any_table_is_lost_without_a_word(table: Written) -> None:
    """What is not sent is refused, remarked on, or its column is named."""
    assert gone(table) == []


@pytest.mark.parametrize("loss", LOSSES)
def test_a_planted_loss_is_noticed(loss: str) -> None:
    """The property fails where reading loses a row, a column, a tail, or a word."""

    @seed(1)
    @trying(
        max_examples=400,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(tables())
    def kept(table: Written) -> None:
        assert gone(table) == []

    with planted(loss), pytest.raises(AssertionError, match="row"):
        kept()
