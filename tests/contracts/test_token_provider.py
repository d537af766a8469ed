"""What everything that signs calls keeps to, whatever it gets its tokens from.

A second provider is one more entry in `PROVIDERS`: how to make one, and how another
program renews its token in the meantime (None where none can).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from small_server import Answered, Asked, serving

from importer import client, settings
from importer.client import Answer, FixedToken, Request
from importer.errors import AccessError
from importer.ratelimit import Limiter
from importer.ratelimit import Options as Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.client import TokenProvider

OLD, NEW = "a-token-that-has-ended", "a-token-that-is-fresh"
LOCATION, OTHER = "A" * 20, "B" * 20


@dataclass(frozen=True)
class Made:
    """A provider whose token of `LOCATION` is `OLD`; `renew` makes it `NEW`."""

    provider: TokenProvider
    renew: Callable[[], object] | None = None


def from_a_file(folder: Path) -> Made:
    file = folder / "token"
    file.write_text(OLD, "utf-8")
    tokens = settings.load({"token_file": file}, environment=False).tokens
    return Made(tokens, lambda: file.write_text(NEW, "utf-8"))


def from_a_file_of_its_own(folder: Path) -> Made:
    file, listing = folder / "own", folder / "locations.toml"
    file.write_text(OLD, "utf-8")
    listing.write_text(
        f'[[locations]]\nid = "{LOCATION}"\nname = "A"\ntoken_file = "{file}"\n'
        f'[[locations]]\nid = "{OTHER}"\nname = "B"\n',
        "utf-8",
    )
    chosen = {"locations_file": listing, "token": "a-token-of-the-others"}
    tokens = settings.load(chosen, environment=False).tokens
    return Made(tokens, lambda: file.write_text(NEW, "utf-8"))


PROVIDERS: dict[str, Callable[[Path], Made]] = {
    "file": from_a_file,
    "own-file": from_a_file_of_its_own,
    "value": lambda _: Made(settings.load({"token": OLD}, environment=False).tokens),
    "fixed": lambda _: Made(FixedToken(OLD)),
}
RENEWING = {name: PROVIDERS[name] for name in ("file", "own-file")}


@pytest.fixture(params=PROVIDERS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    return PROVIDERS[request.param](tmp_path)


class TestEveryProvider:
    """The protocol `client.TokenProvider`."""

    def test_a_token_that_is_known_costs_no_turn_of_the_loop(self, made: Made) -> None:
        """It is asked before every call, so it may not wait for anything."""
        asyncio.run(made.provider.token(LOCATION))
        asked = made.provider.token(LOCATION)
        with pytest.raises(StopIteration) as ended:
            asked.send(None)
        assert ended.value.value == OLD

    def test_a_refused_token_that_nothing_has_renewed_is_told_as_that(
        self, made: Made
    ) -> None:
        """Else a call would be made again and again."""

        async def go() -> None:
            assert await made.provider.token(LOCATION) == OLD
            assert not await made.provider.refused(LOCATION, OLD)
            assert await made.provider.token(LOCATION) == OLD

        asyncio.run(go())

    def test_a_refusal_of_a_token_that_was_replaced_is_no_refusal_of_the_new_one(
        self, made: Made
    ) -> None:
        """Calls that were under way come back with it when another has been found."""

        async def go() -> None:
            assert await made.provider.token(LOCATION) == OLD
            assert await made.provider.refused(LOCATION, "the-one-before")
            assert await made.provider.token(LOCATION) == OLD

        asyncio.run(go())

    def test_no_text_of_a_provider_shows_a_token(self, made: Made) -> None:
        """It is part of what a debugger, a log or an error may print."""
        asyncio.run(made.provider.token(LOCATION))
        assert OLD not in f"{made.provider!r} {made.provider}"


class TestEveryProviderThatRenews:
    """Those whose tokens end while a run goes on."""

    @pytest.fixture(params=RENEWING)
    def made(self, request: pytest.FixtureRequest, tmp_path: Path) -> Made:
        return RENEWING[request.param](tmp_path)

    def test_a_refused_token_is_replaced_by_the_fresh_one(self, made: Made) -> None:
        """From the next call on."""

        async def go() -> None:
            assert await made.provider.token(LOCATION) == OLD
            assert made.renew is not None
            made.renew()
            assert await made.provider.refused(LOCATION, OLD)
            assert await made.provider.token(LOCATION) == NEW
            assert not await made.provider.refused(LOCATION, NEW)

        asyncio.run(go())

    def test_many_calls_that_are_refused_at_once_all_hear_of_the_fresh_one(
        self, made: Made
    ) -> None:
        """A hundred calls are under way when a token ends, each is told the same."""

        async def go() -> None:
            await made.provider.token(LOCATION)
            assert made.renew is not None
            made.renew()
            told = [made.provider.refused(LOCATION, OLD) for _ in range(100)]
            assert all(await asyncio.gather(*told))
            assert await made.provider.token(LOCATION) == NEW

        asyncio.run(go())

    def test_the_client_signs_the_next_call_with_it(self, made: Made) -> None:
        """And says of the refused call that it can be made once more."""

        def answer(asked: Asked) -> Answered:
            if asked.token == NEW:
                return Answered(200, {})
            assert made.renew is not None
            made.renew()
            return Answered(401, {"message": "Invalid JWT"})

        async def go() -> None:
            limiter, request = Limiter(Limits(None)), Request("GET", "/x", LOCATION)
            async with serving(answer) as server:
                options = client.Options(server.url)
                async with client.connect(options, limiter, made.provider) as sending:
                    refused = await sending.send(request)
                    assert isinstance(refused, Answer)
                    assert (refused.status, refused.renewed) == (401, True)
                    accepted = await sending.send(request)
                    assert isinstance(accepted, Answer)
                    assert accepted.status == 200
            assert limiter.budget(LOCATION).in_flight == 0

        asyncio.run(go())


def test_a_location_without_a_token_is_told_by_its_name(tmp_path: Path) -> None:
    """What cannot be signed is not sent, and the sentence says whose token lacks."""
    listing = tmp_path / "locations.toml"
    listing.write_text(
        f'[[locations]]\nid = "{LOCATION}"\nname = "A"\ntoken_env = "TOKEN_A"\n',
        "utf-8",
    )
    chosen = settings.load({"locations_file": listing}, environment=False)
    with pytest.raises(AccessError, match=r"A .*TOKEN_A"):
        asyncio.run(chosen.tokens.token(LOCATION))


def test_a_permit_does_not_wait_for_a_new_token() -> None:
    """A renewal may take a minute, and the slot of its call is spent by then."""
    renewing = asyncio.Event()

    class Slow(FixedToken):
        async def refused(self, location_id: str, token: str) -> bool:
            del location_id, token
            assert limiter.budget(LOCATION).in_flight == 0
            renewing.set()
            return True

    limiter = Limiter(Limits(None))

    async def go() -> None:
        async with serving(lambda _: Answered(401, {})) as server:
            options = client.Options(server.url)
            async with client.connect(options, limiter, Slow(OLD)) as sending:
                answer = await sending.send(Request("GET", "/x", LOCATION))
        assert isinstance(answer, Answer)
        assert answer.renewed
        assert renewing.is_set()

    asyncio.run(go())
