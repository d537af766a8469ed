"""The books of a run: rows by status, location and code, and what a run has come to.

Counts in the journal, writes nothing, and names the exit code. Invariant: there is no
summary unless there are as many answers as rows (`report.account`).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer import flight, report
from importer.errors import FatalError, LeftToOthers
from importer.exit_codes import Exit
from importer.models import (
    FINAL_STATUSES,
    PROBLEMS,
    UNFINISHED,
    WRONG_AT_SERVER,
    Calls,
    Canary,
    Note,
    State,
    Status,
    Summary,
    UnknownColumn,
)
from importer.runs import worktime
from importer.runs.report_lines import SHOWN, answer, ending

if TYPE_CHECKING:
    from collections.abc import Mapping

    from importer.journal import Journal
    from importer.models import InputFile
    from importer.runs.folders import RunFolder


#: What a stop ends a run with that leaves the rest to a resume.
_LATER = frozenset({Exit.INTERRUPTED, Exit.TERMINATED, Exit.TIME})
#: The fact of a journal that has its canary.
CANARY = "canary"


def totals(by_location: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Count rows by final status, every status named."""
    sums = dict.fromkeys((status.value for status in FINAL_STATUSES), 0)
    for counts in by_location.values():
        for status, count in counts.items():
            sums[status] += count
    return sums


def by_location(journal: Journal) -> dict[str, dict[str, int]]:
    """Count rows by location and final status."""
    shown: dict[str, dict[str, int]] = {}
    for location, counts in journal.history.counts().items():
        mine = shown.setdefault(location, {})
        for name, count in counts.items():
            status = Status(name)
            final = SHOWN.get(status, status).value
            mine[final] = mine.get(final, 0) + count
    return shown


def counted_codes(journal: Journal, *, planned: bool = False) -> dict[str, int]:
    """Count rows by code, the most frequent first: all that is told of each.

    Args:
        journal: the run, or the plan.
        planned: whether lines are those of a plan: what it would send has no code.
    """
    facts, reason = journal.noted(), ending(journal)
    stops = facts.get("location_stops", {})
    counted: Counter[str] = Counter()
    for location, status, code, count in journal.history.codes():
        shown = code
        if not planned or (status is Status.PLANNED and location in stops):
            _, shown, _ = answer(reason, location, status, code, "")
        if shown:
            counted[shown] += count
    # a line shows one code, and its row may have others beside it
    for beside in facts.get("codes_beside", {}).values():
        counted.update(beside)
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def exit_code(
    counts: Mapping[str, int],
    stopped: FatalError | None,
    codes: Mapping[str, int] = MappingProxyType({}),
) -> Exit:
    """Return the exit code of a run that came to its end, or was stopped."""
    # what was left to another run hides nothing that went wrong in this one
    if stopped is not None and not isinstance(stopped, LeftToOthers):
        return stopped.exit_code
    # before the problems: unknown rows need a look before anything else is done with
    # them
    if counts[Status.UNKNOWN]:
        return Exit.UNKNOWN_ROWS
    found = any(codes.get(code) for code in WRONG_AT_SERVER)
    if found or any(counts[status] for status in PROBLEMS):
        return Exit.PROBLEMS
    return Exit.LEFT if stopped else Exit.OK


def summarize(
    journal: Journal,
    folder: RunFolder,
    stopped: FatalError | None,
    calls: Calls,
    audited: int = 0,
) -> Summary:
    """Balance the books.

    Raises:
        AccountingError: rows and answers differ in number.
    """
    facts = journal.noted()
    locations = by_location(journal)
    counts = totals(locations)
    # counted before anything is presented; a mismatch is a bug, and ends with 1
    report.account(journal.history.rows_in(), counts)
    codes = counted_codes(journal)
    left = any(counts[status] for status in UNFINISHED) or facts.get("unaudited")
    state = State.STOPPED if left else State.FINISHED
    if facts.get("state") == State.UNDONE:
        state = State.UNDONE
    if stopped is not None and stopped.exit_code in _LATER and not left:
        stopped = None  # it came when all was done
    return Summary(
        run_id=folder.run_id,
        state=state,
        exit_code=exit_code(counts, stopped, codes),
        files=_files(journal, facts),
        counts=counts,
        locations=locations,
        calls=calls,
        started_at=facts["started_at"],
        finished_at=time.time(),
        stopped_because=str(stopped or ""),
        codes=codes,
        audited=audited,
        canary=canary(facts),
    )


def canary(facts: Mapping[str, Any]) -> Canary | None:
    """Return the canary that a run has noted; None where it has none."""
    if not (noted := facts.get(CANARY)):
        return None
    wanted = tuple(noted["wanted"])
    return Canary(tuple(noted["locations"]), passed=noted["passed"], wanted=wanted)


def tables(journal: Journal) -> tuple[InputFile, ...]:
    """Return the tables that were read, each with what was noted of it."""
    return _files(journal, journal.noted())


def _files(journal: Journal, facts: Mapping[str, Any]) -> tuple[InputFile, ...]:
    """Return the tables that were read, each with what was noted of it."""
    notes, skipped = facts.get("notes", {}), facts.get("skipped", {})
    unknown = facts.get("unknown", {})
    return tuple(
        replace(
            file,
            notes=tuple(map(Note.read, notes.get(str(number), ()))),
            skipped=tuple(skipped.get(str(number), {}).items()),
            columns_unknown=tuple(
                UnknownColumn(header, nearest, tuple(fields), matters)
                for header, nearest, fields, matters in unknown.get(str(number), ())
            ),
        )
        for number, file in enumerate(journal.history.files())
    )


def stopped_by(journal: Journal) -> FatalError | None:
    """Return what had ended the run, as the journal has it."""
    facts = journal.noted()
    if not facts.get("stopped"):
        return None
    earlier = FatalError(facts["stopped"])
    earlier.exit_code = Exit(facts["exit_code"])
    return earlier


def remembered(journal: Journal, folder: RunFolder) -> Summary:
    """Return the summary that the run ended with; if it was killed, how it stands."""
    facts = journal.noted()
    calls = Calls(**facts.get("calls", {}))
    audited = facts.get("audited", 0)
    summary = summarize(journal, folder, stopped_by(journal), calls, audited)
    return replace(
        summary,
        exit_code=Exit(facts.get("exit_code", summary.exit_code)),
        finished_at=facts.get("finished_at", summary.finished_at),
        work_seconds=worktime.so_far(facts, folder.written_at),
        location_names=facts.get("location_names", {}),
        location_stops=facts.get("location_stops", {}),
        location_calls=facts.get("location_calls", {}),
        location_remarks=facts.get("location_remarks", {}),
        flight=flight.recalled(facts.get("flight", {})),
    )
