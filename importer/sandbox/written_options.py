"""Options of a sandbox that a program gives, in the notation of the command line too.

A text is read as the flag of that option reads it: `limit="100/10s"`, `latency_seconds=
"200ms"`; so are the texts in a table by location or slug. Any other value stays as it
is. Invariant: what cannot be used is a ValueError that names the option and an example.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from importer.sandbox import notation
from importer.sandbox.flags import FLAG_GROUPS
from importer.sandbox.options import Options
from importer.sandbox.traffic import Limit

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS = {option.name: option for group in FLAG_GROUPS.values() for option in group}
_NUMBER = (int, float)
_LIMIT = 'limit="100/10s" or limit=None'
#: What is no text may be, and an example, where a flag does not say it.
_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "limit": (Limit, _LIMIT),
    "daily": (int, "daily=500 or daily=None"),
    "location_limits": (Mapping, 'location_limits={"LOC": "25/10s"}'),
    "foreign_calls": (Mapping, 'foreign_calls={"LOC": "3/s"}'),
    "tokens": (Mapping, 'tokens={"TOKEN": "LOC1,LOC2"}'),
    "faults": (Mapping, 'faults="reset_after=0.05"'),
    "fault_for": (Mapping, 'fault_for={"shoes": "error_after*2"}'),
    "natures": ((frozenset, set, list, tuple), 'natures="short-list"'),
    "list_hides": ((frozenset, set, list, tuple), 'list_hides="productIds"'),
    "max_seconds": (_NUMBER, 'max_seconds="2m"'),
    "slow_share": (_NUMBER, "slow_share=0.01"),
    "slow_seconds": (_NUMBER, 'slow_seconds="5s"'),
}
#: How texts in tables are read.
_VALUES: dict[str, Callable[[str], object]] = {
    "location_limits": notation.limit,
    "foreign_calls": notation.per_second,
    "tokens": notation.names,
    "fault_for": notation.script,
}
_READERS: dict[str, Callable[[str], object]] = {"slow_seconds": notation.seconds}
_NO_EXAMPLE: tuple[type | tuple[type, ...], str] = (object, "")


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with texts read; they are consistent.

    Raises:
        ValueError: there is no such option, or it cannot have this value.
    """
    return {name: _value(name, value) for name, value in given.items()}


def _value(name: str, value: object) -> object:
    if name not in Options.__dataclass_fields__:
        known = ", ".join(Options.__dataclass_fields__)
        message = f"There is no option {name}. There are: {known}."
        raise ValueError(message)
    try:
        read = _read(name, value)
        _refuse_type(name, read)
        wish: dict[str, Any] = {name: read}
        Options(**wish)
    except (ValueError, click.ClickException) as failure:
        reason = getattr(failure, "message", str(failure))
        message = f"{name}={value!r:.60}: {reason}{_like(name)}"
        raise ValueError(message) from None
    return read


def _refuse_type(name: str, value: object) -> None:
    """Refuse a value of a type that the option cannot have.

    Raises:
        ValueError: it has one.
    """
    kinds = _kinds(name)[0]
    if kinds is object or value is None:
        return
    if isinstance(value, bool) or not isinstance(value, kinds):
        message = f"a {type(value).__name__} is no value of it."
        raise ValueError(message)  # noqa: TRY004 - told as any other wrong value


def _kinds(name: str) -> tuple[type | tuple[type, ...], str]:
    if name.endswith("_seconds") and name not in _KINDS:
        return _NUMBER, f'{name}="200ms" or {name}=0.2'
    return _KINDS.get(name, _NO_EXAMPLE)


def _like(name: str) -> str:
    example = _kinds(name)[1]
    return f" Write it like {example}." if example else ""


def _read(name: str, value: object) -> object:
    if isinstance(value, Mapping) and name in _VALUES:
        return {key: _text(value[key], _VALUES[name]) for key in value}
    if not isinstance(value, str) or name in _VALUES:
        return value
    if name in _READERS:
        return _READERS[name](value)
    if name == "natures":
        return notation.natures(value)
    flag = _FLAGS.get(name)
    return flag.type.convert(value, flag, None) if flag is not None else value


def _text(value: object, read: Callable[[str], object]) -> object:
    return read(value) if isinstance(value, str) else value
