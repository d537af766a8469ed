"""A pool between clients and a PostgreSQL server, which shares the server's processes.

As PgBouncer does: a client keeps a process until it leaves (`session`), or only for a
transaction (`transaction`). It knows as much of the protocol as that needs, and asks
for no password.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import deque
from contextlib import contextmanager, suppress
from select import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ENCRYPTION = (80877103, 80877104)
_PROTOCOL = 196608
_TOLD = {
    "server_version": "16.2",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "integer_datetimes": "on",
    "standard_conforming_strings": "on",
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
}


class Pool:
    """Processes of a server, lent to clients."""

    def __init__(self, server: Path, database: str, user: str, mode: str) -> None:
        """Lend those of a server at a socket."""
        self._server = str(server)
        self._startup = _strings("user", user, "database", database, "")
        self._session = mode == "session"
        self._free: deque[socket.socket] = deque()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._opened: list[socket.socket] = [self.listener]

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take clients until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self._opened.append(client)
                threading.Thread(
                    target=self._attend, args=(client,), daemon=True
                ).start()

    def close(self) -> None:
        """Close everything."""
        for opened in self._opened:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _attend(self, client: socket.socket) -> None:
        with suppress(OSError, EOFError):
            while True:
                (length,) = struct.unpack("!I", _read(client, 4))
                (kind,) = struct.unpack("!I", _read(client, length - 4)[:4])
                if kind not in _ENCRYPTION:
                    break
                client.sendall(b"N")
            told = b"".join(
                _message(b"S", _strings(name, value)) for name, value in _TOLD.items()
            )
            # the number of the process is the pool's own, as no one process is meant
            key = _message(b"K", struct.pack("!II", 4_000_001, 7))
            client.sendall(_message(b"R", struct.pack("!I", 0)) + told + key + _IDLE)
            while self._transaction(client):
                pass

    def _transaction(self, client: socket.socket) -> bool:
        """Lend a process until it is idle; return whether the client is still there."""
        first = client.recv(65536)
        if not first or first[:1] == b"X":
            return False
        server = self._free.pop() if self._free else self._connect()
        server.sendall(first)
        while True:
            for ready in select([client, server], [], [])[0]:
                if ready is server:
                    kind, body = _take(server)
                    client.sendall(_message(kind, body))
                    if (kind, body) == (b"Z", b"I") and not self._session:
                        self._free.append(server)
                        return True
                elif sent := client.recv(65536):
                    server.sendall(sent)
                else:
                    return False

    def _connect(self) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        self._opened.append(server)
        server.connect(self._server)
        body = struct.pack("!I", _PROTOCOL) + self._startup
        server.sendall(struct.pack("!I", len(body) + 4) + body)
        while _take(server)[0] != b"Z":
            pass
        return server


_IDLE = b"Z" + struct.pack("!I", 5) + b"I"


@contextmanager
def pooling(server: Path, database: str, user: str, mode: str) -> Iterator[Pool]:
    """Serve a pool in the block."""
    pool = Pool(server, database, user, mode)
    serving = threading.Thread(target=pool.serve, daemon=True)
    serving.start()
    try:
        yield pool
    finally:
        pool.close()
        serving.join()


def _strings(*texts: str) -> bytes:
    return b"".join(text.encode() + b"\0" for text in texts)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _take(server: socket.socket) -> tuple[bytes, bytes]:
    kind = _read(server, 1)
    (length,) = struct.unpack("!I", _read(server, 4))
    return kind, _read(server, length - 4)


def _read(opened: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count:
        if not (some := opened.recv(count - len(taken))):
            raise EOFError
        taken += some
    return taken
