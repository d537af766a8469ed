"""Locations files: TOML that lists locations, their names and where their tokens are.

    [[locations]]
    id = "ve9EPM428h8vShlRW1KT"
    name = "Berlin"
    token_env = "HIGHLEVEL_TOKEN_BERLIN"

One small file is read, no token and no environment. Whatever is wrong with it is a
`UsageError` that names the file, the line and what to write instead. Invariant: no
message repeats a text that could be a token.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from importer import toml
from importer.errors import UsageError
from importer.locations.listed import Location, Locations, key

_KIND = toml.Kind(
    "locations file",
    "--locations-file",
    'Write [[locations]], and below it lines such as name = "Berlin".',
)
_KEYS = ("id", "name", "token_env", "token_file")
#: Keys under which people would write a token itself, and what one looks like.
_TOKEN_KEYS = re.compile(
    r"(?:.*[_-])?(?:tokens?|pit|jwt|bearer|secret|password|credentials?|api[_-]?key)",
    re.IGNORECASE,
)
# the beginnings of a private integration token, of a JWT and of a header: what is
# pasted by mistake
_TOKEN = re.compile(r"\s*(?:pit-\S{6}|eyJ[\w-]{8,}\.|[Bb]earer\s)")
_ID = re.compile(r"[A-Za-z0-9]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BEGIN = re.compile(r"\s*\[\[\s*[\"']?locations[\"']?\s*\]\]")
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
        for word, value in entry.items():
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
        )

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
