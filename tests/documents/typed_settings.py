"""The settings as a TypedDict, written from their definitions: `make docs-reference`.

Type checkers know by it what `**settings` of a verb may be. Invariant: a kind of value
that is not known here ends the making, so that no setting is typed as anything.
"""

from __future__ import annotations

import textwrap
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, SecretStr

from importer.settings import Values, lists
from importer.settings import values as notation

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

PAGE = Path(__file__).parents[2] / "importer" / "settings" / "typed.py"
HEAD = '''"""The settings by their names, for type checkers.

Made by `make docs-reference` from `importer.settings.values`; changes belong there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from typing_extensions import TypedDict

from importer.models import ErrorLimit, OnExisting, OnOverlap, Rate


class RunSettings(TypedDict, total=False):
    """Every setting; what is None, or is left out, counts as not given."""
'''
_ALIKE = "str | list[str] | tuple[str, ...]"
#: What can be written for a setting, by the function that reads it.
WRITTEN: dict[Any, str] = {
    notation._seconds: "float | str",
    notation._rate: "Rate | str",
    notation._error_limit: "ErrorLimit | int | str",
    notation._pauses: "str | list[float] | list[str] | tuple[float | str, ...]",
    notation._rule_keys: "str | list[str] | tuple[str, str, str]",
    notation._rule_words: "str | dict[str, str] | tuple[tuple[str, str], ...]",
    notation._send_fields: _ALIKE,
    lists.columns: _ALIKE,
    lists.into: _ALIKE,
    lists.where: _ALIKE,
    lists.canary: f"int | {_ALIKE}",
    notation._journal: "str",
    notation._cluster: "str",
}
PLAIN = {bool: "bool", int: "int", float: "float", str: "str"}


def text() -> str:
    """The whole module."""
    return HEAD + "".join(
        f"\n    {_line(name, field)}{_told(field)}"
        for name, field in Values.model_fields.items()
    )


def _line(name: str, field: FieldInfo) -> str:
    """A setting and its type, broken where it is too long for a line."""
    line = f"{name}: {_type(field)} | None"
    if len(line) <= 84:
        return f"{line}\n"
    parts = _type(field).split(" | ")
    joined = "\n        | ".join([*parts, "None"])
    return f"{name}: (\n        {joined}\n    )\n"


def _told(field: FieldInfo) -> str:
    """What editors show of it."""
    lines = textwrap.wrap(f'"""{field.description}."""', 84)
    return "".join(f"    {line}\n" for line in lines)


def _type(field: FieldInfo) -> str:
    """The type of what a program may give for a setting."""
    for part in _all(field):
        if isinstance(part, BeforeValidator):
            return WRITTEN[part.func]
    kinds = [_kind(part) for part in _parts(field.annotation) if part is not NoneType]
    return " | ".join(kinds)


def _all(field: FieldInfo) -> list[Any]:
    """What is said beside the type, of each part of a union."""
    inner = [get_args(part)[1:] for part in get_args(field.annotation)]
    return [*field.metadata, *(one for parts in inner for one in parts)]


def _parts(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)


def _kind(part: Any) -> str:
    """The words for one type."""
    if get_origin(part) is Literal:
        return f"Literal[{', '.join(map(_quoted, get_args(part)))}]"
    if issubclass(part, Enum):
        values = ", ".join(_quoted(one.value) for one in part)
        return f"{part.__name__} | Literal[{values}]"
    if part is SecretStr:
        return "str"
    return "Path | str" if part is Path else PLAIN[part]


def _quoted(value: str) -> str:
    return f'"{value}"'
