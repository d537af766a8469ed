"""A journal on PostgreSQL: everything that it needs and another database would not.

Its addresses and connections, and the schema that all runs of a database share. It is
imported when an address says so, and psycopg with the first connection, so that who
keeps runs in a folder needs and waits for none of it.
"""
