"""Locations as values: what is listed of each, and which one a text means.

Pure. Invariant: an id and a name mean one location, in whatever case and spacing a
name is written; a value holds where a token is, never a token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

#: Ids have 20 to 24 letters and digits in every example. Where names are in use, a
#: shorter text that is not listed is a name that was mistyped.
SHORTEST_ID = 15
_NEAR_ENOUGH = 0.6
#: Looking for the nearest of thousands of names takes a while, and a file may hold a
#: million wrong ones: after so many different texts nothing is proposed any more.
_MOST_LOOKS = 1000


@dataclass(frozen=True, slots=True)
class Location:
    """One that is listed. Without `token_env` and `token_file` the default token."""

    id: str
    name: str = ""
    token_env: str = ""
    token_file: Path | None = None

    def __str__(self) -> str:
        """Say it for people: the name and the id."""
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(slots=True)
class Locations:
    """Those of one file, in its order.

    `file` is the path as it was given, empty where there is no file.
    """

    listed: tuple[Location, ...] = ()
    file: str = ""
    by_id: Mapping[str, Location] = field(init=False)
    _ids: dict[str, str] = field(init=False, repr=False)
    _near: dict[str, str] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index ids and names."""
        self.by_id = {location.id: location for location in self.listed}
        self._ids = {
            key(location.name): location.id for location in self.listed if location.name
        }

    def __len__(self) -> int:
        """Count the listed locations."""
        return len(self.listed)

    @property
    def named(self) -> bool:
        """Whether a row may say a name at all."""
        return bool(self._ids)

    @property
    def own_tokens(self) -> bool:
        """Whether any of them has a token of its own."""
        return any(
            location.token_env or location.token_file for location in self.listed
        )

    def find(self, text: str) -> str:
        """Return the id of the location that a text means.

        Empty where none is listed.
        """
        # an id counts exactly as it is, and before any name, which may be in any case
        return text if text in self.by_id else self._ids.get(key(text), "")

    def nearest(self, text: str) -> str:
        """Return the name that looks most like a text, or nothing."""
        looked = key(text)
        # a wrong name stands in many rows: each text is looked for once
        if looked not in self._near and len(self._near) < _MOST_LOOKS:
            near = get_close_matches(looked, self._ids, n=1, cutoff=_NEAR_ENOUGH)
            found = self.by_id[self._ids[near[0]]].name if near else ""
            self._near[looked] = found
        return self._near.get(looked, "")

    @property
    def names_listed(self) -> dict[str, str]:
        """All names by id."""
        return {location.id: location.name for location in self.listed if location.name}

    def names(self, of: Iterable[str]) -> dict[str, str]:
        """Return the names of some ids, of those that have one."""
        known = ((location_id, self.by_id.get(location_id)) for location_id in of)
        return {
            location_id: found.name
            for location_id, found in known
            if found and found.name
        }


#: What there is where no file lists any.
NONE_LISTED = Locations()


def key(name: str) -> str:
    """Return what counts of a name: neither case nor how it is spaced."""
    return " ".join(name.split()).casefold()


def looks_like_id(text: str) -> bool:
    """Return whether a text that is not listed may be an id all the same."""
    return len(text) >= SHORTEST_ID and text.isascii() and text.isalnum()
