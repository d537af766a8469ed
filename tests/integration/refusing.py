"""A small server that refuses what a test says, and creates everything else."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

#: Status and message of an answer that refuses; None lets the call through.
Refusal = tuple[int, str | list[str]] | None
Body = dict[str, Any]


@dataclass
class Api:
    """Collections by location, and who is refused."""

    listing: Callable[[str], Refusal] = lambda _: None
    creating: Callable[[Body], Refusal] = lambda _: None
    updating: Callable[[Body], Refusal] = lambda _: None
    deleting: Callable[[str], Refusal] = lambda _: None
    url: str = ""
    held: dict[str, list[Body]] = field(default_factory=dict)
    #: the bodies of all requests to create and to change, in their order
    posted: list[Body] = field(default_factory=list)
    put: list[Body] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    async def respond(self, request: web.BaseRequest) -> web.Response:
        """Answer a call."""
        self.calls[request.method] += 1
        if request.method == "POST":
            return self._create(await request.json())
        if request.method == "PUT":
            return self._update(request.path.rpartition("/")[2], await request.json())
        location = request.query["altId"]
        if request.method == "DELETE":
            return _refused(self.deleting(location)) or self._delete(
                location, request.path.rpartition("/")[2]
            )
        if refused := _refused(self.listing(location)):
            return refused
        if not request.path.endswith("/collections"):
            return _answer(404, {"message": "Cannot GET /x"})
        offset, held = int(request.query["offset"]), self.held.get(location, [])
        page = held[offset : offset + int(request.query["limit"])]
        return _answer(200, {"data": page, "total": len(held)})

    def _create(self, body: Body) -> web.Response:
        self.posted.append(body)
        if refused := _refused(self.creating(body)):
            return refused
        held = self.held.setdefault(body["altId"], [])
        made = body | {"_id": f"{len(self.posted):024x}"}
        held.append(made)
        return _answer(201, {"data": made})

    def _update(self, collection_id: str, body: Body) -> web.Response:
        self.put.append(body)
        if refused := _refused(self.updating(body)):
            return refused
        for made in self.held.get(body["altId"], []):
            if made["_id"] == collection_id:
                made.update(body)
        return _answer(200, {"status": True})

    def _delete(self, location: str, collection_id: str) -> web.Response:
        held = self.held.get(location, [])
        self.held[location] = [one for one in held if one["_id"] != collection_id]
        return _answer(200, {"status": True})


def _refused(why: Refusal) -> web.Response | None:
    return _answer(why[0], {"message": why[1]}) if why else None


def _answer(status: int, body: Body) -> web.Response:
    return web.json_response(body, status=status)


@asynccontextmanager
async def serving(api: Api) -> AsyncIterator[Api]:
    """Serve an API on the loopback."""
    runner = web.ServerRunner(web.Server(api.respond))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield api
    finally:
        await runner.cleanup()
