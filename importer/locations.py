"""The locations that are listed in a file: ids, names, tags, where each one's token is.

A file lists them, and what it says becomes values. Neither reads a token or the
environment; `settings` does, when a token is first needed. Invariant: an id and a name
mean one location, in whatever case and spacing a name is written; a value holds where a
token is, never a token.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import patterns, toml
from importer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


#: Ids have 20 to 24 letters and digits in every example. Where names are in use, a
#: shorter text that is not listed is a name that was mistyped.
SHORTEST_ID = 15
#: An id within a sentence, unless its name is there already or it is part of a path.
_ID_ALONE = patterns.later(r"(?<![\w(/.-])[A-Za-z0-9]+(?!\w|[/.-]\w)")
_NEAR_ENOUGH = 0.6
#: Looking for the nearest of thousands of names takes a while, and a file may hold a
#: million wrong ones: after so many different texts nothing is proposed any more.
_MOST_LOOKS = 1000


@dataclass(frozen=True, slots=True)
class Location:
    """One that is listed. Without `token_env` and `token_file` the default token.

    `tags` are groups that it belongs to, by words of the user's own.
    """

    id: str
    name: str = ""
    token_env: str = ""
    token_file: Path | None = None
    tags: tuple[str, ...] = ()

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

    def tagged(self, tag: str) -> tuple[Location, ...]:
        """Return the locations that have a tag, in whatever case it is written."""
        wanted = key(tag)
        return tuple(
            location
            for location in self.listed
            if any(key(own) == wanted for own in location.tags)
        )

    @property
    def names_listed(self) -> dict[str, str]:
        """All names by id."""
        return {location.id: location.name for location in self.listed if location.name}

    def shown(self, location_id: str) -> str:
        """Return a location as people know it: its name and id, or the id alone."""
        return str(self.by_id.get(location_id, location_id))

    def in_sentence(self, text: str) -> str:
        """Put the names of listed locations before the ids that a sentence has."""
        if not self.named:
            return text
        return _ID_ALONE.sub(lambda found: self.shown(found[0]), text)

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
    return " ".join(unicodedata.normalize("NFC", name).split()).casefold()


def looks_like_id(text: str) -> bool:
    """Return whether a text that is not listed may be an id all the same."""
    return len(text) >= SHORTEST_ID and text.isascii() and text.isalnum()


_KIND = toml.Kind(
    "locations file",
    "--locations-file",
    'Write [[locations]], and below it lines such as name = "Berlin".',
)
_KEYS = ("id", "name", "tags", "token_env", "token_file")
#: Keys under which people would write a token itself, and what one looks like.
_TOKEN_KEYS = patterns.later(
    r"(?:.*[_-])?(?:tokens?|pit|jwt|bearer|secret|password|credentials?|api[_-]?key)",
    re.IGNORECASE,
)
# the beginnings of a private integration token, of a JWT and of a header: what is
# pasted by mistake
_TOKEN = patterns.later(r"\s*(?:pit-\S{6}|eyJ[\w-]{8,}\.|[Bb]earer\s)")
_ID = patterns.later(r"[A-Za-z0-9]+")
_VARIABLE = patterns.later(r"[A-Za-z_][A-Za-z0-9_]*")
_BEGIN = patterns.later(r"\s*\[\[\s*[\"']?locations[\"']?\s*\]\]")
#: Names with this prefix are settings, and any other is refused as mistyped.
_OF_SETTINGS = "IMPORTER_"

_ELSEWHERE = (
    "Put the token into an environment variable or .env and name it with token_env, or "
    "into a file of its own and name that with token_file."
)


def load(path: Path, shown: str = "") -> Locations:
    """Read and check a locations file.

    Args:
        path: the file.
        shown: the path as messages say it; token files begin at its folder.

    Raises:
        UsageError: it cannot be read, or something in it cannot be used.
    """
    shown = shown or str(path)
    return _File(shown, toml.text(path, _KIND, shown)).locations()


class _File:
    """A locations file while it is read; knows its name and lines for the errors."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._folder = Path(name).parent
        self._text = text
        self._lines = text.splitlines()
        self._begins = [
            number for number, line in enumerate(self._lines, 1) if _BEGIN.match(line)
        ]
        #: what was taken already, by what counts of it: the number of its location
        self._ids: dict[str, int] = {}
        self._names: dict[str, int] = {}

    def locations(self) -> Locations:
        """Turn the text into a value, or say what is wrong with it."""
        content = toml.content(self._text, _KIND, self._name)
        self._refuse_unknown(content, ("locations",), 0)
        listed = content.get("locations", [])
        if not isinstance(listed, list) or not all(
            isinstance(item, dict) for item in listed
        ):
            message = "locations is no list of locations"
            remedy = "Write [[locations]], with two brackets, above each of them."
            raise self._error(0, "", message, remedy)
        found = [self._location(number, one) for number, one in enumerate(listed, 1)]
        # after all of them: a name may stand before the id that it repeats
        self._refuse_names_that_are_ids()
        return Locations(tuple(found), self._name if found else "")

    def _location(self, number: int, entry: dict[str, Any]) -> Location:
        self._refuse_unknown(entry, _KEYS, number)
        tags = self._tags(number, entry.get("tags", []))
        for word, value in entry.items():
            if word != "tags":
                self._refuse_text(number, word, value)
        token_env, token_file = entry.get("token_env", ""), entry.get("token_file", "")
        if token_env and token_file:
            message = "it has both token_env and token_file"
            raise self._error(number, "token_file", message, "Keep one of them.")
        if "token_env" in entry:
            self._refuse_variable(number, token_env)
        if "token_file" in entry and not token_file.strip():
            message = "token_file names no file"
            remedy = "Name a file that holds only the token, or leave the line out."
            raise self._error(number, "token_file", message, remedy)
        return Location(
            self._id(number, entry.get("id", "").strip()),
            self._named(number, " ".join(entry.get("name", "").split())),
            token_env,
            self._folder / token_file if token_file else None,
            tags,
        )

    def _tags(self, number: int, given: object) -> tuple[str, ...]:
        """Return the tags of a location, each once."""
        remedy = 'Write tags = ["dental", "north"].'
        if not isinstance(given, list) or not all(
            isinstance(one, str) for one in given
        ):
            raise self._error(number, "tags", "tags is no list of texts", remedy)
        tags: dict[str, str] = {}
        for text in given:
            if _TOKEN.match(text):
                raise self._holds_token(number, "tags")
            tag = " ".join(text.split())
            # these tell several conditions apart, and their two sides
            if not tag or set(tag) & {",", "="}:
                message = f'"{tag}" cannot be a tag'
                remedy = "A tag is a word or some, without a comma and without =."
                raise self._error(number, "tags", message, remedy)
            tags.setdefault(key(tag), tag)
        return tuple(tags.values())

    def _refuse_text(self, number: int, word: str, value: object) -> None:
        if not isinstance(value, str):
            message = f"{word} is no text"
            remedy = f'Write {word} = "…" in quotation marks.'
            raise self._error(number, word, message, remedy)
        if _TOKEN.match(value):
            raise self._holds_token(number, word)

    def _refuse_variable(self, number: int, name: str) -> None:
        if not _VARIABLE.fullmatch(name):
            message = "token_env is not the name of an environment variable"
            remedy = (
                "Write a name such as HIGHLEVEL_TOKEN_BERLIN, and put the token into "
                "that variable; the token itself has no place here."
            )
            raise self._error(number, "token_env", message, remedy)
        if name.upper().startswith(_OF_SETTINGS):
            message = f"token_env is {name}, but names that begin so are settings"
            remedy = "Write a name such as HIGHLEVEL_TOKEN_BERLIN."
            raise self._error(number, "token_env", message, remedy)

    def _id(self, number: int, text: str) -> str:
        remedy = "Copy the id from the settings of the sub-account: letters and digits."
        if not text:
            raise self._error(number, "id", "it has no id", f"Write id = … {remedy}")
        if not _ID.fullmatch(text):
            raise self._error(number, "id", f'"{text}" is no location id', remedy)
        first = self._ids.setdefault(text, number)
        if first != number:
            message = f"the id {text} is that of location {first} already"
            raise self._error(number, "id", message, "Keep one of the two.")
        return text

    def _named(self, number: int, name: str) -> str:
        if not name:
            return ""
        first = self._names.setdefault(key(name), number)
        if first != number:
            message = f'the name "{name}" is that of location {first} already'
            remedy = "Give each its own; neither case nor spaces make a difference."
            raise self._error(number, "name", message, remedy)
        return name

    def _refuse_names_that_are_ids(self) -> None:
        """Refuse a name that is another's id: a cell must not mean two locations."""
        ids = {key(text): number for text, number in self._ids.items()}
        for name, number in self._names.items():
            if ids.get(name, number) != number:
                message = f"its name is the id of location {ids[name]}"
                raise self._error(number, "name", message, "Give it another name.")

    def _refuse_unknown(
        self, found: dict[str, Any], known: tuple[str, ...], number: int
    ) -> None:
        for word in found:
            if word in known:
                continue
            near = get_close_matches(word.lower(), known, n=1, cutoff=0.75)
            # a mistyped `token_env` is no token, so what is near to a key is told first
            if not near and _TOKEN_KEYS.fullmatch(word):
                raise self._holds_token(number, word)
            remedy = f"Write one of: {', '.join(known)}."
            if not number:
                remedy = "Write [[locations]], and below it id, name and so on."
            if near:
                remedy = f"Did you mean {near[0]}?"
            raise self._error(number, word, f'there is no key "{word}"', remedy)

    def _holds_token(self, number: int, word: str) -> UsageError:
        message = "a token stands here; files get shared and committed"
        return self._error(number, word, message, _ELSEWHERE)

    def _error(self, number: int, word: str, message: str, remedy: str) -> UsageError:
        place = self._name
        if line := self._line(number, word):
            place += f", line {line}"
        if number:
            place += f", location {number}"
        return UsageError(f"{place}: {message}.", remedy=remedy)

    def _line(self, number: int, word: str) -> int:
        """Return the line of a key of a location, else where it begins.

        0 if unknown.
        """
        begins = [*self._begins, len(self._lines) + 1]
        if number >= len(begins) or not (number or word):
            return 0
        start = begins[number - 1] if number else 1
        end = begins[number] if number else len(self._lines) + 1
        # the TOML reader of the standard library tells no lines, so the text is
        # searched
        for line in range(start, end):
            text = self._lines[line - 1].lstrip(" \t\"'{[")
            if word and re.match(rf"{re.escape(word)}\b", text):
                return line
        return start if number else 0
