"""Who may open the page: links that are used once, and the sessions they begin.

A link and a session are files whose names are hashes, so that a program that is started
again, or beside the one that serves, makes and knows them too; the keys themselves are
kept nowhere. Invariant: a link opens one session, however many use it at once.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import atomic_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LINK_SECONDS = 24 * 3600.0
SESSION_SECONDS = 30 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that was let in: whose it is, and what its forms have to hold."""

    person: str
    form_key: str


class Keys:
    """The links and sessions of one folder."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Keep them below a folder, which only its user can read."""
        self._links, self._sessions = folder / "links", folder / "sessions"
        self._clock = clock
        for kept in (self._links, self._sessions):
            kept.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._forget_old(kept)

    def make_link(self, person: str) -> str:
        """Make the key of a link that lets one browser in, once."""
        key = secrets.token_urlsafe(32)
        self._write(self._links, key, person)
        return key

    def begin(self, link_key: str) -> str | None:
        """Use up a link; the key of the session, None where there is no such link."""
        person = self._person(self._links, link_key, LINK_SECONDS)
        if person is None:
            return None
        try:
            # of several who come at once the one who removes it is let in
            _path(self._links, link_key).unlink()
        except FileNotFoundError:
            return None
        key = secrets.token_urlsafe(32)
        self._write(self._sessions, key, person)
        return key

    def session(self, key: str) -> Session | None:
        """Return the session of a key, None where it is none or is over."""
        person = self._person(self._sessions, key, SESSION_SECONDS)
        if person is None:
            return None
        mark = hmac.new(key.encode(), b"forms", "sha256").hexdigest()
        return Session(person, mark)

    def _write(self, folder: Path, key: str, person: str) -> None:
        with atomic_files.text(_path(folder, key)) as stream:
            json.dump({"person": person, "made_at": self._clock()}, stream)

    def _person(self, folder: Path, key: str, seconds: float) -> str | None:
        if not key:
            return None
        path = _path(folder, key)
        try:
            kept = json.loads(path.read_text("utf-8"))
            fresh = 0 <= self._clock() - float(kept["made_at"]) < seconds
            return str(kept["person"]) if fresh else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _forget_old(self, folder: Path) -> None:
        for path in folder.glob("*.json"):
            with suppress(OSError):
                if self._clock() - path.stat().st_mtime > SESSION_SECONDS:
                    path.unlink()


def _path(folder: Path, key: str) -> Path:
    """Return the file of a key; nothing of the key itself is in its name."""
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
