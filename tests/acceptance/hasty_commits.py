"""The command, with commits that the database acknowledges before they are on its disk.

    python hasty_commits.py ARGUMENT...

That shows what it is for that they wait.
"""

from __future__ import annotations

import sys

from importer.cli import main
from importer.journal.postgres import connection

HASTY = "set_config('synchronous_commit', 'off', false)"

if __name__ == "__main__":
    waiting = connection._SET_UP
    connection._SET_UP = waiting[: waiting.index("CASE WHEN")] + HASTY
    sys.argv[0] = "importer"
    main()
