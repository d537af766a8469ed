"""The JSON documents that the importer hands to other programs, as typed dicts.

One for each command with `--json`, for `summary.json`, `plan.json` and a line of
`run.log`. The JSON Schemas in this package are made of them, and every document that
the acceptance tests see is held against them. Invariant: within one number of `schema`
a key keeps its name, its type and its meaning; only new keys come.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from importer.schemas.runs import (
    Audit,
    Error,
    Notice,
    Pause,
    Prune,
    Resume,
    ResumeAll,
    Runs,
    Settle,
    Status,
    Summary,
    Undo,
)
from importer.schemas.tables import (
    Check,
    Counts,
    Draft,
    Fix,
    Plan,
    PlanFile,
    Recognition,
)


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


class Selftest(TypedDict):
    """`selftest --json`."""

    schema: Literal[1]
    exit_code: int
    good: bool
    kept: str | None
    trials: list[dict[str, Any]]


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
