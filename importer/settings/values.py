"""All settings, flat, by the names that flags, environment and files use.

The descriptions and defaults here are the ones that the documentation and
`config/importer.toml` repeat. Invariant: nothing here reads anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from importer.models import OnExisting, OnOverlap, Rate
from importer.settings.notation import (
    ErrorLimitText,
    Pauses,
    RateText,
    RuleKeys,
    RuleWords,
    Seconds,
    SentFields,
)


class Values(BaseModel):
    """All settings, flat, by the names that flags, environment and files use."""

    model_config = ConfigDict(
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
    sheet: str = Field("", description="Sheet of a workbook; default the first")
    preset: str = Field(
        "auto", description="Whose columns they are; auto: told by the header"
    )
    mapping: Path | None = Field(None, description="TOML file for other columns")
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
