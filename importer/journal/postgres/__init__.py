"""A journal on PostgreSQL: everything that it needs and another database would not.

Its addresses and connections, and the schema that all runs of a database share. psycopg
is imported when a connection is first wanted, so that who keeps runs in a folder needs
none of it.
"""

from __future__ import annotations

from importer.journal.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
