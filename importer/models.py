"""The nouns that travel through the program, from a row to its outcome.

Frozen values without behaviour beyond what they can say of themselves. They do no
I/O, know no stage and no library. Invariant: a value is complete when it is made;
a stage makes new ones and changes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Status(StrEnum):
    """Where a row stands. `DESIGN`: planned → sending → an outcome."""

    PLANNED = "planned"  # checked, not sent yet
    SENDING = "sending"  # a request may be under way; after a crash: unknown
    CREATED = "created"  # the API gave an id, or the list showed the collection
    UPDATED = "updated"  # an existing collection was changed
    EXISTING = "existing"  # was there before the run, left as it is
    DUPLICATE = "duplicate"  # an earlier row of the input has the same identity
    INVALID = "invalid"  # decided by the plan, never sent
    REJECTED = "rejected"  # the API refused this row
    FAILED = "failed"  # attempts used up, certainly not created
    UNKNOWN = "unknown"  # may have been created; settled before anything else
    NOT_ATTEMPTED = "not_attempted"  # the run stopped before it


#: States that a finished report may show, in the order in which they are shown.
FINAL_STATUSES = (
    Status.CREATED,
    Status.UPDATED,
    Status.EXISTING,
    Status.DUPLICATE,
    Status.INVALID,
    Status.REJECTED,
    Status.FAILED,
    Status.UNKNOWN,
    Status.NOT_ATTEMPTED,
)


class Code(StrEnum):
    """The stable codes of the report's `code` column."""

    # problems of a row, found by the check: status `invalid`
    ROW_TOO_SHORT = "row_too_short"
    ROW_TOO_LONG = "row_too_long"
    LOCATION_MISSING = "location_missing"
    LOCATION_INVALID = "location_invalid"
    NAME_MISSING = "name_missing"
    SLUG_MISSING = "slug_missing"
    SLUG_INVALID = "slug_invalid"
    TYPE_UNKNOWN = "type_unknown"
    TYPE_AMBIGUOUS = "type_ambiguous"
    PRODUCT_IDS_MISSING = "product_ids_missing"
    PRODUCT_ID_INVALID = "product_id_invalid"
    RULES_MISSING = "rules_missing"
    RULES_NOT_JSON = "rules_not_json"
    RULES_INVALID = "rules_invalid"
    IMAGE_NOT_A_URL = "image_not_a_url"
    COLLECTION_ID_INVALID = "collection_id_invalid"
    RULE_VERSION_INVALID = "rule_version_invalid"
    STATS_INVALID = "stats_invalid"
    # problems found by the plan
    DUPLICATE_IN_INPUT = "duplicate_in_input"  # status `duplicate`
    EXISTS_ALREADY = "exists_already"  # `--on-existing fail`: status `invalid`
    # remarks on a row that is carried out all the same
    SLUG_MADE = "slug_made"
    TYPE_INFERRED = "type_inferred"
    TYPE_DIFFERS = "type_differs"  # an update cannot change it
    EXISTS_TWICE = "exists_twice"  # the location holds the slug more than once
    SETTLED_BY_LISTING = "settled_by_listing"  # no clear answer; the list shows it
    MADE_BY_OTHERS = "made_by_others"  # appeared meanwhile, but is not this row's
    # answers of the API
    API_REFUSED = "api_400"
    API_NOT_FOUND = "api_404"
    API_UNPROCESSABLE = "api_422"
    ATTEMPTS_USED_UP = "attempts_used_up"
    OUTCOME_UNKNOWN = "outcome_unknown"
    # what an audit found
    MISSING_AT_SERVER = "missing_at_server"  # reported, but the list lacks it
    CREATED_TWICE = "created_twice"  # surplus copies that this run made
    CREATED_ALL_THE_SAME = "created_all_the_same"  # in spite of the answer
    SURPLUS_REMOVED = "surplus_removed"  # by `audit --repair`
    # why a row was not attempted
    ACCESS_REFUSED = "access_refused"
    RUN_STOPPED = "run_stopped"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in its file, as a spreadsheet shows it: the header is 1.

    `sheet` is empty for text files. `row_end` is the last row of a collection that
    spans several rows, else equal to `row`.
    """

    file: str
    sheet: str
    row: int
    row_end: int

    def __str__(self) -> str:
        """Say the place the way a person would look it up."""
        rows = f"row {self.row}"
        if self.row_end != self.row:
            rows = f"rows {self.row} to {self.row_end}"
        sheet = f", sheet {self.sheet}" if self.sheet else ""
        return f"{self.file}{sheet}, {rows}"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table, every cell as text, shape as the file has it."""

    place: Place
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet or text file: its header, and its rows as a stream read once.

    `ragged` says whether rows may differ in length from the header (text files);
    a workbook's rows are padded by the grid they live in.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    rows: Iterable[Row]
    ragged: bool = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a row: what, in which column, and what to write instead.

    `column` is the header as the file has it, empty where the whole row is meant;
    `value` is the offending cell, shortened to what fits a line.
    """

    code: Code
    message: str
    column: str = ""
    remedy: str = ""
    value: str = ""

    def __str__(self) -> str:
        """One sentence with the column in front and the way out behind."""
        column = f"{self.column}: " if self.column else ""
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{column}{self.message}{remedy}"


@dataclass(frozen=True, slots=True)
class Fields:
    """A row after mapping: text by the project's own field names, blanks left out.

    `columns` gives for each field the header it came from, so that a problem can
    name the column as the file does; it is shared by all rows of a table.
    """

    row: Row
    values: Mapping[str, str]
    columns: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


class CollectionType(StrEnum):
    """The two kinds of the API; permanent once created."""

    MANUAL = "manual"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Definition:
    """One collection as it shall be. Empty means: the row did not fill it."""

    location_id: str
    name: str
    slug: str
    type: CollectionType | None = None
    product_ids: tuple[str, ...] = ()
    rules: Mapping[str, Any] | None = None
    image: str = ""
    seo_title: str = ""
    seo_description: str = ""
    collection_id: str = ""
    rule_hash: str = ""
    rule_version: int | float | None = None
    stats: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Valid:
    """A row that passed the check, with remarks worth telling."""

    row: Row
    definition: Definition
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Invalid:
    """A row that did not pass, with everything wrong with it.

    `location_id`, `name` and `slug` are what the row says, for the report.
    """

    row: Row
    problems: tuple[Problem, ...]
    location_id: str = ""
    name: str = ""
    slug: str = ""


Checked = Valid | Invalid


@dataclass(frozen=True, slots=True)
class Existing:
    """A collection that a location holds, as its list shows it."""

    location_id: str
    collection_id: str
    slug: str
    name: str = ""
    type: str = ""
    image: str = ""
    seo_title: str = ""
    seo_description: str = ""


class OnExisting(StrEnum):
    """What the plan does with a row whose slug the location holds already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Create:
    """Send a POST."""


@dataclass(frozen=True, slots=True)
class Update:
    """Send a PUT, because these fields differ: name → (there, in the row)."""

    collection_id: str
    changes: Mapping[str, tuple[str, str]]
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """Send nothing: the collection is there, and as it shall be."""

    collection_id: str
    remarks: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuse:
    """Send nothing: the plan forbids it."""

    problem: Problem
    collection_id: str = ""


Action = Create | Update | Leave | Refuse


@dataclass(frozen=True, slots=True)
class Done:
    """The API did it. `collection_id` is empty where the answer named none."""

    collection_id: str
    http_status: int
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The API refused this row; sending it again changes nothing."""

    code: Code
    message: str
    http_status: int
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class NotProcessed:
    """The API certainly did nothing.

    `limited` marks a 429, which costs a wait and never an attempt.
    """

    reason: str
    limited: bool = False
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The API may or may not have done it."""

    reason: str
    http_status: int | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Barred:
    """The API refuses the caller, not the row: nothing more goes to this location.

    `patience` is how often in a row a call may be answered so before it counts.
    """

    message: str
    remedy: str
    http_status: int
    patience: int = 1


Verdict = Done | Rejected | NotProcessed | Ambiguous | Barred


@dataclass(frozen=True, slots=True)
class Job:
    """A row that is to be sent: what the journal hands to the execution.

    `type` is empty where the row has none; `body` is the JSON as it goes over the
    wire; `collection_id` is filled for an update and empty for a create; `attempts`
    counts requests that were made for it.
    """

    seq: int
    location_id: str
    name: str
    slug: str
    type: str
    body: bytes
    collection_id: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that was, or may have been, sent: what an audit and an undo start from.

    `body` is the JSON that went over the wire; `attempts` counts requests.
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


@dataclass(frozen=True, slots=True)
class Finding:
    """What an audit found out about a row, and the state that the row is in then.

    `surplus` are ids of further copies that this run made.
    """

    seq: int
    status: Status
    collection_id: str
    code: Code
    message: str
    surplus: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row: the part of a report line that sending decides.

    Times are seconds since the epoch, UTC. `seq` is the row's number in the journal.
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


@dataclass(frozen=True, slots=True)
class InputFile:
    """One table that was read: what `check --json` says under `files`."""

    file: str
    sheet: str
    preset: str
    rows: int
    columns_left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls made in a run, by what came of them."""

    made: int = 0
    refused: int = 0  # answered 429
    retried: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The end of a run in numbers: `summary.json`, and the table on the screen.

    `counts` has a key for every final status; `audited` is how many locations were
    compared with the report at the end. Times are seconds since the epoch.
    """

    run_id: str
    state: str  # finished | stopped
    exit_code: int
    files: tuple[InputFile, ...]
    counts: Mapping[str, int]
    locations: Mapping[str, Mapping[str, int]]
    calls: Calls
    started_at: float
    finished_at: float
    stopped_because: str = ""
    codes: Mapping[str, int] = field(default_factory=dict)
    audited: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment of a run, for whoever watches it.

    `rows_total` is None until the input was read to its end. Durations are seconds;
    `waiting_for` is a phrase ("the limit", "the daily quota") or empty.
    """

    phase: str  # reading | comparing | sending | settling | auditing | reporting
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
