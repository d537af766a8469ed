"""The arguments of the library's verbs, and errors in the words of those who give them.

The stages speak of flags, as the command line has them; a program gives arguments.
Invariant: an error keeps its kind and its exit code.
"""

from __future__ import annotations

import inspect
import re
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import FatalError, UsageError
from importer.settings import Settings, Values, load

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.models import Summary

#: Arguments that are no settings.
_OTHERS = ("run_id", "plan", "config", "fix")
#: Arguments that are switches and no settings.
_SWITCHES = ("force", "repair", "dry_run", "unseen_products", "number_duplicates")
#: Flags whose arguments have another name.
_RENAMED = {"fix_columns": "columns"}
#: A setting that came from the caller, as a refusal begins with it.
_SETTING = re.compile(
    r"\AThe setting (?P<name>\w+)(?: (?P<value>.+?))? \(flag\)(?= cannot be used)"
    r"|\AThere is no setting (?P<unknown>.+) \(flag\)",
    re.DOTALL,
)
_FLAG = re.compile(r"--(no-)?([a-z]+(?:-[a-z]+)*)(?: (skip|update|fail|own|cp1252)\b)?")
_RUN = re.compile(r"\bimporter (run|resume)\b(?: ((?!FILE\b)[\w.-]*\w))?(?: FILE)?")


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
            raise UsageError(msg, remedy=f'Give it as text: {name}="…".')


def require(name: str, value: object) -> None:
    """Refuse None where an argument has to name something.

    Raises:
        UsageError: it is None.
    """
    if value is None:
        msg = f"The argument {name}=None cannot be used: a str or Path is expected."
        raise UsageError(msg, remedy=f'Give it as text: {name}="…".')


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
        failure.args = (in_arguments(str(failure)),)
        failure.remedy = in_arguments(failure.remedy)
        raise


def of_setting(text: str) -> str:
    """Return the refusal of a setting that calls it an argument."""
    return _SETTING.sub(_as_argument, text)


def of_summary(summary: Summary) -> Summary:
    """Return a run's summary with its reasons for a stop in the words of a program."""
    stops = summary.location_stops
    return replace(
        summary,
        stopped_because=in_arguments(summary.stopped_because),
        location_stops={name: in_arguments(stops[name]) for name in stops},
    )


def in_arguments(text: str) -> str:
    """Write a sentence with arguments for flags, and verbs for commands."""
    return _RUN.sub(_verb, _FLAG.sub(_argument, text))


def _as_argument(found: re.Match[str]) -> str:
    if found["unknown"]:
        return f"There is no argument {found['unknown']}"
    value = f"={found['value']}" if found["value"] else ""
    return f"The argument {found['name']}{value}"


def _argument(found: re.Match[str]) -> str:
    negated, name, value = found.groups()
    name = name.replace("-", "_")
    if name in _SWITCHES:
        return f"{name}=True"
    if name in _RENAMED:
        return _RENAMED[name]
    if name not in Values.model_fields:
        return name + (f" {value}" if value else "") if name in _OTHERS else found[0]
    if value:
        return f'{name}="{value}"'
    if negated:
        return f"{name}=False"
    switch = Values.model_fields[name].annotation is bool
    return f"{name}=True" if switch else name


def _verb(found: re.Match[str]) -> str:
    verb, run_id = found.groups()
    # "resume" is followed by a run's name or by the next word of the sentence; a name
    # that is made of the time begins with a digit
    named = run_id if verb == "resume" and run_id and run_id[0].isdigit() else None
    rest = f" {run_id}" if run_id and not named else ""
    inside = f'"{named}"' if named else ""
    return f"importer.{verb}({inside}){rest}"
