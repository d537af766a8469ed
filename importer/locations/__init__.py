"""The locations that are listed in a file: ids, names, and where each one's token is.

A file lists them (`file`), and what it says becomes values (`listed`). Neither reads
a token or the environment; `settings` does, when a token is first needed.
"""

from __future__ import annotations

from importer.locations.file import load
from importer.locations.listed import (
    NONE_LISTED,
    Location,
    Locations,
    key,
    looks_like_id,
)

__all__ = ["NONE_LISTED", "Location", "Locations", "key", "load", "looks_like_id"]
