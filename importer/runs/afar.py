"""How far other processes are that send the rows of a run for this one.

What all of them say together while they work; what each has done in full is in its
results (`gathered`). For the display alone: no book is made of it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.journal import Together


@dataclass(slots=True)
class Afar:
    """The sums of other processes, since this one began with the run."""

    #: rows that have their answer, bad ones among them, and calls
    done: int = 0
    bad: int = 0
    calls: int = 0
    #: rows that were refused when they were compared, before anything was sent
    refused: int = 0
    #: rows of the run by status, as the journal had them a moment ago; empty: not asked
    counts: Mapping[str, int] = field(default_factory=dict)
    #: how many processes work now
    working: int = 0
    #: when their sums last changed, monotonic, and what was done when sending began
    changed_at: float | None = None
    begun_with: int = 0
    #: what all had come to when this process began with the run
    first: Together | None = None

    def see(self, together: Together) -> None:
        """Take the sums of all processes, which may be a moment old."""
        first = self.first
        assert first is not None  # noqa: S101 - set before anything is handed out
        if together.calls - first.calls > self.calls:
            self.changed_at = time.monotonic()
        self.done = max(self.done, together.done - first.done)
        self.bad = max(self.bad, together.bad - first.bad)
        self.calls = max(self.calls, together.calls - first.calls)
