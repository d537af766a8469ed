"""A token that expires: its file is read again, so that any program may renew it.

A small server takes one token and refuses all others; the file is written by the test,
in the place of whatever refreshes tokens.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from small_server import Answered, Asked, serving

from importer import client, destination, execution, journal, retry, settings
from importer.destination import Destination
from importer.errors import UsageError
from importer.execution import Execution
from importer.models import (
    Barred,
    Definition,
    Existing,
    InputFile,
    Job,
    NotProcessed,
    Place,
    Row,
    Status,
    Table,
)
from importer.ratelimit import Limiter, Rate
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD, NEW = "token-that-expires", "token-that-is-fresh"
EXPIRED = Answered(401, {"message": "Invalid JWT"})
EXPIRED_V3 = Answered(401, {"error": {"code": "EXPIRED", "message": "jwt expired"}})
ID = "6578278e879ad2646715ba9c"
ITEM = {"_id": ID, "altId": "a", "name": "Old", "slug": "slug"}
QUICK = retry.Options(attempts=1, base_seconds=0.0, settle_seconds=(0.0,))


def renewing(file: Path, refusal: Answered = EXPIRED) -> Callable[[Asked], Answered]:
    """A server whose refusal of the old token makes somebody write the new one."""

    def answer(asked: Asked) -> Answered:
        if asked.token == NEW:
            return good(asked)
        file.write_text(NEW, "utf-8")
        return refusal

    return answer


def good(asked: Asked) -> Answered:
    """What the API answers to a token that it knows."""
    if asked.method == "POST":
        return Answered(
            201, {"data": {**asked.body, "_id": f"id-{asked.body['slug']}"}}
        )
    if asked.method == "GET" and "?altId=a&altType" in asked.path:
        return Answered(200, {"data": [], "total": 0})
    return Answered(200, {"data": ITEM} if asked.method == "GET" else {"status": True})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A token file with the old token, in a folder without settings."""
    for name in ("HIGHLEVEL_TOKEN", "HIGHLEVEL_LOCATION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "token"
    path.write_text(OLD, "utf-8")
    return path


async def create(there: Destination, limiter: Limiter) -> Any:
    permit = await limiter.acquire("a")
    body = destination.create_body(Definition("a", "N", "slug"))
    return await there.create("a", body, permit)


async def update(there: Destination, limiter: Limiter) -> Any:
    permit = await limiter.acquire("a")
    wanted = Definition("a", "New", "slug")
    body = destination.update_body(wanted, Existing("a", ID, "slug", "Old"))
    return await there.update("a", ID, body, permit)


async def delete(there: Destination, _: Limiter) -> Any:
    await there.delete("a", ID)


async def find(there: Destination, _: Limiter) -> Any:
    assert await there.find("a", ID) is not None


async def listed(there: Destination, _: Limiter) -> Any:
    assert await there.existing("a") == []


def call(
    answer: Callable[[Asked], Answered],
    act: Callable[[Destination, Limiter], Any],
    chosen: settings.Settings,
) -> tuple[Any, list[Asked]]:
    """Do something, again where that costs nothing; and what the server was asked."""

    async def go() -> tuple[Any, list[Asked]]:
        limiter = Limiter(Limits(Rate(100, 0.01)))
        async with (
            serving(answer) as server,
            client.connect(client.Options(server.url), limiter, chosen.tokens) as made,
        ):
            there = Destination(made, QUICK, lambda: 0.0)
            verdict = await act(there, limiter)
            while isinstance(verdict, NotProcessed) and verdict.renewed:
                verdict = await act(there, limiter)
            return verdict, server.asked

    return asyncio.run(go())


@pytest.mark.parametrize("refusal", [EXPIRED, EXPIRED_V3], ids=["known", "v3"])
@pytest.mark.parametrize("act", [create, update, delete, find, listed])
def test_an_expired_token_has_its_file_read_again(
    act: Callable[..., Any], refusal: Answered, file: Path
) -> None:
    """With a single attempt for everything: the refused call costs none."""
    chosen = settings.load({"token_file": file})
    verdict, asked = call(renewing(file, refusal), act, chosen)
    assert not isinstance(verdict, Barred)
    assert [one.token for one in asked].count(OLD) == 1
    assert asked[-1].token == NEW


def test_a_token_that_expires_between_reading_and_changing_is_read_again(
    file: Path,
) -> None:
    """The PUT is refused; the row goes on with the fresh token."""

    def answer(asked: Asked) -> Answered:
        if asked.token == NEW or asked.method == "GET":
            return good(asked)
        file.write_text(NEW, "utf-8")
        return EXPIRED

    chosen = settings.load({"token_file": file})
    _, asked = call(answer, update, chosen)
    assert [one.method for one in asked] == ["GET", "PUT", "GET", "PUT"]


@pytest.mark.parametrize("content", [OLD, f"{OLD}\n", "", "\x00\x01", "two words"])
def test_a_file_without_another_token_is_as_if_it_could_not_be_renewed(
    content: str, file: Path
) -> None:
    """The old one, or one that is being written: the refusal stands, as ever."""

    def answer(_: Asked) -> Answered:
        file.write_text(content, "utf-8")
        return EXPIRED

    verdict, asked = call(answer, create, settings.load({"token_file": file}))
    assert isinstance(verdict, Barred)
    assert len(asked) == 1


def test_a_file_that_is_gone_or_a_pipe_is_not_waited_for(file: Path) -> None:
    """Opening a pipe that nothing writes to would never end."""

    def answer(_: Asked) -> Answered:
        file.unlink(missing_ok=True)
        os.mkfifo(file)
        return EXPIRED

    verdict, _ = call(answer, create, settings.load({"token_file": file}))
    assert isinstance(verdict, Barred)


def test_a_token_that_is_no_files_is_not_looked_for_in_one(file: Path) -> None:
    """One that was given in the environment, beside a file that it overrules."""
    chosen = settings.load({"token": OLD})
    verdict, _ = call(renewing(file), create, chosen)
    assert isinstance(verdict, Barred)


def renewed(tokens: settings.Tokens, location_id: str, refused: str) -> bool:
    return asyncio.run(tokens.refused(location_id, refused))


def test_each_location_has_its_own_file_read_again(tmp_path: Path, file: Path) -> None:
    """One file for two locations is read once; another location's is left alone."""
    (tmp_path / "own").write_text("own-old", "utf-8")
    ids = [f"{letter}" * 20 for letter in "ABCD"]
    listing = tmp_path / "locations.toml"
    listing.write_text(
        f'[[locations]]\nid = "{ids[0]}"\nname = "A"\ntoken_file = "own"\n'
        f'[[locations]]\nid = "{ids[1]}"\nname = "B"\ntoken_env = "TOKEN_B"\n'
        f'[[locations]]\nid = "{ids[2]}"\nname = "C"\n',
        "utf-8",
    )
    (tmp_path / ".env").write_text("TOKEN_B=of-the-environment\n", "utf-8")
    tokens = settings.load({"token_file": file, "locations_file": listing}).tokens
    before = [tokens(one) for one in ids]
    assert before == ["own-old", "of-the-environment", OLD, OLD]
    assert not renewed(tokens, ids[1], before[1])
    (tmp_path / "own").write_text("own-new", "utf-8")
    assert renewed(tokens, ids[0], "own-old")
    file.write_text(NEW, "utf-8")
    assert renewed(tokens, ids[2], OLD)
    file.unlink()
    assert renewed(tokens, ids[3], OLD)  # found by the other one's call
    assert [tokens(one) for one in ids] == ["own-new", before[1], NEW, NEW]
    assert tokens(ids[3][::-1] + "x") == NEW


def test_a_run_goes_on_with_the_fresh_token_and_no_row_has_lost_an_attempt(
    tmp_path: Path, file: Path
) -> None:
    """Two locations, many calls under way, and one attempt for each row."""
    book = journal.create(tmp_path / "journal.db")
    planned = book.planned
    planned.open_input(
        0, Table("f.csv", "", ("Name",), 1, ()), InputFile("f.csv", "", "own", 0, ())
    )
    for seq in range(40):
        location, slug = "ab"[seq % 2], f"slug-{seq}"
        body = destination.create_body(Definition(location, slug, slug))
        row = Row.at(Place("f.csv", "", seq + 2, seq + 2), (slug,))
        planned.add_job(0, row, Job(seq, location, slug, slug, "", body), ())
    planned.close_input(0, 40)
    chosen = settings.load({"token_file": file})

    async def go() -> list[Asked]:
        limiter = Limiter(Limits(Rate(100, 0.2)))
        async with (
            serving(renewing(file)) as server,
            client.connect(client.Options(server.url), limiter, chosen.tokens) as made,
        ):
            there = Destination(made, QUICK, lambda: 0.0)
            made_run = Execution(
                (book.delivery, there, limiter),
                list(book.delivery.locations(Status.PLANNED)),
                execution.Options(concurrency=16),
                QUICK,
            )
            assert await asyncio.wait_for(made_run.run(), 20) is None
            await book.delivery.flush()
            return server.asked

    try:
        asked = asyncio.run(go())
        lines = list(book.history.lines())
    finally:
        book.close()
    assert {line.status for line in lines} == {Status.CREATED}
    assert {line.attempts for line in lines} == {1}
    created = [one.body["slug"] for one in asked if one.token == NEW]
    assert len(created) == len(set(created)) == 40


def test_the_version_is_a_setting() -> None:
    """What the API takes may change, and its own clients send another one."""

    async def go(options: dict[str, Any]) -> str:
        async with serving(good) as server:
            chosen = settings.load({"base_url": server.url, **options}).connection
            limiter = Limiter(Limits(None))
            async with client.connect(chosen, limiter, client.FixedToken("t")) as made:
                await made.send(client.Request("GET", "/x", "a"))
            return server.asked[0].headers["version"]

    assert asyncio.run(go({})) == "2021-07-28"
    assert asyncio.run(go({"api_version": "v3"})) == "v3"


@pytest.mark.parametrize("text", ["", "v3\r\nX: y", "v 3", "\u00e4", "x" * 41])
def test_a_version_that_would_break_the_head_is_refused(text: str) -> None:
    """A line break would be a header of its own."""
    with pytest.raises(UsageError, match="api_version"):
        settings.load({"api_version": text})
