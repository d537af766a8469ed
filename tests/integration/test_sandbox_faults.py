"""Each fault of the sandbox by name: what the client gets, and what is then there.

`EXPECTED` has an entry for every fault; a test holds that none is missing.
"""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson
import pytest

from importer.sandbox import Fault, Options, Sandbox, running
from importer.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RESET = "ECONNRESET"
HEADERS = {
    "Authorization": "Bearer t",
    "Version": "2021-07-28",
    "User-Agent": "tests/1",
}
PLACE = {"altId": "LOC", "altType": "location"}
DOCS = Path(__file__).parents[2] / "docs" / "sandbox.md"


@dataclass(frozen=True)
class Effect:
    """What one create under a fault leads to."""

    status: int | str  # or RESET
    created: int
    spent: int = 1  # of the location's budget
    refused: int = 0
    body: Callable[[str], bool] = bool


def parses(text: str) -> bool:
    """Whether the text is JSON."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


EXPECTED: dict[Fault, Effect] = {
    Fault.RESET_BEFORE: Effect(RESET, created=0),
    Fault.RESET_AFTER: Effect(RESET, created=1),
    Fault.ERROR_BEFORE: Effect(500, created=0, body=parses),
    Fault.ERROR_AFTER: Effect(500, created=1, body=parses),
    Fault.REFUSED: Effect(429, created=0, spent=0, refused=1, body=parses),
    Fault.REFUSED_BUT_CREATED: Effect(
        422,
        created=1,
        body=lambda text: isinstance(orjson.loads(text)["message"], list),
    ),
    Fault.NULL_BODY: Effect(201, created=1, body=lambda text: text == "null"),
    Fault.BROKEN_BODY: Effect(
        201,
        created=1,
        body=lambda text: text.startswith('{"data"') and not parses(text),
    ),
    Fault.SLOW_COMMIT: Effect(201, created=1, body=parses),
    Fault.LIST_LAGS: Effect(201, created=1, body=parses),
    Fault.EXPIRED_TOKEN: Effect(
        401, created=0, body=lambda text: orjson.loads(text)["message"] == "Invalid JWT"
    ),
    Fault.EDGE_BLOCK: Effect(
        403, created=0, spent=0, body=lambda text: "error code: 1010" in text
    ),
    Fault.BAD_GATEWAY: Effect(
        502, created=1, body=lambda text: text.startswith("<html")
    ),
}


async def call(
    box: Sandbox, method: str = "POST", suffix: str = "", **fields: object
) -> tuple[int | str, str]:
    """Status and text of one call on a connection of its own, or RESET."""
    body = {**PLACE, "name": "Best", "slug": "best", **fields}
    url = f"{box.url}/products/collections{suffix}"
    async with aiohttp.ClientSession(headers=HEADERS) as session:
        # The client would send a GET, PUT or DELETE again by itself after a reset.
        session._retry_connection = False
        try:
            reading = method in ("GET", "DELETE")
            async with session.request(
                method,
                url,
                params=PLACE if reading else None,
                json=None if reading else body,
            ) as response:
                return response.status, await response.text()
        except aiohttp.ClientOSError as error:
            return errno.errorcode[error.errno or 0], ""


async def listed(box: Sandbox) -> int:
    """How many collections the list shows."""
    status, text = await call(box, "GET")
    assert status == 200
    return int(orjson.loads(text)["total"])


def held(box: Sandbox) -> int:
    """How many collections there really are."""
    return int(box.summary("LOC")["locations"]["LOC"]["collections"])


def with_box(options: Options, act: Callable[[Sandbox], Awaitable[None]]) -> None:
    """Run the steps of a test against a fresh sandbox."""

    async def go() -> None:
        async with running(options) as box:
            await act(box)

    asyncio.run(go())


def test_every_fault_has_an_expectation_and_a_line_in_the_docs() -> None:
    """No fault can be added without a test and without being documented."""
    assert set(EXPECTED) == set(Fault)
    documented = DOCS.read_text(encoding="utf-8")
    assert [name for name in Fault if f"| `{name}` |" not in documented] == []


@pytest.mark.parametrize("fault", [f for f in Fault if f is not Fault.BAD_GATEWAY])
@pytest.mark.parametrize("scripted", [False, True])
def test_a_fault_does_what_its_name_says(fault: Fault, *, scripted: bool) -> None:
    """Answer, what is there, budget and count are as expected, drawn or scripted."""
    effect = EXPECTED[fault]
    chosen: dict[str, Any] = (
        {"fault_for": {"best": [fault]}} if scripted else {"faults": {fault: 1.0}}
    )

    async def act(box: Sandbox) -> None:
        status, text = await call(box)
        assert status == effect.status
        if status != RESET:
            assert effect.body(text)
        told = box.summary("LOC")
        counts = told["locations"]["LOC"]
        assert (counts["collections"], counts["refused"]) == (
            effect.created,
            effect.refused,
        )
        remaining = box.traffic.lane("LOC").budget.headers(box.clock())
        assert remaining["X-RateLimit-Remaining"] == str(100 - effect.spent)
        assert told["faults"] == {fault: 1}
        created = {fault: 1} if effect.created else {}
        assert told["created_by_fault"] == created

    with_box(Options(slow_commit_seconds=0.05, **chosen), act)


def test_half_of_the_bad_gateways_come_after_the_create() -> None:
    """Nobody can tell from the answer, but the truth counts which did."""

    async def act(box: Sandbox) -> None:
        for _ in range(40):
            status, text = await call(box)
            assert status == 502
            assert EXPECTED[Fault.BAD_GATEWAY].body(text)
        told = box.summary()
        assert told["faults"] == {"bad_gateway": 40}
        assert told["created_by_fault"] == {"bad_gateway": held(box)}
        assert 10 <= held(box) <= 30

    with_box(Options(faults={"bad_gateway": 1.0}), act)


def test_a_slow_commit_creates_late_and_answers_later_still() -> None:
    """For whoever gave up in between, the collection appears out of nowhere."""

    async def act(box: Sandbox) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await call(box)
        assert held(box) == 0
        await asyncio.sleep(0.6)
        assert held(box) == 1
        assert box.summary()["faults"] == {"slow_commit": 1}

    with_box(Options(faults={"slow_commit": 1.0}, slow_commit_seconds=0.5), act)


def test_a_lagging_create_shows_in_lists_only_later() -> None:
    """By id it is there at once; the list shows it after the lag."""

    async def act(box: Sandbox) -> None:
        _, text = await call(box)
        made = orjson.loads(text)["data"]["_id"]
        assert await listed(box) == 0
        assert (await call(box, "GET", f"/{made}"))[0] == 200
        await asyncio.sleep(0.6)
        assert await listed(box) == 1

    with_box(Options(faults={"list_lags": 1.0}, list_lag_seconds=0.5), act)


def test_a_named_lag_hits_its_share_only() -> None:
    """Where list_lags is named, --list-lag says how long, not for whom."""

    async def act(box: Sandbox) -> None:
        for _ in range(40):
            await call(box)
        lagging = box.summary()["faults"]["list_lags"]
        assert await listed(box) == 40 - lagging
        assert 8 <= lagging <= 32

    with_box(Options(faults={"list_lags": 0.5}, list_lag_seconds=60.0), act)


def test_a_create_can_be_reset_and_lag_at_once() -> None:
    """The lag is drawn apart: the worst case of all is possible."""

    async def act(box: Sandbox) -> None:
        assert await call(box) == (RESET, "")
        assert (held(box), await listed(box)) == (1, 0)
        assert box.summary()["faults"] == {"reset_after": 1, "list_lags": 1}

    with_box(Options(faults={"reset_after": 1.0, "list_lags": 1.0}), act)


def test_a_wrong_row_stays_a_422_whatever_comes_after() -> None:
    """Faults after a create need a create; they are not counted without one."""

    async def act(box: Sandbox) -> None:
        status, text = await call(box, slug="")
        assert status == 422
        assert orjson.loads(text)["message"] == ["slug should not be empty"]
        assert box.summary()["faults"] == {}

    with_box(Options(faults={"error_after": 1.0}), act)


def test_reads_meet_no_fault_unless_asked() -> None:
    """Writes are hit by default, all calls with --fault-calls all."""

    async def writes(box: Sandbox) -> None:
        assert (await call(box, "GET"))[0] == 200

    async def everything(box: Sandbox) -> None:
        assert (await call(box, "GET"))[0] == 500

    with_box(Options(faults={"error_before": 1.0}), writes)
    with_box(Options(faults={"error_before": 1.0}, fault_calls="all"), everything)


@pytest.mark.parametrize(
    ("fault", "status", "left"),
    [("null_body", 200, 0), ("reset_after", RESET, 0), ("reset_before", RESET, 1)],
)
def test_updates_and_deletes_meet_faults_too(
    fault: str, status: int | str, left: int
) -> None:
    """A delete is done or not done as the fault says; null bodies have been seen."""

    async def act(box: Sandbox) -> None:
        made = box.store.create("LOC", {"name": "a", "slug": "a"}, now=box.clock())
        got, text = await call(box, "DELETE", f"/{made.id}")
        assert (got, text) == (status, "null" if status == 200 else "")
        assert held(box) == left

    with_box(Options(faults={fault: 1.0}), act)


def test_a_script_hits_the_first_calls_of_its_slug_in_order() -> None:
    """After the script is used up the slug is created; other slugs never notice."""

    async def act(box: Sandbox) -> None:
        assert (await call(box, slug="other"))[0] == 201
        statuses = [(await call(box))[0] for _ in range(4)]
        assert statuses == [500, 500, 429, 201]
        assert held(box) == 4

    script = ["error_after", "error_after", "refused"]
    with_box(Options(fault_for={"best": script}), act)


def test_a_script_can_go_by_name() -> None:
    """The name of the row stands for its slug."""

    async def act(box: Sandbox) -> None:
        assert (await call(box, name="Best Sellers"))[0] == 401
        assert (await call(box, name="Best Sellers"))[0] == 201

    with_box(Options(fault_for={"Best Sellers": ["expired_token"]}), act)


def test_faults_can_be_changed_while_it_runs() -> None:
    """A post to the sandbox's own address counts from the next call on."""

    async def act(box: Sandbox) -> None:
        assert (await call(box))[0] == 201
        change = {"faults": {"edge_block": 1}, "for": {"best": "refused"}}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{box.url}/_sandbox/faults", json=change) as response,
        ):
            assert await response.json() == {
                "faults": {"edge_block": 1.0},
                "for": {"best": ["refused"]},
                "calls": "writes",
            }
        assert [(await call(box))[0] for _ in range(2)] == [429, 403]
        box.faults.set_rates({})
        assert (await call(box))[0] == 201

    with_box(Options(), act)


def test_decisions_depend_on_seed_and_ordinal_only() -> None:
    """Asked in any order the answer is the same; another seed gives another."""
    rates = {"reset_before": 0.05, "error_after": 0.1, "list_lags": 0.2}
    faults, backwards, other = Faults(1), Faults(1), Faults(2)
    for each in (faults, backwards, other):
        each.set_rates(rates)
    forth = [faults.meets(ordinal, "POST", ()) for ordinal in range(5_000)]
    back = [backwards.meets(ordinal, "POST", ()) for ordinal in reversed(range(5_000))]
    assert forth == back[::-1]
    assert forth != [other.meets(ordinal, "POST", ()) for ordinal in range(5_000)]
    shares = {
        fault: sum(met.fault is fault for met in forth) / 5_000
        for fault in (Fault.RESET_BEFORE, Fault.ERROR_AFTER)
    }
    assert shares[Fault.RESET_BEFORE] == pytest.approx(0.05, abs=0.015)
    assert shares[Fault.ERROR_AFTER] == pytest.approx(0.1, abs=0.015)
    assert sum(met.lags for met in forth) / 5_000 == pytest.approx(0.2, abs=0.02)
