"""A small TOML file that a person has written: read whole, or refused in words.

Knows no file of this program, only what they are called. Invariant: whatever is wrong
with the text is a `UsageError` with the way out.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is called in messages, and what to write into it.

    Attributes:
        name: such as `mapping file`.
        option: the flag that names it.
        lines: what one writes, as a sentence.
    """

    name: str
    option: str
    lines: str


def text(path: Path, kind: Kind, shown: str = "") -> str:
    """Read the text of a file; `shown` is its path as messages say it.

    Raises:
        UsageError: it cannot be read, or is no UTF-8.
    """
    shown = shown or str(path)
    try:
        return path.read_text("utf-8-sig")
    except UnicodeError as error:
        message = f"{shown}: the {kind.name} is not UTF-8 text."
        remedy = "Save it as UTF-8 in a text editor."
        raise UsageError(message, remedy=remedy) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"{shown}: the {kind.name} cannot be read ({reason})."
        remedy = f"Check the name that follows {kind.option}."
        raise UsageError(message, remedy=remedy) from error


def content(written: str, kind: Kind, shown: str) -> dict[str, Any]:
    """Take the text of a file apart.

    Raises:
        UsageError: it is no TOML.
    """
    try:
        return tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        message = f"{shown}: the {kind.name} is not valid TOML: {error}."
        raise UsageError(message, remedy=kind.lines) from error
