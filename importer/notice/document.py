"""What a notice says: how a run ended, as one JSON object.

Pure: what the run came to goes in, and what makes a notice this one (its id and time)
is passed in, too. Invariants: `schema` names the shape; within one number keys are
added, never renamed or removed; a run without a summary has the same keys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer import codebook, report, texts, wording
from importer.codebook import exits
from importer.exit_codes import Exit
from importer.models import FINAL_STATUSES, State

if TYPE_CHECKING:
    from importer.models import Summary

SCHEMA = 1

#: What a notice is about: the run is over, waits for its quota, was stopped, or
#: neither began nor left a summary.
FINISHED, PARKED, STOPPED, FAILED = (
    *("run.finished", "run.parked"),
    *("run.stopped", "run.failed"),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    `summary` is None where it ended without one, `run_id` is None where it did not come
    to have a name; `command` goes on with it and is empty where nothing is left.
    """

    run_id: str | None
    exit_code: Exit
    summary: Summary | None
    message: str = ""
    remedy: str = ""
    command: str = ""
    #: what it is about, where that is more than state and exit code say
    event: str = ""

    @property
    def state(self) -> str:
        """How the run is left."""
        return "failed" if self.summary is None else str(self.summary.state.value)

    @property
    def kind(self) -> str:
        """What the notice is about."""
        if self.event:
            return self.event
        if self.summary is None:
            return FAILED
        if self.summary.state is not State.STOPPED:
            return FINISHED
        return PARKED if self.exit_code == Exit.QUOTA else STOPPED


def document(ending: Ending, event_id: str, moment: float) -> dict[str, Any]:
    """Return the JSON object of schema 1.

    Args:
        ending: how the run ended.
        event_id: tells this notice from all others.
        moment: when it is sent, seconds since the epoch.
    """
    summary = ending.summary
    return {
        "schema": SCHEMA,
        "event": ending.kind,
        "event_id": event_id,
        "sent_at": report.iso(moment),
        "run_id": ending.run_id,
        "state": ending.state,
        "exit_code": int(ending.exit_code),
        "text": sentence(ending),
        "message": ending.message,
        "remedy": ending.remedy,
        "command": ending.command,
        "summary": None if summary is None else report.summary_document(summary),
    }


def body(found: dict[str, Any]) -> bytes:
    """Write the object as it is sent: in ASCII, so that no receiver changes a byte."""
    return json.dumps(found, separators=(",", ":")).encode("ascii")


def sentence(ending: Ending) -> str:
    """Say it in one line, for a chat."""
    name = f"Run {ending.run_id}" if ending.run_id else "A run"
    phrase = codebook.ALL[exits.name(ending.exit_code)].phrase
    parts = [f"{name}: {phrase} (exit {int(ending.exit_code)})."]
    if ending.summary is not None and (counted := _counted(ending.summary)):
        parts.append(f"{counted}.")
    parts += filter(None, (ending.message, ending.remedy))
    if ending.command and ending.command not in ending.remedy:
        parts.append(f"Go on with: {ending.command}")
    return texts.plain(" ".join(parts))


def _counted(summary: Summary) -> str:
    """Count the rows by what became of them."""
    counts = summary.counts
    return ", ".join(
        f"{wording.number(counts[status])} {status.value.replace('_', ' ')}"
        for status in FINAL_STATUSES
        if counts.get(status)
    )
