"""The address of the database that keeps the journals, and its password.

The password is taken out of the address as soon as that is read: this process keeps it
for its connections and no log shows it. Invariant: what is returned here holds none, so
no setting does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import logs
from importer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

#: No address is longer; a file that is must be another one.
LONGEST_FILE = 64 * 1024
#: How the refusal of an address begins, which is said of its place instead.
_UNREAD = "The address of the journal's database cannot be read: "
#: What stands in many texts is not struck from them, even where it is a password.
_EVERYWHERE = frozenset({"importer", "postgres", "postgresql", "password", "database"})


def public(text: str) -> str:
    """Return an address without its password; an empty one means a folder of runs.

    Raises:
        UsageError: it is no address of a database. Nothing of it is told.
    """
    if not text.strip():
        return ""
    # loads what reads journals, which a folder of runs does without here
    from importer.journal.postgres import address  # noqa: PLC0415

    found = address.know(text.strip())
    named = {found.user, found.database, found.host} | _EVERYWHERE
    known = found.parameters()
    for secret in filter(None, map(known.get, address.SECRET)):
        if secret.lower() not in named:
            logs.hide(secret)
    return str(found.server)


def read(path: Path, shown: str) -> str:
    """Return the address that a file holds, without its password.

    Raises:
        UsageError: it cannot be read, or holds no address.
    """
    remedy = "Name a file that holds only the address: postgresql://USER@HOST/DATABASE"
    try:
        with path.open(encoding="utf-8-sig") as stream:
            text = stream.read(LONGEST_FILE)
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "it is not text"
        msg = f"The journal file {shown} cannot be read: {reason}."
        raise UsageError(msg, remedy=remedy) from None
    if not text.strip():
        msg = f"The journal file {shown} is empty."
        raise UsageError(msg, remedy=remedy)
    try:
        return public(text)
    except UsageError as wrong:
        msg = f"The journal file {shown} holds no address: {reason_of(wrong)}."
        raise UsageError(msg, remedy=wrong.remedy) from None


def reason_of(wrong: UsageError) -> str:
    """Return why a text is no address, without saying again that it is none."""
    return str(wrong).removeprefix(_UNREAD).rstrip(".")
