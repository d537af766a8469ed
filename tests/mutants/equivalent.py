"""Changes that make no difference to what the program does: the committed list.

Each line of `equivalent.toml` names a module, the line as it is and as it was changed,
and why nothing can notice it. Line numbers are not kept: they move.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from changes import Change

LIST = Path(__file__).with_name("equivalent.toml")


@dataclass(frozen=True)
class Equivalent:
    """A module, what is taken away and what is added, without spaces around."""

    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]


def load() -> dict[Equivalent, str]:
    """The reasons, by change.

    Raises:
        ValueError: a change has no reason.
    """
    found: dict[Equivalent, str] = {}
    for one in tomllib.loads(LIST.read_text("utf-8")).get("change", []):
        if not one.get("reason"):
            msg = f"{LIST.name}: a change of {one['path']} has no reason"
            raise ValueError(msg)
        key = Equivalent(one["path"], _lines(one["old"]), _lines(one["new"]))
        found[key] = one["reason"]
    return found


def key(change: Change) -> Equivalent:
    """The same of a change that was made."""
    told = change.diff().splitlines()
    old, new = (
        "\n".join(line[1:] for line in told if line.startswith(sign))
        for sign in ("-", "+")
    )
    return Equivalent(change.path, _lines(old), _lines(new))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
