"""One pass through a list, page by page: what it asks for next, and what it proves."""

from __future__ import annotations

import asyncio
import math
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from importer.destination import lists
from importer.destination.passage import MOST_GAPS, MOST_PAGES, End, Mark, Page, Passage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: When everything in these lists was made, unless a test says otherwise.
YOUNG_AT = 1_000.0


def marks(*keys: str, made_at: float | None = None) -> list[Mark]:
    return [Mark(key, made_at=made_at) for key in keys]


def numbered(count: int, made_at: float | None = None) -> list[Mark]:
    return marks(*(f"item {number}" for number in range(count)), made_at=made_at)


def of(items: Sequence[Mark]) -> list[tuple[int, float]]:
    """Give the items as a pass keeps them."""
    unknown = -math.inf
    return [
        (hash(item.key), unknown if item.made_at is None else item.made_at)
        for item in items
    ]


def shown(passage: Passage) -> list[tuple[int, float]]:
    """Give what a pass has shown of the location itself."""
    return list(passage.own())


def walk(
    passage: Passage, page_at: Callable[[int], Page], most_pages: int = 60
) -> list[int]:
    """Lead a pass to its end; the offsets that it asked for."""
    offsets: list[int] = []
    while passage.end is None:
        offsets.append(passage.offset)
        assert len(offsets) < most_pages, "it does not come to an end"
        passage.take(page_at(passage.offset))
    return offsets


def test_pages_of_one_item_follow_each_other_and_do_not_overlap() -> None:
    """A page of one that begins with the last item would show nothing else."""
    items = numbered(4)
    passage = Passage()
    offsets = walk(passage, lambda at: Page(items[at : at + 1], 4, 1))
    assert offsets == [0, 1, 2, 3, 4]
    assert passage.end is End.EMPTY
    assert shown(passage) == of(items)


def test_an_item_that_comes_behind_the_only_one_leaves_a_pass_proven() -> None:
    """The page with both shows that nothing slipped past, also at offset 1."""
    items = marks("first")
    passage = Passage()

    def page_at(offset: int) -> Page:
        if offset == 1 and len(items) == 1:
            items.append(Mark("second"))
        return Page(items[offset : offset + 10], len(items), 10)

    walk(passage, page_at)
    assert shown(passage) == of(marks("first", "second"))
    assert passage.jumps == 0
    assert passage.proven


def test_new_items_in_pages_that_are_cut_short_are_read_while_the_total_is_ahead() -> (
    None
):
    """A short page is what looks like the end only where the total says so."""
    items = numbered(30, made_at=YOUNG_AT)
    passage = Passage(young_since=YOUNG_AT)
    walk(passage, lambda at: Page(items[at : at + 3], 30, 10))
    assert passage.end is End.EMPTY
    assert shown(passage) == of(items)


def test_a_list_that_grows_by_as_much_as_is_read_is_followed_five_pages() -> None:
    """No fewer: a run beside this one creates its rows, and then comes to an end."""
    items = numbered(3, made_at=YOUNG_AT)
    passage = Passage(young_since=YOUNG_AT)
    exact_pages = 0

    def page_at(offset: int) -> Page:
        nonlocal exact_pages
        if offset == len(items):
            exact_pages += 1
            items.extend(
                marks(*(f"new {offset + n}" for n in range(3)), made_at=YOUNG_AT)
            )
        shown = items[offset : offset + 10]
        return Page(shown, len(items), 10)

    walk(passage, page_at)
    assert passage.end is End.CHASED
    assert exact_pages == 4
    assert len(shown(passage)) == 15


def test_pages_that_are_cut_short_are_the_usual_ones_behind_a_false_end() -> None:
    """As long as the one before: more is expected, and the next page overlaps."""
    items = numbered(6)
    passage = Passage()
    passage.take(Page(items[:3], None, 10))
    assert passage.offset == 3
    passage.take(Page(items[3:], None, 10))
    assert passage.offset == 2
    passage.take(Page(items[2:3], None, 10))
    assert shown(passage) == of(items)
    assert passage.jumps == 1
    assert passage.offset == 5


@pytest.mark.parametrize(
    ("believed", "disproved", "growth"),
    [(True, False, 2), (True, True, 0), (False, False, 0)],
)
def test_a_list_has_grown_only_by_what_a_total_says_that_may_be_true(
    believed: bool, disproved: bool, growth: int
) -> None:
    """So many items may come twice in a pass that proves itself, and no more."""
    passage = Passage(believed, first_total=10, total=12, disproved=disproved)
    assert passage.growth == growth
    twice = Passage(
        believed,
        first_total=10,
        total=12,
        disproved=disproved,
        repeats=2,
        end=End.EMPTY,
    )
    assert twice.proven is (growth == 2)


@pytest.mark.parametrize("sign", [{"gaps": 1}, {"repeats": 1}])
@pytest.mark.parametrize("moved_first", [True, False])
def test_passes_over_a_list_that_moved_agree_only_in_the_same_order(
    sign: dict[str, int], moved_first: bool
) -> None:
    """Of a list that is shuffled two passes may lack the same item."""

    def passed(*keys: str, **more: int) -> Passage:
        passage = Passage(**more)  # type: ignore[arg-type]
        passage.take(Page(marks(*keys), None, 100))
        passage.end = End.EMPTY
        return passage

    first, second = (sign, {}) if moved_first else ({}, sign)
    assert not lists.agree(passed("a", "b", **first), passed("b", "a", **second))
    assert lists.agree(passed("a", "b", **first), passed("a", "b", **second))
    assert lists.agree(passed("a", "b"), passed("b", "a"))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses between passes."""
    monkeypatch.setattr(lists, "PAUSES", (0.0,) * len(lists.PAUSES))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("stated", "passes"), [(12, 1), (13, 5), (48, 5), (49, 3), (11, 3)]
)
def test_a_total_that_may_be_right_is_overruled_later_than_one_that_cannot(
    stated: int, passes: int
) -> None:
    """Items may be hidden where a few more are stated than are shown."""
    items = numbered(12, made_at=0.0)
    begun = 0

    async def fetch(offset: int) -> Page:
        nonlocal begun
        begun += offset == 0
        return Page(items[offset : offset + 100], stated, 100)

    read = asyncio.run(lists.read(fetch, started_at=YOUNG_AT))
    assert not read.incomplete
    assert begun == passes
    assert read.differs is (stated != 12)


@pytest.mark.usefixtures("quick")
def test_a_list_whose_pages_do_not_fit_is_not_said_to_ignore_the_offset() -> None:
    """Each answer is about something else: it changes; the same page again is stuck."""
    asked = 0

    async def changing(_offset: int) -> Page:
        nonlocal asked
        asked += 1
        return Page(marks(*(f"{asked} {n}" for n in range(10))), None, 10)

    async def ignoring(_offset: int) -> Page:
        return Page(numbered(10), None, 10)

    read = asyncio.run(lists.read(changing, started_at=YOUNG_AT))
    assert read.incomplete == lists.CHANGING
    assert asked <= len(lists.PAUSES) * (MOST_GAPS + 1)
    read = asyncio.run(lists.read(ignoring, started_at=YOUNG_AT))
    assert read.incomplete == lists.IGNORED


@pytest.mark.usefixtures("quick")
def test_a_total_that_was_wrong_has_no_more_pages_asked_for_behind_the_end() -> None:
    """Once it has misled: pages side by side are for lists that are as they state."""
    items = numbered(12, made_at=0.0)
    passes: list[list[int]] = []

    async def fetch(offset: int) -> Page:
        if not offset:
            passes.append([])
        passes[-1].append(offset)
        return Page(items[offset : offset + 5], 1000, 5)

    read = asyncio.run(lists.read(fetch, started_at=YOUNG_AT))
    assert not read.incomplete
    first, *others = passes
    assert max(first) > len(items)
    assert others
    assert max(map(max, others)) == len(items)


def test_an_end_that_shows_the_last_page_again_is_looked_at_once() -> None:
    """Nothing was behind the last item, and nothing new is shown: that is it."""
    items = numbered(12)
    passage = Passage()
    offsets = walk(
        passage,
        lambda at: Page(items[at : at + 100] or items, total=13, asked=100),
    )
    assert passage.end is End.UNPROVED
    assert shown(passage) == of(items)
    assert offsets == [0, 11, 12]


def test_a_list_that_brings_new_items_for_ever_comes_to_an_end() -> None:
    """Whatever it shows: a run must not read through the night."""
    passage = Passage()
    pages = walk(
        passage,
        lambda at: Page(marks(f"item {at}", f"item {at + 1}"), None, 2),
        most_pages=MOST_PAGES + 10,
    )
    assert passage.end is End.HOPELESS
    assert len(pages) == MOST_PAGES + 1


def test_a_pass_keeps_little_of_a_long_list() -> None:
    """Forty long lists are read side by side; a dict took 250 bytes an item."""
    tracemalloc.start()
    try:
        passage = Passage()

        def page_at(offset: int) -> Page:
            keys = (f"{number:024x}" for number in range(offset, offset + 100))
            return Page(marks(*keys, made_at=1.0) if offset < 20_000 else [], None, 100)

        walk(passage, page_at, most_pages=1_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    items = len(shown(passage))
    assert items > 20_000
    assert kept < 60 * items
