"""What the commands of runs say as JSON, as typed dicts; `summary.json` is one of them.

For the promise to other programs see `documents`.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from importer.schemas.tables import Counts, File


class Calls(TypedDict):
    """How many calls were made."""

    made: int
    refused: int
    retried: int


class Window(TypedDict):
    """The fullest window of a location."""

    location_id: str
    calls: int
    limit: int | None


class Quota(TypedDict):
    """The scarcest quota of a location's day."""

    location_id: str
    left: int | None
    of: int | None


class Traffic(TypedDict):
    """How the calls of a location went."""

    location_id: str
    calls: int
    refused: int
    busiest_window: int
    limit: int | None
    quota_left: int | None


class Flight(TypedDict):
    """How the calls of a run went."""

    window_seconds: float
    busiest_window: Window | None
    quota: Quota | None
    latency_ms: dict[str, float | None]
    unanswered: int
    retries: Counts
    doubts: Counts
    worst_locations: list[Traffic]


class Audited(TypedDict):
    """What the look back found."""

    locations: int
    findings: Counts


class Canary(TypedDict):
    """The locations that go before all others, and whether that went well."""

    locations: list[str]
    passed: bool


class Figures(TypedDict):
    """What a run has come to, in its summary and after a `resume`."""

    schema: Literal[1]
    state: str
    exit_code: int
    stopped_because: str
    rows: int
    skipped: int
    counts: Counts
    codes: Counts
    locations: dict[str, Counts]
    location_names: dict[str, str]
    location_stops: dict[str, str]
    location_calls: Counts
    location_remarks: dict[str, dict[str, str]]
    canary: Canary | None
    files: list[File]
    calls: Calls
    flight: Flight
    events: Counts
    audit: Audited
    duration_seconds: float
    work_seconds: float
    between_seconds: float


class Summary(Figures):
    """`summary.json`, and `run --json`."""

    run_id: str
    started_at: str
    finished_at: str


class Notice(TypedDict):
    """What `notify_url` gets at the end of a run; `summary` is that of the run."""

    schema: Literal[1]
    event: str
    event_id: str
    sent_at: str
    run_id: str | None
    state: str
    exit_code: int
    text: str
    message: str
    remedy: str
    command: str
    summary: Summary | None


class Resume(Figures):
    """`resume --json`: the summary; without an unfinished run `run_id` is null."""

    run_id: str | None
    started_at: str | None
    finished_at: str | None
    message: NotRequired[str]


class ErrorSaid(TypedDict):
    """What is wrong, and what to do."""

    code: str
    message: str
    remedy: str


class Error(TypedDict):
    """What every command prints with `--json` where it could not do its work."""

    schema: Literal[1]
    exit_code: int
    error: ErrorSaid


class ResumedRun(TypedDict):
    """A run that was resumed; `summary` is null where it printed nothing."""

    run_id: str
    exit_code: int
    summary: Summary | Error | None


class ResumeAll(TypedDict):
    """`resume --all --json`, also where no run is unfinished."""

    schema: Literal[1]
    exit_code: int
    runs: list[ResumedRun]
    not_begun: list[str]
    unconfirmed: list[str]


class Audit(TypedDict):
    """`audit --json`."""

    schema: Literal[1]
    run_id: str
    locations: int
    findings: Counts
    removed: int
    undone: int
    failed: dict[str, str]


class Undo(TypedDict):
    """`undo --json`."""

    schema: Literal[1]
    dry_run: bool
    counts: Counts
    deleted_earlier: int
    unclear: int
    unseen_products: int
    failed: dict[str, str]


class Settle(TypedDict):
    """`settle --json`."""

    schema: Literal[1]
    run_id: str
    row: int
    location_id: str
    slug: str
    status: str
    collection_id: str
    unchecked: bool | str


class PastRun(TypedDict):
    """A run of the folder."""

    run_id: str
    path: str
    state: str
    started_at: float | None
    work_seconds: float | None
    between_seconds: float | None
    process: int | None
    exit_code: int | None
    inputs: list[str]
    counts: Counts | None
    problem: str


class Standing(TypedDict):
    """How far a run is; `process` is of the one that works on it since `since`."""

    run_id: str
    path: str
    state: str
    process: int | None
    since: float | None
    rows: int
    done: int
    left: int
    counts: Counts
    rate: float | None
    ends_at: float | None
    stopped_because: str
    exit_code: int | None
    canary: Canary | None
    parked: dict[str, float | None]


class AtLocation(TypedDict):
    """How far a run is at a location."""

    location_id: str
    name: str
    counts: Counts
    left: int
    problems: int
    stopped_because: str
    parked: bool
    parked_until: float | None


class TroubledRow(TypedDict):
    """A row with a problem, or without a clear answer."""

    file: str
    sheet: str
    row: int
    row_end: int
    location_id: str
    name: str
    slug: str
    status: str
    code: str
    message: str


class Status(TypedDict):
    """`status --json`; the last two keys are there where their flags are given."""

    schema: Literal[1]
    exit_code: int
    runs: list[Standing]
    unread: list[str]
    locations: NotRequired[list[AtLocation]]
    problems: NotRequired[list[TroubledRow]]


class Pause(TypedDict):
    """`pause --json`; `state` is null where nothing is left of the run."""

    schema: Literal[1]
    exit_code: int
    run_id: str
    answer: str
    process: int | None
    state: str | None


class Runs(TypedDict):
    """`runs --json`."""

    schema: Literal[1]
    exit_code: int
    runs: list[PastRun]


class OldRun(TypedDict):
    """A run that is old enough to be removed."""

    run_id: str
    whole: bool
    bytes: int
    removed: bool


class Prune(TypedDict):
    """`runs prune --json`."""

    schema: Literal[1]
    exit_code: int
    dry_run: bool
    runs: list[OldRun]
    bytes: int
    spared: dict[str, Any]
