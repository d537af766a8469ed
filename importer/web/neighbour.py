"""Whether a folder is served already, and where: one server for each folder.

A lock says that one is there, which the system takes away with the process; a note
says where it listens, and a mark that it is that of the folder. Invariant: two programs
never serve one folder at once, for each would know its own drafts only.
"""

from __future__ import annotations

import http.client
import json
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from importer import atomic_files
from importer.errors import StorageError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCK, _NOTE = "server.lock", "server.json"
#: How long one that begins is waited for until it says where it listens.
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.2
#: How long an answer of it may take, and how long it may be.
_ANSWER_SECONDS = 2.0
_LONGEST = 200


@contextmanager
def alone(folder: Path) -> Iterator[str]:
    """Hold a folder; the address of the server that holds it, empty where none does.

    Raises:
        UsageError: a program holds it and says nothing.
    """
    lock = FileLock(folder / _LOCK, thread_local=False)
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            lock.acquire(timeout=_PAUSE_SECONDS, poll_interval=_PAUSE_SECONDS)
        except Timeout:
            if url := _answering(folder):
                yield url
                return
        else:
            break
        if time.monotonic() > end:
            msg = "Another program serves this folder, and does not answer."
            raise UsageError(msg, remedy="End it, or name another --folder.")
    try:
        yield ""
    finally:
        (folder / _NOTE).unlink(missing_ok=True)
        lock.release()


def note(folder: Path, url: str, mark: str) -> None:
    """Write down where a folder is served, for the next start of the program.

    Raises:
        StorageError: the disk is full.
    """
    try:
        with atomic_files.text(folder / _NOTE) as stream:
            json.dump({"url": url, "mark": mark}, stream)
    except StorageError as failure:
        remedy = "Make room on the disk, or name another folder: --folder PATH."
        raise StorageError(str(failure), remedy=remedy) from failure


def _answering(folder: Path) -> str:
    """Return where the server of a folder answers; empty where none does."""
    try:
        kept = json.loads((folder / _NOTE).read_text("utf-8"))
        url, mark = str(kept["url"]), str(kept["mark"])
        address = url.removeprefix("http://")
        there = http.client.HTTPConnection(address, timeout=_ANSWER_SECONDS)
        there.request("GET", "/here")
        answer = there.getresponse().read(_LONGEST).decode("ascii", "replace")
        there.close()
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return ""
    return url if secrets.compare_digest(answer, mark) else ""
