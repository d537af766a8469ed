"""One question to the API before anything is sent, and why a location is left out.

It says for a failure what a person can do about it, and waits for the day's reset
where it is told to. Invariant: what it raises ends one location, never the run.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from importer import logs
from importer.errors import (
    DayIsOver,
    QuotaExhausted,
    TransientError,
    UnreachableError,
)
from importer.execution.lanes import late, until_next_look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = logs.get("run")

Answered = TypeVar("Answered")


async def asked(
    ask: Callable[[], Awaitable[Answered]], location_id: str, look_seconds: float | None
) -> Answered:
    """The answer about a location.

    Args:
        ask: asks anew each time.
        location_id: whom it is about.
        look_seconds: how often a location is asked whose day is over; None: once.

    Raises:
        AccessError: token, scope or location were refused.
        QuotaExhausted: the day is over.
        UnreachableError: no answer could be had.
    """
    while True:
        try:
            return await ask()
        except DayIsOver as over:
            if look_seconds is None:
                remedy = "Go on when the quota has been reset with: importer resume"
                raise QuotaExhausted(str(over), remedy=remedy) from None
            pause = _pause(location_id, look_seconds, over.reset_seconds)
            until = time.gmtime(time.time() + pause)
            log.warning(
                "location.waits",
                location=location_id,
                message=str(over),
                until=time.strftime("%Y-%m-%dT%H:%M:%SZ", until),
            )
        except TransientError as failure:
            remedy = "Check the network and --base-url, then: importer resume"
            raise UnreachableError(str(failure), remedy=remedy) from None
        await asyncio.sleep(pause)


def _pause(location_id: str, look_seconds: float, reset: float | None) -> float:
    """The seconds until a location is asked again: after its reset, if it is known."""
    if reset is None:
        return until_next_look(location_id, look_seconds, time.time())
    return reset + late(location_id, look_seconds)
