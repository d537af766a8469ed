"""A plan is read back: its heading whole, its rows as a stream, as often as wanted.

Invariant: what is not a plan, was cut off, or was changed by hand is refused before
anything is believed of it.
"""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from importer.errors import InputError, UsageError
from importer.runs.planfile.writer import END, MARK, ROWS, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.runs.planfile.entries import Entry
    from importer.settings import Settings

#: Bytes of a SHA-256 as text, with what stands around it in the last line.
_TAIL = len(END) + 64 + len(b'"}\n')
_BLOCK = 1 << 20
_CHANGED = "it was changed or cut off after it was written."
_AGAIN = "Make it again with: importer plan FILE -o "


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A saved plan. `heading` is all of its file but the rows."""

    path: Path
    heading: dict[str, Any]

    def rows(self) -> Iterator[Entry]:
        """Every row of the plan, in the order of the input."""
        with self.path.open("rb") as stream:
            stream.readline()
            for line in stream:
                if line.startswith(b"]"):
                    return
                if line.strip():
                    yield orjson.loads(line.rstrip(b",\n"))

    def settings(self, given: Settings) -> Settings:
        """The settings that the plan was made with; what only sends stays as given.

        Raises:
            UsageError: a flag says something else than the plan.
        """
        kept: dict[str, str] = self.heading["settings"]
        now = given.kept(kept)
        for name, text in kept.items():
            if given.origins[name] == "flag" and now[name] != text:
                flag = "--" + name.replace("_", "-")
                msg = (
                    f"The plan {self.path} was made with {name} "
                    f"{text or '(nothing)'}, not {now[name] or '(nothing)'}."
                )
                remedy = f"Leave {flag} out, or make a new plan with it."
                raise UsageError(msg, remedy=remedy)
        return given.keeping(kept)

    def inputs(self) -> list[str]:
        """The files that the plan was made of.

        Raises:
            UsageError: they cannot be found by a name, as standard input.
        """
        paths = [given["path"] for given in self.heading["inputs"]]
        if not paths:
            msg = f"The plan {self.path} does not say where its input can be read."
            raise UsageError(
                msg,
                remedy="Name it: importer run FILE --plan "
                f"{shlex.quote(str(self.path))}",
            )
        return paths


def load(path: Path) -> StoredPlan:
    """Open a plan and make sure that it is whole.

    Raises:
        InputError: it cannot be read, is no plan, is damaged, or of a newer version.
    """
    try:
        with path.open("rb") as stream:
            heading = _heading(path, stream.readline())
            if not _is_whole(path):
                raise _refusal(path, _CHANGED)
    except OSError as error:
        raise _refusal(path, f"{error.strerror or error}.") from None
    return StoredPlan(path, heading)


def _heading(path: Path, first: bytes) -> dict[str, Any]:
    if not first.startswith(MARK):
        raise _refusal(path, "it is no plan, or another program wrote it anew.")
    if not first.endswith(ROWS):
        raise _refusal(path, _CHANGED)
    try:
        heading: dict[str, Any] = orjson.loads(first.removesuffix(ROWS) + b"}")
    except orjson.JSONDecodeError:
        raise _refusal(path, "its first line makes no sense.") from None
    if heading["schema"] != SCHEMA:
        reason = f"it has version {heading['schema']}, this program knows {SCHEMA}."
        raise _refusal(path, reason)
    return heading


def _is_whole(path: Path) -> bool:
    """Whether the sum at the end is that of everything before it."""
    digest = hashlib.sha256()
    left = path.stat().st_size - _TAIL
    with path.open("rb") as stream:
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            digest.update(block)
            left -= len(block)
        return stream.read() == END + digest.hexdigest().encode() + b'"}\n'


def _refusal(path: Path, reason: str) -> InputError:
    return InputError(
        f"The plan {path} cannot be used: {reason}",
        remedy=_AGAIN + shlex.quote(str(path)),
    )
