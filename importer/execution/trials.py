"""The first answers of a location: whether it refuses every row for the same reason.

A field that the API does not take would have a million rows refused, one by one. So a
location has a trial: until a row is created, no more rows are under way than could
still end it, and where the first answers are one and the same refusal it ends there.
Invariants: whatever was created ends the trial for good, and costs nothing from then
on; an answer that says nothing of the row (429, 5xx, 401) is no answer here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.errors import RefusedAlike
from importer.execution.lanes import Trial
from importer.models import Code
from importer.models.definitions import OPTIONAL_FIELDS

if TYPE_CHECKING:
    from importer.execution.lanes import Try
    from importer.execution.turns import Turns
    from importer.models import Rejected

#: Letters of a reason that are told.
LONGEST_REASON = 200


class Trials:
    """The trials of all locations, and what has come of them."""

    def __init__(self, turns: Turns, answers: int) -> None:
        """Begin one where `begin` says so; it takes so many `answers`, 0 for none."""
        self._turns = turns
        self._answers = answers
        #: locations that were stopped, and why
        self.stopped: dict[str, RefusedAlike] = {}

    def begin(self, proven: frozenset[str]) -> None:
        """Try every location but those in which something was created before."""
        if self._answers:
            for location, lane in self._turns.lanes.items():
                if location not in proven:
                    lane.trial = Trial(self._answers)

    def refused(self, attempt: Try, refusal: Rejected) -> bool:
        """Take in that a row was refused; True where that stops its location."""
        lane = attempt.lane
        trial = lane.trial
        if trial is None:
            return False
        alike = trial.refuse(attempt.job, refusal)
        # a conflict means that rows like it were created once, and a different reason
        # means that it is the row's own: either ends the trial
        if refusal.code is Code.API_CONFLICT or not alike:
            lane.trial = None
        if lane.trial is None or trial.left:
            return False
        lane.trial = None
        # nothing would be saved by stopping, and the row's own refusal says it all
        if not self._turns.left(lane):  # it was the last row
            return False
        location = lane.location_id
        self.stopped[location] = _why(location, self._answers, attempt, refusal)
        self._turns.close(lane)
        return True


def _why(location: str, answers: int, attempt: Try, refusal: Rejected) -> RefusedAlike:
    reason = refusal.message[:LONGEST_REASON].rstrip(".")
    # only fields that this row has sent can be left out; a message may name any word
    names = [
        name
        for name in OPTIONAL_FIELDS
        if re.search(rf"\b{name}\b", refusal.message)
        and f'"{name}":'.encode() in attempt.job.body
    ]
    leave_out = ",".join(f"-{name}" for name in names or ["FIELD"])
    rows = "the first row" if answers == 1 else f"each of the first {answers} rows"
    return RefusedAlike(
        f"Location {location}: HighLevel refused {rows} for the same reason and "
        f"created none (HTTP {refusal.http_status}: {reason}).",
        remedy="If it does not take a field, run the file again with "
        f"--send-fields={leave_out} (setting send_fields). If the rows are wrong, "
        "correct them: they are in failed.csv. If the others may be better, go on with "
        "importer resume --early-stop 0 (setting early_stop).",
    )
