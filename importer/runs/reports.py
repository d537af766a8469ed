"""The end of a run: the books are balanced and the answers written.

Reads the journal, writes the run folder, and names the exit code. Invariant: no
report is presented unless there are as many answers as rows (`report.account`).
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from importer import flight, report, sentences
from importer.errors import LIST_REMEDY, FatalError, LeftToOthers, UsageError
from importer.exit_codes import Exit
from importer.intake import recalled
from importer.models import (
    FINAL_STATUSES,
    PROBLEMS,
    UNFINISHED,
    WRONG_AT_SERVER,
    Calls,
    Canary,
    Code,
    State,
    Status,
    Summary,
    UnknownColumn,
)
from importer.report import retold
from importer.runs import loader, originals, worktime
from importer.runs.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.journal import Journal
    from importer.models import InputFile, ReportBlock, ReportLine
    from importer.runs.folders import RunFolder
    from importer.sentences import Language

#: How a row that was left in the middle is shown.
SHOWN = {Status.PLANNED: Status.NOT_ATTEMPTED, Status.SENDING: Status.UNKNOWN}
#: States that the journal does not show as they are, or without a reason.
_LEFT = frozenset({*SHOWN, Status.NOT_ATTEMPTED})
#: What a stop ends a run with that leaves the rest to a resume.
_LATER = frozenset({Exit.INTERRUPTED, Exit.TERMINATED, Exit.TIME})
#: Why a location was left whose day is over.
QUOTA = sentences.text("outcome/quota")
#: What helps a row whose location was stopped early.
ALIKE_REMEDY = "See send_fields and early_stop: importer explain refused_alike"
#: The fact of a journal that has its canary.
CANARY = "canary"
#: The reports that every run writes; the others are written on request.
ALWAYS = ("csv",)
#: The reports for people: the run as a page, and the input with its answers.
PAGE, WORKBOOK = "html", "xlsx"


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
                _, code, _ = _answer(reason, line.location_id, Status.PLANNED, "", "")
                text = sentences.text("outcome/not_compared", reason=words)
                status = Status.NOT_ATTEMPTED
                yield replace(line, status=status, code=code, message=text)
            else:
                yield line


def _shown(block: ReportBlock, ending: Ending) -> ReportBlock:
    """Return a block that has rows which were left in the middle."""
    answers = [
        _answer(ending, location, Status(status), code, message)
        for location, status, code, message in zip(
            block.location_id, block.status, block.code, block.message, strict=True
        )
    ]
    status, code, message = zip(*answers, strict=True)
    return replace(block, status=status, code=code, message=message)


def _answer(
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
            _, shown, _ = _answer(reason, location, status, code, "")
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
            notes=tuple(notes.get(str(number), ())),
            skipped=tuple(skipped.get(str(number), {}).items()),
            columns_unknown=tuple(
                UnknownColumn(header, nearest, tuple(fields), matters)
                for header, nearest, fields, matters in unknown.get(str(number), ())
            ),
        )
        for number, file in enumerate(journal.history.files())
    )


def formats(text: str) -> list[str]:
    """Return the formats of a list such as `csv,xlsx`.

    Raises:
        UsageError: there is no such format.
    """
    known = (*report.FORMATS, WORKBOOK, PAGE)
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names or [text]:
        if name not in known:
            msg = f"There is no report format {name!r}."
            raise UsageError(msg, remedy="Write one of: " + ", ".join(known))
    return names


def write(
    journal: Journal,
    folder: RunFolder,
    formats: Sequence[str] = ALWAYS,
    counts: Mapping[str, int] | None = None,
    language: Language | None = None,
) -> None:
    """Write the reports of a run.

    Args:
        journal: where the rows are.
        folder: where the files go.
        formats: of the report.
        counts: rows by status, where they are known: a look at all rows less.
        language: that rows are told in; without one that of the run.

    Raises:
        StorageError: a file cannot be written; the journal still has everything.
    """
    reason = ending(journal)
    facts = journal.noted()
    bad = counts is None or any(counts[status] for status in PROBLEMS)
    # who works in a spreadsheet goes on in one
    if bad and WORKBOOK not in formats and _is_wanted_as_workbook(journal, counts):
        formats = (*formats, WORKBOOK)
    for name in formats:
        path = folder.path / f"report.{name}"
        if name == PAGE:
            write_page(journal, folder, remembered(journal, folder), language)
        elif name == WORKBOOK:
            from importer.runs import annotation  # noqa: PLC0415 - rarely wanted

            spread = Spread(facts, journal.history.files())
            told = lines(journal, reason, language)
            annotation.write(path, journal, spread.located(told))
        else:
            report.FORMATS[name](path, blocks(journal, reason, language=language))
    written_as = _written_as(journal, facts)
    found = originals.lines(journal, facts) if bad else ()
    told_in = language or spoken(journal)
    failed = report.write_failed(
        folder.path, retold.lines(found, told_in), written_as, told_in
    )
    if failed or (folder.path / f"report.{WORKBOOK}").exists():
        encodings = {encoding for encoding, _ in written_as.values()}
        kept = {name for name in encodings if not name.startswith("utf-")}
        recalled.write(folder.path, facts.get("settings", {}), kept if failed else ())


def _is_wanted_as_workbook(journal: Journal, counts: Mapping[str, int] | None) -> bool:
    """Return whether a row is to be fixed that came from a workbook."""
    # one of collections that were made of products has not their columns, and one whose
    # rows went into many locations has each of them as often
    facts = journal.noted()
    others = {*facts.get(loader.MADE_OF, {}), *facts.get(loader.SPREAD, {})}
    files = enumerate(journal.history.files())
    if not any(file.sheet and str(number) not in others for number, file in files):
        return False
    if counts is None:
        counts = totals(by_location(journal))
    return any(counts[status] for status in PROBLEMS)


def _written_as(
    journal: Journal, facts: Mapping[str, Any]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return encoding and separator of the texts that are written otherwise."""
    noted = facts.get("written", {})
    return {
        (file.file, file.sheet): (
            _writable(noted[str(number)][0]),
            noted[str(number)][1],
        )
        for number, file in enumerate(journal.history.files())
        if noted.get(str(number))
    }


def _writable(encoding: str) -> str:
    """Return the encoding that says by a mark which one it is, where there is one."""
    if encoding.startswith("utf-16"):
        return "utf-16"
    return "utf-8-sig" if encoding.startswith(("utf-8", "utf-32")) else encoding


def write_page(
    journal: Journal,
    folder: RunFolder,
    summary: Summary,
    language: Language | None = None,
) -> None:
    """Write the flight record of a run.

    Raises:
        StorageError: it cannot be written.
    """
    from importer.report import page  # noqa: PLC0415 - a check has no page

    counts, codes = summary.counts, summary.codes
    troubled = any(counts[status] for status in (*PROBLEMS, Status.UNKNOWN))
    troubled = troubled or any(codes.get(code) for code in WRONG_AT_SERVER)
    found = troubles(journal, language) if troubled else ()
    made = page.kept(
        *(
            journal.made.collections(status, page.KEPT) if counts[status] else ()
            for status in (Status.CREATED, Status.UPDATED)
        )
    )
    page.write_page(folder.path / f"report.{PAGE}", summary, found, made)


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
