"""A server that lies, loses and lags, but commits before the last look.

It speaks the client's language (an `Exchange` for each request) and draws the fate of
each from a list. What it holds is a plain list, with the times at which a collection
is there and at which lists show it. Invariant: everything that the importer must
never do is written down in `wrong` the moment it happens.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

import orjson

from importer.client import Answer, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from importer.client import Exchange

#: Fewer than the client asks for, so that a few rows make several pages.
PAGE = 3


class Fate(Enum):
    """What becomes of one request."""

    OK = "answered as it should be"
    LIMITED = "429"
    ERROR_BEFORE = "500, nothing done"
    ERROR_AFTER = "done, then 500"
    RESET_BEFORE = "reset, nothing done"
    RESET_AFTER = "done, then reset"
    NOT_CONNECTED = "never left"
    NULL = "done, and the body is null"
    BROKEN = "done, and the body breaks off"
    REFUSED = "422"
    REFUSED_BUT_CREATED = "created, then 422"
    UNAUTHORIZED = "401, nothing done"
    FORBIDDEN = "403 by the edge, nothing done"


#: Fates after which the work was done.
DONE = frozenset(
    {
        Fate.OK,
        Fate.ERROR_AFTER,
        Fate.RESET_AFTER,
        Fate.NULL,
        Fate.BROKEN,
        Fate.REFUSED_BUT_CREATED,
    }
)
#: Fates that only a create can meet.
OF_CREATES = frozenset({Fate.REFUSED, Fate.REFUSED_BUT_CREATED})
#: Fates without an answer, and whether the request had left.
LOST = {Fate.RESET_BEFORE: True, Fate.RESET_AFTER: True, Fate.NOT_CONNECTED: False}
#: Answers that are not as they should be.
SPOILT: dict[Fate, tuple[int, Any]] = {
    Fate.NULL: (201, None),
    Fate.BROKEN: (201, None),
    Fate.ERROR_BEFORE: (500, {"message": "Internal server error"}),
    Fate.ERROR_AFTER: (500, {"message": "Internal server error"}),
    Fate.LIMITED: (429, {"message": "Too many requests"}),
    Fate.REFUSED: (422, {"message": ["slug is wrong"]}),
    Fate.REFUSED_BUT_CREATED: (422, {"message": ["slug is wrong"]}),
    Fate.UNAUTHORIZED: (401, {"message": "Invalid JWT"}),
    Fate.FORBIDDEN: (403, None),
}


@dataclass(frozen=True)
class Turn:
    """The fate of one request. Times are seconds from the request on.

    `commit` is when a collection is there, `lag` how much later lists show it.
    """

    fate: Fate = Fate.OK
    latency: float = 0.1
    commit: float = 0.0
    lag: float = 0.0


@dataclass
class Held:
    """A collection at the server. `by` is `before`, `run` or `others`.

    `created_at` is what lists say of its making, in milliseconds: when its request
    came, by the clock of the importer's journal, which is not simulated.
    """

    location: str
    slug: str
    name: str
    by: str
    id: str
    there: float
    listed: float
    created_at: float = field(default_factory=lambda: time.time() * 1000, compare=False)
    image: str = ""

    @property
    def shown(self) -> dict[str, Any]:
        """The collection as the API shows it."""
        shown = {
            "_id": self.id,
            "slug": self.slug,
            "name": self.name,
            "createdAt": self.created_at,
        }
        return shown | ({"image": self.image} if self.image else {})


@dataclass
class Server:
    """What it holds, what the next requests meet, and what must not have happened."""

    on_disk: Callable[[str, str], tuple[str, int]]
    allowed: Callable[[str, str], int]
    held: list[Held] = field(default_factory=list)
    writes: deque[Turn] = field(default_factory=deque)
    reads: deque[Turn] = field(default_factory=deque)
    wrong: list[str] = field(default_factory=list)
    usual: Turn = Turn()
    process_began: float = 0.0
    given: int = 0

    def meets(self, writes: Iterable[Turn], reads: Iterable[Turn], usual: Turn) -> None:
        """Say what the next requests meet, and what all creates after them."""
        self.writes, self.reads, self.usual = deque(writes), deque(reads), usual

    def put(self, location: str, slug: str, name: str, by: str, now: float) -> Held:
        """Somebody else creates a collection; lists show it at once."""
        found = self._add(location, slug, name, by, now, Turn())
        found.image = "https://x.example/theirs.png"
        return found

    def of(self, location: str, slug: str, *by: str) -> list[Held]:
        """The collections of one identity that somebody made."""
        return [
            one
            for one in self.held
            if (one.location, one.slug) == (location, slug) and one.by in by
        ]

    def meet(
        self,
        method: str,
        path: str,
        location: str,
        params: Mapping[str, str | int],
        body: bytes | None,
        now: float,
    ) -> tuple[float, Exchange]:
        """A request arrives: how long its answer takes, and what the answer is."""
        creates = method == "POST"
        turn = self._turn(method)
        fields = orjson.loads(body) if body else {}
        if creates:
            self._watch_create(location, fields["slug"])
        answer: Any = {"status": True}
        if turn.fate in DONE and method == "GET" and "offset" not in params:
            (found,) = (one for one in self.held if path.endswith("/" + one.id))
            answer = {"data": found.shown}
        elif turn.fate in DONE and method == "GET":
            answer = self._page(location, int(params["offset"]), now)
        elif turn.fate in DONE and creates:
            slug, name = fields["slug"], fields["name"]
            made = self._add(location, slug, name, "run", now, turn)
            answer = {"data": {"_id": made.id, "name": name, "slug": slug}}
        elif turn.fate in DONE:
            (found,) = (one for one in self.held if path.endswith("/" + one.id))
            found.name = fields.get("name", found.name)
            if fields.get("image", "") != found.image:  # what is left out is cleared
                self.wrong.append(f"{found.slug} in {location} has lost its image")
        return turn.latency, _exchange(turn.fate, answer, creates=creates)

    def _turn(self, method: str) -> Turn:
        turns = self.reads if method == "GET" else self.writes
        turn = turns.popleft() if turns else self.usual
        refusal = turn.fate in OF_CREATES and method != "POST"
        return Turn() if refusal else turn

    def _add(
        self, location: str, slug: str, name: str, by: str, now: float, turn: Turn
    ) -> Held:
        self.given += 1
        there = now + turn.commit
        one = Held(location, slug, name, by, f"{self.given:024x}", there, there)
        one.listed += turn.lag
        self.held.append(one)
        return one

    def _page(self, location: str, offset: int, now: float) -> dict[str, Any]:
        shown = [
            one.shown
            for one in self.held
            if one.location == location and one.listed <= now
        ]
        return {"data": shown[offset : offset + PAGE], "total": len(shown)}

    def _watch_create(self, location: str, slug: str) -> None:
        """A create is about to be judged: may it be here at all?"""
        where = f"{slug} in {location}"
        status, attempts = self.on_disk(location, slug)
        if status != "sending":
            self.wrong.append(f"{where} was sent while it was {status} on the disk")
        if not 1 <= attempts <= self.allowed(location, slug):
            self.wrong.append(f"{where} was sent as attempt {attempts}")
        if self.of(location, slug, "run"):
            self.wrong.append(f"{where} was sent although it is, or will be, there")
        for one in self.of(location, slug, "before", "others"):
            if one.listed <= self.process_began:
                self.wrong.append(f"{where} was sent although {one.by} had made it")


def _exchange(fate: Fate, answer: Any, *, creates: bool) -> Exchange:
    if fate is Fate.OK:
        return Answer(201 if creates else 200, answer, True, "", None, "")
    if fate in LOST:
        return NoAnswer("the connection was lost", sent=LOST[fate])
    status, body = SPOILT[fate]
    return Answer(status, body, fate is not Fate.BROKEN, "", None, "")
