"""What `check`, `plan`, `map` and `--fix` say of tables, as typed dicts.

For the promise to other programs see `documents`.
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
