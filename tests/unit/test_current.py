"""A collection read before it is changed, where single collections are not shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import orjson
import pytest

from importer.client import Answer, Client, Request
from importer.destination import answers, pages
from importer.destination.current import Current, Gone
from importer.errors import DayIsOver, FatalError, TransientError
from importer.models import Existing, NotProcessed, Verdict
from importer.ratelimit import Limiter, Options, Permit, Rate

if TYPE_CHECKING:
    from importer.client import Exchange

IDS = ("65a000010000000000000001", "65a000020000000000000002")


def answer(status: int, body: Any) -> Answer:
    return Answer(status, body, True, orjson.dumps(body).decode(), None, "")


class Server:
    """What answers: single collections are refused, and lists show what is given."""

    def __init__(
        self,
        page: list[Any],
        failure: Exception | None = None,
        *,
        takes_ids: bool = True,
    ) -> None:
        self.limiter = Limiter(Options(Rate(1000, 10.0)))
        self._page = page
        self._failure = failure
        self._takes_ids = takes_ids
        self.asked: list[str] = []

    async def send(self, request: Request, permit: Permit) -> Exchange:
        self.limiter.answered("loc", permit, None, self.limiter.clock())
        self.asked.append(request.path)
        if request.path != "/all":
            return answer(403, {"message": "Forbidden"})
        if not self._takes_ids:
            return answer(422, {"message": "property collectionIds should not exist"})
        return answer(200, {"data": self._page})

    async def existing(self, location_id: str) -> list[Existing]:
        if self._failure is not None:
            raise self._failure
        return [
            pages.existing(location_id, item)
            for item in self._page
            if isinstance(item, dict) and item.get("altId") == location_id
        ]

    def verdict(self, location_id: str, exchange: Exchange) -> Verdict:
        assert location_id == "loc"
        return answers.read(exchange, creates=False)

    def read(self, *ids: str) -> list[Any]:
        """What becomes of these collections, one after the other."""

        async def go() -> list[Any]:
            current = Current(cast("Client", self), "/all", self.verdict, self.existing)
            found = []
            for collection_id in ids:
                permit = await self.limiter.acquire("loc")
                found.append(await current.read("loc", collection_id, (), permit))
            return found

        return asyncio.run(go())


def test_what_no_list_shows_is_not_gone_where_nothing_says_so() -> None:
    """Neither at the first look nor at the next, when single ones are not asked for."""
    server = Server([])
    first, second = server.read(*IDS)
    assert server.asked == [f"/all/{IDS[0]}", "/all", "/all"]
    for found in (first, second):
        assert not isinstance(found, Gone)
        assert isinstance(found, NotProcessed)
        assert found.looked


def test_an_item_of_a_list_that_is_none_hides_no_other() -> None:
    """It is passed over, and so is the same id of another location."""
    own = {"_id": IDS[0], "altId": "loc", "slug": "own"}
    theirs = {"_id": IDS[0], "altId": "other", "slug": "theirs"}
    (found,) = Server([None, "text", theirs, own]).read(IDS[0])
    assert isinstance(found, Existing)
    assert found.slug == "own"
    (found,) = Server([None, theirs]).read(IDS[0])
    assert isinstance(found, NotProcessed)


def test_a_list_that_refuses_ids_is_asked_by_an_id_once() -> None:
    """For all rows behind it, the whole list tells."""
    items = [{"_id": one, "altId": "loc", "slug": one[-2:]} for one in IDS]
    server = Server(items, takes_ids=False)
    found = server.read(*IDS)
    assert [one.slug for one in found] == ["01", "02"]
    assert server.asked == [f"/all/{IDS[0]}", "/all"]


@pytest.mark.parametrize(
    ("failure", "limited"),
    [
        (TransientError("the list did not come"), False),
        (FatalError("the list is not complete"), False),
        (DayIsOver("nothing is left today"), True),
    ],
)
def test_a_list_that_cannot_be_read_leaves_the_row_for_later(
    failure: Exception, limited: bool
) -> None:
    """It is no error of the run: nothing was changed, and the row is tried again."""
    (found,) = Server([], failure).read(IDS[0])
    assert isinstance(found, NotProcessed)
    assert found.limited is limited
    assert found.looked is not limited
    assert str(failure) in found.reason


def test_an_item_without_an_id_is_the_same_in_whatever_order_its_fields_come() -> None:
    """Or a list with such an item would never be read twice alike."""
    item = {"slug": "best", "name": "Best", "seo": {"title": "T", "description": "D"}}
    turned = {**dict(reversed(item.items())), "seo": {"description": "D", "title": "T"}}
    assert pages.mark("loc", item).key == pages.mark("loc", turned).key


def test_an_id_tells_when_its_collection_was_made() -> None:
    """By its first eight digits, where the item does not state it."""
    assert pages.made_at({"_id": IDS[0]}) == float(0x65A00001)
    stated = {"_id": IDS[0], "createdAt": "2026-01-02T03:04:05.000Z"}
    assert pages.made_at(stated) == pages.moment("2026-01-02T03:04:05Z") == 1767323045.0
    assert pages.moment("2026-01-02T04:04:05+01:00") == 1767323045.0
