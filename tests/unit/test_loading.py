"""While the stages are loaded nobody looks for cycles; afterwards somebody does."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from importer.cli import stages

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    vars(stages).pop("codebook", None)
    yield
    vars(stages).pop("codebook", None)
    gc.unfreeze()


def test_the_collector_rests_while_things_are_loaded_and_then_leaves_them_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was imported stays, so it is not gone through again."""
    made: list[list[int]] = [[]]

    def load(path: str) -> object:
        assert path == "importer.codebook"
        assert not gc.isenabled()
        assert gc.is_tracked(made)
        return made

    monkeypatch.setattr(stages, "import_module", load)
    loaded: object = stages.codebook
    assert loaded is made
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(one is made for one in gc.get_objects())


def test_the_collector_works_again_when_the_loading_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A missing module ends a command, and in tests not the process."""

    def load(_: str) -> object:
        raise ImportError

    monkeypatch.setattr(stages, "import_module", load)
    with pytest.raises(ImportError):
        _ = stages.codebook
    assert gc.isenabled()


def test_every_stage_that_commands_name_can_be_loaded() -> None:
    """A name in the list leads to a module, and no other name to one."""
    for name in stages.__all__:
        assert getattr(stages, name).__name__.startswith("importer.")
    with pytest.raises(AttributeError):
        _ = stages.nowhere
