"""A worker process is made ready: what shards need is loaded, the log goes to stdout.

Invariant: the log is JSON, a line for each event, without the tokens that this process
knows.
"""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING

from importer import client, destination, execution, journal, logs  # noqa: F401
from importer.distributed import versions
from importer.errors import FatalError
from importer.runs import shard_work  # noqa: F401 - loaded here, not by the first shard

if TYPE_CHECKING:
    from collections.abc import Callable


def prepare(known: Callable[[], list[str]]) -> None:
    """Load everything, and write the log.

    Args:
        known: gives the tokens that this process knows.
    """
    versions.own()
    try:
        secrets = known()
    except FatalError:  # told by the first shard, to the person who sent it
        secrets = []
    logs.configure(logging.INFO, "json", secrets=secrets, stdout=True)
    # what Dask has to say is an event, too, from a warning on
    for name in ("distributed", "tornado"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.WARNING)
    # what is loaded is no garbage, and requests leave little behind
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
