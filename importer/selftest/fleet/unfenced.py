"""A worker that heeds neither its lease nor the fence: the selftest's control.

Loaded by `dask worker --preload`, and by the selftest alone, to show that without them
a worker that was frozen sends what others have sent meanwhile, and that a trial finds
it. No setting does this. Invariant: it works with a server on this machine only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.errors import UsageError
from importer.journal.postgres import lives
from importer.journal.postgres.leases import LeaseClaim
from importer.runs.workplace import Workplace
from importer.settings.clusters import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.runs.shards import Shard

_open = Workplace.open


async def _open_with_sandbox(place: Workplace, shard: Shard) -> None:
    """Open a place only where the server is a sandbox of this machine.

    Raises:
        UsageError: it is not.
    """
    if not is_loopback(urlsplit(place.settings.values.base_url).hostname or ""):
        msg = "A worker without leases works with a sandbox of the selftest only."
        raise UsageError(
            msg, remedy="Start it without importer.selftest.fleet.unfenced."
        )
    await _open(place, shard)


def _answer(value: object) -> Callable[..., object]:
    """Return what answers so, whatever it is asked."""
    return lambda *_: value


def _take_off() -> None:
    """Have every lease hold for ever, and every commit and request pass."""
    setattr(Workplace, "open", _open_with_sandbox)  # noqa: B010 - not as it is typed
    held = {"alive": True, "lost": False, "check": None, "gate": None, "fenced": None}
    for name, value in held.items():
        setattr(LeaseClaim, name, _answer(value))
    setattr(lives.Life, "alive", _answer(value=True))  # noqa: B010 - the same


_take_off()
