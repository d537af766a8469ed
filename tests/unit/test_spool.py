"""The spool: everything comes back in its order, wherever it was kept."""

from __future__ import annotations

import tempfile
from typing import NoReturn

import pytest

from importer.errors import StorageError
from importer.intake.spool import TOGETHER, Spool


@pytest.mark.parametrize("count", [0, 1, TOGETHER - 1, TOGETHER, 3 * TOGETHER + 7])
def test_values_come_back_in_their_order(count: int) -> None:
    """From memory and from the file, and as often as somebody asks."""
    spool: Spool[int] = Spool()
    for number in range(count):
        spool.append(number)
    assert len(spool) == count
    assert list(spool) == list(range(count))
    assert list(spool) == list(range(count))
    assert (0 in spool) is (count > 0)


def test_two_readers_do_not_disturb_each_other_or_what_follows() -> None:
    """A reader that has stopped in the middle leaves no trace."""
    spool: Spool[int] = Spool()
    for number in range(2 * TOGETHER):
        spool.append(number)
    one, other = iter(spool), iter(spool)
    pairs = [(next(one), next(other)) for _ in range(TOGETHER + 1)]
    assert pairs == [(number, number) for number in range(TOGETHER + 1)]
    for number in range(2 * TOGETHER, 4 * TOGETHER):
        spool.append(number)
    assert list(spool) == list(range(4 * TOGETHER))


def test_only_a_part_is_held_in_memory() -> None:
    """What has gone to the file is held no more."""
    spool: Spool[int] = Spool()
    for number in range(10 * TOGETHER + 1):
        spool.append(number)
    assert len(spool._kept) == 1


def test_a_full_disk_is_said_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback where a check finds a million mistakes and no room for them."""

    def full(**_: str) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    spool: Spool[int] = Spool()
    for number in range(TOGETHER - 1):
        spool.append(number)
    with pytest.raises(StorageError, match="No space left") as failure:
        spool.append(TOGETHER)
    assert "temporary files" in failure.value.remedy
