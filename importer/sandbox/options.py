"""The options of a sandbox, as one frozen value, and the flags that set them.

No HTTP here. Every flag has a default that matches what is documented of HighLevel;
where nothing is documented the flag exists so that a client can be tried against
each possibility. Invariant: an Options that exists is consistent; what is wrong with
a flag is said before anything starts.
"""

from __future__ import annotations

import argparse
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import orjson

from importer.sandbox import flags, natures, product_file
from importer.sandbox.budgets import USUAL_LIMIT
from importer.sandbox.faults import checked_rates, named
from importer.sandbox.notation import script, token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from importer.sandbox.access import Scope
    from importer.sandbox.bodies import KnownKeys
    from importer.sandbox.budgets import Limit, WindowKind
    from importer.sandbox.faults import FaultCalls

NameMatch = Literal["part", "exact", "prefix"]
ListOrder = Literal["oldest", "newest"]
Updates = Literal["merge", "replace"]
CollectionIds = Literal["ignored", "forced"]
GetById = Literal["shown", "refused"]


@dataclass(frozen=True, slots=True)
class Options:
    """Everything that can be chosen about a sandbox. Durations are in seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    port_file: Path | None = None
    state: Path | None = None
    products: Sequence[tuple[str, Mapping[str, Any]]] = ()
    exit_with_parent: bool = False
    max_seconds: float | None = None
    seed: int = 0
    # budgets
    limit: Limit | None = USUAL_LIMIT
    window: WindowKind = "fixed"
    daily: int | None = 200_000
    day_seconds: float = 86_400.0
    location_limits: Mapping[str, Limit | None] = field(default_factory=dict)
    foreign_calls: Mapping[str, float] = field(default_factory=dict)
    retry_after: bool = False
    # access
    tokens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scope: Scope = "write"
    products_refused: Sequence[str] = ()
    strict: bool = False
    edge_strict: bool | None = None
    # behaviour where the documentation is silent
    known_keys: KnownKeys = "page"
    require_products: bool = True
    collection_ids: CollectionIds = "ignored"
    updates: Updates = "merge"
    name_match: NameMatch = "part"
    list_order: ListOrder = "oldest"
    max_page: int = 100
    max_name: int | None = None
    list_hides: frozenset[str] = frozenset()
    get_by_id: GetById = "shown"
    # time
    latency_seconds: float = 0.0
    jitter_seconds: float = 0.0
    slow_share: float = 0.0
    slow_seconds: float = 0.0
    slow_commit_seconds: float = 6.0
    list_lag_seconds: float | None = None
    clock_offset_seconds: float = 0.0
    # faults, by name
    faults: Mapping[str, float] = field(default_factory=dict)
    fault_calls: FaultCalls = "writes"
    fault_for: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # how the server is, by name
    natures: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            ValueError: the host is not this computer, or a name is unknown.
        """
        if not _is_loopback(self.host):
            message = (
                f"The sandbox listens on this computer only, not on {self.host}. "
                "Write --host 127.0.0.1, or leave it out."
            )
            raise ValueError(message)
        checked_rates(self.faults)
        natures.checked(self.natures)
        for names in self.fault_for.values():
            for name in names:
                named(name)

    @property
    def blocks_agents(self) -> bool:
        """Whether the edge turns agents away that are a library's own."""
        return self.strict if self.edge_strict is None else self.edge_strict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the sandbox's flags to a parser."""
    flags.add_listening(parser)
    flags.add_budgets(parser)
    flags.add_access(parser)
    flags.add_time(parser)
    flags.add_faults(parser)
    flags.add_natures(parser)
    flags.add_guesses(parser)


def options_from_argv(
    argv: Sequence[str] | None = None, *, prog: str = "importer sandbox"
) -> Options:
    """Options from flags; None means those of this process.

    Raises:
        SystemExit: with 2 after a message for a flag that cannot be used, with 0
            after `--help`.
    """
    parser = argparse.ArgumentParser(
        prog=prog,
        description=flags.DESCRIPTION,
        epilog=flags.EPILOG,
        allow_abbrev=False,
    )
    add_arguments(parser)
    return options_from_namespace(parser, parser.parse_args(argv))


def options_from_namespace(
    parser: argparse.ArgumentParser, parsed: argparse.Namespace
) -> Options:
    """Options from what a parser with `add_arguments` read."""
    values = vars(parsed).copy()
    file = values["products"]
    values["products"] = _products(parser, file) if file else ()
    values["products_refused"] = tuple(values["products_refused"])
    script_file, token_list = values.pop("fault_script"), values.pop("token_list")
    values["natures"] = frozenset().union(*values["natures"])
    values["slow_share"], values["slow_seconds"] = values.pop("slow")
    for name in ("location_limits", "foreign_calls", "tokens"):
        values[name] = dict(values[name])
    try:
        values["tokens"] |= _token_list(token_list) if token_list else {}
        pairs = _script_file(script_file) if script_file else []
        values["fault_for"] = _in_order([*pairs, *values["fault_for"]])
        return Options(**values)
    except ValueError as error:
        parser.error(str(error))


def _products(
    parser: argparse.ArgumentParser, path: Path
) -> list[tuple[str, dict[str, Any]]]:
    try:
        return list(product_file.from_file(path))
    except ValueError as error:
        parser.error(str(error))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _in_order(pairs: Sequence[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    scripts: dict[str, list[str]] = {}
    for key, names in pairs:
        scripts.setdefault(key, []).extend(names)
    return scripts


def _script_file(path: Path) -> list[tuple[str, Sequence[str]]]:
    """`[{"slug": "best", "faults": ["error_after*2"]}]`, or with `name` for `slug`.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        entries = orjson.loads(path.read_bytes())
        return [
            (entry.get("slug") or entry["name"], script(",".join(entry["faults"])))
            for entry in entries
        ]
    except OSError as error:
        raise ValueError(_unusable(path, error.strerror or "no reason given")) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(_unusable(path, str(error))) from None


def _token_list(path: Path) -> dict[str, frozenset[str]]:
    """Tokens and their locations, a pair a line; blank lines do not count.

    Raises:
        ValueError: the file cannot be read, or holds something else.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        message = f"--token-list {path} cannot be read: {error.strerror}"
        raise ValueError(message) from None
    return dict(token(line) for line in map(str.strip, lines) if line)


def _unusable(path: Path, reason: str) -> str:
    shape = '[{"slug": "best-sellers", "faults": ["error_after*2"]}]'
    return f"--fault-script {path} cannot be used: {reason}\nIt should hold {shape}."
