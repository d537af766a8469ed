"""The pool of connections, and the gate that a request passes once it has one.

A request may wait for its connection, and the process be frozen meanwhile, for longer
than what it holds lasts. So the gate is asked when the connection is there: from that
moment the bytes are written without a wait. Invariant: where the gate refuses, no byte
of the request has left, and the connection is as good as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.connector import Connection


def pool(limit: int, gate: Callable[[], None] | None) -> aiohttp.TCPConnector:
    """Return a pool of so many connections; without a gate it is aiohttp's own."""
    if gate is None:
        return aiohttp.TCPConnector(limit=limit)
    return _GatedPool(limit, gate)


class _GatedPool(aiohttp.TCPConnector):
    """A pool that gives a connection only while the gate lets requests pass."""

    def __init__(self, limit: int, gate: Callable[[], None]) -> None:
        """Keep what is asked."""
        super().__init__(limit=limit)
        self._gate = gate

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[aiohttp.tracing.Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's name
    ) -> Connection:
        """Return a connection, if a request may leave by it at this moment.

        Raises:
            StorageError: it may not.
        """
        connection = await super().connect(req, traces, timeout)
        try:
            self._gate()
        except BaseException:
            connection.release()
            raise
        return connection
