"""The lines of the reports: every row with what became of it, as it is shown.

Reads the journal and says what it does not: why a row that was left in the middle was
not sent. Invariant: every row of the input has one line, in input order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer import sentences
from importer.errors import LIST_REMEDY
from importer.models import (
    PROBLEMS,
    WRONG_AT_SERVER,
    Code,
    Status,
)
from importer.report import retold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.journal import Journal
    from importer.models import ReportBlock, ReportLine
    from importer.sentences import Language


#: How a row that was left in the middle is shown.
SHOWN = {Status.PLANNED: Status.NOT_ATTEMPTED, Status.SENDING: Status.UNKNOWN}
#: States that the journal does not show as they are, or without a reason.
_LEFT = frozenset({*SHOWN, Status.NOT_ATTEMPTED})
#: Why a location was left whose day is over.
QUOTA = sentences.text("outcome/quota")
#: What helps a row whose location was stopped early.
ALIKE_REMEDY = "See send_fields and early_stop: importer explain refused_alike"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a run ended before everything was done: for all rows, or by location."""

    stopped: str = ""
    barred: Mapping[str, str] | None = None
    parked: frozenset[str] = frozenset()
    held: Mapping[str, str] | None = None
    unlisted: Mapping[str, str] | None = None
    alike: Mapping[str, str] | None = None


def spoken(journal: Journal) -> Language:
    """Return the language that a run is told in; one of before had English."""
    return sentences.named(journal.noted().get("language", sentences.ENGLISH.code))


def troubles(
    journal: Journal, language: Language | None = None
) -> Iterator[ReportLine]:
    """Return the rows to look at, and those that a resume would go on with.

    Args:
        journal: of the run.
        language: that they are told in; without one that of the run.
    """
    found = journal.history.lines(*PROBLEMS, Status.UNKNOWN, codes=WRONG_AT_SERVER)
    return retold.lines(found, language or spoken(journal))


def lines(
    journal: Journal, ending: Ending, language: Language | None = None
) -> Iterator[ReportLine]:
    """Yield every row as the report shows it, in input order, with its cells."""
    for block in blocks(journal, ending, cells=True, language=language):
        yield from block


def blocks(
    journal: Journal,
    ending: Ending,
    *,
    cells: bool = False,
    location: str | None = None,
    language: Language | None = None,
) -> Iterator[ReportBlock]:
    """Yield them, or those of a location, in blocks, with the cells or without."""
    told_in = language or spoken(journal)
    for block in journal.history.blocks(cells=cells, location=location):
        # most blocks have no such row, and are handed on untouched
        shown = block if _LEFT.isdisjoint(block.status) else _shown(block, ending)
        yield retold.block(shown, told_in)


def foreseen(journal: Journal) -> Iterator[ReportLine]:
    """Yield every row with what would become of it, in the language of the plan.

    A row of a location that could not be compared is not attempted: whether it would
    be created is not known.
    """
    return retold.lines(_foreseen(journal), spoken(journal))


def _foreseen(journal: Journal) -> Iterator[ReportLine]:
    """Yield them in input order, with their cells, as the journal has them."""
    stops: Mapping[str, str] = journal.noted().get("location_stops", {})
    reason = ending(journal)
    for block in journal.history.blocks(cells=True):
        for line in block:
            if line.status == Status.PLANNED and (words := stops.get(line.location_id)):
                _, code, _ = answer(reason, line.location_id, Status.PLANNED, "", "")
                text = sentences.text("outcome/not_compared", reason=words)
                status = Status.NOT_ATTEMPTED
                yield replace(line, status=status, code=code, message=text)
            else:
                yield line


def _shown(block: ReportBlock, ending: Ending) -> ReportBlock:
    """Return a block that has rows which were left in the middle."""
    answers = [
        answer(ending, location, Status(status), code, message)
        for location, status, code, message in zip(
            block.location_id, block.status, block.code, block.message, strict=True
        )
    ]
    status, code, message = zip(*answers, strict=True)
    return replace(block, status=status, code=code, message=message)


def answer(
    ending: Ending, location: str, status: Status, code: str, message: str
) -> tuple[str, str, str]:
    """Return status, code and message of a row as they are shown."""
    status = SHOWN.get(status, status)
    if status is not Status.NOT_ATTEMPTED:
        return status.value, code, message
    code, reason = Code.RUN_STOPPED.value, ending.stopped
    barred, held = ending.barred or {}, ending.held or {}
    unlisted, alike = ending.unlisted or {}, ending.alike or {}
    # from the most particular reason to the most general one
    if location in barred:
        code, reason = Code.ACCESS_REFUSED.value, barred[location]
    elif location in unlisted:
        code = Code.LIST_INCOMPLETE.value
        reason = f"{unlisted[location]} {LIST_REMEDY}"
    elif location in alike:
        code = Code.REFUSED_ALIKE.value
        reason = f"{alike[location]} {ALIKE_REMEDY}"
    elif location in held:
        reason = held[location]
    elif location in ending.parked:
        reason = QUOTA  # not what ended another location
    key = "outcome/not_sent_because" if reason else "outcome/not_sent"
    return status.value, code, sentences.text(key, reason=reason)


def ending(journal: Journal) -> Ending:
    """Return how the run ended, as the journal has it."""
    facts = journal.noted()
    return Ending(
        facts.get("stopped", ""),
        facts.get("barred", {}),
        frozenset(facts.get("parked", ())),
        facts.get("held", {}),
        facts.get("unlisted", {}),
        facts.get("alike", {}),
    )
