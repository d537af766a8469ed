"""The log of the server: what went wrong in it, with its place in the program.

Runs have logs of their own in their folders. Invariants: only its user reads it; what
is known as a secret is struck from every line; it never grows beyond two files.
"""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from importer import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "web.log"
_MOST_BYTES = 1 << 20


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Write what goes wrong into a file of the folder, while the block goes on."""
    path = folder / NAME
    with suppress(OSError):  # whatever the umask
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
    try:
        handler = RotatingFileHandler(
            path, maxBytes=_MOST_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError:  # a log that cannot be written does not stop a server
        yield
        return
    handler.setLevel(logging.WARNING)
    handler.setFormatter(_Masked("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("importer")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


class _Masked(logging.Formatter):
    """Writes a record without what is known as a secret, tracebacks too."""

    def format(self, record: logging.LogRecord) -> str:
        """Write it."""
        return logs.masked(super().format(record))
