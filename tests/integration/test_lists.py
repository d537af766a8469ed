"""Lists as odd servers give them: what is complete, what is not, and what it costs."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from importer import client, retry
from importer.destination import Destination, lists
from importer.errors import AccessError, ListIncomplete
from importer.models import Code
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from importer.models import Existing, Item

QUICK = retry.Options(attempts=2, base_seconds=0.01, cap_seconds=0.02)


@dataclass
class Shop:
    """A server whose lists are as honest as they can be, but for what is set.

    `most` refuses larger pages, `cut` makes pages shorter without a word; `behind` is
    what is answered to an offset behind the end: `empty`, `refused` or `last` for the
    last page again. `before` is called before each answer.
    """

    items: list[Any] = field(default_factory=list)
    most: int = 1000
    cut: int = 1000
    words: str = "limit must not be greater than {most}"
    behind: str = "empty"
    ignores_offset: bool = False
    total: Any = "true"
    before: Callable[[Shop], object] = lambda _: None
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def respond(self, request: web.BaseRequest) -> web.Response:
        offset, limit = (int(request.query[name]) for name in ("offset", "limit"))
        self.asked.append((offset, limit))
        self.before(self)
        if limit > self.most:
            message = [self.words.format(most=self.most)]
            return web.json_response({"message": message}, status=422)
        if self.behind == "refused" and offset and offset >= len(self.items):
            return web.json_response({"message": ["no such page"]}, status=422)
        if self.behind == "last" and offset >= len(self.items):
            offset = max(0, len(self.items) - limit)
        offset = 0 if self.ignores_offset else offset
        shown = self.items[offset : offset + min(limit, self.cut)]
        body: dict[str, Any] = {"data": shown, "products": shown}
        if self.total != "missing":
            body["total"] = self.total
        if self.total in ("true", "own length"):
            body["total"] = len(self.items if self.total == "true" else shown)
        return web.json_response(body)

    @asynccontextmanager
    async def open(self, *, accept: bool = False) -> AsyncIterator[Destination]:
        runner = web.ServerRunner(web.Server(self.respond))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            options = client.Options(f"http://127.0.0.1:{runner.addresses[0][1]}")
            limiter = Limiter(Limits(None))
            async with client.connect(
                options, limiter, client.FixedToken("pit-x")
            ) as made:
                yield Destination(made, QUICK, lambda: 0.5, accept_list=accept)
        finally:
            await runner.cleanup()

    def read(
        self, *, accept: bool = False, times: int = 1
    ) -> tuple[list[Existing], Destination]:
        """The list, read so often; what was learned stays with the destination."""

        async def go() -> tuple[list[Existing], Destination]:
            async with self.open(accept=accept) as there:
                for _ in range(times - 1):
                    await there.existing("LOC")
                return await there.existing("LOC"), there

        return asyncio.run(asyncio.wait_for(go(), 20))


def items(count: int, start: int = 0) -> list[dict[str, Any]]:
    return [
        {"_id": f"c{n}", "slug": f"s{n}", "name": f"N{n}", "altId": "LOC"}
        for n in range(start, start + count)
    ]


def slugs(found: list[Existing]) -> list[str]:
    assert len({one.collection_id for one in found}) == len(found)
    return sorted(one.slug for one in found)


def all_of(shop: Shop) -> list[str]:
    return sorted(one["slug"] for one in shop.items)


@pytest.mark.parametrize("count", [1, 7, 20, 21, 100, 101, 350])
@pytest.mark.parametrize("behind", ["empty", "refused", "last"])
@pytest.mark.parametrize("cut", [7, 100])
@pytest.mark.parametrize("total", ["true", "missing"])
def test_a_list_is_read_whatever_its_pages_and_its_end_look_like(
    count: int, behind: str, cut: int, total: str
) -> None:
    """Short pages are no end, and a refusal behind the end is one."""
    if (count, behind) == (1, "last"):
        pytest.skip("this cannot be told from a server that ignores the offset")
    shop = Shop(items(count), cut=cut, behind=behind, total=total)
    found, there = shop.read()
    assert slugs(found) == all_of(shop)
    assert not there.lists.remarks
    assert len(shop.asked) <= 2 * (count // (cut - 1) + 6)


@pytest.mark.parametrize(
    "total", [0, -1, "own length", 7, 10_000_000, 1_000_000_000, 2**62]
)
@pytest.mark.parametrize("count", [3, 100, 250])
def test_a_wrong_total_is_a_remark_and_neither_an_end_nor_a_cost(
    total: Any, count: int
) -> None:
    """It was believed, or a task was made for each page that it promised."""
    shop = Shop(items(count), total=total)
    tracemalloc.start()
    found, there = shop.read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert slugs(found) == all_of(shop)
    (said,) = there.lists.remarks["LOC"].items()
    assert said[0] is Code.TOTAL_DIFFERS
    assert f"has {count}." in said[1]
    assert len(shop.asked) < 22
    assert peak < 8_000_000


def test_a_total_that_was_wrong_once_costs_nothing_in_the_same_run() -> None:
    """From then on the list is read as one that states none."""
    shop = Shop(items(250), total=0)
    shop.read(times=2)
    assert [offset for offset, _ in shop.asked[-4:]] == [0, 99, 198, 250]


@pytest.mark.parametrize("total", [None, "250", [{"total": 250}], {}, True])
def test_a_total_that_is_no_number_is_none(total: Any) -> None:
    """Nothing is read again for it."""
    shop = Shop(items(250), total=total)
    found, there = shop.read()
    assert slugs(found) == all_of(shop)
    assert not there.lists.remarks
    assert len(shop.asked) == 4


@pytest.mark.parametrize("count", [1, 3, 100, 500])
def test_a_list_that_ignores_the_offset_is_not_complete(count: int) -> None:
    """It was taken for whole, and everything behind the first page created again."""
    shop = Shop(items(count), ignores_offset=True)
    with pytest.raises(ListIncomplete, match="ignores the offset") as caught:
        shop.read()
    assert "Location LOC: its list cannot be read completely" in str(caught.value)
    assert "--accept-list" in caught.value.remedy
    assert caught.value.exit_code == 7
    assert len(shop.asked) < 20


def test_an_empty_list_is_complete_at_once() -> None:
    """Also where the offset would be ignored."""
    shop = Shop(ignores_offset=True)
    assert shop.read()[0] == []
    assert len(shop.asked) == 1


def test_an_empty_list_that_states_a_total_is_read_as_often_as_can_be() -> None:
    """A server that lags shows nothing, and everything would be created again."""
    late = items(5)

    def appears(shop: Shop) -> None:
        if len(shop.asked) == 5:
            shop.items += late

    shop = Shop(total=5, before=appears)
    assert len(shop.read()[0]) == 5


def test_a_list_that_is_shuffled_at_every_page_is_not_complete() -> None:
    """Its pages change for ever; two readings may lack the same item."""
    random = Random(1)  # noqa: S311 - a seeded test
    shop = Shop(items(101), before=lambda shop: random.shuffle(shop.items))
    with pytest.raises(ListIncomplete, match="change while they are read"):
        shop.read()


def test_a_list_that_brings_other_items_for_ever_comes_to_an_end() -> None:
    """Nothing stands still, so nothing can be proved, and it costs a few calls."""

    def renew(shop: Shop) -> None:
        shop.items = items(1000, start=1000 * len(shop.asked))

    shop = Shop(before=renew)
    with pytest.raises(ListIncomplete, match="change while they are read"):
        shop.read()
    assert len(shop.asked) < 120


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("total", ["true", "missing"])
def test_what_a_run_creates_while_it_reads_pushes_nothing_out_of_the_list(
    newest_first: bool, total: str
) -> None:
    """The oldest were pushed past a total that the first page had stated."""
    old = items(350)
    moment = "2099-01-01T00:00:00Z"

    def grow(shop: Shop) -> None:
        new = [one | {"createdAt": moment} for one in items(3, 1000 * len(shop.asked))]
        shop.items = [*new, *shop.items] if newest_first else [*shop.items, *new]

    shop = Shop(old, before=grow, total=total)
    found, _ = shop.read()
    assert {one["slug"] for one in old} <= set(slugs(found))


def test_an_item_that_goes_while_the_pages_are_read_takes_none_with_it() -> None:
    """The rest moves up across a page's border, unseen by whoever counts offsets."""

    def go(shop: Shop) -> None:
        if len(shop.asked) == 2:
            del shop.items[0]
            shop.items += items(1, 900)  # so that no total tells

    shop = Shop(items(150), before=go)
    found, _ = shop.read()
    assert {f"s{n}" for n in range(1, 150)} <= set(slugs(found))


@pytest.mark.parametrize(
    ("most", "words"),
    [
        (20, "limit must not be greater than {most}"),
        (20, "limit must be between 1 and {most}"),
        (1, "limit must not be greater than {most}"),
        (30, "the limit is too large"),
    ],
)
def test_a_page_limit_is_learned_from_its_refusal_and_kept(
    most: int, words: str
) -> None:
    """For all locations; it was taken for a location that is refused."""
    shop = Shop(items(45), most=most, words=words)
    found, _ = shop.read(times=2)
    assert slugs(found) == all_of(shop)
    limits = [limit for _, limit in shop.asked]
    refused = sum(limit > most for limit in limits)
    assert refused <= 2
    assert max(limits[refused:]) <= most


def test_a_limit_that_nothing_helps_against_is_a_refusal() -> None:
    """The location is left, and the next one is asked for whole pages again."""
    shop = Shop(items(5), most=0, words="limit is not allowed")

    async def go() -> None:
        async with shop.open() as there:
            for _ in range(2):
                with pytest.raises(AccessError, match="limit is not allowed"):
                    await there.existing("LOC")

    asyncio.run(go())
    assert [limit for _, limit in shop.asked].count(100) == 2


@pytest.mark.parametrize(
    ("message", "less"),
    [
        ("limit must not be greater than 20", 20),
        ("limit must be at least 1; limit must not be greater than 20", 20),
        ("limit must not be greater than 500", 50),
        ("property limit is odd", 50),
        ("offset exceeds the limit of 10", None),
        ("slug must be unlimited", None),
        ("altId should not be empty", None),
    ],
)
def test_a_refusal_is_read_for_a_lower_limit(message: str, less: int | None) -> None:
    """And only where it is about the limit of a page."""
    assert lists.lower(message, 100) == less


def test_ids_by_another_name_slugs_without_one_and_others_items() -> None:
    """What proves something counts, and what does not only counts for the offset."""
    shop = Shop(items(120))
    shop.items[0] = {"id": "other-name", "slug": "s0"}
    shop.items[1] = {"slug": "s1", "name": "N1"}
    shop.items[2] = None
    shop.items[3] = {"_id": "c3", "slug": "s3", "altId": "ELSEWHERE"}
    found, there = shop.read()
    assert len(found) == 118
    by_slug = {one.slug: one.collection_id for one in found}
    assert (by_slug["s0"], by_slug["s1"]) == ("other-name", "")
    assert "s3" not in by_slug
    assert not there.lists.remarks


def test_a_total_of_the_own_items_alone_is_right_too() -> None:
    """Of a list that shows other locations' items."""
    shop = Shop([*items(5), *(one | {"altId": "X"} for one in items(5, 50))], total=5)
    found, there = shop.read()
    assert len(found) == 5
    assert not there.lists.remarks
    assert len(shop.asked) <= 3


def test_a_list_that_is_not_complete_can_be_accepted() -> None:
    """As it is: all that any reading has shown; and it is said."""
    shop = Shop(items(300), ignores_offset=True)
    found, there = shop.read(accept=True)
    assert len(found) == 100
    assert there.lists.accepted("LOC")
    assert not there.lists.accepted("OTHER")
    assert "--accept-list" in there.lists.remarks["LOC"][Code.LIST_ACCEPTED]


@pytest.mark.parametrize("kind", ["product", "price"])
@pytest.mark.parametrize("total", ["true", "missing", 0, 1_000_000_000])
def test_lists_of_products_are_read_by_the_same_rules(kind: str, total: Any) -> None:
    """They believed a total, and stopped where two pages were alike."""
    rows = [{"_id": f"p{n}", "product": f"p{n}", "name": "x"} for n in range(250)]
    shop = Shop(rows, total=total, most=20)
    found: list[Item] = []

    async def go() -> None:
        async with shop.open() as there:
            await there.catalog("LOC", kind, found.extend)

    asyncio.run(go())
    assert {one.item_id for one in found} == {f"p{n}" for n in range(250)}
    assert len(shop.asked) < 80
