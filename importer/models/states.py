"""How far a run came, in one word.

What a journal notes, and what a list of runs says of those whose journal cannot say it.
Invariant: a word keeps its meaning, because journals and reports hold it.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """How far a run came; only the first five are noted, the others are told of it."""

    READING = "reading"  # the input is being read, or was when the process ended
    RUNNING = "running"  # being sent, or killed while it was
    STOPPED = "stopped"  # ended with rows that a resume would go on with
    FINISHED = "finished"  # nothing is left to do
    UNDONE = "undone"  # what it created was deleted again
    INTERRUPTED = "interrupted"  # the process that ran it has gone
    UNCONFIRMED = "unconfirmed"  # no person has said yes to its sending
    DAMAGED = "damaged"  # its journal cannot be read
    RETIRED = "retired"  # such a run that was given up
