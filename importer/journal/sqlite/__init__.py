"""A journal in a file: everything that SQLite needs and another database would not.

Its connections, the check of its pages, the mark that finds a write-ahead log that was
lost, and the tables of older versions. Outside of here SQLite is named where the store
is chosen (`journal.store`), and by what a folder of runs remembers (`journal.slugs`).
"""

from __future__ import annotations

from importer.journal.sqlite.connection import PAGE_BYTES, shared
from importer.journal.sqlite.store import DRAFT, MARK, SqliteStore

__all__ = ["DRAFT", "MARK", "PAGE_BYTES", "SqliteStore", "shared"]
