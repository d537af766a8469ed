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
    before, _, after = connection._SET_UP.partition("CASE WHEN current_setting")
    connection._SET_UP = before + HASTY + after.partition("END")[2]
    sys.argv[0] = "importer"
    main()
