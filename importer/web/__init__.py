"""A page for people without a terminal: `importer web`.

Plain forms over the verbs of `importer.api`, served to this computer alone. It reads no
file, judges no row and sends nothing itself. Invariants: what was shown is done, or
nothing is; a run goes on without the page; no token leaves the server.
"""
