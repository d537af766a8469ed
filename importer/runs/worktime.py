"""How long processes worked on a run, apart from the time between a stop and a resume.

Each process notes when it began and, at its end, the sum so far. Of one that was killed
the last write to the run folder is taken for its end. Invariant: work is never longer
than the time from a run's start to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What the journal calls the sum of the processes that have ended, and the start of one
#: that has not.
WORKED, SINCE = "worked_seconds", "working_since"


def so_far(facts: Mapping[str, Any], written_at: float) -> float:
    """The seconds that processes have worked on a run.

    Args:
        facts: what the journal notes of the run.
        written_at: when the run last wrote anything, seconds since the epoch.
    """
    since = facts.get(SINCE)
    if since is not None:  # killed, or at work
        return float(facts.get(WORKED, 0.0) + max(0.0, written_at - since))
    if WORKED in facts:
        return float(facts[WORKED])
    # a run of an older version, in which only the whole is known
    ended = facts.get("finished_at", written_at)
    return float(max(0.0, ended - facts["started_at"]))
