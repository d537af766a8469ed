"""Why locations are left out: asked of the API before anything is sent, told by name.

A question that fails says what a person can do about it, and waits for the day's reset
where it is told to. What asks the API knows locations by their ids alone; here their
names are put in, and several failures become one. Invariants: what a question raises
ends one location, never the run; of locations that are left out for one kind of reason,
each of the first few has a sentence of its own.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from importer import logs, wording
from importer.errors import (
    AccessError,
    DayIsOver,
    FatalError,
    LeftToOthers,
    QuotaExhausted,
    TransientError,
    UnreachableError,
)
from importer.execution.lanes import late, until_next_look

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from importer.settings import Settings


log: logs.Log = logs.get("run")

Answered = TypeVar("Answered")


async def asked(
    ask: Callable[[], Awaitable[Answered]], location_id: str, look_seconds: float | None
) -> Answered:
    """Return the answer about a location.

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
    """Return the seconds until a location is asked again: after its reset, if known."""
    if reset is None:
        return until_next_look(location_id, look_seconds, time.time())
    return reset + late(location_id, look_seconds)


#: Locations that are told of one by one; the others are counted.
TOLD = 3


def named(
    settings: Settings, refused: Mapping[str, FatalError]
) -> dict[str, FatalError]:
    """Return why locations are left out, with their names and what holds their tokens.

    Args:
        settings: they list the locations.
        refused: the reasons, by the ids of the locations.
    """
    return {
        location: _named(settings, location, error)
        for location, error in refused.items()
    }


def _named(settings: Settings, location_id: str, error: FatalError) -> FatalError:
    place = settings.tokens.place(location_id)
    listed = settings.locations.by_id.get(location_id)
    prefix = f"Location {location_id}: "
    message = str(error)
    if not message.startswith(prefix):  # it was named where it was found
        return error
    # where the remedy names the token's place already, the sentence has it too
    if (
        isinstance(error, AccessError)
        and place in error.remedy
        and place not in message
    ):
        message = f"{message.removesuffix('.')} (its token: {place})"
    message = f"Location {listed or location_id}: {message.removeprefix(prefix)}"
    return type(error)(message, remedy=error.remedy)


def together(refused: Mapping[str, FatalError]) -> FatalError | None:
    """Return why locations were left out as one failure; None where none was.

    The kind of the first says what the process ends with. Those of its kind have a
    sentence each, the first few of them, and the others are counted.
    """
    # one that another run works on is in good hands, so it speaks last
    ranked = sorted(
        refused.values(), key=lambda reason: isinstance(reason, LeftToOthers)
    )
    if len(ranked) < 2:  # noqa: PLR2004 - one speaks for itself
        return next(iter(ranked), None)
    first = ranked[0]
    errors = [error for error in ranked if type(error) is type(first)][:TOLD]
    sentences = [_sentence(str(error)) for error in errors]
    if more := len(ranked) - len(errors):
        others = wording.counted(more, "more location was", "more locations were")
        sentences.append(f"{others} left out.")
    remedies = _different(error.remedy for error in errors)
    return type(first)(" ".join(_different(sentences)), remedy=" ".join(remedies))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _different(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if text]
