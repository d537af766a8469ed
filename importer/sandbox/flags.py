"""The sandbox's command line flags, group by group, with their help.

Each flag's destination is a field of `options.Options` of the same name. Nothing
is decided here.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from importer.sandbox import notation
from importer.sandbox.budgets import USUAL_LIMIT
from importer.sandbox.faults import Fault
from importer.sandbox.natures import Nature

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

DESCRIPTION = (
    "Serve a local stand-in for HighLevel's product collections, to rehearse against. "
    "It keeps budgets, answers and fails the way HighLevel does, and tells the truth "
    "about what it holds at /_sandbox/truth."
)
EPILOG = (
    "Durations are written like 200ms, 1.5s, 2m or 24h. Faults: "
    + ", ".join(Fault)
    + ". See docs/sandbox.md. For example: importer sandbox --port 8787 "
    "--latency 150ms --faults reset_after=0.03"
)


def add_listening(parser: ArgumentParser) -> None:
    """Where it listens, what it keeps, when it stops."""
    group = parser.add_argument_group("listening")
    add = group.add_argument
    add("--host", default="127.0.0.1", help="address, loopback only (%(default)s)")
    add("--port", type=int, default=0, help="0 takes any free port (%(default)s)")
    add("--port-file", type=Path, metavar="FILE", help="write the port there")
    add("--state", type=Path, metavar="FILE", help="keep what exists in this file")
    add(
        "--products",
        type=Path,
        metavar="FILE",
        help="CSV of products: location_id,_id,name,slug,skus",
    )
    add("--seed", type=int, default=0, help="decides all accidents (%(default)s)")
    add(
        "--max-seconds", type=_typed(notation.seconds), metavar="TIME", help="then stop"
    )
    add("--exit-with-parent", action="store_true", help="stop when the starter is gone")


def add_budgets(parser: ArgumentParser) -> None:
    """How many calls each location may make."""
    group = parser.add_argument_group("budgets")
    add = group.add_argument
    limit = _typed(notation.limit)
    add(
        "--limit",
        type=limit,
        default=USUAL_LIMIT,
        help="calls a location, or none (100/10s)",
    )
    add("--window", choices=["fixed", "sliding"], default="fixed", help="(%(default)s)")
    add(
        "--location-limit",
        dest="location_limits",
        type=_located(limit, "LOC=25/10s"),
        action="append",
        default=[],
        metavar="LOC=25/10s",
        help="for one location; repeat",
    )
    add(
        "--daily",
        type=_typed(notation.daily),
        default=200_000,
        metavar="N",
        help="calls a location a day, or none (%(default)s)",
    )
    add(
        "--day",
        dest="day_seconds",
        type=_typed(notation.seconds),
        default=86_400.0,
        metavar="TIME",
        help="how long a day lasts (24h)",
    )
    add(
        "--foreign-calls",
        type=_located(_typed(notation.per_second), "LOC=3/s"),
        action="append",
        default=[],
        metavar="LOC=3/s",
        help="another program that spends this location's budget; repeat",
    )
    add(
        "--retry-after",
        action=BooleanOptionalAction,
        default=False,
        help="send Retry-After with 429 (no)",
    )


def add_access(parser: ArgumentParser) -> None:
    """Who is let in."""
    group = parser.add_argument_group("access")
    add = group.add_argument
    add(
        "--token",
        dest="tokens",
        type=_typed(notation.token),
        action="append",
        default=[],
        metavar="TOKEN=LOC1,LOC2",
        help="accept only such tokens, each for its locations; repeat (any token)",
    )
    add(
        "--token-list",
        type=Path,
        metavar="FILE",
        help="the same from a file, one TOKEN=LOC1,LOC2 a line",
    )
    add(
        "--scope",
        choices=["write", "readonly", "none"],
        default="write",
        help="what the tokens may do (%(default)s)",
    )
    add(
        "--products-refused",
        action="append",
        default=[],
        metavar="LOC",
        help="this location's tokens lack the scope for lists of products; repeat",
    )
    add(
        "--strict",
        action="store_true",
        help="refuse other versions than 2021-07-28, agents that nobody chose, "
        "altType LOCATION and limit=0 (no)",
    )
    add(
        "--edge-strict",
        action=BooleanOptionalAction,
        default=None,
        help="block calls without a User-Agent, or with a library's own (as --strict)",
    )


def add_time(parser: ArgumentParser) -> None:
    """How long things take."""
    group = parser.add_argument_group("time")
    add = group.add_argument
    seconds = _typed(notation.seconds)
    add(
        "--latency",
        dest="latency_seconds",
        type=seconds,
        default=0.0,
        metavar="TIME",
        help="how long an answer takes (0)",
    )
    add(
        "--jitter",
        dest="jitter_seconds",
        type=seconds,
        default=0.0,
        metavar="TIME",
        help="up to so much more or less (0)",
    )
    add(
        "--slow",
        type=_typed(notation.slow),
        default=(0.0, 0.0),
        metavar="SHARE:TIME",
        help="a share of slow answers, such as 0.01:5s",
    )
    add(
        "--slow-commit",
        dest="slow_commit_seconds",
        type=seconds,
        default=6.0,
        metavar="TIME",
        help="how late the fault slow_commit creates (6s)",
    )
    add(
        "--list-lag",
        dest="list_lag_seconds",
        type=seconds,
        default=None,
        metavar="TIME",
        help="lists show a create so much later: all creates, or those that the fault "
        "list_lags picks where it is named (0; with list_lags 1.5s)",
    )
    add(
        "--clock-offset",
        dest="clock_offset_seconds",
        type=_typed(notation.offset),
        default=0.0,
        metavar="TIME",
        help="how much the server's clock is ahead, or behind: --clock-offset=-1h (0)",
    )


def add_faults(parser: ArgumentParser) -> None:
    """What goes wrong."""
    group = parser.add_argument_group("faults")
    add = group.add_argument
    add(
        "--faults",
        type=_typed(notation.rates),
        default={},
        metavar="NAME=SHARE,...",
        help="such as reset_after=0.05,refused=0.1",
    )
    add(
        "--fault-calls",
        choices=["writes", "all"],
        default="writes",
        help="which calls --faults hits (%(default)s)",
    )
    add(
        "--fault-for",
        type=_located(_typed(notation.script), "SLUG=error_after*2"),
        action="append",
        default=[],
        metavar="SLUG=NAME*TIMES,...",
        help="what the first calls with this slug or name meet; repeat",
    )
    add("--fault-script", type=Path, metavar="FILE", help="the same from a JSON file")


def add_natures(parser: ArgumentParser) -> None:
    """How the server is, other than a client may assume."""
    group = parser.add_argument_group("natures")
    group.add_argument(
        "--nature",
        dest="natures",
        type=_typed(notation.natures),
        action="append",
        default=[],
        metavar="NAME,...",
        help=f"{', '.join(Nature)}; repeat",
    )


def add_guesses(parser: ArgumentParser) -> None:
    """What HighLevel does is not known in these points; try each."""
    group = parser.add_argument_group("where HighLevel's behaviour is not documented")
    add = group.add_argument
    add(
        "--known-keys",
        choices=["page", "published"],
        default="page",
        help="published refuses type, rules, productIds and others (%(default)s)",
    )
    add(
        "--require-products",
        action=BooleanOptionalAction,
        default=True,
        help="refuse a manual collection without productIds (yes)",
    )
    add(
        "--collection-ids",
        choices=["ignored", "forced"],
        default="ignored",
        help="whether collectionId becomes the id of a create (%(default)s)",
    )
    add(
        "--updates",
        choices=["merge", "replace"],
        default="merge",
        help="replace drops image and seo that an update leaves out (%(default)s)",
    )
    add(
        "--name-match",
        choices=["part", "exact", "prefix"],
        default="part",
        help="how the list's name filter matches (%(default)s)",
    )
    add(
        "--list-order",
        choices=["oldest", "newest"],
        default="oldest",
        help="what comes first in lists (%(default)s)",
    )
    add("--max-page", type=int, default=100, help="largest list limit (%(default)s)")
    add("--max-name", type=int, metavar="N", help="a longer name is a 422 (none)")
    add(
        "--list-hides",
        type=_typed(notation.names),
        default=frozenset(),
        metavar="FIELD,...",
        help="fields that lists leave out, such as productIds,createdAt",
    )
    add(
        "--get-by-id",
        choices=["shown", "refused"],
        default="shown",
        help="refused answers 401, whatever the token (%(default)s)",
    )


def _typed(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Let argparse show the sentence of a ValueError, not one of its own."""

    def typed(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return typed


def _located(parse: Callable[[str], T], example: str) -> Callable[[str], tuple[str, T]]:
    """A flag of the form `KEY=VALUE`, whose value is parsed further."""

    def located(text: str) -> tuple[str, T]:
        key, value = _typed(lambda text: notation.pair(text, example))(text)
        return key, parse(value)

    return located
