"""The people of a trial: what they do on the server beside the run, and after it.

They act through the sandbox's own addresses, so no call of theirs is the program's.
Invariant: what they make by hand comes seconds after any request of the program's
for the same row, and seconds before the next, so that times can tell them apart.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Any

from importer.selftest import natures
from importer.selftest.scene import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.selftest.natures import Profile
    from importer.selftest.processes import Sandbox
    from importer.selftest.scene import Key, Scene

#: How long people wait before and after making something by hand: longer than
#: clocks are ever taken to differ.
CAREFUL_SECONDS = 4.0
#: So long after a refusal the program has certainly written it down.
KNOWN_SECONDS = 1.5
#: Shares of the collections that are there when people come by.
COMES_BY = (0.3, 0.6)
#: One in so many of the run's collections is enriched, or removed, each time.
ENRICHED, REMOVED = 6, 10


@dataclass(slots=True)
class People:
    """What people have done: collections that they made, and what they changed.

    `seeded` holds what they made, by id; `enriched` the fields that they gave to the
    run's own collections.
    """

    seeded: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    enriched: dict[str, Mapping[str, Any]] = field(default_factory=dict)


class Crowd:
    """The people of one trial, with what they have done so far."""

    def __init__(
        self, profile: Profile, scene: Scene, server: Sandbox, done: People, seed: int
    ) -> None:
        """Begin with nothing done; `done` is filled as they go."""
        self._role = profile.people
        self._server = server
        self._done = done
        self._random = Random(seed)  # noqa: S311 - only has to be repeatable
        self._visits = deque(COMES_BY)
        refused = [line for line in scene.lines if line.kind is Kind.REFUSED]
        self._to_make = [_made(line.cells) for line in refused]

    async def meanwhile(self, progress: float) -> None:
        """Come by while the program works."""
        visits = self._role in (natures.People.ENRICHED, natures.People.DELETED)
        if visits and self._is_time(progress):
            self._visits.popleft()
            await self._visit()

    async def between(self, progress: float) -> None:
        """Make what was refused, and the program knows it, while no program runs.

        What it was just sending when it was killed could be its own for all it knows.
        """
        if self._role is natures.People.HANDMADE and self._is_time(progress):
            self._visits.clear()
            known = await self._refused_before(time.time() - KNOWN_SECONDS)
            await self._make_by_hand(
                [sent for sent in self._to_make if _key(sent) in known]
            )

    async def afterwards(self) -> None:
        """Come by when the run has finished."""
        if self._role is natures.People.HANDMADE:
            await self._make_by_hand(list(self._to_make))
        elif self._role is not None:
            await self._visit()

    def _is_time(self, progress: float) -> bool:
        return bool(self._visits) and self._visits[0] <= progress

    async def _refused_before(self, moment: float) -> set[Key]:
        """Return location and slug of what was refused before that moment."""
        places = (await self._server.truth())["locations"]
        return {
            (location_id, item["slug"])
            for location_id, place in places.items()
            for item in place["unprocessable"]
            if datetime.fromisoformat(item["refused_at"]).timestamp() < moment
        }

    async def _make_by_hand(self, made: Sequence[dict[str, Any]]) -> None:
        await asyncio.sleep(CAREFUL_SECONDS)
        for item in made:
            self._to_make.remove(item)
        ids = await self._server.seed(made)
        self._done.seeded.update(zip(ids, made, strict=True))
        await asyncio.sleep(CAREFUL_SECONDS)

    async def _visit(self) -> None:
        own = await self._own()
        if self._role is natures.People.DELETED:
            for mapping in self._some(own, REMOVED):
                await self._server.remove(mapping["altId"], [mapping["_id"]])
            return
        for number, mapping in enumerate(self._some(own, ENRICHED)):
            fields = _addition(number, mapping)
            await self._server.change(mapping["altId"], mapping["_id"], fields)
            self._done.enriched[mapping["_id"]] = fields

    def _some(
        self, own: Sequence[Mapping[str, Any]], share: int
    ) -> Sequence[Mapping[str, Any]]:
        count = min(len(own), max(1, len(own) // share))
        return self._random.sample(own, count)

    async def _own(self) -> list[Mapping[str, Any]]:
        """Return what the program has made and people have not changed yet."""
        places = (await self._server.truth())["locations"].values()
        return [
            item
            for place in places
            for item in place["collections"]
            if item["created_by_call"] is not None
            and item["_id"] not in self._done.enriched
        ]


def _key(sent: Mapping[str, Any]) -> Key:
    return sent["altId"], sent["slug"]


def _made(cells: Sequence[str]) -> dict[str, Any]:
    """Return what a person makes by hand of a row that was refused."""
    location_id, name, slug, kind = cells[:4]
    return {"altId": location_id, "name": name, "slug": slug, "type": kind}


def _addition(number: int, sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person adds: products, an image, or texts for a search."""
    if number % 3 == 0 and sent.get("productIds"):
        return {"productIds": [*sent["productIds"], "655b33a82209e60b6adb87ff"]}
    if number % 3 == 1 and not sent.get("image"):
        return {"image": f"https://people.example/{number}.png"}
    return {"seo": {"title": f"Added by hand {number}", "description": "With care"}}
