"""The settings by their names, for type checkers.

Made by `make docs-reference` from `importer.settings.values`; changes belong there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

from importer.models import ErrorLimit, OnExisting, OnOverlap, Rate


class RunSettings(TypedDict, total=False):
    """Every setting; what is None, or is left out, counts as not given."""

    token: str | None
    """The location's token; HIGHLEVEL_TOKEN, never a flag."""

    token_file: Path | str | None
    """A file that holds the token."""

    locations_file: Path | str | None
    """TOML file that lists locations, their names and tokens."""

    location_id: str | None
    """Location of rows that name none."""

    into: str | list[str] | tuple[str, ...] | None
    """Every row goes into each of these locations: all, names and ids (Berlin,Wien), or
    @FILE with one on each line."""

    where: str | list[str] | tuple[str, ...] | None
    """Of these only the locations with a tag: tag=dental."""

    base_url: str | None
    """Address of the API."""

    api_version: str | None
    """Sent as the header Version; HighLevel's own clients send v3."""

    insecure_http: bool | None
    """Allow plain http to other machines."""

    runs_dir: Path | str | None
    """Folder that keeps the runs."""

    journal: str | None
    """Database that keeps the journals, for several machines:
    postgresql://USER@HOST/DATABASE; default the folder of runs."""

    journal_file: Path | str | None
    """A file that holds the address of that database."""

    cluster: str | None
    """Processes that send, for a journal in a database: local:4, tls://HOST:PORT or a
    scheduler.json; default this process."""

    sheet: str | None
    """Sheet of a workbook; default the first."""

    preset: str | None
    """Whose columns they are; auto: told by the header."""

    mapping: Path | str | None
    """TOML file for other columns."""

    ignore_columns: str | list[str] | tuple[str, ...] | None
    """Columns that are left out on purpose: Shelf,Sort order."""

    encoding: str | None
    """Encoding of a text file; default detected."""

    delimiter: str | None
    """Separator of a text file; default detected."""

    limit: int | None
    """Read only so many rows."""

    require_product_ids: bool | None
    """A manual collection needs product ids."""

    strict_ids: bool | None
    """Ids must be 24 hex digits."""

    send_rule_metadata: bool | None
    """Send rule_hash, rule_version and stats."""

    send_fields: str | list[str] | tuple[str, ...] | None
    """Fields that requests leave out: -type,-rules; or the only ones that they have
    beside name and slug: image,seo."""

    smart_as_manual: bool | None
    """Rules that HighLevel lacks make a collection manual, where its products are
    listed."""

    description_to_seo: bool | None
    """A description fills in a blank seo_description."""

    category_path: Literal["", "name", "slug"] | None
    """Names of parents go into the name or slug where names repeat."""

    collections_from: str | None
    """Column of a product table that names collections, which are made of it."""

    skip_inactive: bool | None
    """Collections that the shop does not show are left out."""

    store_language: str | None
    """Of several languages or store views, the one that is read."""

    rule_keys: str | list[str] | tuple[str, str, str] | None
    """Keys of a condition in the JSON of rules."""

    rule_words: str | dict[str, str] | tuple[tuple[str, str], ...] | None
    """Words of conditions in JSON: price=PRICE,equals=eq."""

    on_existing: OnExisting | Literal["skip", "update", "fail"] | None
    """What to do with collections that exist: skip, update or fail."""

    update_products: bool | None
    """An update of what exists sends products and rules, too."""

    fresh: bool | None
    """Believe the list at once, also where another run has just created."""

    rate: Rate | str | None
    """Ceiling for each location, or none."""

    max_rate: float | None
    """Calls a second of the whole process."""

    pace: Literal["burst", "even"] | None
    """Use the window at once, or spread the calls evenly."""

    daily_reserve: float | None
    """Share of the day's quota that is left to others."""

    wait_for_quota: bool | None
    """Wait until the day's quota has been reset, instead of ending."""

    quota_look: float | str | None
    """How often a waiting location looks, by the clock in UTC."""

    max_retry_after: float | str | None
    """Longest pause after a refused call (429), whatever it asks for."""

    concurrency: int | None
    """Requests in flight."""

    timeout: float | str | None
    """For one call, from start to end."""

    connect_timeout: float | str | None
    """For one connection."""

    attempts: int | None
    """Requests for one row at the most."""

    settle_pauses: str | list[float] | list[str] | tuple[float | str, ...] | None
    """Pauses before each look for a row without a clear answer."""

    max_errors: ErrorLimit | int | str | None
    """Stop at so many bad rows, or such a share of all."""

    canary: int | str | list[str] | tuple[str, ...] | None
    """So many locations, or these, are sent and audited first; the others only if
    nothing went wrong, or less than max_errors."""

    early_stop: int | None
    """Stop a location whose first so many rows are refused for the same reason; 0:
    never."""

    audit: bool | None
    """Compare all of the report with the server at the end (true), nothing (false), or
    where there is doubt (not set)."""

    accept_list: bool | None
    """Take the list of a location as it is where none that is complete can be had."""

    max_duration: float | str | None
    """Stop after this time."""

    on_overlap: OnOverlap | Literal["fail", "wait", "skip"] | None
    """What to do with locations that another run is working on: fail, wait or skip."""

    metrics_file: Path | str | None
    """File of metrics that is kept up to date: .prom for node_exporter, else
    OpenMetrics."""

    traces: bool | None
    """Send OpenTelemetry traces; needs the extra otel."""

    notify_url: str | None
    """Address that is told how each run ended; never a flag."""

    notify_secret: str | None
    """Secret that these notices are signed with."""

    language: Literal["en", "de", "es"] | None
    """Language of problems, remarks and reports: en, de or es."""
