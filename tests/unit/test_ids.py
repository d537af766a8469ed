"""Millions of ids in few bytes, and none of them forgotten."""

from __future__ import annotations

import tracemalloc

import pytest

from importer.identity import Ids


def test_what_was_kept_is_known_and_nothing_else_is() -> None:
    """Many more than there are shelves; one that is kept twice takes no more room."""
    kept = [f"{number:024x}" for number in range(20_000)]
    ids = Ids()
    ids.update(kept)
    ids.add(kept[0])
    assert all(one in ids for one in kept)
    assert not any(f"{number:024x}" in ids for number in range(20_000, 40_000))


@pytest.mark.no_cover
def test_an_id_takes_a_fraction_of_what_a_set_takes() -> None:
    """Beyond the first hundred thousand; a set takes 36 bytes for the hash alone."""
    tracemalloc.start()
    try:
        ids = Ids()
        ids.update(f"{number:024x}" for number in range(100_000))
        before, _ = tracemalloc.get_traced_memory()
        ids.update(f"{number:024x}" for number in range(100_000, 300_000))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / 200_000 < 12
