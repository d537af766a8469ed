"""How far other processes are that send the rows of a run for this one.

What all of them say together while they work; what each has done in full is in its
results (`gathered`). For the display alone: no book is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Afar:
    """The sums of other processes, since this one began with the run."""

    #: rows that have their answer, bad ones among them, and calls
    done: int = 0
    bad: int = 0
    calls: int = 0
    #: how many processes work now
    working: int = 0
