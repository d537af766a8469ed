"""How large an execution is, and how far it has come: plain counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from importer.models import Status


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the input is and how much of it is bad already, for `--max-errors`."""

    rows: int = 0
    bad: int = 0
    proven: frozenset[str] = frozenset()


#: Where nobody says how large the input is.
UNKNOWN = Scale()


@dataclass(slots=True)
class Progress:
    """What happened so far, for whoever watches."""

    done: Counter[Status] = field(default_factory=Counter)
    doubtful: int = 0
    retried: int = 0

    @property
    def bad(self) -> int:
        """Rows that ended badly while they were sent."""
        bad = (Status.REJECTED, Status.FAILED, Status.INVALID)
        return sum(self.done[status] for status in bad)
