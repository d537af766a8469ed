"""The server: one HTTP call from its arrival to its answer, or to a broken line.

It puts the parts together: `traffic` says whether a call is allowed, `faults` what it
meets, `api` what it does; latency is slept here, and connections are reset here.
Invariants: a call is counted when it arrives; its work is done after half of its
latency, whether or not the client still waits; every answer of the API carries the
rate limit headers, and every answer the id of this server.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from importer.sandbox import answers, control
from importer.sandbox.answers import JSON, RESET, Answer, Mixture, edge_block, in_v3
from importer.sandbox.api import Api
from importer.sandbox.calls import NOT_JSON, Call, joined
from importer.sandbox.clock import http_date
from importer.sandbox.faults import FORTUNE, Fault, Stream, chance
from importer.sandbox.natures import Nature
from importer.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.sandbox.faults import Misfortune
    from importer.sandbox.options import Options
    from importer.sandbox.traffic import Lane

USUAL_LIST_LAG_SECONDS = 1.5
#: Says which server answers: another one after a reset, the same one with its state.
INSTANCE_HEADER = "X-Server-Instance"
#: Linger for no time at all: closing then sends a reset instead of a goodbye.
_NO_LINGER = struct.pack("ii", 1, 0)


class Sandbox(World):
    """One sandbox: what it holds, what it counts, and how it answers.

    `url` is empty until it listens.
    """

    def __init__(self, options: Options) -> None:
        """Build the parts; nothing listens yet."""
        super().__init__(options)
        self.url = ""
        self._api = Api(options, self.store)
        mixes = Nature.MIXED_ANSWERS in options.natures
        self._mixture = Mixture(options.seed) if mixes else None

    def admit(self, tokens: Mapping[str, frozenset[str]]) -> None:
        """Let in these tokens from now on, each for its locations; `{}` lets in any."""
        self._api.admit(tokens)

    async def respond(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        await _invite_body(request)
        body = _json(await request.read()) if request.can_read_body else None
        path = request.path
        if path.startswith(control.PREFIX):
            own = control.answer(self, request.method, path, request.query, body)
            return _response(own, self._own_headers())
        call = Call(
            self.traffic.arrived(request.method),
            request.method,
            path.rstrip("/"),
            joined(request.query.items()),
            request.headers,
            body if _says_json(request.headers) else {},
            self.options.seed,
        )
        answer, headers = await self._carry_out(call)
        if answer is RESET:
            _break_off(request.transport)
        if request.headers.get("Version") == "v3" and not self.options.strict:
            answer = in_v3(answer)
        return _response(answer, {**headers, **self._own_headers()})

    def _own_headers(self) -> dict[str, str]:
        """Return whose answer it is, and the time by a clock that is off."""
        headers = {INSTANCE_HEADER: self.store.instance}
        if self.options.clock_offset_seconds:
            headers["Date"] = http_date(self.clock())
        return headers

    async def _carry_out(self, call: Call) -> tuple[Answer, Mapping[str, str]]:
        """Return the call's answer, and the headers that every answer has."""
        now = self.clock()
        lane = self.traffic.lane(call.location)
        lane.calls += 1
        pause = self._pause_seconds(call.ordinal)
        met = self._let_in(call, lane, now)
        # before the wait: the budget is what it was when the call arrived, and a client
        # must not be told of later ones
        headers = lane.budget.headers(now)
        if isinstance(met, Answer):
            if met.status == 429:  # noqa: PLR2004 - too many requests
                headers = self._refusal_headers(headers, lane, now)
            await _sleep(pause)
            return met, headers
        late = met.fault is Fault.SLOW_COMMIT
        # the work happens in the middle: a client that gives up early, or late, may
        # meet either side of it
        await _sleep(self.options.slow_commit_seconds if late else pause / 2)
        answer = self._commit(call, met)
        if self._mixture is None:
            await _sleep(pause / 2)
            return answer, headers
        # between the two halves of its latency, so that two creates can be under way
        # together
        self._mixture.put(call.ordinal, answer)
        await _sleep(pause / 2)
        return self._mixture.take(call.ordinal, answer), headers

    def _let_in(self, call: Call, lane: Lane, now: float) -> Misfortune | Answer:
        """Return what the call meets inside, or the answer that keeps it outside."""
        # the edge stands before everything, and spends no budget
        if self._api.edge_blocks(call):
            return edge_block()
        if not lane.budget.is_open(now):
            return self._too_many(call, lane, now)
        met = self._meets(call)
        if met.fault is Fault.EDGE_BLOCK:
            self.faults.happened(met, created=False)
            return edge_block()
        if met.fault is Fault.REFUSED:
            self.faults.happened(met, created=False)
            return self._too_many(call, lane, now)
        lane.budget.take(now)
        lane.peak.note(now)
        return met

    def _too_many(self, call: Call, lane: Lane, now: float) -> Answer:
        lane.refused += 1
        # refused calls count as arrivals: a client is judged by what it sends
        lane.peak.note(now)
        return answers.too_many(call.trace_id)

    def _meets(self, call: Call) -> Misfortune:
        if not self.faults.rates and not self.faults.scripts:
            return FORTUNE
        fields = call.fields
        keys = [
            key for key in (fields.get("slug"), fields.get("name")) if type(key) is str
        ]
        return self.faults.meets(call.ordinal, call.method, keys)

    def _commit(self, call: Call, met: Misfortune) -> Answer:
        """Do what the call asks for, and to its answer what the fault does."""
        if met.nothing_done:
            self.faults.happened(met, created=False)
            return answers.instead(met, call.trace_id)
        done = self._api.answer(call, self.clock(), self._lag_seconds(met))
        if done.good and met is not FORTUNE:
            # a fault that met a call which failed by itself has not happened
            self.faults.happened(met, created=done.created)
        return answers.afterwards(met, done, call.trace_id)

    def _lag_seconds(self, met: Misfortune) -> float:
        chosen = self.options.list_lag_seconds
        if met.lags:
            return USUAL_LIST_LAG_SECONDS if chosen is None else chosen
        return 0.0 if chosen is None or self.faults.names_lag() else chosen

    def _pause_seconds(self, ordinal: int) -> float:
        """Return how long this call takes from its arrival to its answer."""
        options = self.options
        if options.slow_share and (
            chance(options.seed, ordinal, Stream.SLOW) < options.slow_share
        ):
            return options.slow_seconds
        if not options.jitter_seconds:
            return options.latency_seconds
        swing = 2 * chance(options.seed, ordinal, Stream.JITTER) - 1
        return max(0.0, options.latency_seconds + swing * options.jitter_seconds)

    def _refusal_headers(
        self, headers: Mapping[str, str], lane: Lane, now: float
    ) -> dict[str, str]:
        """Return the headers of a 429.

        Nothing is left, also where a fault made it up.
        """
        changed = dict(headers)
        if "X-RateLimit-Remaining" in changed:
            changed["X-RateLimit-Remaining"] = "0"
        if self.options.retry_after:
            wait = lane.budget.wait_seconds(now) or lane.peak.interval_seconds
            changed["Retry-After"] = str(max(1, math.ceil(wait)))
        return changed


async def _invite_body(request: web.BaseRequest) -> None:
    """Say `100 Continue` to a client that asks before it sends; curl waits for it."""
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def _json(body: bytes) -> object:
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return NOT_JSON


def _says_json(headers: Mapping[str, str]) -> bool:
    """Return whether a body calls itself JSON; one that does not counts as empty."""
    return headers.get("Content-Type", "").lower().startswith("application/json")


def _response(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    # After a reset this is not read; the server only needs something to give up on.
    status = answer.status or 500
    response = web.Response(status=status, body=answer.body, headers=headers)
    response.headers["Content-Type"] = answer.content_type or JSON
    return response


def _break_off(transport: asyncio.Transport | None) -> None:
    if transport is None:
        return
    line = transport.get_extra_info("socket")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


async def _sleep(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
