"""The JSON documents that the importer hands to other programs, as typed dicts.

One for each command with `--json`, for `summary.json`, `plan.json` and a line of
`run.log`. The JSON Schemas in this package are made of them, and every document that
the acceptance tests see is held against them. Invariant: within one number of `schema`
a key keeps its name, its type and its meaning; only new keys come.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

Counts = dict[str, int]


class UnknownColumn(TypedDict):
    """A column that is not read, and what it may be."""

    header: str
    nearest: str
    fields: list[str]
    matters: bool


class File(TypedDict):
    """A table of the input."""

    file: str
    sheet: str
    preset: str
    rows: int
    columns_left_out: list[str]
    columns_unknown: list[UnknownColumn]
    notes: list[str]
    skipped: Counts


class CheckedFile(File):
    """A table that was checked, and the headers by which it was recognised."""

    known_by: list[str]


class Cell(TypedDict):
    """A cell that a problem is about; `number` counts its column from 1."""

    row: int
    column: str
    number: int


class Problem(TypedDict):
    """What is wrong with a row."""

    file: str
    sheet: str
    row: int
    row_end: int
    status: str
    column: str
    code: str
    message: str
    remedy: str
    value: str
    variant: str
    parameters: dict[str, Any]
    cells: list[Cell]


class Check(TypedDict):
    """`check --json`."""

    schema: Literal[1]
    files: list[CheckedFile]
    collections: int
    counts: Counts
    remarks: Counts
    into: list[str]
    remarked: list[Problem]
    problems: list[Problem]


class Change(TypedDict):
    """A cell that was changed, or (without `after`) could not be."""

    file: str
    sheet: str
    row: int
    row_end: int
    column: str
    kind: str
    before: str
    after: NotRequired[str]


class Copy(TypedDict):
    """The corrected copy."""

    file: str
    columns: str
    columns_left_out: dict[str, list[str]]
    skipped: dict[str, Counts]
    files: list[CheckedFile]
    counts_before: Counts
    changed: Counts
    unmended: Counts


class Fix(Check):
    """`check --fix --json`: the check of the copy, and what was changed."""

    fix: Copy
    changes: list[Change]
    unmended: list[Change]


class NamedProduct(TypedDict):
    """A product that a cell names."""

    column: str
    value: str
    product_id: str | None


class Products(TypedDict):
    """The products that a row names."""

    file: str
    sheet: str
    row: int
    row_end: int
    location_id: str
    slug: str
    products: list[NamedProduct]


class Plan(TypedDict):
    """`plan --json`."""

    schema: Literal[1]
    sent: Literal[0]
    files: list[CheckedFile]
    locations: int
    create: int
    update: int
    existing: int
    invalid: int
    duplicate: int
    failed: int
    fields_left_out: list[str]
    not_compared: int
    calls: int
    seconds: float
    daily_share: float | None
    daily_left: int | None
    days: int | None
    canary: int
    calls_today: int | None
    slowest_location: str | None
    slowest_calls: int
    slowest_seconds: float
    processor_seconds: float
    workers: int
    workers_help: bool
    products_unseen: int
    stopped_because: str
    plan: str | None
    products: list[Products]


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


class Summary(TypedDict):
    """`summary.json`, and `run --json`."""

    schema: Literal[1]
    run_id: str
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
    started_at: str
    finished_at: str
    duration_seconds: float
    work_seconds: float
    between_seconds: float


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


class Resume(TypedDict):
    """`resume --json`: the summary; without an unfinished run `run_id` is null."""

    schema: Literal[1]
    run_id: str | None
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
    started_at: str | None
    finished_at: str | None
    duration_seconds: float
    work_seconds: float
    between_seconds: float
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


class Look(TypedDict):
    """One look of the doctor."""

    name: str
    location_id: str
    verdict: str
    code: str
    message: str
    remedy: str
    facts: dict[str, Any]


class Bundle(TypedDict):
    """The support bundle."""

    path: str
    holds: list[str]


class Doctor(TypedDict):
    """`doctor --json`."""

    schema: Literal[1]
    exit_code: int
    counts: Counts
    checks: list[Look]
    bundle: Bundle | None


class Explanation(TypedDict):
    """A code of a report, or an exit code."""

    code: str
    kind: str
    phrase: str
    cause: str
    example: dict[str, str] | str | None
    instead: dict[str, str] | None
    way_out: str


class Explain(Explanation):
    """`explain CODE --json`."""

    schema: Literal[1]


class Codes(TypedDict):
    """`explain --json`."""

    schema: Literal[1]
    codes: list[Explanation]


class Setting(TypedDict):
    """A setting, and where its value came from."""

    value: Any
    origin: str


class Config(TypedDict):
    """`config show --json`."""

    schema: Literal[1]
    settings: dict[str, Setting]


class Preset(TypedDict):
    """A kind of export."""

    name: str
    title: str
    requires: list[str]


class Presets(TypedDict):
    """`presets --json`."""

    schema: Literal[1]
    presets: list[Preset]


class Weighed(TypedDict):
    """How well a preset fits a header."""

    name: str
    title: str
    fits: bool
    found: list[str]
    missing: list[str]
    against: list[str]


class Recognised(TypedDict):
    """A table, and the presets from the likeliest on."""

    file: str
    sheet: str
    preset: str
    presets: list[Weighed]


class Recognition(TypedDict):
    """`presets FILE --json`."""

    schema: Literal[1]
    files: list[Recognised]


class Location(TypedDict):
    """A location of the locations file."""

    id: str
    name: str
    tags: list[str]
    token_from: str
    has_token: bool
    problem: str


class Locations(TypedDict):
    """`locations --json`."""

    schema: Literal[1]
    file: str
    locations: list[Location]


class Template(TypedDict):
    """`template --json`."""

    schema: Literal[1]
    file: str
    columns: list[str]
    location: str
    example_row: int


class DraftColumn(TypedDict):
    """A column of `map --json`."""

    column: int
    header: str
    field: str
    active: bool
    alike: float
    note: str
    samples: list[str]


class Draft(TypedDict):
    """`map --json`."""

    schema: Literal[1]
    file: str
    sheet: str
    header_row: int
    preset: str
    output: str
    columns: list[DraftColumn]
    mapping: str


class Selftest(TypedDict):
    """`selftest --json`."""

    schema: Literal[1]
    exit_code: int
    good: bool
    kept: str | None
    trials: list[dict[str, Any]]


class PlannedInput(TypedDict):
    """A file that a plan was made of."""

    path: str
    files: list[dict[str, Any]]


class PlannedTable(TypedDict):
    """A table that a plan was made of."""

    file: str
    sheet: str
    preset: str
    rows: int
    header: str


class PlannedRow(TypedDict):
    """What a plan says of a row."""

    file: str
    sheet: str
    row: int
    row_end: int
    location_id: str
    name: str
    slug: str
    action: str
    match: str | None
    changes: Any
    code: str
    reason: str
    cells: str
    content: str


class PlanFile(TypedDict):
    """`plan.json`."""

    kind: str
    schema: int
    program: str
    made_at: str
    settings: dict[str, Any]
    inputs: list[PlannedInput]
    tables: list[PlannedTable]
    counts: Counts
    forecast: dict[str, float | None]
    rows: list[PlannedRow]
    sha256: NotRequired[str]


class LogLine(TypedDict):
    """A line of `run.log`; which other keys there are depends on the event."""

    timestamp: str
    level: str
    event: str
    run_id: NotRequired[str]
    location: NotRequired[str]
    file: NotRequired[str]
    sheet: NotRequired[str]
    row: NotRequired[int]
    slug: NotRequired[str]


#: Every document by the name of its schema.
DOCUMENTS: dict[str, type] = {
    "audit": Audit,
    "check": Check,
    "codes": Codes,
    "config": Config,
    "doctor": Doctor,
    "error": Error,
    "explain": Explain,
    "fix": Fix,
    "locations": Locations,
    "log-line": LogLine,
    "map": Draft,
    "notice": Notice,
    "pause": Pause,
    "plan": Plan,
    "plan-file": PlanFile,
    "presets": Presets,
    "prune": Prune,
    "recognition": Recognition,
    "resume": Resume,
    "resume-all": ResumeAll,
    "runs": Runs,
    "selftest": Selftest,
    "settle": Settle,
    "status": Status,
    "summary": Summary,
    "template": Template,
    "undo": Undo,
}
