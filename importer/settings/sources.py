"""Where settings are written: the environment, `.env`, and a TOML file.

The only module that reads the environment. It says what stands in each place and
what cannot stand there; which place wins is not decided here. Invariant: a name that
is no setting is refused, wherever it was written as one.
"""

from __future__ import annotations

import os
import tomllib
from difflib import get_close_matches
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from importer import patterns
from importer.errors import InputError, UsageError
from importer.settings import refusal
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Where a settings file is looked for when none is named, in this order.
FILES = (Path("importer.toml"), Path("config/importer.toml"))
#: Names in the environment that are not IMPORTER_ and the setting's name.
ENVIRONMENT = {"token": "HIGHLEVEL_TOKEN", "location_id": "HIGHLEVEL_LOCATION_ID"}
PREFIX = "importer_"
#: What no settings file may hold: with it, a shop can be changed.
UNFILED = frozenset({"token"})
#: How alike a name must be to a setting's to be taken for it, from 0 to 1.
_LIKE = 0.8
#: What Kubernetes sets for a service, behind the service's name.
_ANNOUNCED = patterns.later(
    r"(^|_)(service_host|service_port(_\w+)?|port(_\d+_(tcp|udp|sctp)(_\w+)?)?)$"
)


def from_environment() -> dict[str, Any]:
    """Return what the environment sets, and what it seems to."""
    return _settings(os.environ)


def from_dotenv() -> dict[str, Any]:
    """Read `.env` in the current folder.

    Raises:
        InputError: it cannot be read.
    """
    return _settings(_dotenv(Path(".env")))


def _settings(raw: Mapping[str, str]) -> dict[str, Any]:
    """Return settings by name.

    A misspelt one with our prefix goes along, to be told.
    """
    own = {given: name for name, given in ENVIRONMENT.items()}
    found: dict[str, Any] = {}
    for written, value in raw.items():
        name = written.lower()
        if written.upper() in own:
            if value:
                found[own[written.upper()]] = value
        elif name.startswith(PREFIX):
            name = name.removeprefix(PREFIX)
            known = name in Values.model_fields
            if value if known else _misspelt(name):
                found.setdefault(name, value)
    return found


def _misspelt(name: str) -> bool:
    """Return whether a name looks like that of a setting, but is none.

    What a service called `importer` is announced by in Kubernetes, and what another
    program keeps under the same prefix, does not.
    """
    if _ANNOUNCED.search(name):
        return False
    parts = sorted(filter(None, name.split("_")))
    plain = "".join(parts)
    return bool(get_close_matches(name, Values.model_fields, 1, _LIKE)) or any(
        plain == "".join(sorted(field.split("_")))
        or name.replace("_", "") == field.replace("_", "")
        for field in Values.model_fields
    )


def _dotenv(path: Path) -> dict[str, str]:
    """Read what a `.env` holds, nothing where there is none."""
    if not path.is_file():
        return {}
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not UTF-8 text"
        msg = f"The file {path} cannot be read: {reason}."
        raise InputError(
            msg, remedy="Save it as UTF-8 text, or let the program read it."
        ) from None
    # filling in ${NAME} takes the square of the lines, and there may be thousands
    found = dotenv_values(stream=StringIO(text), interpolate="${" in text)
    return {name: value for name, value in found.items() if value}


class Variables:
    """The variables that a person has named: of the environment, else of `.env`."""

    def __init__(self, path: Path) -> None:
        """Read nothing yet; `path` is that of the `.env`."""
        self._path = path

    def __call__(self, name: str) -> str:
        """Return what it is set to, empty where it is not."""
        return os.environ.get(name) or self._written.get(name) or ""

    @cached_property
    def _written(self) -> Mapping[str, str]:
        return _dotenv(self._path)


def from_file(named: Path | None) -> tuple[str, dict[str, Any]]:
    """Read what a TOML file sets, with its name; nothing where there is none.

    Raises:
        InputError: it cannot be read.
        UsageError: it is not TOML, holds a token, or no file can have its name.
    """
    if named is not None:
        refusal.refuse_path("The settings file", named)
    path = named or first(FILES)
    if path is None:
        return "file", {}
    try:
        # Windows editors put a byte order mark in front
        found = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as failure:
        msg = f"The settings file {path} cannot be read: {failure.strerror}."
        raise InputError(msg, remedy="Name a file that can be read.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as failure:
        msg = f"The settings file {path} is not TOML: {failure}."
        remedy = 'Write a setting on each line, text in quotes: rate = "100/10s".'
        raise UsageError(msg, remedy=remedy) from None
    if UNFILED.intersection(found):
        msg = f"The settings file {path} holds a token; files get shared and committed."
        raise UsageError(
            msg, remedy="Put it into HIGHLEVEL_TOKEN, or a file named by token_file."
        )
    return str(path), found


def first(paths: Iterable[Path]) -> Path | None:
    """Return the first of some files that is there."""
    return next((path for path in paths if path.is_file()), None)


def refuse_unknown(origin: str, layer: Mapping[str, Any]) -> None:
    """Refuse a layer that names what is no setting.

    Raises:
        UsageError: with the setting that was probably meant.
    """
    for name in layer:
        if name in Values.model_fields:
            continue
        near = get_close_matches(name, Values.model_fields, n=1)
        msg = f"There is no setting {name!r} ({origin})."
        remedy = f"Did you mean {near[0]}?" if near else "See: importer config show"
        raise UsageError(msg, remedy=remedy)
