"""Why locations are left out, told to a person: by name, each with its own token.

What asks the API knows locations by their ids alone; here their names are put in, and
several failures become one. It decides nothing. Invariant: of locations that are left
out for one kind of reason, each of the first few has a sentence of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import wording
from importer.errors import AccessError, FatalError, LeftToOthers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.settings import Settings

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
