"""Why rows were sent again, and why some were in doubt: counted by reason.

The reasons are few: a status, or what became of the connection. What a server says in
its own words is no reason here. Invariant: there are never more than `MOST` of a kind.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.models import Verdict

MOST = 40
OTHER = "other"
NOT_THERE = "looked for, and not there"
#: Events of rows that were sent again, those after a refusal by the limit apart.
RETRIES = frozenset({"row.retried", "row.absent"})
DOUBTS = frozenset({"row.unknown"})


@dataclass(slots=True)
class Setbacks:
    """What went wrong on the way to the answers."""

    retries: Counter[str] = field(default_factory=Counter)
    doubts: Counter[str] = field(default_factory=Counter)

    def saw(self, event: str, verdict: Verdict | None) -> None:
        """Count an event of a row, if it is one of these."""
        if event in RETRIES:
            _count(self.retries, reason(verdict))
        elif event in DOUBTS:
            _count(self.doubts, reason(verdict))


def reason(verdict: Verdict | None) -> str:
    """Why, in few words and without any of the server's."""
    if verdict is None:
        return NOT_THERE
    status: int | None = getattr(verdict, "http_status", None)
    if status:
        return f"HTTP {status}"
    return str(getattr(verdict, "reason", "") or "no connection to the server")


def _count(counts: Counter[str], why: str) -> None:
    counts[why if why in counts or len(counts) < MOST else OTHER] += 1
