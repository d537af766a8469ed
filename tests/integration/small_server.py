"""A server of a few lines: what it answers is one function, and it remembers calls.

For answers that the sandbox does not give. It listens on the loopback only and ends
with its block.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


@dataclass(frozen=True)
class Asked:
    """One request, and when it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    at: float
    raw: bytes = b""

    @property
    def token(self) -> str:
        """What it was signed with."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Answered:
    """A status, what is sent as JSON, and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class SmallServer:
    """What came, and how to answer it."""

    answer: Callable[[Asked], Answered]
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer the requests of one connection."""
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.strip().split("\r\n")
                pairs = (line.partition(": ") for line in lines)
                headers = {name.lower(): value for name, _, value in pairs}
                raw = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split(" ")
                body = orjson.loads(raw) if raw else None
                asked = Asked(method, path, headers, body, time.monotonic(), raw)
                self.asked.append(asked)
                writer.write(written(self.answer(asked)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def written(answered: Answered) -> bytes:
    """The bytes of an answer."""
    body = orjson.dumps(answered.body)
    headers = {"Content-Type": "application/json", **answered.headers}
    headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answered.status} X\r\n{lines}\r\n".encode("latin-1") + body


@asynccontextmanager
async def serving(answer: Callable[[Asked], Answered]) -> AsyncIterator[SmallServer]:
    """A server that answers so, for as long as the block lasts."""
    made = SmallServer(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
