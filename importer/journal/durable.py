"""Files that are there whole or not at all, also after a power cut.

Writing comes first, then the name, each synced. Invariant: when a function returns,
what it did is on the disk.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from importer.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

#: Only the user may read what a run wrote.
PRIVATE = 0o600


def folder_gone() -> StorageError:
    """Return what is said where the folder is no longer there to write into."""
    msg = "The journal could not be written: the run folder was removed."
    return StorageError(msg, remedy="Look for the folder, and put it back.")


def replace(path: Path, content: bytes) -> None:
    """Write a small file, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    draft = path.with_name(f"{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
    try:
        make_private(handle)
        os.write(handle, content)
    finally:
        os.close(handle)
    publish(draft, path)


def make_private(handle: int) -> None:
    """Let the user, and no other, read and write an open file, whatever the umask.

    Raises:
        OSError: the file belongs to another user.
    """
    if hasattr(os, "fchmod"):  # Windows has none
        os.fchmod(handle, PRIVATE)


def publish(draft: Path, path: Path) -> None:
    """Give a finished file its name.

    Raises:
        OSError: it cannot be done.
    """
    # the content before the name: a power cut between them leaves the old file, never
    # an empty one
    _sync(draft)
    draft.replace(path)
    with suppress(PermissionError):  # Windows opens no folders
        # the name is an entry of its folder, which is on the disk only when that is
        _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
