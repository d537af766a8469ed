"""The sandbox's command line: its flags, group by group, with their help.

A flag sets the field of `Options` of its name, in the plural or in seconds, too, and
has its default from there.
Invariant: what is wrong with a flag is said before anything starts.
"""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from importer.sandbox import notation
from importer.sandbox.faults import Fault
from importer.sandbox.natures import Nature
from importer.sandbox.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

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
DEFAULTS = Options()
_FIELDS = {field.name for field in fields(Options)}

if TYPE_CHECKING:
    from typing import TypeAlias

    ParamType: TypeAlias = click.ParamType[object]
else:  # generic from click 8.4 on
    ParamType = click.ParamType


class _Written(ParamType):
    """A value in the notation of people; the sentence of its ValueError is shown."""

    name = "text"

    def __init__(self, parse: Callable[[str], object]) -> None:
        self._parse = parse

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        """Parse what was typed; a default is a value already."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _flag(
    name: str,
    text: str,
    kind: object = str,
    metavar: str | None = None,
    *,
    sets: bool = True,
    fold: Callable[[Iterable[Any]], object] | None = None,
) -> click.Option:
    """Make a flag of the option that it sets; `fold` joins it where it is repeated.

    Its kind is a class that click knows, words to choose from, or what reads its text.
    Braces in the words stand for the default. A flag without a field is for `_options`.
    """
    key = name.partition("/")[0].removeprefix("--").replace("-", "_")
    names = (key, f"{key}s", f"{key}_seconds")
    field = next((item for item in names if item in _FIELDS), key) if sets else key
    default = getattr(DEFAULTS, field, None)
    if isinstance(kind, tuple):
        kind = click.Choice(kind)
    elif kind is Path:
        kind = click.Path(path_type=Path)
    elif not isinstance(kind, type):
        kind = _Written(kind)  # type: ignore[arg-type]
    return click.Option(
        [name, field],
        type=kind,
        help=text.format(default),
        metavar=metavar,
        default=None if fold else default,
        is_flag=kind is bool or None,
        multiple=fold is not None,
        callback=_folded(fold) if fold else None,
    )


def _folded(fold: Callable[[Iterable[Any]], object]) -> Callable[..., object]:
    def folded(_: click.Context, __: click.Parameter, values: Iterable[Any]) -> object:
        return fold(values)

    return folded


def _located(parse: Callable[[str], T], example: str) -> Callable[[str], tuple[str, T]]:
    """Read `KEY=VALUE`, whose value is parsed further."""

    def located(text: str) -> tuple[str, T]:
        key, value = notation.pair(text, example)
        return key, parse(value)

    return located


def _all(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


_LISTENING = (
    _flag("--host", "address, loopback only ({})"),
    _flag("--port", "0 takes any free port ({})", int),
    _flag("--port-file", "write the port there", Path, "FILE"),
    _flag("--state", "keep what exists in this file", Path, "FILE"),
    _flag(
        "--products",
        "CSV of products: location_id,_id,name,slug,skus",
        notation.products_of,
        "FILE",
    ),
    _flag("--seed", "decides all accidents ({})", int),
    _flag("--max-seconds", "then stop", notation.seconds, "TIME"),
    _flag("--exit-with-parent", "stop when the starter is gone", bool),
)
_BUDGETS = (
    _flag("--limit", "calls a location, or none (100/10s)", notation.limit, "LIMIT"),
    _flag("--window", "({})", ("fixed", "sliding")),
    _flag(
        "--location-limit",
        "for one location; repeat",
        _located(notation.limit, "LOC=25/10s"),
        "LOC=25/10s",
        fold=dict,
    ),
    _flag("--daily", "calls a location a day, or none ({})", notation.daily, "N"),
    _flag("--day", "how long a day lasts (24h)", notation.seconds, "TIME"),
    _flag(
        "--foreign-calls",
        "another program that spends this location's budget; repeat",
        _located(notation.per_second, "LOC=3/s"),
        "LOC=3/s",
        fold=dict,
    ),
    _flag("--retry-after/--no-retry-after", "send Retry-After with 429 (no)", bool),
)
_ACCESS = (
    _flag(
        "--token",
        "accept only such tokens, each for its locations; repeat (any token)",
        notation.token,
        "TOKEN=LOC1,LOC2",
        fold=dict,
    ),
    _flag(
        "--token-list",
        "the same from a file, one TOKEN=LOC1,LOC2 a line",
        notation.tokens_of,
        "FILE",
    ),
    _flag("--scope", "what the tokens may do ({})", ("write", "readonly", "none")),
    _flag(
        "--products-refused",
        "this location's tokens lack the scope for lists of products; repeat",
        metavar="LOC",
        fold=tuple,
    ),
    _flag(
        "--strict",
        "refuse other versions than 2021-07-28, agents that were not chosen, "
        "altType LOCATION and limit=0 (no)",
        bool,
    ),
    _flag(
        "--edge-strict/--no-edge-strict",
        "block calls without a User-Agent, or with a library's own (as --strict)",
        bool,
    ),
)
_TIME = (
    _flag("--latency", "how long an answer takes (0)", notation.seconds, "TIME"),
    _flag("--jitter", "up to so much more or less (0)", notation.seconds, "TIME"),
    _flag(
        "--slow",
        "a share of slow answers, such as 0.01:5s",
        notation.slow,
        "SHARE:TIME",
        sets=False,
    ),
    _flag(
        "--slow-commit",
        "how late the fault slow_commit creates (6s)",
        notation.seconds,
        "TIME",
    ),
    _flag(
        "--list-lag",
        "lists show a create so much later: all creates, or those that the fault "
        "list_lags picks where it is named (0; with list_lags 1.5s)",
        notation.seconds,
        "TIME",
    ),
    _flag(
        "--clock-offset",
        "how much the server's clock is ahead, or behind: --clock-offset=-1h (0)",
        notation.offset,
        "TIME",
    ),
)
_FAULTS = (
    _flag(
        "--faults",
        "such as reset_after=0.05,refused=0.1",
        notation.rates,
        "NAME=SHARE,...",
    ),
    _flag("--fault-calls", "which calls --faults hits ({})", ("writes", "all")),
    _flag(
        "--fault-for",
        "what the first calls with this slug or name meet; repeat",
        _located(notation.script, "SLUG=error_after*2"),
        "SLUG=NAME*TIMES,...",
        fold=list,
    ),
    _flag("--fault-script", "the same from a JSON file", notation.script_of, "FILE"),
)
_NATURES = (
    _flag(
        "--nature",
        f"{', '.join(Nature)}; repeat",
        notation.natures,
        "NAME,...",
        fold=_all,
    ),
)
_GUESSES = (
    _flag(
        "--known-keys",
        "published refuses type, rules, productIds and others ({})",
        ("page", "published"),
    ),
    _flag(
        "--require-products/--no-require-products",
        "refuse a manual collection without productIds (yes)",
        bool,
    ),
    _flag(
        "--collection-ids",
        "whether collectionId becomes the id of a create ({})",
        ("ignored", "forced"),
    ),
    _flag(
        "--updates",
        "replace drops image and seo that an update leaves out ({})",
        ("merge", "replace"),
    ),
    _flag(
        "--name-match",
        "how the list's name filter matches ({})",
        ("part", "exact", "prefix"),
    ),
    _flag("--list-order", "what comes first in lists ({})", ("oldest", "newest")),
    _flag("--max-page", "largest list limit ({})", int),
    _flag("--max-name", "a longer name is a 422 (none)", int, "N"),
    _flag(
        "--list-hides",
        "fields that lists leave out, such as productIds,createdAt",
        notation.names,
        "FIELD,...",
    ),
    _flag(
        "--get-by-id",
        "refused answers 401, whatever the token ({})",
        ("shown", "refused"),
    ),
)
FLAG_GROUPS: dict[str, tuple[click.Option, ...]] = {
    "Listening": _LISTENING,
    "Budgets": _BUDGETS,
    "Access": _ACCESS,
    "Time": _TIME,
    "Faults": _FAULTS,
    "Natures": _NATURES,
    "Where HighLevel's behaviour is not documented": _GUESSES,
}


class _Grouped(click.Command):
    """A command whose help has a section for each group of flags."""

    def format_options(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the groups, and the help's own flag last."""
        own = {"Options": [self.get_help_option(ctx)]}
        for title, options in {**FLAG_GROUPS, **own}.items():
            records = [option.get_help_record(ctx) for option in options if option]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record])


def _options(
    slow: tuple[float, float] | None,
    token_list: dict[str, frozenset[str]] | None,
    fault_script: list[tuple[str, Sequence[str]]] | None,
    **values: Any,  # noqa: ANN401 - fields of Options, of many types
) -> Options:
    """Make the options of what the flags hold."""
    if slow:
        values["slow_share"], values["slow_seconds"] = slow
    values["tokens"] |= token_list or {}
    scripts: dict[str, list[str]] = {}
    for key, names in [*(fault_script or ()), *values["fault_for"]]:
        scripts.setdefault(key, []).extend(names)
    try:
        return Options(**values | {"fault_for": scripts})
    except ValueError as error:
        raise click.UsageError(str(error)) from None


command: click.Command = _Grouped(
    "sandbox",
    params=[option for options in FLAG_GROUPS.values() for option in options],
    callback=_options,
    help=DESCRIPTION,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def options_from_argv(
    argv: Sequence[str] | None = None, *, prog: str = "importer sandbox"
) -> Options:
    """Return the options that flags set; None means the flags of this process.

    Raises:
        SystemExit: with 2 after a message for a flag that cannot be used, with 0
            after `--help`.
    """
    try:
        made = command.main(argv, prog_name=prog, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    if not isinstance(made, Options):  # the help was asked for
        sys.exit(made)
    return made
