"""Lists as a server's nature bends them, without the server."""

from __future__ import annotations

from itertools import count

import pytest

from importer.sandbox.natures import Nature, Page, Views
from importer.sandbox.store import Collection

LOCATION = "a"


@pytest.mark.parametrize("name", [Nature.SHORT_LIST, Nature.MOVING_LIST])
def test_as_many_others_as_items_are_left_out_show_in_the_total(name: Nature) -> None:
    """Whoever compares totals and items never takes a part for the whole."""
    held = [
        Collection({"_id": f"{number:024x}", "slug": f"s{number}"}, 0.0, 0.0, number)
        for number in range(20)
    ]
    whole = {item.id for item in held}
    for seed in range(60):
        views, ordinals = Views(frozenset({name}), seed), count()
        for _ in range(60):
            seen: list[str] = []
            totals = set()
            while True:
                page = Page(LOCATION, len(seen), 100, next(ordinals))
                body = views.shown(page, held)
                totals.add(body["total"])
                if not body["data"]:
                    break
                seen += [item["_id"] for item in body["data"]]
            fits = totals == {len(seen)} and len(seen) == len(set(seen))
            assert not fits or set(seen) == whole
