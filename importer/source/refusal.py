"""Why a file is refused: errors that name the file and the way out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from importer.errors import InputError, OversizedError

if TYPE_CHECKING:
    from pathlib import Path


def refusal(where: Path | str, message: str, remedy: str) -> InputError:
    """Make the error of a file: where, what is wrong, what to do."""
    return InputError(f"{where}: {message}", remedy=remedy)


def oversized(where: Path | str, limit: int) -> OversizedError:
    """Say that what is packed is larger than `limit` bytes."""
    return OversizedError(
        f"{where}: it unpacks to more than {limit / 2**20:,.0f} MB, which is refused.",
        remedy="Split it into smaller files, or unpack it yourself.",
    )


def unreadable(path: Path, error: OSError) -> InputError:
    """Say in plain words why the system did not let the file be read."""
    match error:
        case FileNotFoundError():
            return refusal(path, "there is no such file.", _nearest(path))
        case IsADirectoryError():
            remedy = "Name the CSV file or the workbook inside it."
            return refusal(path, "this is a folder, not a file.", remedy)
        case PermissionError():
            remedy = "Close it where it is open, or ask its owner for permission."
            return refusal(path, "you are not allowed to read this file.", remedy)
        case _:
            reason = error.strerror or error
            remedy = "Copy it to this computer and try again."
            return refusal(path, f"the file cannot be read ({reason}).", remedy)


def _nearest(path: Path) -> str:
    if path.parts[:1] in {("http:",), ("https:",)}:
        return "What is on the web has to be downloaded first; name the file then."
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except (OSError, ValueError):
        return "Check the folder's name."
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"Did you mean {path.parent / near[0]}?" if near else "Check its name."
