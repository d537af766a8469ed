"""What the program notes while it works: events with keys, written by structlog.

Every event goes as a line of JSON into the run's `run.log`, and the important ones
to stderr, for people or for machines. Until `configure` is called nothing is written
and nothing is loaded, so that the library stays silent inside another
program. Invariant: no secret passes; a log that cannot be written never stops a run.
"""

from __future__ import annotations

from logging import DEBUG, ERROR, INFO, WARNING

from importer.logs.redaction import CERTAIN, MASK, Secrets
from importer.logs.setup import (
    Log,
    LogFormat,
    bind,
    close,
    configure,
    get,
    hide,
    masked,
    masker,
    place,
    recorded,
)

__all__ = [
    "CERTAIN",
    "DEBUG",
    "ERROR",
    "INFO",
    "MASK",
    "WARNING",
    "Log",
    "LogFormat",
    "Secrets",
    "bind",
    "close",
    "configure",
    "get",
    "hide",
    "masked",
    "masker",
    "place",
    "recorded",
]
