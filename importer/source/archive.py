"""The parts of a workbook that is an archive, found as its reader finds them.

Some programs write backslashes into the names of the parts, or capitals; the reader
underneath takes both for what was meant, and so does all that looks into an archive
here. Invariant: a part that the reader finds is found.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import zipfile


def plain(name: str) -> str:
    """Return the name of a part as it is compared: small letters, with slashes."""
    return name.replace("\\", "/").lower()


def names(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the names of all parts, as they are compared."""
    return frozenset(map(plain, archive.namelist()))


def member(archive: zipfile.ZipFile, part: str) -> zipfile.ZipInfo:
    """Return the member that holds a part; its exact name goes first.

    Raises:
        KeyError: there is none.
    """
    members = archive.infolist()
    for found in members:
        if found.filename == part:
            return found
    for found in members:
        if plain(found.filename) == plain(part):
            return found
    raise KeyError(part)


def opened(archive: zipfile.ZipFile, part: str) -> IO[bytes]:
    """Open a part to read its bytes.

    Raises:
        KeyError: there is none.
        OSError: it cannot be read.
    """
    return archive.open(member(archive, part))
