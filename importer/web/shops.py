"""The sub-accounts that a table can go into, and the settings of a draft.

They are those of the locations file; one that is added here gets a line in it, and its
token a file of its own that only its user reads. Invariants: the process's environment
says nothing; all runs of a server are kept in one place, so that the same sub-account
waits and its limit holds; a token is written once and never shown.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import atomic_files
from importer.errors import UsageError

if TYPE_CHECKING:
    from importer.api import Settings
    from importer.web.drafts import Draft

CONFIG, LOCATIONS = "importer.toml", "locations.toml"
NOTHING = Path(os.devnull)
#: The sub-account of the practice shop; no real one has this id.
PRACTICE = "PracticeShop00000000"
_IN_ADDRESS = re.compile(r"/location/([A-Za-z0-9]+)")
_ID = re.compile(r"[A-Za-z0-9]{15,40}")
_TOKEN = re.compile(r"[!-~]{16,4000}")


@dataclass(frozen=True, slots=True)
class Shop:
    """A sub-account, by its id and by what people call it."""

    id: str
    name: str


class Shops:
    """The sub-accounts of one folder."""

    def __init__(
        self, folder: Path, config: Path | None = None, **options: object
    ) -> None:
        """Take what a settings file says, and options that go before it."""
        self._folder, self._config = folder, config
        self._options: dict[str, Any] = options
        self._tokens = folder / "web" / "tokens"

    def settings(self) -> Settings:
        """Gather the settings of all runs; read anew, for the list may have grown.

        Raises:
            UsageError: a value cannot be used.
            InputError: the settings file cannot be read.
        """
        from importer.api import Settings  # noqa: PLC0415 - takes a while to load

        usual = self._folder / CONFIG  # one may be written while the page is served
        config = self._config or (usual if usual.is_file() else NOTHING)
        own: dict[str, Any] = {"on_overlap": "wait"}
        found = Settings(file=config, env=False, **own | self._options)
        where = found.shown()
        listed = self._folder / LOCATIONS
        if "locations_file" not in self._options and not where["locations_file"][0]:
            own["locations_file"] = listed if listed.is_file() else NOTHING
        if where["locations_file"][1] == "default":
            own["locations_file"] = listed if listed.is_file() else NOTHING
        if where["runs_dir"][1] == "default":
            own["runs_dir"] = self._folder / "runs"
        return found.replace(**own)

    def listed(self) -> tuple[Shop, ...]:
        """Return the sub-accounts in the order of the file.

        Raises:
            UsageError: the file cannot be used.
        """
        known = self.settings().locations
        return tuple(Shop(one, name or one) for one, name in known.items())

    def of(self, draft: Draft, practice_url: str = "") -> Settings:
        """Gather the settings that a draft is read and sent with.

        Raises:
            UsageError: a value cannot be used.
        """
        reading = {**draft.reading, "language": draft.language}
        if not draft.practice:
            return self.settings().replace(**reading)
        from importer.api import Settings  # noqa: PLC0415 - as above

        return Settings(
            file=NOTHING,
            env=False,
            base_url=practice_url or "http://127.0.0.1:9",
            token="practice",  # noqa: S106 - of no shop
            locations_file=NOTHING,
            runs_dir=self._folder / "web" / "practice" / "runs",
            on_overlap="wait",
            **reading,
        )

    def add(self, name: str, place: str, token: str) -> Shop:
        """Keep a sub-account with its token.

        Args:
            name: what people call it.
            place: its id, or the address of one of its pages in HighLevel.
            token: its Private Integration token.

        Raises:
            UsageError: one of them cannot be used; the message is a code of `phrases`.
        """
        found = _IN_ADDRESS.search(place)
        location = found[1] if found else place.strip()
        name, token = " ".join(name.split()), token.strip()
        wrong = (
            ("shop_name_missing", not name or len(name) > 100),  # noqa: PLR2004
            ("shop_place_wrong", not _ID.fullmatch(location)),
            ("token_wrong", not _TOKEN.fullmatch(token)),
            ("shop_known", any(_same(name, location, one) for one in self.listed())),
        )
        for code, is_so in wrong:
            if is_so:
                raise UsageError(code)
        self._write(location, name, token)
        return Shop(location, name)

    def renew(self, location: str, token: str) -> None:
        """Keep another token of a sub-account whose token the page keeps.

        Raises:
            UsageError: it cannot be used; the message is a code of `phrases`.
        """
        if not _TOKEN.fullmatch(token.strip()):
            code = "token_wrong"
            raise UsageError(code)
        if not self.keeps(location):
            code = "token_elsewhere"
            raise UsageError(code)
        with atomic_files.text(self._token_file(location)) as stream:
            stream.write(f"{token.strip()}\n")

    def keeps(self, location: str) -> bool:
        """Return whether the page keeps the token of a sub-account."""
        return bool(_ID.fullmatch(location)) and self._token_file(location).is_file()

    def _token_file(self, location: str) -> Path:
        return self._tokens / f"{location}.token"

    def _write(self, location: str, name: str, token: str) -> None:
        self._tokens.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._token_file(location)
        with atomic_files.text(path) as stream:
            stream.write(f"{token}\n")
        listed = self._file()
        known = listed.read_text("utf-8") if listed.is_file() else ""
        entry = {"id": location, "name": name, "token_file": str(path.absolute())}
        # a text of JSON is one of TOML, too
        lines = [f"{key} = {json.dumps(text)}" for key, text in entry.items()]
        gap = "\n" if known else ""
        with atomic_files.text(listed) as stream:
            stream.write(known.rstrip("\n") + gap + gap)
            stream.write("\n".join(["[[locations]]", *lines, ""]))

    def _file(self) -> Path:
        named = self.settings().shown()["locations_file"][0]
        path = Path(named) if named else NOTHING
        return self._folder / LOCATIONS if path == NOTHING else path


def _same(name: str, location: str, shop: Shop) -> bool:
    return location == shop.id or name.casefold() == shop.name.casefold()
