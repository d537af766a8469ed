"""The exit codes of the command: a contract with schedulers.

What each means to a person stands in `codebook.exits`. Invariant: a number keeps its
meaning.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of the command, a contract with schedulers."""

    OK = 0  # every row created, updated or existing
    BUG = 1  # a traceback was written to the run's log
    USAGE = 2  # wrong flags or settings
    PROBLEMS = 3  # finished; some rows invalid, duplicate, rejected or failed
    ACCESS = 4  # token, scope or location refused
    INPUT = 5  # input unusable, nothing sent
    TOO_MANY_ERRORS = 6  # stopped by --max-errors, or a location by --early-stop
    UNKNOWN_ROWS = 7  # rows remain that may or may not have been created
    HELD = 8  # another run holds the location
    OUTDATED = 9  # input or location changed since the plan was made, nothing sent
    TIME = 10  # stopped by --max-duration or importer pause, resumable
    LEFT = 11  # --on-overlap skip left locations to another run, the rest is done
    PENDING = 12  # plan --detailed-exitcode: a run would send something
    STORAGE = 74  # the run folder cannot be written any more, resumable
    QUOTA = 75  # the day's quota is used, resumable
    INTERRUPTED = 130  # Ctrl-C, state saved
    TERMINATED = 143  # SIGTERM or SIGHUP, state saved
