"""Requests whose head is written once, and which leave in one piece with their body.

For every request aiohttp merges the headers of session and call, writes the head anew
and, before Python 3.12, sends the body from a task of its own. Ours differ in path and
length alone, so the rest of the head is kept for each token. Connections, TLS and the
reading of answers are aiohttp's as ever. `Whole` takes the place of a class that
aiohttp lets one replace (`request_class`) but does not promise to keep as it is, so it
is used with the versions that it was written for, and with all others aiohttp's own.
Invariant: the server gets the same bytes either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NotRequired

    from aiohttp.connector import Connection

#: The versions of aiohttp that `Whole` was written for and is tested with.
KNOWN = ("3.14.",)

JSON = "application/json"
_ACCEPT_ENCODING = aiohttp.ClientRequest.DEFAULT_HEADERS[hdrs.ACCEPT_ENCODING]


class Parts(TypedDict):
    """What of a request is given to aiohttp, as arguments of its `request`."""

    data: object
    headers: NotRequired[CIMultiDict[str]]


class Message:
    """A body, with the part of the head that all requests of its kind share.

    It has a token in it, and no text of its own that would show it.
    """

    __slots__ = ("body", "head")

    def __init__(self, head: bytes, body: bytes | None) -> None:
        """Keep both; a body of None is none."""
        self.head = head
        self.body = body


class Whole(aiohttp.ClientRequest):
    """A request that is given a `Message` as its data."""

    output_size = 0

    def update_headers(self, headers: object) -> None:
        """There are none but those in the message."""
        del headers
        self.headers = CIMultiDict()

    def update_auto_headers(self, skip_auto_headers: object) -> None:
        """Nothing is added."""

    def update_transfer_encoding(self) -> None:
        """The length is always known."""

    def update_body_from_data(self, body: Message, _stacklevel: int = 3) -> None:
        """Keep the message for `send`."""
        self._message = body

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write all of it at once, and expect the answer."""
        message, url, protocol = self._message, self.url, conn.protocol
        transport = None if protocol is None else protocol.transport
        if transport is None or transport.is_closing():
            msg = "Cannot write to closing transport"
            raise aiohttp.ClientConnectionResetError(msg)
        first = (
            f"{self.method} {url.raw_path_qs} HTTP/1.1\r\n"
            f"Host: {url.host_port_subcomponent}\r\n"
        ).encode()
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
        if body is None:
            none = self.method in self.GET_METHODS
            return b"\r\n" if none else b"Content-Length: 0\r\n\r\n"
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class Wire:
    """How requests are given to a session of aiohttp."""

    def __init__(
        self, headers: Mapping[str, str], version: str = aiohttp.__version__
    ) -> None:
        """Choose the way by aiohttp's version; `headers` are those of every request."""
        self._common = headers
        self._whole = version.startswith(KNOWN)
        # by token: without a body, and with one
        self._heads: dict[str, tuple[bytes, bytes]] = {}
        self._headers: dict[str, tuple[CIMultiDict[str], CIMultiDict[str]]] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """What the session has to be made with."""
        return {"request_class": Whole} if self._whole else {}

    def parts(self, token: str, body: bytes | None) -> Parts:
        """A request with this token and this body, as JSON; None is no body."""
        if self._whole:
            heads = self._heads.get(token) or self._write(token)
            return {"data": Message(heads[body is not None], body)}
        headers = self._headers.get(token) or self._gather(token)
        data = body if body is None else aiohttp.BytesPayload(body)
        return {"data": data, "headers": headers[body is not None]}

    def _gather(self, token: str) -> tuple[CIMultiDict[str], CIMultiDict[str]]:
        """The headers of a token's requests, made once."""
        own = CIMultiDict({**self._common, "Authorization": f"Bearer {token}"})
        self._headers[token] = (own, CIMultiDict({**own, "Content-Type": JSON}))
        return self._headers[token]

    def _write(self, token: str) -> tuple[bytes, bytes]:
        """The same as bytes, in the order in which aiohttp writes them."""
        without, having = (
            "".join(
                f"{name}: {value}\r\n"
                for name, value in (*own.items(), ("Accept-Encoding", _ACCEPT_ENCODING))
            ).encode()
            for own in self._gather(token)
        )
        self._heads[token] = (without, having)
        return self._heads[token]
