"""The wire: requests whose head is written once, over the connections of aiohttp.

For every request aiohttp merges headers, looks for cookies, proxies and redirects that
there are none of here, writes the head anew and, before Python 3.12, sends the body
from a task of its own; that is a quarter of what sending costs. Ours differ in path and
length alone. So `_Whole` is written in one piece to a connection of the session's pool;
connecting, TLS and the reading of answers are aiohttp's as ever. What this needs of
aiohttp is not all promised to stay, so this way is taken with the versions that it was
written for, and with any other version the session's own. All calls of a client may
take equally long, so one timer cancels what is late (`Deadlines`): the first that began
is the first that is due. Invariants: the server gets the same bytes either way, and
gets them once; a call that is under way stands in the line, and is cancelled when it is
due.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import TracebackType

    from aiohttp.connector import Connection
    from yarl import URL

    from importer.client.exchange import Request

    #: What sends a request with a token.
    Send = Callable[[Request, URL, str], Coroutine[Any, Any, aiohttp.ClientResponse]]


class Deadline:
    """The end of one call, as a block: leaving it late is a `TimeoutError`."""

    __slots__ = ("_cancelling", "due", "late", "task")

    def __init__(self, task: asyncio.Task[Any], due: float) -> None:
        """Say who shall be done by when, in the loop's time."""
        self.task: asyncio.Task[Any] | None = task
        self.due: float = due
        self.late: bool = False
        self._cancelling = task.cancelling()

    def __enter__(self) -> None:
        """Begin the call."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the call; one that was late becomes a `TimeoutError`."""
        # the line keeps the deadline until it is due, but must not keep its task alive,
        # or cancel what has ended
        task, self.task = self.task, None
        if not (self.late and task):
            return
        # another reason to cancel the task goes before the deadline
        alone = task.uncancel() <= self._cancelling
        if alone and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from failure


class Deadlines:
    """The calls under way, the one that began first in front."""

    def __init__(self, seconds: float) -> None:
        """Give every call so long."""
        self._seconds = seconds
        self._line: deque[Deadline] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> Deadline:
        """Return the deadline of a call that the current task is about to make."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None  # noqa: S101 - only coroutines make calls
        deadline = Deadline(task, loop.time() + self._seconds)
        line = self._line
        # ended calls leave in front, so the line is as long as what is under way
        while line and line[0].task is None:
            line.popleft()
        line.append(deadline)
        if self._timer is None:
            self._timer = loop.call_at(deadline.due, self._look, loop)
        return deadline

    def close(self) -> None:
        """Stop the timer: no call follows."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel what is late, and look again when the next one is due."""
        line, now = self._line, loop.time()
        while line and (line[0].task is None or line[0].due <= now):
            # all deadlines are equally long, so nothing behind the first can be due
            # before it
            deadline = line.popleft()
            if deadline.task is not None:
                deadline.late = True
                deadline.task.cancel()
        due = line[0].due if line else 0.0
        self._timer = loop.call_at(due, self._look, loop) if line else None


Kept = TypeVar("Kept")

#: The versions of aiohttp that `_Whole` was written for and is tested with.
KNOWN = ("3.14.",)

#: The heads of so many tokens are kept: of tokens that are renewed, the oldest go.
MOST_TOKENS = 10_000

#: So many connections are given up for one request, and no more: a server that speaks
#: first would be connected to for ever.
DISTRUSTED = 8
JSON = "application/json"
_ACCEPT_ENCODING = aiohttp.ClientRequest.DEFAULT_HEADERS[hdrs.ACCEPT_ENCODING]


class Message:
    """A body, with the part of the head that all requests of its kind share.

    It has a token in it, and no text of its own that would show it.
    """

    __slots__ = ("body", "head")

    def __init__(self, head: bytes, body: bytes | None) -> None:
        """Keep both; a body of None is none."""
        self.head: bytes = head
        self.body: bytes | None = body


class _Whole(aiohttp.ClientRequest):
    """A request that is given a `Message` as its data, and no headers."""

    output_size = 0

    def update_headers(self, headers: object) -> None:
        """Set none: all headers are in the message."""
        del headers
        self.headers = CIMultiDict()

    def update_auto_headers(self, skip_auto_headers: object) -> None:
        """Add nothing."""

    def update_transfer_encoding(self) -> None:
        """Do nothing: the length is always known."""

    def update_body_from_data(self, body: Message, _stacklevel: int = 3) -> None:
        """Keep the message for `send`."""
        self._message = body

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write all of it at once, and expect the answer."""
        message, url, protocol = self._message, self.url, conn.protocol
        transport = None if protocol is None else protocol.transport
        # as aiohttp's own writer does it; what is raised leaves the row in doubt
        if transport is None or transport.is_closing():
            msg = "Cannot write to closing transport"
            raise aiohttp.ClientConnectionResetError(msg)
        first = (
            f"{self.method} {url.raw_path_qs} HTTP/1.1\r\n"
            f"Host: {url.host_port_subcomponent}\r\n"
        ).encode()
        # one write, so that head and body leave in one packet where they fit
        transport.write(first + message.head + self._length_and_body())
        assert self.response_class is not None  # noqa: S101 - aiohttp's constructor
        response = self.response_class(
            self.method,
            self.original_url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=self._traces,
            loop=self.loop,
            session=self._session,
            stream_writer=self,  # type: ignore[arg-type] # asked for `output_size`
        )
        self.response = response  # type: ignore[assignment] # as aiohttp's own does
        return response

    def _length_and_body(self) -> bytes:
        body = self._message.body
        # as aiohttp has it: the server gets the same bytes either way
        if body is None and self.method in self.GET_METHODS:
            return b"\r\n"
        body = body or b""
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Wire:
    """The way of a client's requests to the server, and of the answers back."""

    def __init__(
        self, session: aiohttp.ClientSession, common: Mapping[str, str]
    ) -> None:
        """Choose the way; `common` are the headers of every request."""
        self._session = session
        self._common = common
        self._loop = asyncio.get_running_loop()
        assert session.connector is not None  # noqa: S101 - it is open
        self._pool = session.connector
        # traces are told by the session
        known = aiohttp.__version__.startswith(KNOWN) and not session.trace_configs
        self.send: Send = self._send if known else self._send_by_session
        # by token: without a body, and with one; see `_keep`
        self._heads: dict[str, tuple[bytes, bytes]] = {}
        self._headers: dict[str, tuple[CIMultiDict[str], CIMultiDict[str]]] = {}
        # aiohttp sends GET, PUT and DELETE a second time by itself when a kept
        # connection breaks: a call that no budget has seen. There is no public switch.
        session._retry_connection = False  # noqa: SLF001

    async def _send(
        self, request: Request, url: URL, token: str
    ) -> aiohttp.ClientResponse:
        """Send a request; the answer's head is there when this returns.

        Raises:
            aiohttp.ClientError: the connection could not be made, or was lost.
        """
        # by the token: a location's head differs from another's in nothing else
        heads, body = self._heads.get(token) or self._write(token), request.body
        whole = _Whole(
            request.method,
            url,
            params=request.params,
            data=Message(heads[body is not None], body),
            loop=self._loop,
            session=self._session,
        )
        connection = await self._connection(whole)
        try:
            assert connection.protocol is not None  # noqa: S101 - it is connected
            connection.protocol.set_response_params(read_until_eof=True)
            response = await whole.send(connection)
            try:
                return await response.start(connection)
            except BaseException:
                # cancelled or broken while the answer comes: what is left of it must
                # not be read as the next request's answer
                response.close()
                raise
        except BaseException:
            connection.close()
            raise

    async def _connection(self, whole: _Whole) -> Connection:
        """Return a connection of the pool, an open one if there is one.

        An open one on which something came unasked is given up: it
        would be taken for the answer to the next request, and so on.
        """
        timeout = self._session.timeout
        try:
            for _ in range(DISTRUSTED):
                found = await self._pool.connect(whole, traces=[], timeout=timeout)
                if found.protocol is None or not found.protocol.should_close:
                    return found
                found.close()
            return await self._pool.connect(whole, traces=[], timeout=timeout)
        # aiohttp's session would name it so; `certainly_not_sent` goes by the kind
        except TimeoutError as late:
            msg = f"Connection timeout to host {whole.url}"
            raise aiohttp.ConnectionTimeoutError(msg) from late

    async def _send_by_session(
        self, request: Request, url: URL, token: str
    ) -> aiohttp.ClientResponse:
        """Send it as aiohttp does."""
        headers, body = self._headers.get(token) or self._gather(token), request.body
        return await self._session.request(
            request.method,
            url,
            params=request.params,
            data=body if body is None else aiohttp.BytesPayload(body),
            headers=headers[body is not None],
            allow_redirects=False,
        )

    def _gather(self, token: str) -> tuple[CIMultiDict[str], CIMultiDict[str]]:
        """Make the headers of a token's requests, once."""
        return _keep(self._headers, token, self._made(token))

    def _write(self, token: str) -> tuple[bytes, bytes]:
        """Return them as bytes, in the order in which aiohttp writes them."""
        without, having = (
            "".join(
                f"{name}: {value}\r\n"
                for name, value in (*own.items(), ("Accept-Encoding", _ACCEPT_ENCODING))
            ).encode()
            for own in self._made(token)
        )
        return _keep(self._heads, token, (without, having))

    def _made(self, token: str) -> tuple[CIMultiDict[str], CIMultiDict[str]]:
        own = CIMultiDict({**self._common, "Authorization": f"Bearer {token}"})
        return own, CIMultiDict({**own, "Content-Type": JSON})


def _keep(kept: dict[str, Kept], token: str, made: Kept) -> Kept:
    """Keep what was made for a token, in place of the oldest where there are many."""
    if len(kept) >= MOST_TOKENS:
        del kept[next(iter(kept))]
    kept[token] = made
    return made
