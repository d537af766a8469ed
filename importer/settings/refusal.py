"""Why a value of a setting cannot be used, and what to write instead.

Makes one sentence and one remedy of what the validation says of the first value that
is wrong. Invariants: there is a remedy for each setting, and no secret is echoed.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from pydantic import BeforeValidator, SecretStr

from importer.errors import UsageError
from importer.settings.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError

#: Paths that are folders: `.` is where the program is, an empty text is none.
_FOLDERS = frozenset({"runs_dir"})
#: Bytes in the name of a file, and in a whole path.
LONGEST_NAME, LONGEST_PATH = 255, 4095
SECRETS = frozenset({"token", "notify_url", "notify_secret"})
#: What may hold a secret as it is given, and holds none any more when it was read.
UNECHOED = SECRETS | {"journal"}
#: What to write where neither the type nor the validation says it.
_REMEDIES = {
    "notify_url": "Write it as https://HOST/PATH.",
    "notify_secret": "Write a long random text.",
    "api_version": "Write a version such as 2021-07-28 or v3.",
    "rate": "Write a rate such as 100/10s, or none.",
    "journal": "Write it as postgresql://USER@HOST/DATABASE; the password stands "
    "behind the user, or in PGPASSWORD.",
    "cluster": "Write local:4, tls://HOST:PORT, or the path of a scheduler.json.",
    "max_errors": "Write a number of rows such as 20, or a share such as 5%.",
    "settle_pauses": "Write pauses such as 2,5,10, each in seconds or as 500ms, 5m.",
    "rule_keys": "Write three different keys such as field,operator,value.",
    "rule_words": "Write words such as price=PRICE,equals=eq.",
    "into": 'Write all, names such as Berlin,"Altona, Ost", or @FILE.',
    "where": "Write a condition such as tag=dental.",
    "canary": "Write a number of locations such as 5, or their names; 0 for none.",
    "ignore_columns": "Write headers such as Shelf,Sort order.",
    "send_fields": "Write fields such as -type,-rules, or the only ones: image,seo.",
}
#: How pydantic calls its limits, and how a person does.
_BOUNDS = (
    ("ge", ", {} at least"),
    ("gt", ", more than {}"),
    ("le", ", {} at most"),
    ("lt", ", less than {}"),
)
_BINARY = (bytes, bytearray, memoryview)
_DURATION = "Write a duration such as 30s, 500ms, 5m or 2h"
_MORE = ", more than 0"
_NUL = "\0"
_SHORTER = f"Use names of {LONGEST_NAME} bytes at most for files and folders."


def refuse_odd(layer: Mapping[str, Any], origin: str) -> None:
    """Refuse values that another type, or the system, would take for something else.

    Raises:
        UsageError: one is bytes, a truth where none belongs, or holds a character that
            no setting has.
    """
    for name, value in layer.items():
        if isinstance(value, _BINARY):
            reason = f"a str is expected, not {type(value).__name__}"
            raise _refusal(name, origin, reason, "Decode it: value.decode().")
        kinds = set(_parts(Values.model_fields[name].annotation))
        # True would count as 1
        if isinstance(value, bool) and bool not in kinds:
            raise _refusal(name, origin, f"{value} is a switch", remedy(name))
        if not isinstance(value, str | Path):
            continue
        is_path = Path in kinds
        if reason := _odd(str(value), is_path=is_path):
            raise _refusal(name, origin, reason, "Remove that character.")
        if is_path and _nameless(name, value):
            kind = "folder" if name in _FOLDERS else "file"
            raise _refusal(name, origin, f"it names no {kind}", remedy(name))
        if is_path and too_long(str(value)):
            raise _refusal(name, origin, "the name is too long", _SHORTER)


def refuse_unaudited(values: Values) -> None:
    """Refuse to look at nothing where something has to be looked at.

    That is after a list was taken that is not complete, and after a canary.

    Raises:
        UsageError: both were asked for.
    """
    if values.accept_list and values.audit is False:
        msg = "--accept-list takes a list that may lack something, and --no-audit"
        msg += " forbids to look afterwards what it lacked."
        raise UsageError(msg, remedy="Leave one of them out.")
    if values.canary and values.audit is False:
        msg = "--canary looks at its locations before it goes on, and --no-audit"
        msg += " forbids that."
        raise UsageError(msg, remedy="Leave one of them out.")


def _nameless(name: str, value: str | Path) -> bool:
    """Return whether a path names nothing where a file or folder is needed.

    An empty path of the locations file says that there is none.
    """
    if not str(value).strip():
        return not (name == "locations_file" and value == "")
    return name not in _FOLDERS and Path(value) == Path()


def refuse_path(subject: str, path: Path) -> None:
    """Refuse a name of a file that is no setting, and that no file can have.

    Raises:
        UsageError: it is too long, or holds what no name has.
    """
    if reason := _odd(str(path), is_path=True):
        msg = f"{subject} cannot be used: {reason}."
        raise UsageError(msg, remedy="Remove that character.")
    if too_long(str(path)):
        msg = f"{subject} {path} cannot be used: the name is too long."
        raise UsageError(msg, remedy=_SHORTER)


def _odd(text: str, *, is_path: bool) -> str:
    """Say why a text cannot be a setting; blank where it can.

    Names of files may have bytes that are no text.
    """
    if _NUL in text:
        return "it holds a NUL character"
    try:
        text.encode(errors="surrogateescape" if is_path else "strict")
    except UnicodeEncodeError:
        return "it holds half of a character, which is no text"
    return ""


def too_long(path: str) -> bool:
    """Return whether no file can have such a name, on any usual system."""
    name = path.encode(errors="surrogateescape")
    parts = name.replace(os.sep.encode(), b"/").split(b"/")
    return len(name) > LONGEST_PATH or max(map(len, parts)) > LONGEST_NAME


def of(failure: ValidationError, origins: Mapping[str, str]) -> UsageError:
    """Return an error about the first thing wrong, without echoing a secret."""
    first = failure.errors(include_url=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    text = first["msg"].removeprefix("Value error, ")
    if first["type"] == "path_type":
        text = "it is no path"
    shown = name if name in UNECHOED else f"{name} {first['input']!r:.80}"
    origin = origins.get(name, "flag")
    if text.startswith("write "):
        return _refusal(shown, origin, "", f"W{text[1:]}.")
    reason = f"{text[:1].lower()}{text[1:]}"
    return _refusal(shown, origin, reason, remedy(name))


def _refusal(shown: str, origin: str, reason: str, remedy: str) -> UsageError:
    why = f": {reason}" if reason else ""
    return UsageError(
        f"The setting {shown} ({origin}) cannot be used{why}.", remedy=remedy
    )


def remedy(name: str) -> str:
    """Say what can be written for a setting."""
    if name in _REMEDIES or name not in Values.model_fields:
        return _REMEDIES.get(name, "See: importer config show")
    field = Values.model_fields[name]
    parts = [*_parts(field.annotation), *field.metadata]
    bounds = "".join(filter(None, map(_bound, parts)))
    if any(isinstance(part, BeforeValidator) for part in parts):
        return f"{_DURATION}{_MORE}{bounds.replace(_MORE, '')}."
    for part in parts:
        if isinstance(part, type) and (text := _of_type(part)):
            return f"{text}{bounds}."
    return f"Write one of: {', '.join(str(item) for item in parts if item)}."


def _parts(annotation: object) -> Iterator[object]:
    """Yield the types of a union, and what is said beside them."""
    if get_origin(annotation) is None:
        yield annotation
    for part in get_args(annotation):
        if get_origin(annotation) is Literal or not get_args(part):
            yield part
        else:
            yield from _parts(part)


def _of_type(kind: type) -> str:
    """Say what a value of a type looks like; blank where the type does not tell."""
    if issubclass(kind, Enum):
        return f"Write one of: {', '.join(str(item.value) for item in kind)}"
    words = {
        bool: "Write true or false",
        int: "Write a whole number",
        float: "Write a number",
        Path: "Name a file or folder, as text",
        SecretStr: "Give the token as text",
        str: "Write text",
    }
    return "" if kind is NoneType else words.get(kind, "")


def _bound(part: object) -> str:
    """Say what a limit of the validation asks for, behind the words for the type."""
    for name, text in _BOUNDS:
        if (limit := getattr(part, name, None)) is not None:
            return text.format(f"{limit:g}")
    return ""
