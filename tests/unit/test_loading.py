"""While the stages are loaded nobody looks for cycles; afterwards somebody does."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from importer.cli import imports

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_the_collector_rests_while_things_are_loaded_and_then_leaves_them_alone() -> (
    None
):
    """What was imported stays, so it is not gone through again."""
    with imports.once():
        assert not gc.isenabled()
        made: list[list[int]] = [[]]
        assert gc.is_tracked(made)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(one is made for one in gc.get_objects())


def test_the_collector_works_again_when_the_loading_has_failed() -> None:
    """A missing module ends a command, and in tests not the process."""
    with pytest.raises(ImportError), imports.once():
        raise ImportError
    assert gc.isenabled()
