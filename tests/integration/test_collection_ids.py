"""Ids that rows name: one collection each, and never that of another slug."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd  # noqa: TID251 - what a user of the library brings
import pytest

import importer
from importer.sandbox import Limit, Options, running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from importer.sandbox import Sandbox

LOCATION = "Z4Bxl8J4SaPEPLq9IQ8g"
HELD = "655b33a82209e60b6adb87a5"
OTHER = "655b33a82209e60b6adb8700"
FIELDS = {"_id": HELD, "name": "Winter", "slug": "winter", "image": "https://x/w.png"}

Row = tuple[str, str]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and nothing in the environment that configures."""
    monkeypatch.chdir(tmp_path)
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID", "IMPORTER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def with_winter(
    work: Callable[[Sandbox, dict[str, Any]], Awaitable[None]], **box: Any
) -> None:
    """Do something with a sandbox that holds a collection with the id `HELD`."""

    async def main() -> None:
        options: dict[str, Any] = {
            "limit": Limit(1000, 1.0),
            "collection_ids": "forced",
            "require_products": False,
        }
        async with running(Options(**options | box)) as sandbox:
            sandbox.store.create(LOCATION, FIELDS, now=sandbox.clock())
            given = {
                "base_url": sandbox.url,
                "token": "a-token-0123456789",
                "location_id": LOCATION,
                "settle_pauses": "0.02,0.05",
            }
            await work(sandbox, given)

    asyncio.run(main())


def frame(*rows: Row) -> pd.DataFrame:
    """Rows of slug and id; their names are those of the slugs."""
    return pd.DataFrame(
        [
            {"name": slug.title(), "slug": slug, "collection_id": collection_id}
            for slug, collection_id in rows
        ]
    )


def told(result: Any) -> list[tuple[str, str, str]]:
    return [(str(one.status), one.code, one.collection_id) for one in result.lines()]


@pytest.mark.parametrize("choice", ["skip", "update", "fail"])
@pytest.mark.parametrize("collection_id", [HELD, HELD.upper()])
def test_an_id_that_another_slug_has_is_never_overwritten(
    choice: Literal["skip", "update", "fail"], collection_id: str
) -> None:
    """The row is a problem that says which slug has it, in plan and run."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        table = frame(("summer", collection_id), ("spring", ""))
        plan = await importer.plan(table, on_existing=choice, **given)
        run = await importer.run(table, on_existing=choice, **given)

        for result in (plan, run):
            assert told(result)[0] == ("invalid", "collection_id_taken", HELD)
            (line, _) = result.lines()
            assert "winter" in line.message
        assert told(run)[1][0] == "created"
        assert run.summary.exit_code == 3
        found = sandbox.store.find(LOCATION, HELD)
        assert found is not None
        assert found.fields["slug"] == "winter"
        assert found.fields["name"] == "Winter"
        assert "PUT" not in sandbox.truth()["by_method"]

    with_winter(work)


def test_an_id_that_the_list_shows_with_the_rows_own_slug_exists() -> None:
    """That is what the row says."""

    async def work(_: Sandbox, given: dict[str, Any]) -> None:
        run = await importer.run(frame(("winter", HELD.upper())), **given)
        assert told(run) == [("existing", "", HELD)]

    with_winter(work)


def test_of_two_collections_with_one_slug_the_one_that_the_row_names_is_taken() -> None:
    """The id is the better evidence of what is meant."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        fields = {"_id": OTHER, "name": "Winter", "slug": "winter"}
        sandbox.store.create(LOCATION, fields, now=sandbox.clock())
        run = await importer.run(frame(("winter", OTHER)), **given)
        assert told(run) == [("existing", "exists_twice", OTHER)]

    with_winter(work)


def test_an_id_that_a_run_gave_a_moment_ago_is_taken_though_no_list_shows_it() -> None:
    """The list lags; the journal of the other run does not."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        first = await importer.run(frame(("spring", OTHER)), **given)
        second = await importer.run(frame(("autumn", OTHER)), **given)
        assert told(first) == [("created", "", OTHER)]
        assert told(second) == [("invalid", "collection_id_taken", OTHER)]
        assert sandbox.truth()["by_method"]["POST"] == 1

    with_winter(work, list_lag_seconds=60.0)


def test_the_later_of_two_rows_with_one_id_is_not_sent() -> None:
    """A run finds what a check finds; the library gives the codes."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        table = frame(("spring", OTHER), ("autumn", OTHER))
        checked = await importer.check(table, location_id=LOCATION)
        run = await importer.run(table, **given)
        assert [one["code"] for one in checked.problems()] == ["collection_id_repeated"]
        assert [one[:2] for one in told(run)] == [
            ("created", ""),
            ("invalid", "collection_id_repeated"),
        ]
        assert sandbox.truth()["by_method"]["POST"] == 1

    with_winter(work)


def test_a_row_is_not_refused_for_what_its_own_request_may_have_made() -> None:
    """It is looked for and not sent once more, though the server changed its slug."""

    async def work(sandbox: Sandbox, given: dict[str, Any]) -> None:
        first = await importer.run(
            frame(("spring", OTHER)), run_id="first", attempts=1, audit=False, **given
        )
        assert told(first) == [("failed", "attempts_used_up", "")]
        fields = {"_id": OTHER, "name": "Spring", "slug": "spring-1"}
        sandbox.store.create(LOCATION, fields, now=sandbox.clock())
        again = await importer.resume("first", audit=False, **given)
        assert told(again) == [("created", "settled_by_listing", OTHER)]
        assert sandbox.truth()["by_method"]["POST"] == 1

    with_winter(work, fault_for={"spring": ["reset_before"]})
