"""The flags that several commands share, by groups.

A flag that was not given is None, so that environment and file may speak. Invariant:
every flag has the name of its setting, and no flag takes a secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from importer.cli import completion

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., Any]")


class Decorator(Protocol):
    """What adds flags to a command."""

    def __call__(self, command: Command, /) -> Command:
        """Add them."""


class _Named(click.Path):
    """A path, and not a blank text, which would be the current folder."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """Return the path, or fail where the text names nothing."""
        if isinstance(value, str) and not value.strip():
            self.fail(f"{value!r} names nothing. Give a path, or leave it out.")
        return super().convert(value, param, ctx)


PATH = _Named(path_type=Path)


def group(*options: Callable[[Any], Any]) -> Decorator:
    """Make one decorator of several flags, in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


files: Decorator = click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    shell_complete=completion.files,
)
run_id: Decorator = click.argument(
    "run_id", metavar="RUN", shell_complete=completion.runs
)
config: Decorator = click.option(
    "--config", type=PATH, help="Settings file (TOML); default importer.toml."
)
runs_dir: Decorator = click.option(
    "--runs-dir", type=PATH, help="Folder that keeps the runs.  [default: runs]"
)


def _without_password(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> str | None:
    """Return the address, unless all users of the machine could read its password."""
    del context, parameter
    if value:
        # loads what reads journals, which help does without
        from importer.journal.postgres import address  # noqa: PLC0415

        if address.has_secret(value):
            msg = (
                "it holds a password, which every user of this machine can read in "
                "the list of processes. Put the address into IMPORTER_JOURNAL, or into "
                "a file that --journal-file names."
            )
            raise click.BadParameter(msg)
    return value


journal: Decorator = group(
    click.option(
        "--journal",
        metavar="ADDRESS",
        callback=_without_password,
        help="Database that keeps the journals: postgresql://USER@HOST/DATABASE.",
    ),
    click.option(
        "--journal-file", type=PATH, help="File that holds the address of it."
    ),
)
#: Where the runs are.
runs: Decorator = group(runs_dir, journal)
#: Who does the work.
cluster: Decorator = click.option(
    "--cluster",
    metavar="PLACE",
    help="Processes that work: local:4, tls://HOST:PORT, or a scheduler.json.",
)
as_json: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object and nothing else."
)

force: Decorator = click.option(
    "--force", is_flag=True, help="Replace a file that is there."
)
into: Decorator = group(
    click.option(
        "--into",
        metavar="NAMES",
        help="Locations that every row goes into: all, names and ids with commas, or "
        "@FILE with one on each line.",
    ),
    click.option(
        "--where",
        metavar="tag=TAG",
        help="Of these only the locations with a tag of the locations file.",
    ),
)
canary: Decorator = click.option(
    "--canary",
    metavar="N|NAMES",
    help="Send and audit so many locations first, and the others only if these went "
    "well.",
)
location_id: Decorator = click.option(
    "--location-id",
    metavar="ID",
    help="Location of rows that name none; an id, or a listed name.",
)

reading: Decorator = group(
    location_id,
    into,
    click.option(
        "--sheet", metavar="NAME", help="Sheet of a workbook; else the first."
    ),
    click.option(
        "--preset",
        metavar="NAME",
        help="Whose columns they are; else told by them.",
        shell_complete=completion.presets,
    ),
    click.option("--mapping", type=PATH, help="TOML file that says what columns mean."),
    click.option(
        "--ignore-columns",
        metavar="NAMES",
        help="Columns that are left out on purpose: Shelf,Sort order.",
    ),
    click.option("--encoding", metavar="NAME", help="Encoding of a text file."),
    click.option("--delimiter", metavar="CHAR", help="Separator of a text file."),
    click.option("--limit", type=int, metavar="N", help="Read only the first N rows."),
    click.option(
        "--require-product-ids/--no-require-product-ids",
        default=None,
        help="Whether a manual collection needs product ids.",
    ),
    click.option(
        "--strict-ids/--no-strict-ids",
        default=None,
        help="Whether ids must be 24 hex digits.",
    ),
    click.option(
        "--send-rule-metadata/--no-send-rule-metadata",
        default=None,
        help="Whether rule_hash, rule_version and stats are sent.",
    ),
    click.option(
        "--send-fields",
        metavar="NAMES",
        help="Fields that are left out (-type,-rules), or the only ones (image,seo).",
    ),
    click.option(
        "--smart-as-manual/--no-smart-as-manual",
        default=None,
        help="Make collections manual whose rules HighLevel lacks.",
    ),
    click.option(
        "--description-to-seo/--no-description-to-seo",
        default=None,
        help="Let a description fill in a blank seo_description.",
    ),
    click.option(
        "--category-path",
        type=click.Choice(["name", "slug"]),
        help="Where parents' names go if names repeat.",
    ),
    click.option(
        "--collections-from",
        metavar="COLUMN",
        help="Column of a product table that names collections.",
    ),
    click.option(
        "--skip-inactive/--no-skip-inactive",
        default=None,
        help="Leave out collections that the shop does not show.",
    ),
    click.option(
        "--store-language",
        metavar="NAME",
        help="Language or store view to read, of several.",
    ),
    click.option("--rule-keys", metavar="A,B,C", help="Keys of a rule's condition."),
    click.option("--rule-words", metavar="A=B,…", help="Words of a rule's condition."),
)

connecting: Decorator = group(
    click.option("--base-url", metavar="URL", help="Address of the API."),
    click.option(
        "--insecure-http/--no-insecure-http",
        default=None,
        help="Allow plain http to other machines.",
    ),
    click.option("--token-file", type=PATH, help="File that holds the token."),
    click.option("--rate", metavar="N/TIME", help="Ceiling for a location: 100/10s."),
    click.option(
        "--max-rate", type=float, metavar="N", help="Calls a second, all together."
    ),
    click.option(
        "--pace",
        type=click.Choice(["burst", "even"]),
        help="Use a window at once, or spread the calls.",
    ),
    click.option(
        "--daily-reserve",
        type=float,
        metavar="SHARE",
        help="Share of the day's quota that is left to others.",
    ),
    click.option("--timeout", metavar="TIME", help="For one call, such as 30s."),
    click.option("--connect-timeout", metavar="TIME", help="For one connection."),
    click.option("--attempts", type=int, metavar="N", help="Requests for one row."),
)

locations_file: Decorator = click.option(
    "--locations-file",
    type=PATH,
    help="TOML file that lists locations, their names and tokens.",
)

settling: Decorator = click.option(
    "--settle-pauses",
    metavar="TIMES",
    help="Pauses before each look for a row without a clear answer: 2,5,10.",
)

sending: Decorator = group(
    click.option("--concurrency", type=int, metavar="N", help="Requests in flight."),
    settling,
    click.option(
        "--max-errors",
        metavar="N|N%",
        help="Stop at so many bad rows, or such a share.",
    ),
    click.option(
        "--early-stop",
        type=int,
        metavar="N",
        help="Stop a location whose first N rows are refused alike; 0: never."
        "  [default: 20]",
    ),
    click.option("--max-duration", metavar="TIME", help="Stop after this time."),
    click.option(
        "--on-overlap",
        type=click.Choice(["fail", "wait", "skip"]),
        help="What to do with locations that another run works on.  [default: fail]",
    ),
    click.option(
        "--wait-for-quota/--no-wait-for-quota",
        default=None,
        help="Wait until the day's quota has been reset.",
    ),
    click.option(
        "--quota-look", metavar="TIME", help="How often a waiting location looks."
    ),
    click.option(
        "--audit/--no-audit",
        default=None,
        help="Compare all of the report with the server at the end, or nothing."
        "  [default: where there is doubt]",
    ),
    click.option(
        "--metrics-file",
        type=PATH,
        help="File of metrics to keep up to date: .prom for node_exporter, else "
        "OpenMetrics.",
    ),
    click.option(
        "--traces/--no-traces",
        default=None,
        help="Send OpenTelemetry traces; needs the extra otel.",
    ),
)

fixing: Decorator = group(
    click.option(
        "--fix", type=PATH, metavar="OUT", help="Write a corrected copy, .csv or .xlsx."
    ),
    click.option(
        "--fix-columns",
        type=click.Choice(["own", "input"]),
        help="Columns of the copy: the template's, or the input's.  [default: own]",
    ),
    click.option(
        "--number-duplicates",
        is_flag=True,
        help="Give a slug that another row has a number: -2, -3.",
    ),
    force,
)

reviewing: Decorator = group(
    click.option(
        "--all", "whole", is_flag=True, help="Show every row that has a problem."
    ),
    click.option(
        "--report",
        "workbook",
        type=PATH,
        metavar="OUT",
        help="Write the input as an .xlsx with its problems marked.",
    ),
)

accept_list: Decorator = click.option(
    "--accept-list/--no-accept-list",
    default=None,
    help="Take the list of a location as it is where no complete one can be had.",
)

on_existing: Decorator = group(
    click.option(
        "--on-existing",
        type=click.Choice(["skip", "update", "fail"]),
        help="What to do with collections that exist.  [default: skip]",
    ),
    click.option(
        "--update-products/--no-update-products",
        default=None,
        help="Whether an update sends products and rules, too.",
    ),
)

fresh: Decorator = click.option(
    "--fresh/--no-fresh",
    default=None,
    help="Believe the list at once, whatever runs did before.",
)

language: Decorator = click.option(
    "--language",
    type=click.Choice(["en", "de", "es"]),
    help="Language of problems, remarks and reports.  [default: en]",
)

quiet: Decorator = click.option(
    "-q",
    "--quiet",
    is_flag=True,
    help="Say nothing but why the exit code is not 0.",
)

talking: Decorator = group(
    as_json,
    click.option(
        "--log-format",
        type=click.Choice(["console", "json"]),
        default="console",
        help="How log lines on stderr look.",
    ),
    click.option("-v", "--verbose", count=True, help="Say more; twice for everything."),
    quiet,
    config,
)
