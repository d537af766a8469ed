"""Whatever a list does while it is read, what is called complete is complete.

A list in memory stands for the server: between two answers it changes as drawn. Items
that were there all the time must be in every list that is called complete.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import examples
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from importer.destination import lists
from importer.destination.passage import Mark, Page, Passage
from importer.errors import AccessError, FatalError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.examples, pytest.mark.no_cover]

LIMIT = 10
#: Pages that a pass over so few items can take, in any way.
MOST_CALLS = 400


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses between passes."""
    monkeypatch.setattr(lists, "PAUSES", (0.0,) * len(lists.PAUSES))


@dataclass
class Server:
    """A list that changes before each of its answers.

    `changes` says what happens before an answer: items that come (where, as a share of
    the list) and one that goes. `cut` is the most that a page holds; `lie` makes the
    total of the true one.
    """

    items: list[str]
    changes: list[list[tuple[str, float]]] = field(default_factory=list)
    cut: int = LIMIT
    refuses: bool = False
    shuffled: Any = None
    lie: Callable[[int, int, int], int | None] = lambda true, _offset, _shown: true
    calls: int = 0
    gone: set[str] = field(default_factory=set)
    came: int = 0

    async def fetch(self, offset: int) -> Page | FatalError:
        """The page at an offset."""
        for kind, where in self.changes[self.calls] if self._changes() else ():
            self._change(kind, where)
        self.calls += 1
        assert self.calls < MOST_CALLS, "it does not come to an end"
        if self.shuffled is not None:
            self.shuffled.shuffle(self.items)
        if self.refuses and offset and offset >= len(self.items):
            return AccessError("422")
        shown = self.items[offset : offset + min(self.cut, LIMIT)]
        total = self.lie(len(self.items), offset, len(shown))
        return Page([mark(name) for name in shown], total, LIMIT)

    def _changes(self) -> bool:
        return self.calls < len(self.changes)

    def _change(self, kind: str, where: float) -> None:
        at = int(where * len(self.items))
        if kind == "comes":
            self.items.insert(at, f"new{self.came}")
            self.came += 1
        elif kind == "goes" and self.items:
            self.gone.add(self.items.pop(min(at, len(self.items) - 1)))


def mark(name: str) -> Mark:
    """Old items state a time long ago, new ones the time of the reading."""
    return Mark(name, made_at=1000.0 if name.startswith("new") else 0.0)


def read(server: Server, *, believed: bool = True) -> tuple[lists.Listing, set[str]]:
    """What came of it, and what was there all the time but is missing."""
    before = set(server.items)
    try:
        found = asyncio.run(lists.read(server.fetch, 1000.0, believed=believed))
    except AccessError:  # it shrank at every reading, and refuses what is behind
        return lists.Listing(Passage(), "refused"), set()
    shown = {key for key, _ in found.last.own()}
    missing = {key for key in before - server.gone if hash(key) not in shown}
    return found, missing


CHANGES = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["comes", "goes"]),
            st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1.0])),
        ),
        max_size=4,
    ),
    max_size=30,
)
COUNTS = st.integers(0, 60)
#: How a list may state its total. The last grows with what was read.
LIES: list[Callable[[int, int, int], int | None]] = [
    lambda true, _offset, _shown: true,
    lambda _true, _offset, _shown: None,
    lambda _true, _offset, _shown: 0,
    lambda _true, _offset, _shown: -1,
    lambda _true, _offset, _shown: 10_000_000,
    lambda _true, _offset, shown: shown,
    lambda _true, offset, shown: offset + shown,
]


@settings(max_examples=examples.tried(300), deadline=None)
@example(
    count=17,
    changes=[[], [], [("comes", 0.0)] * 3, [("goes", 0.0)]],
    lie=LIES[-1],
    refuses=False,
)
@given(count=COUNTS, changes=CHANGES, lie=st.sampled_from(LIES), refuses=st.booleans())
def test_nothing_that_was_there_all_the_time_is_missing_from_a_complete_list(
    count: int,
    changes: list[list[tuple[str, float]]],
    lie: Callable[[int, int, int], int | None],
    refuses: bool,
) -> None:
    """Whatever comes and goes between the pages, and whatever total is stated."""
    server = Server([f"c{n}" for n in range(count)], changes, refuses=refuses, lie=lie)
    found, missing = read(server)
    assert found.incomplete or not missing


@settings(max_examples=examples.tried(300), deadline=None)
@example(count=1, changes=[[("comes", 0.0)] * 8], lie=LIES[-1], cut=1, refuses=False)
@example(count=30, changes=[[("comes", 0.0)] * 20], lie=LIES[-1], cut=3, refuses=True)
@given(
    count=COUNTS,
    changes=CHANGES,
    lie=st.sampled_from(LIES),
    cut=st.integers(1, LIMIT),
    refuses=st.booleans(),
)
def test_pages_that_are_cut_short_hide_nothing_from_a_list_that_only_grows(
    count: int,
    changes: list[list[tuple[str, float]]],
    lie: Callable[[int, int, int], int | None],
    cut: int,
    refuses: bool,
) -> None:
    """A short page is a hint, and no end."""
    growing = [[one for one in step if one[0] == "comes"] for step in changes]
    items = [f"c{n}" for n in range(count)]
    found, missing = read(Server(items, growing, cut, refuses=refuses, lie=lie))
    assert found.incomplete or not missing


@settings(max_examples=examples.tried(300), deadline=None)
@given(count=COUNTS, changes=CHANGES, cut=st.integers(1, LIMIT))
def test_pages_that_are_cut_short_hide_nothing_where_the_total_is_true(
    count: int, changes: list[list[tuple[str, float]]], cut: int
) -> None:
    """Also where something goes between a short page and the empty one behind it."""
    server = Server([f"c{n}" for n in range(count)], changes, cut)
    found, missing = read(server)
    assert found.incomplete or not missing


@settings(max_examples=examples.tried(200), deadline=None)
@given(
    count=st.integers(LIMIT + 1, 60),
    random=st.randoms(use_true_random=False),
    lie=st.sampled_from(LIES[:6]),
)
def test_a_list_without_an_order_is_never_called_complete_while_something_is_missing(
    count: int, random: Any, lie: Callable[[int, int, int], int | None]
) -> None:
    """Two readings of a shuffled list can lack the same item."""
    server = Server([f"c{n}" for n in range(count)], shuffled=random, lie=lie)
    found, missing = read(server)
    assert found.incomplete or not missing


@settings(max_examples=examples.tried(200), deadline=None)
@given(
    count=COUNTS,
    lie=st.sampled_from(LIES),
    cut=st.integers(1, LIMIT),
    refuses=st.booleans(),
    believed=st.booleans(),
)
def test_a_list_that_stands_still_is_always_read_completely(
    count: int,
    lie: Callable[[int, int, int], int | None],
    cut: int,
    refuses: bool,
    believed: bool,
) -> None:
    """However short its pages are, and whatever is stated or behind the end."""
    items = [f"c{n}" for n in range(count)]
    server = Server(items, cut=cut, refuses=refuses, lie=lie)
    found, missing = read(server, believed=believed)
    assert not found.incomplete
    assert not missing


@settings(max_examples=examples.tried(200), deadline=None)
@given(
    count=COUNTS,
    where=st.sampled_from([0.0, 1.0]),
    new=st.integers(1, 3),
    lie=st.sampled_from(LIES),
)
def test_a_list_that_grows_all_the_while_comes_to_an_end(
    count: int,
    where: float,
    new: int,
    lie: Callable[[int, int, int], int | None],
) -> None:
    """A run creates while it looks: newest first all shifts, oldest first it follows.

    Where the total says nothing, it ends at the latest when the run is done.
    """
    steps = MOST_CALLS if lie is LIES[0] else 40
    changes = [[("comes", where)] * new] * steps
    server = Server([f"c{n}" for n in range(count)], changes, lie=lie)
    found, missing = read(server)
    assert found.incomplete or not missing


@pytest.mark.parametrize("where", [0.0, 1.0])
@pytest.mark.parametrize("count", [4, 10, 55])
@pytest.mark.parametrize("lie", LIES[:2])
def test_a_list_that_grows_while_it_is_read_is_complete(
    where: float, count: int, lie: Callable[[int, int, int], int | None]
) -> None:
    """What is there shows itself, whatever the run adds meanwhile."""
    changes = [[("comes", where)] * 3] * (40 if lie is LIES[1] else MOST_CALLS)
    found, missing = read(Server([f"c{n}" for n in range(count)], changes, lie=lie))
    assert not found.incomplete
    assert not missing


@pytest.mark.parametrize("hidden_passes", [1, 2, 3, 4])
def test_an_item_that_is_hidden_while_the_total_shrinks_is_not_taken_for_absent(
    hidden_passes: int,
) -> None:
    """Collections of others are there when a pass begins, and are gone at its end."""
    passes = 0

    async def fetch(offset: int) -> Page | FatalError:
        nonlocal passes
        passes += offset == 0
        if offset:
            return Page([], 3, LIMIT)
        passing = [mark(f"new{number}") for number in range(4)]
        there = [mark("c0"), mark("c1"), mark("c2")][passes <= hidden_passes :]
        return Page([*passing, *there], 7, LIMIT)

    found = asyncio.run(lists.read(fetch, 1000.0))
    assert found.incomplete or "c0" in found.last.seen
