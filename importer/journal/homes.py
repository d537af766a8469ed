"""Which home the runs have: the folder of runs itself, or a database beside it.

Invariant: nothing of a database is loaded for runs of a folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.journal.folder_home import FolderHome

if TYPE_CHECKING:
    from pathlib import Path

    from importer.journal.ports import Home


def of(folder: Path, address: str = "") -> Home:
    """Return the home of runs.

    Args:
        folder: the folder of runs on this machine.
        address: of the database; empty: the folder keeps the journals.

    Raises:
        UsageError: it is no address of a database.
    """
    if not address:
        return FolderHome(folder)
    # a folder of runs needs nothing of it
    from importer.journal.postgres import home  # noqa: PLC0415

    return home.of(folder, address)
