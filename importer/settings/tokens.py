"""The tokens: one for all locations, or a location's own where the file names it.

Each is looked up when it is first needed and kept in memory only. Invariants: no
message and no text of these values holds a token, every token that is found is known
to the log from then on, and what is wrong with one location's is told of that
location alone.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from importer import logs
from importer.errors import AccessError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from importer.locations import Locations

log: logs.Log = logs.get("settings")

#: No token is longer; a file that is must be another one.
LONGEST_TOKEN_FILE = 64 * 1024


class Tokens:
    """What each location signs its calls with, as the client asks for it.

    Called with a location's id, it gives the token at once: for what is no call.
    """

    def __init__(
        self,
        default: Callable[[], str],
        listed: Locations,
        variable: Callable[[str], str],
        folder: Path,
        default_place: str,
        default_file: Path | None = None,
    ) -> None:
        """Keep where to look; nothing is read yet.

        Args:
            default: gives the token of locations without one of their own.
            listed: the locations file.
            variable: gives a variable of the environment, or an empty text.
            folder: where relative paths begin.
            default_place: what holds the token of locations without one of their own.
            default_file: the file that it is read from; None where it comes from
                elsewhere.
        """
        self._default = default
        self._listed = listed
        self._variable = variable
        self._folder = folder
        self._default_place = default_place
        self._default_file = default_file
        self._found: dict[str, str] = {}
        self._for_all = ""

    def __call__(self, location_id: str) -> str:
        """Return the token of a location.

        Raises:
            AccessError: there is none, or it cannot be read; it names the location.
        """
        token = self._found.get(location_id)
        if token is None:
            token = self._look_up(location_id)
            self._found[location_id] = token
            logs.hide(token)
        return token

    async def token(self, location_id: str) -> str:
        """Return the token of a location.

        Raises:
            AccessError: there is none, or it cannot be read; it names the location.
        """
        return self._found.get(location_id) or self(location_id)

    async def refused(self, location_id: str, token: str) -> bool:
        """Return whether a location has another token now than the refused one.

        Its file is read again, so that any program may keep the token fresh in it. What
        cannot be read, or is written at this moment, counts as no other token.
        """
        if self._found.get(location_id, token) != token:  # another call has found it
            return True
        path = self._file(location_id)
        # what is no regular file, such as a pipe, gives its token only once
        if path is None or not path.is_file():
            return False
        try:
            fresh = checked(read(path, str(path)))
        except AccessError:
            return False
        if fresh == token:
            return False
        logs.hide(fresh)
        if path == self._default_file:
            self._for_all = fresh
        self._found |= {
            location: fresh for location in self._found if self._file(location) == path
        }
        log.info("token.renewed", location=location_id, place=self.place(location_id))
        return True

    def _file(self, location_id: str) -> Path | None:
        """Return the file that a location's token is read from."""
        one = self._listed.by_id.get(location_id)
        if one and one.token_file:
            return self._folder / one.token_file
        return None if one and one.token_env else self._default_file

    def require(self) -> None:
        """Say at once if there is not a single token to be had.

        Raises:
            AccessError: no location has its own, and there is none for all.
        """
        if not self._listed.own_tokens:
            self._everybodys()

    def place(self, location_id: str) -> str:
        """Return the name of what holds the token of a location."""
        one = self._listed.by_id.get(location_id)
        if one and one.token_file:
            return f"the token file {one.token_file}"
        return one.token_env if one and one.token_env else self._default_place

    def missing(self, location_id: str) -> AccessError | None:
        """Say why a location has no token; None where it has one."""
        try:
            self(location_id)
        except AccessError as refused:
            return refused
        return None

    def known(self) -> list[str]:
        """Return every known token but those in a location's own file, to be masked."""
        named = {
            location.token_env for location in self._listed.listed if location.token_env
        }
        own = (self._variable(name).strip() for name in sorted(named))
        with suppress(AccessError):  # told when a location needs it
            self._everybodys()
        return [*filter(None, own), *filter(None, [self._for_all])]

    def _look_up(self, location_id: str) -> str:
        one = self._listed.by_id.get(location_id)
        try:
            if one and one.token_file:
                path = self._folder / one.token_file
                return checked(read(path, str(one.token_file)))
            return self._from_variable(one.token_env) if one else self._everybodys()
        except AccessError as refused:
            msg = f"Location {one or location_id}: {refused}"
            raise AccessError(msg, remedy=refused.remedy) from None

    def _from_variable(self, name: str) -> str:
        if not name:
            return self._everybodys()
        if token := self._variable(name).strip():
            return checked(token)
        message = f"There is no environment variable {name}."
        remedy = (
            "Set it to the location's token, in the environment or in .env, or correct "
            f"token_env in {self._listed.file}."
        )
        raise AccessError(message, remedy=remedy)

    def _everybodys(self) -> str:
        if not self._for_all:
            self._for_all = self._default()
        return self._for_all


def read(path: Path, shown: str) -> str:
    """Read the token that a file holds, as it stands there.

    Raises:
        AccessError: it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(LONGEST_TOKEN_FILE)
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not text"
        msg = f"The token file {shown} cannot be read: {reason}."
        raise AccessError(
            msg, remedy="Name a file that holds only the token."
        ) from None
    if not text.strip():
        msg = f"The token file {shown} is empty."
        raise AccessError(msg, remedy="Name a file that holds only the token.")
    return text.strip()


def checked(token: str) -> str:
    """Return the token, if it can be one.

    Raises:
        AccessError: it is empty, or holds what would break a header.
    """
    if not token:
        msg = "There is no token."
        raise AccessError(
            msg,
            remedy="Put the location's Private Integration Token into the "
            "environment variable HIGHLEVEL_TOKEN, or name a file that holds it "
            "with --token-file.",
        )
    # a control character would be a header of its own
    if not (token.isascii() and token.isprintable()) or " " in token:
        msg = "The token holds a space or a letter that no token has."
        raise AccessError(msg, remedy="Copy it again, without quotes around it.")
    return token
