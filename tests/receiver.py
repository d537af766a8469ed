"""A receiver of notices, on loopback: what stands in the docs verifies each of them."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

PAGE = Path(__file__).parents[1] / "docs" / "notices.md"
SECRET = "signed-with-0123456789abcdefghij"  # noqa: S105 - of tests
#: As many services have it: who knows the path may post.
HIDDEN = "services/T0000/B0000/markedPathOf24LettersXYZ"


def verifier(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, bytes], dict[str, Any]]:
    """The receiver of the docs, with the secret in its environment."""
    monkeypatch.setenv("IMPORTER_NOTIFY_SECRET", SECRET)
    found = re.search(
        r"<!-- receiver -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    assert found
    names: dict[str, Any] = {}
    exec(compile(found[1], str(PAGE), "exec"), names)  # noqa: S102 - our own page
    check: Callable[[Any, bytes], dict[str, Any]] = names["notice"]
    return check


class Receiver(ThreadingHTTPServer):
    """Keeps what was posted, and answers with the statuses that it is told."""

    def __init__(self, *statuses: int, silent: bool = False) -> None:
        self.posted: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses = list(statuses)
        self.over = threading.Event()
        self.silent = silent
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{HIDDEN}"


class _Taking(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, dict(self.headers.items()), body))
        if self.server.silent:
            self.server.over.wait(30)
            return
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def receiving(*statuses: int, silent: bool = False) -> Iterator[Receiver]:
    """A receiver that ends with the block."""
    with Receiver(*statuses, silent=silent) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
