"""All settings, flat, by the names that flags, environment and files use.

How people write durations, rates and limits is read here, for pydantic's validators; a
value that is one already passes. The descriptions and defaults are the ones that the
documentation and `config/importer.toml` repeat. Invariants: nothing here reads
anything; a text that is not understood is a `ValueError` which says what to write
instead.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from importer.errors import UsageError
from importer.models import ErrorLimit, OnExisting, OnOverlap, Rate
from importer.models.definitions import OPTIONAL_FIELDS, REQUIRED_FIELDS
from importer.settings import clusters, databases, lists

_KEYS = 3
_WHOLE = 100
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(value: object) -> object:
    """Read `30`, `30s`, `500ms`, `5m` or `2h` as seconds."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|)\s*", value.lower())
    if not found:
        msg = "write a duration such as 30s, 500ms, 5m or 2h"
        raise ValueError(msg)
    return float(found[1]) * _UNITS[found[2]]


def _rate(value: object) -> object:
    """Read `100/10s`, or `none` for no ceiling."""
    if value is None or isinstance(value, Rate):
        return value
    text = str(value).strip().lower()
    if text == "none":
        return None
    calls, _, seconds = text.partition("/")
    if not calls.isdigit() or int(calls) < 1 or not seconds:
        msg = "write a rate such as 100/10s, or none"
        raise ValueError(msg)
    if seconds in _UNITS:  # 10/s is 10/1s
        seconds = f"1{seconds}"
    duration = _seconds(seconds)
    if not isinstance(duration, float) or duration <= 0:
        msg = "write a rate such as 100/10s, or none"
        raise ValueError(msg)
    return Rate(int(calls), duration)


def _error_limit(value: object) -> object:
    """Read `20` or `5%`."""
    if value is None or isinstance(value, ErrorLimit):
        return value
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", str(value))
    if not found or not (found[2] or found[1].isdigit()):
        msg = "write a number of rows such as 20, or a share such as 5%"
        raise ValueError(msg)
    if found[2] and float(found[1]) > _WHOLE:
        msg = "write a share of at most 100%"
        raise ValueError(msg)
    if found[2]:
        return ErrorLimit(share=float(found[1]) / 100)
    return ErrorLimit(count=int(found[1]))


def _pauses(value: object) -> object:
    """Read `2,5,10` or a list, each a duration."""
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, list | tuple):
        return tuple(_seconds(part) for part in parts)
    return value


def _rule_keys(value: object) -> object:
    """Read `field,operator,value`, or a list."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    keys = tuple(str(part).strip() for part in parts)
    if len(keys) != len(set(keys) - {""}) or len(keys) != _KEYS:
        msg = "write three different keys such as field,operator,value"
        raise ValueError(msg)
    return keys


def _rule_words(value: object) -> object:
    """Read `price=PRICE,equals=eq`, or a table of these."""
    if isinstance(value, dict):
        return tuple((str(ours), str(theirs)) for ours, theirs in value.items())
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if not all(ours.strip() and theirs.strip() for ours, _, theirs in pairs):
        msg = "write words such as price=PRICE,equals=eq"
        raise ValueError(msg)
    return tuple((ours.strip(), theirs.strip()) for ours, _, theirs in pairs)


def _send_fields(value: object) -> object:
    """Read `-type,-rules`, `image,seo` or a list, as what is left out: `-type`, …."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        return value
    texts = [text for part in parts if (text := str(part).strip())]
    named = {_field(text.removeprefix("-")) for text in texts}
    without = [text.startswith("-") for text in texts]
    if texts and any(without) != all(without):
        msg = "write those that are sent (image,seo) or those that are not (-type)"
        raise ValueError(msg)
    if not all(without):
        named = set(OPTIONAL_FIELDS) - named
    elif always := sorted(named.intersection(REQUIRED_FIELDS)):
        msg = f"{always[0]} is always sent: there is no collection without it"
        raise ValueError(msg)
    return tuple(f"-{name}" for name in OPTIONAL_FIELDS if name in named)


def _field(text: str) -> str:
    """Return the API's name of a field that is written in any case, or as a column."""
    names = {name.lower(): name for name in (*OPTIONAL_FIELDS, *REQUIRED_FIELDS)}
    found = names.get(text.strip().replace("_", "").lower())
    if found is None:
        msg = f"there is no field {text!r}; there are {', '.join(OPTIONAL_FIELDS)}"
        raise ValueError(msg)
    return found


def _journal(value: object) -> object:
    """Read `postgresql://USER@HOST/DATABASE`; its password goes no further."""
    if not isinstance(value, str):
        return value
    try:
        return databases.public(value)
    except UsageError as wrong:
        raise ValueError(databases.reason_of(wrong)) from None


def _cluster(value: object) -> object:
    """Read `local:4`, `tls://HOST:PORT` or the path of a scheduler.json."""
    if isinstance(value, str) and value.strip():
        clusters.place(value)
        return value.strip()
    return "" if isinstance(value, str) else value


JournalAddress = Annotated[str, BeforeValidator(_journal)]
ClusterAddress = Annotated[str, BeforeValidator(_cluster)]
Columns = Annotated[tuple[str, ...], BeforeValidator(lists.columns)]
Into = Annotated[tuple[str, ...], BeforeValidator(lists.into)]
Where = Annotated[tuple[str, ...], BeforeValidator(lists.where)]
Canary = Annotated[tuple[str, ...], BeforeValidator(lists.canary)]
SentFields = Annotated[tuple[str, ...], BeforeValidator(_send_fields)]
Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0, allow_inf_nan=False)]
RateText = Annotated[Rate | None, BeforeValidator(_rate)]
ErrorLimitText = Annotated[ErrorLimit | None, BeforeValidator(_error_limit)]
Pauses = Annotated[
    tuple[Annotated[float, Field(ge=0)], ...],
    BeforeValidator(_pauses),
    Field(min_length=1),
]
RuleKeys = Annotated[tuple[str, str, str], BeforeValidator(_rule_keys)]
RuleWords = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_rule_words)]


class Values(BaseModel):
    """All settings, flat, by the names that flags, environment and files use."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        populate_by_name=True,
        validate_default=True,
    )

    token: SecretStr = Field(
        SecretStr(""), description="The location's token; HIGHLEVEL_TOKEN, never a flag"
    )
    token_file: Path | None = Field(None, description="A file that holds the token")
    locations_file: Path | None = Field(
        None, description="TOML file that lists locations, their names and tokens"
    )
    location_id: str = Field("", description="Location of rows that name none")
    into: Into = Field(
        (),
        description="Every row goes into each of these locations: all, names and ids "
        "(Berlin,Wien), or @FILE with one on each line",
    )
    where: Where = Field(
        (), description="Of these only the locations with a tag: tag=dental"
    )
    base_url: str = Field(
        "https://services.leadconnectorhq.com", description="Address of the API"
    )
    api_version: str = Field(
        "2021-07-28",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$",
        description="Sent as the header Version; HighLevel's own clients send v3",
    )
    insecure_http: bool = Field(
        default=False, description="Allow plain http to other machines"
    )
    runs_dir: Path = Field(Path("runs"), description="Folder that keeps the runs")
    journal: JournalAddress = Field(
        "",
        description="Database that keeps the journals, for several machines: "
        "postgresql://USER@HOST/DATABASE; default the folder of runs",
    )
    journal_file: Path | None = Field(
        None, description="A file that holds the address of that database"
    )
    cluster: ClusterAddress = Field(
        "",
        description="Processes that send, for a journal in a database: local:4, "
        "tls://HOST:PORT or a scheduler.json; default this process",
    )
    sheet: str = Field("", description="Sheet of a workbook; default the first")
    preset: str = Field(
        "auto", description="Whose columns they are; auto: told by the header"
    )
    mapping: Path | None = Field(None, description="TOML file for other columns")
    ignore_columns: Columns = Field(
        (), description="Columns that are left out on purpose: Shelf,Sort order"
    )
    encoding: str = Field("", description="Encoding of a text file; default detected")
    delimiter: str = Field("", description="Separator of a text file; default detected")
    limit: int | None = Field(None, ge=1, description="Read only so many rows")
    require_product_ids: bool = Field(
        default=True, description="A manual collection needs product ids"
    )
    strict_ids: bool = Field(default=True, description="Ids must be 24 hex digits")
    send_rule_metadata: bool = Field(
        default=False, description="Send rule_hash, rule_version and stats"
    )
    send_fields: SentFields = Field(
        (),
        description="Fields that requests leave out: -type,-rules; or the only ones "
        "that they have beside name and slug: image,seo",
    )
    smart_as_manual: bool = Field(
        default=False,
        description="Rules that HighLevel lacks make a collection manual, "
        "where its products are listed",
    )
    description_to_seo: bool = Field(
        default=False, description="A description fills in a blank seo_description"
    )
    category_path: Literal["", "name", "slug"] = Field(
        "", description="Names of parents go into the name or slug where names repeat"
    )
    collections_from: str = Field(
        "",
        description="Column of a product table that names collections, which are made "
        "of it",
    )
    skip_inactive: bool = Field(
        default=False,
        description="Collections that the shop does not show are left out",
    )
    store_language: str = Field(
        "", description="Of several languages or store views, the one that is read"
    )
    rule_keys: RuleKeys = Field(
        ("field", "operator", "value"),
        description="Keys of a condition in the JSON of rules",
    )
    rule_words: RuleWords = Field(
        (), description="Words of conditions in JSON: price=PRICE,equals=eq"
    )
    on_existing: OnExisting = Field(
        OnExisting.SKIP,
        description="What to do with collections that exist: skip, update or fail",
    )
    update_products: bool = Field(
        default=False,
        description="An update of what exists sends products and rules, too",
    )
    fresh: bool = Field(
        default=False,
        description="Believe the list at once, also where another run has just created",
    )
    rate: RateText = Field(
        Rate(100, 10.0), description="Ceiling for each location, or none"
    )
    max_rate: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        description="Calls a second of the whole process",
    )
    pace: Literal["burst", "even"] = Field(
        "burst", description="Use the window at once, or spread the calls evenly"
    )
    daily_reserve: float = Field(
        0.1, ge=0, lt=1, description="Share of the day's quota that is left to others"
    )
    wait_for_quota: bool = Field(
        default=False,
        description="Wait until the day's quota has been reset, instead of ending",
    )
    quota_look: Seconds = Field(
        3600.0, description="How often a waiting location looks, by the clock in UTC"
    )
    max_retry_after: Seconds = Field(
        3600.0,
        le=86_400.0,
        description="Longest pause after a refused call (429), whatever it asks for",
    )
    concurrency: int = Field(128, ge=1, le=1000, description="Requests in flight")
    timeout: Seconds = Field(30.0, description="For one call, from start to end")
    connect_timeout: Seconds = Field(10.0, description="For one connection")
    attempts: int = Field(5, ge=1, description="Requests for one row at the most")
    settle_pauses: Pauses = Field(
        (2.0, 5.0, 10.0),
        description="Pauses before each look for a row without a clear answer",
    )
    max_errors: ErrorLimitText = Field(
        None, description="Stop at so many bad rows, or such a share of all"
    )
    canary: Canary = Field(
        (),
        description="So many locations, or these, are sent and audited first; the "
        "others only if nothing went wrong, or less than max_errors",
    )
    early_stop: int = Field(
        20,
        ge=0,
        description="Stop a location whose first so many rows are refused for the same "
        "reason; 0: never",
    )
    audit: bool | None = Field(
        None,
        description="Compare all of the report with the server at the end (true), "
        "nothing (false), or where there is doubt (not set)",
    )
    accept_list: bool = Field(
        default=False,
        description="Take the list of a location as it is where none that is complete "
        "can be had",
    )
    max_duration: Seconds | None = Field(None, description="Stop after this time")
    on_overlap: OnOverlap = Field(
        OnOverlap.FAIL,
        description="What to do with locations that another run is working on: "
        "fail, wait or skip",
    )
    metrics_file: Path | None = Field(
        None,
        description="File of metrics that is kept up to date: .prom for node_exporter, "
        "else OpenMetrics",
    )
    traces: bool = Field(
        default=False, description="Send OpenTelemetry traces; needs the extra otel"
    )
    notify_url: SecretStr = Field(
        SecretStr(""),
        description="Address that is told how each run ended; never a flag",
    )
    notify_secret: SecretStr = Field(
        SecretStr(""), description="Secret that these notices are signed with"
    )
    language: Literal["en", "de", "es"] = Field(
        "en",
        description="Language of problems, remarks and reports: en, de or es",
    )
