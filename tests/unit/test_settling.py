"""Rows without a clear answer: what a listing says about them, and when to look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from importer.errors import TransientError
from importer.execution.evidence import Evidence
from importer.execution.settlement import Settler
from importer.execution.turns import Lane, Try
from importer.models import Code, Done, Existing, Job, Outcome, Status
from importer.ratelimit import Budget

if TYPE_CHECKING:
    from collections.abc import Callable

JOB = Job(1, "loc", "Best", "best", "manual", b"{}")
LANE = Lane("loc", Budget(None))


def there(
    collection_id: str = "c1",
    *,
    slug: str = "best",
    name: str = "Best",
    kind: str = "manual",
) -> Existing:
    return Existing("loc", collection_id, slug, name, kind)


def judge(job: Job, listed: list[Existing], *, sent: bool = True) -> Outcome | None:
    """What the last look at this list says of the row."""
    shop = Shop(listed=listed)
    settler = shop.settler(1.0, job=job, attempts=int(sent))
    shop.now += 1.0
    settled, _ = shop.look(settler)
    return settled[0] if settled else None


def test_a_listing_without_the_slug_says_nothing() -> None:
    """That it is not in the list yet does not prove that it was not created."""
    assert judge(JOB, []) is None


@pytest.mark.parametrize("kind", ["manual", ""])
def test_the_same_slug_name_and_type_is_this_rows(kind: str) -> None:
    """Where the list shows no type the name is enough."""
    outcome = judge(JOB, [there(kind=kind)])
    assert outcome is not None
    assert (outcome.status, outcome.collection_id) == (Status.CREATED, "c1")
    assert outcome.code == Code.SETTLED_BY_LISTING


def test_two_rows_never_take_one_collection() -> None:
    """They have a name in common, and the server made its slug of either's."""
    shop = Shop(listed=[there(slug="best-1-2")])
    settler = shop.settler(0.0)
    settler.add(Try(replace(JOB, seq=2, slug="best-1"), LANE, attempts=1))
    settled, absent = shop.look(settler)
    assert [outcome.collection_id for outcome in settled] == ["c1"]
    assert len(absent) == 1


def test_a_row_that_was_never_sent_adopts_nothing() -> None:
    """What another run, stopped in the middle, has made exists; it was not created."""
    outcome = judge(JOB, [there()], sent=False)
    assert outcome is not None
    assert (outcome.status, outcome.collection_id) == (Status.EXISTING, "c1")
    assert outcome.code == Code.MADE_BY_OTHERS


@pytest.mark.parametrize("other", [there(name="Theirs"), there(kind="smart")])
def test_another_name_or_type_was_made_by_others(other: Existing) -> None:
    """It is never adopted: the report must not claim a stranger's collection."""
    outcome = judge(JOB, [other])
    assert outcome is not None
    assert (outcome.status, outcome.collection_id) == (Status.EXISTING, "c1")
    assert outcome.code == Code.MADE_BY_OTHERS


def test_this_rows_collection_is_found_behind_somebody_elses() -> None:
    """Both can be there, since the API accepts duplicate slugs."""
    outcome = judge(JOB, [there("c0", name="Theirs"), there("c9")])
    assert outcome is not None
    assert (outcome.status, outcome.collection_id) == (Status.CREATED, "c9")


@pytest.mark.parametrize(
    "added",
    [
        {"image": "https://people.example/1.png"},
        {"seo_title": "By hand"},
        {"product_ids": ("p1",)},
    ],
)
def test_what_a_list_shows_besides_is_not_taken_for_what_the_run_made(
    added: dict[str, Any],
) -> None:
    """A person may have added it before the look; an undo has to see that."""
    outcome = judge(JOB, [replace(there(name="Best"), **added)])
    assert outcome is not None
    assert outcome.status is Status.CREATED
    assert (
        not {"image", "seo", "productIds"} & orjson.loads(outcome.shown or "{}").keys()
    )


@dataclass
class Shop:
    """A ledger and a destination in one: what was there, and what a list shows."""

    before_run: set[str] = field(default_factory=set)
    owned_ids: set[str] = field(default_factory=set)
    listed: list[Existing] = field(default_factory=list)
    listings: int = 0
    kept: list[Existing] = field(default_factory=list)
    broken: bool = False
    now: float = 100.0

    def before(self, location_id: str) -> set[str]:
        assert location_id == "loc"
        return self.before_run

    async def existing(
        self, location_id: str, needed: Callable[[Existing], bool]
    ) -> list[Existing]:
        assert location_id == "loc"
        self.listings += 1
        if self.broken:
            msg = "the list could not be read"
            raise TransientError(msg)
        self.kept = [existing for existing in self.listed if needed(existing)]
        return self.kept

    async def flush(self) -> None:
        """Nothing waits to be written."""

    clock_difference = None

    def started(self, location_id: str) -> dict[int, float]:
        assert location_id == "loc"
        return {}

    def owned(self, location_id: str) -> set[str]:
        assert location_id == "loc"
        return self.owned_ids

    def slugs(self, location_id: str) -> dict[str, int]:
        assert location_id == "loc"
        return {JOB.slug: JOB.seq}

    def settler(self, *pauses: float, job: Job = JOB, attempts: int = 1) -> Settler:
        self.evidence = Evidence(self)  # type: ignore[arg-type]
        settler = Settler(LANE, self, self, self.evidence, pauses, lambda: self.now)  # type: ignore[arg-type]
        settler.add(Try(job, LANE, attempts=attempts))
        return settler

    def look(self, settler: Settler) -> tuple[list[Outcome], list[Try]]:
        look = asyncio.run(settler.look())
        return [outcome for _, outcome in look.settled], look.absent


def test_a_row_is_given_back_only_after_the_last_of_its_looks() -> None:
    """Lists lag, so one look without the slug is not enough."""
    shop = Shop()
    settler = shop.settler(2.0, 5.0, 10.0)
    for pause in (2.0, 5.0):
        shop.now += pause
        assert shop.look(settler) == ([], [])
    shop.now += 9.9
    assert shop.look(settler) == ([], []), "looked too early to count"
    shop.now += 0.1
    _, absent = shop.look(settler)
    assert [one.job for one in absent] == [JOB]
    assert not settler.doubts


def test_what_another_process_sent_rests_before_its_first_look() -> None:
    """Until its answers would be over it may still be carried out."""
    shop = Shop()
    settler = shop.settler(2.0, 5.0)
    settler.not_before = shop.now + 30.0
    settler.add(Try(replace(JOB, seq=2), LANE, attempts=1))
    dues = sorted(doubt.due - shop.now for doubt in settler.doubts)
    assert dues == [2.0, 32.0]


@pytest.mark.parametrize(
    ("drained", "ready", "has_new"),
    [(False, [], True), (True, [JOB], True), (True, [], False)],
)
def test_looks_take_a_tenth_of_the_time_while_new_rows_are_sent(
    *, drained: bool, ready: list[Job], has_new: bool
) -> None:
    """A list of 60 pages took half of the calls, with 3 unclear rows in 100."""
    shop = Shop()
    settler = shop.settler(1.0, 1.0)

    async def listing(*_: object) -> list[Existing]:
        shop.now += 6.0
        return []

    shop.existing = listing  # type: ignore[assignment,method-assign]
    settler.lane = Lane("loc", Budget(None), drained=drained, ready=list(ready))
    shop.now += 1.0
    shop.look(settler)
    assert settler.due == shop.now + (54.0 if has_new else 1.0)
    settler.lane.drained = True
    settler.lane.ready = []
    assert settler.due == shop.now + 1.0, "nothing is left to be sent before it"


def test_a_look_that_rests_is_made_when_the_last_new_row_has_gone() -> None:
    """The rest of the pause is not waited for."""
    shop = Shop()
    settler = shop.settler(0.0, 0.0)
    settler.lane = Lane("loc", Budget(None))

    async def listing(*_: object) -> list[Existing]:
        shop.now += 1000.0
        return []

    shop.existing = listing  # type: ignore[assignment,method-assign]
    shop.look(settler)
    settler._took = 0.0  # the clock of this test stands still meanwhile

    async def drain() -> bool:
        waiting = asyncio.create_task(settler.wait(asyncio.Event()))
        await asyncio.sleep(0.12)
        assert not waiting.done()
        settler.lane.drained = True
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(drain())


def test_a_look_before_its_time_may_still_find_the_row() -> None:
    """One listing settles all rows of a location, due or not."""
    shop = Shop(listed=[there()])
    settler = shop.settler(2.0)
    (outcome,), absent = shop.look(settler)
    assert (outcome.status, absent) == (Status.CREATED, [])
    assert not settler.doubts


@pytest.mark.parametrize("rewrites_slugs", [True, False])
def test_under_another_slug_a_row_is_found_at_once_where_slugs_are_rewritten(
    *, rewrites_slugs: bool
) -> None:
    """Elsewhere only the last look takes it: the row's own slug may still come."""
    shop = Shop(listed=[there(slug="best-1")])
    settler = shop.settler(1.0, 5.0)
    other = replace(JOB, seq=2, slug="other", name="Other")
    slug = "other-1" if rewrites_slugs else "other"
    shown = {"altId": "loc", "slug": slug, "name": "Other"}
    shop.evidence.judge(other, Done("c0", 201, shown=shown))
    shop.now += 1.0
    settled, absent = shop.look(settler)
    assert ([outcome.collection_id for outcome in settled], absent) == (
        ["c1"] if rewrites_slugs else [],
        [],
    )
    assert len(settler.doubts) == (not rewrites_slugs)


def test_what_was_there_before_the_run_is_never_adopted() -> None:
    """The same slug and name may have been there all along."""
    shop = Shop(before_run={"c1"}, listed=[there("c1")])
    settler = shop.settler(0.0)
    settled, absent = shop.look(settler)
    assert settled == []
    assert [one.job for one in absent] == [JOB]


def test_a_look_keeps_only_what_may_be_a_row_in_doubts_own() -> None:
    """Forty locations of 6,000 collections each are looked at side by side."""
    others = [there(f"o{number}", slug=f"other-{number}") for number in range(100)]
    earlier = [there(f"b{number}", slug=f"before-{number}") for number in range(100)]
    own, foreign = there("c1"), there("f1", slug="foreign")
    namesake = there("b0", name="Earlier")  # has the row's slug, so it is told of
    shop = Shop(
        before_run={existing.collection_id for existing in earlier},
        owned_ids={existing.collection_id for existing in others},
        listed=[*others, *earlier, namesake, foreign, own],
    )
    (outcome,), _ = shop.look(shop.settler(0.0))
    assert outcome.collection_id == "c1"
    assert shop.kept == [namesake, foreign, own]


def test_what_a_row_gets_during_the_listing_is_no_other_rows() -> None:
    """It was no row's when the list was begun, so it is in what was kept of it."""
    shop = Shop(listed=[there("c2")])
    settler = shop.settler(0.0)
    inner = shop.existing

    async def listing(
        location_id: str, needed: Callable[[Existing], bool]
    ) -> list[Existing]:
        shop.owned_ids.add("c2")
        return await inner(location_id, needed)

    shop.existing = listing  # type: ignore[method-assign]
    settled, absent = shop.look(settler)
    assert settled == []
    assert [attempt.job for attempt in absent] == [JOB]


def test_a_row_that_came_while_the_list_was_read_is_not_judged_by_it() -> None:
    """Its collection may have been made after the pages were read."""
    shop = Shop()
    settler = shop.settler(0.0)
    late = Job(2, "loc", "Late", "late", "", b"{}")

    async def listing(*_: object) -> list[Existing]:
        settler.add(Try(late, LANE, attempts=1))
        return []

    shop.existing = listing  # type: ignore[assignment,method-assign]
    _, absent = shop.look(settler)
    assert [one.job.seq for one in absent] == [1]
    assert [doubt.one.job.seq for doubt in settler.doubts] == [2]


def test_a_listing_that_fails_is_put_off_and_counts_for_no_look() -> None:
    """Nothing was learned, so nothing may be sent again."""
    shop = Shop(broken=True)
    settler = shop.settler(1.0, 2.0)
    shop.now += 1.0
    with pytest.raises(TransientError):
        shop.look(settler)
    assert settler.postpone()
    (doubt,) = settler.doubts
    assert (doubt.looks, doubt.due) == (0, shop.now + 1.0)


def test_a_listing_that_fails_for_good_ends_the_looking() -> None:
    """The row stays unknown rather than be sent on a guess."""
    settler = Shop().settler(1.0, 2.0)
    assert [settler.postpone() for _ in range(3)] == [True, True, False]
    assert len(settler.doubts) == 1


def test_a_listing_that_works_again_wipes_the_failures() -> None:
    """Only failures one after the other are for good."""
    shop = Shop()
    settler = shop.settler(0.0, 99.0)
    assert settler.postpone()
    assert settler.postpone()
    shop.look(settler)
    assert [settler.postpone() for _ in range(3)] == [True, True, False]


def test_a_row_that_is_not_due_is_not_put_off() -> None:
    """A failed listing costs only those that it was made for."""
    shop = Shop()
    settler = shop.settler(5.0)
    (doubt,) = settler.doubts
    settler.postpone()
    assert doubt.due == 105.0


def test_waiting_ends_at_once_when_the_run_stops() -> None:
    """A drain does not sit through the pauses."""

    async def wait() -> bool:
        settler = Shop().settler(3600.0)
        stopping = asyncio.Event()
        asyncio.get_running_loop().call_later(0.01, stopping.set)
        return await asyncio.wait_for(settler.wait(stopping), 5.0)

    assert asyncio.run(wait()) is False


def test_waiting_never_ends_before_the_look_is_due() -> None:
    """A timer that rings early would make a look that counts for none."""

    async def wait() -> bool:
        shop = Shop()
        settler = shop.settler(0.02)
        loop = asyncio.get_running_loop()
        loop.call_later(0.05, setattr, shop, "now", 100.03)
        ready = await asyncio.wait_for(settler.wait(asyncio.Event()), 5.0)
        return ready and shop.now >= 100.02

    assert asyncio.run(wait())
