"""The arguments of the library's verbs, and errors in the words of those who give them.

The stages speak of flags, as the command line has them; a program gives arguments.
Invariant: an error keeps its kind and its exit code.
"""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import patterns
from importer.api import language
from importer.errors import FatalError, UsageError
from importer.settings import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


#: A setting that came from the caller, as a refusal begins with it.
_SETTING = patterns.later(
    r"\AThe setting (?P<name>\w+)(?: (?P<value>.+?))? \(flag\)(?= cannot be used)"
    r"|\AThere is no setting (?P<unknown>.+) \(flag\)",
    re.DOTALL,
)


def settings(
    options: Mapping[str, Any], config: Path | str | None, *, environment: bool
) -> Settings:
    """Gather the settings of a verb.

    Raises:
        UsageError: a value cannot be used.
        InputError: the settings file cannot be read.
    """
    refuse_paths({"config": config})
    file = None if config is None else Path(config)
    with _named_as_arguments():
        return load(options, file=file, environment=environment)


def overruled(gathered: Settings, options: Mapping[str, Any]) -> Settings:
    """Return settings with the options of a verb in the place of what was.

    Raises:
        UsageError: a value cannot be used.
    """
    with _named_as_arguments():
        return gathered.overruled(options)


@contextmanager
def _named_as_arguments() -> Iterator[None]:
    """Call a setting an argument in what a block refuses."""
    try:
        yield
    except UsageError as failure:
        # the kind stays, and with it the exit code: only the words are the caller's
        failure.args = (of_setting(str(failure)),)
        raise


def refuse_types(given: Mapping[str, object], *expected: type) -> None:
    """Refuse arguments that are no settings where they have another type.

    Raises:
        UsageError: one is neither None nor of a type that is expected.
    """
    for name, value in given.items():
        if value is not None and not isinstance(value, expected):
            kinds = " or ".join(kind.__name__ for kind in expected)
            msg = f"The argument {name}={value!r:.60} cannot be used: a {kinds} is "
            msg += f"expected, not {type(value).__name__}."
            raise UsageError(msg, remedy=_of_type(name, kinds))


def _of_type(name: str, kinds: str) -> str:
    """Say what to write for an argument of another type."""
    if kinds == "Settings":
        return (
            "Give importer.Settings(…), or its options one by one: "
            'location_id="…", token="…".'
        )
    return f'Give it as text: {name}="…".'


def require(name: str, value: object, *expected: type) -> None:
    """Refuse None where an argument has to name something.

    Args:
        name: of the argument.
        value: what was given.
        expected: its types, where these are not text and path.

    Raises:
        UsageError: it is None, or of another type.
    """
    if value is None:
        msg = f"The argument {name}=None cannot be used: a str or Path is expected."
        raise UsageError(msg, remedy=f'Give it as text: {name}="…".')
    refuse_types({name: value}, *(expected or (str, Path)))


def refuse_paths(given: Mapping[str, object]) -> None:
    """Refuse arguments that are no paths, or blank: such a one is the current folder.

    Raises:
        UsageError: one is neither None nor a path, or names nothing.
    """
    refuse_types(given, str, Path)
    for name, value in given.items():
        if isinstance(value, str) and not value.strip():
            msg = f"The argument {name}={value!r:.60} cannot be used: it names nothing."
            raise UsageError(msg, remedy=f'Give a path: {name}="…"; or leave it out.')


def refuse_switches(**given: object) -> None:
    """Refuse switches that are neither on nor off.

    A text such as "no" would count as on, and None or 0 as off, without a word.

    Raises:
        UsageError: one is neither True nor False.
    """
    for name, value in given.items():
        if not isinstance(value, bool):
            msg = f"The argument {name}={value!r:.60} cannot be used: True or False is "
            msg += f"expected, not {type(value).__name__}."
            raise UsageError(msg, remedy=f"Write {name}=True or {name}=False.")


def yields(function: object) -> bool:
    """Return whether calling a function does nothing yet, as a `yield` is in it."""
    for called in (function, getattr(type(function), "__call__", None)):  # noqa: B004
        if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
            return True
    return False


@contextmanager
def told() -> Iterator[None]:
    """Tell of arguments in what a block raises, where the stages tell of flags."""
    try:
        yield
    except FatalError as failure:
        language.of_failure(failure)
        raise


def of_setting(text: str) -> str:
    """Return the refusal of a setting that calls it an argument."""
    return _SETTING.sub(_as_argument, text)


def _as_argument(found: re.Match[str]) -> str:
    if found["unknown"]:
        return f"There is no argument {found['unknown']}"
    value = f"={found['value']}" if found["value"] else ""
    return f"The argument {found['name']}{value}"
