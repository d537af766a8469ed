"""Starts servers of the page that can be killed, each in a few hundredths of a second.

    python incubator.py FOLDER PORT

For each line that it reads it serves the folder in a process of its own, whose number
and address it prints. All is loaded before: a server of its own would take a second.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from importer import api
from importer.web import server


def _told(url: str) -> None:
    sys.stdout.write(f"{os.getpid()} {url}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve whenever a line is read."""
    loaded = (api.Settings, api.start, api.open, api.plan, api.list_runs)
    assert all(loaded)
    wishes = server.Wishes(Path(sys.argv[1]), port=int(sys.argv[2]), person="Anna")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those killed
    for _ in sys.stdin:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            server.serve(wishes, _told)
            os._exit(0)


if __name__ == "__main__":
    main()
