"""What came of it: outcomes, findings, report lines, sums, and a moment of a run."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from itertools import repeat
from typing import TYPE_CHECKING, Any

from importer import wording
from importer.models.codes import Status
from importer.models.flight import Flight
from importer.models.frozen import dataclass
from importer.models.rows import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.exit_codes import Exit
    from importer.models.codes import Code, State
    from importer.models.definitions import InputFile


#: What stands between the sentences of a row that has several problems.
BETWEEN = " | "


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: the part of a report line that sending decides.

    Times are seconds since the epoch, UTC. `seq` is the row's number in the journal.
    `shown` is the collection as the server showed it, as a JSON object, and empty where
    that is what was sent.
    """

    seq: int
    status: Status
    collection_id: str = ""
    code: str = ""
    message: str = ""
    attempts: int = 0
    http_status: int | None = None
    trace_id: str = ""
    finished_at: float | None = None
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that was, or may have been, sent: what an audit and an undo start from.

    `body` is the JSON that went over the wire; `attempts` counts requests.
    `http_status` is that of the clear answer, None where none came. `started_at` is
    when its first request left and `finished_at` when its outcome was known, in seconds
    since the epoch by this machine's clock. `shown` is the collection as the server
    showed it, as a JSON object, and empty where that is what was sent.
    """

    seq: int
    location_id: str
    name: str
    slug: str
    type: str
    status: Status
    collection_id: str
    code: str
    attempts: int
    body: bytes = b""
    http_status: int | None = None
    started_at: float | None = None
    finished_at: float | None = None
    shown: str = ""

    def __repr__(self) -> str:
        """Say which collection it is on one line."""
        made = self.collection_id and f", {self.collection_id}"
        return f"<Sent {self.slug!r}: {self.status.value}{made}>"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an audit found out about a row, and the state that the row is in then.

    `surplus` are ids of further copies; `ours` says whether this run made them all. A
    `notice` only adds to what the report says: the row's state, id and code stay.
    """

    seq: int
    status: Status
    collection_id: str
    code: Code
    message: str
    surplus: tuple[str, ...] = ()
    ours: bool = True
    notice: bool = False


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One line of `report.csv`, and what `failed.csv` needs beside it.

    `cells` are the input's own cells and `header` its own header; `problem` is the
    sentence for people. Times are seconds since the epoch, UTC, or None.
    """

    place: Place
    location_id: str
    name: str
    slug: str
    status: Status
    collection_id: str = ""
    code: str = ""
    message: str = ""
    attempts: int = 0
    http_status: int | None = None
    trace_id: str = ""
    started_at: float | None = None
    finished_at: float | None = None
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Say which row it is and what became of it on one line."""
        told = self.collection_id or self.code
        return f"<ReportLine {self.place}: {self.status.value}{told and f', {told}'}>"


@dataclass(frozen=True, slots=True)
class MadeCollection:
    """A collection that a run created or changed, as its journal has it.

    `undo` is what an undo did with it, empty where none was. `changes` are the fields
    that an update changed, each with what was there when the run compared and what it
    wrote; they are empty for a new collection, and where the journal does not say.
    """

    place: Place
    location_id: str
    name: str
    slug: str
    collection_id: str
    code: str = ""
    undo: str = ""
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """Some lines of a report in their order, column by column.

    Each field has for every line what `ReportLine` or its `Place` has by that name, a
    status as its text; `header` and `cells` are empty where they were not asked for.
    What is done to a column costs a fraction of the same done line by line.
    """

    file: Sequence[str]
    sheet: Sequence[str]
    row: Sequence[int]
    row_end: Sequence[int]
    location_id: Sequence[str]
    name: Sequence[str]
    slug: Sequence[str]
    status: Sequence[str]
    collection_id: Sequence[str]
    code: Sequence[str]
    message: Sequence[str]
    attempts: Sequence[int]
    http_status: Sequence[int | None]
    trace_id: Sequence[str]
    started_at: Sequence[float | None]
    finished_at: Sequence[float | None]
    header: Sequence[tuple[str, ...]] = ()
    cells: Sequence[tuple[str, ...]] = ()

    def __iter__(self) -> Iterator[ReportLine]:
        """Yield the lines, each made when it is asked for."""
        return map(
            ReportLine,
            map(Place, self.file, self.sheet, self.row, self.row_end),
            self.location_id,
            self.name,
            self.slug,
            map(_STATUSES.__getitem__, self.status),
            self.collection_id,
            self.code,
            self.message,
            self.attempts,
            self.http_status,
            self.trace_id,
            self.started_at,
            self.finished_at,
            self.header or repeat(()),
            self.cells or repeat(()),
        )


#: States by their text: looking them up in the enum costs more than the line.
_STATUSES = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls made in a run, by what came of them."""

    made: int = 0
    refused: int = 0  # answered 429
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Canary:
    """The locations, by id, that are sent and audited before all others.

    `passed` says that this went well, so that the others follow; `wanted` is what the
    setting said.
    """

    locations: tuple[str, ...]
    passed: bool = False
    wanted: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in a sentence."""
        first = wording.counted(len(self.locations), "location")
        if self.passed:
            return f"The canary of {first} went well."
        return f"The canary of {first} has not passed yet; the others wait for it."

    def chosen_by(self, wanted: Sequence[str]) -> bool:
        """Return whether it is what a setting asks for."""
        return self.wanted == tuple(wanted)

    def fine(self) -> Canary:
        """Return it as one that went well."""
        return Canary(self.locations, passed=True, wanted=self.wanted)

    def document(self) -> dict[str, Any]:
        """Return it as other programs are told it."""
        return {"locations": list(self.locations), "passed": self.passed}

    def noted(self) -> dict[str, Any]:
        """Return it as a journal keeps it."""
        return {**self.document(), "wanted": list(self.wanted)}


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run in numbers: `summary.json`, and the table on the screen.

    `counts` has a key for every final status; `audited` is how many locations were
    compared with the report at the end. Of the locations that are there, by id:
    `location_names` of those that are listed with one, `location_stops` why one was
    left before all was done, `location_calls` the calls made, `location_remarks` what
    is remarkable about its list, by code. `flight` is how the calls
    went, `events` counts what happened to rows on the way: by event, and by event and
    reason. Times are seconds since the epoch; `work_seconds` is how long processes
    worked on the run, None where it was not measured. `canary` are the locations that
    went before all others, None where none did.
    """

    run_id: str
    state: State  # finished, stopped or undone
    exit_code: Exit
    files: tuple[InputFile, ...]
    counts: Mapping[str, int]
    locations: Mapping[str, Mapping[str, int]]
    calls: Calls
    started_at: float
    finished_at: float
    stopped_because: str = ""
    codes: Mapping[str, int] = field(default_factory=dict)
    audited: int = 0
    location_names: Mapping[str, str] = field(default_factory=dict)
    location_stops: Mapping[str, str] = field(default_factory=dict)
    location_calls: Mapping[str, int] = field(default_factory=dict)
    location_remarks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    flight: Flight = field(default_factory=Flight)
    events: Mapping[str, int] = field(default_factory=dict)
    work_seconds: float | None = None
    canary: Canary | None = None

    def __repr__(self) -> str:
        """Say what it came to on one short line."""
        counted = ", ".join(f"{n:,} {name}" for name, n in self.counts.items() if n)
        return f"<Summary {self.run_id}: {self.state.value}, {counted or 'no rows'}>"

    @property
    def between_seconds(self) -> float:
        """The time in which no process worked on the run: from a stop to a resume."""
        if self.work_seconds is None:
            return 0.0
        return time_between(self.started_at, self.finished_at, self.work_seconds)


def time_between(started_at: float, finished_at: float, work_seconds: float) -> float:
    """Return the seconds of a run that were no work; both together make the whole."""
    whole = round(finished_at - started_at, 3)
    return max(0.0, round(whole - round(work_seconds, 3), 3))


class Wait(StrEnum):
    """What a run, or a location of it, waits for."""

    QUOTA = "quota"  # the calls of the day are used up
    LIMIT = "limit"  # the window has no call left
    PAUSE = "pause"  # HighLevel refused a call, for a while
    RUN = "run"  # another run works on the same location
    RETRY = "retry"  # a call is tried again
    ANSWER = "answer"  # a call has no clear answer yet
    LIST = "list"  # a list has to show what was sent


@dataclass(frozen=True, slots=True)
class Lagging:
    """A location that is not done: rows done and to do, and what it waits for.

    `name` is its id where it has none; `waiting_seconds` is None where it waits for
    nothing, or it is unknown how long; `seconds_left` the least that its limit allows.
    """

    name: str
    done: int
    rows: int
    waiting_for: str = ""
    waiting_seconds: float | None = None
    seconds_left: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a run, as it is watched.

    `rows_total` is None until the input was read to its end. Durations are seconds;
    `waiting` says what it waits for (`quota`, `limit`, `pause`, `run`, `retry`,
    `answer`, `list`), None where it does not wait; `waiting_for` is the same as a
    phrase, or empty, and `waiting_seconds` how much longer, None where it is not known.
    The age of the last answer counts from the first call where none came (`answered` is
    False then). `trouble` is what last went wrong with a call; `time_unknown` is set
    while it cannot be known how long it takes. `counts` are rows by status, as
    far as they have one; `slowest` those locations that will be done last.
    `rows_to_send` is None until all is compared; `rows_sent` are those of them that
    have their answer, in this process.
    """

    #: reading | comparing | asking | sending | settling | auditing | reporting
    phase: str
    rows_read: int = 0
    rows_total: int | None = None
    rows_done: int = 0
    problems: int = 0
    unknown: int = 0
    calls: int = 0
    refused: int = 0
    retried: int = 0
    calls_left: int | None = None  # in the window now, summed over locations
    calls_max: int | None = None
    locations: int = 0
    elapsed_seconds: float = 0.0
    seconds_left: float | None = None
    waiting_for: str = ""
    last_answer_age_seconds: float | None = None
    waiting_seconds: float | None = None
    answered: bool = True
    trouble: str = ""
    trouble_age_seconds: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    locations_done: int | None = None
    in_flight: int = 0
    time_unknown: bool = False
    slowest: tuple[Lagging, ...] = ()
    rows_to_send: int | None = None
    rows_sent: int = 0
    waiting: Wait | None = None

    def __str__(self) -> str:
        """Say how far it is on a short line."""
        parts = [self.phase]
        if self.rows_to_send is None:
            parts.append(f"{self.rows_read:,} rows read")
        else:
            parts.append(f"{self.rows_sent:,} of {self.rows_to_send:,} rows sent")
        if self.problems:
            parts.append(f"{self.problems:,} with a problem")
        if self.waiting_for:
            parts.append(f"waiting for {self.waiting_for}")
        return ", ".join(parts)

    def __repr__(self) -> str:
        """Say it with the kind of thing that it is."""
        return f"<Snapshot: {self}>"
