"""Every JSON document that the acceptance tests see, held against its schema.

Stricter than a reader has to be: a key that no schema knows fails, too.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from importer import schemas

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Lines of a log that are looked at; one of a long run has thousands.
MOST_LINES = 300
_SEEN: set[tuple[str, int]] = set()
#: Schemas whose documents have keys that only their event knows.
_OPEN = frozenset({"log-line"})
#: Schemas by a command (or any) and a key that tells them from its others.
_BY_KEY = {
    ("", "error"): "error",
    ("check", "fix"): "fix",
    ("presets", "files"): "recognition",
    ("explain", "codes"): "codes",
}
_BY_FLAG = {"resume": ("--all", "resume-all"), "run": ("--dry-run", "plan")}
_NAMES = {
    ("config",): "config",
    ("runs", "prune"): "prune",
    ("run",): "summary",
    ("demo",): "summary",
}


def printed(args: Sequence[str], out: str) -> None:
    """Hold what a command printed with --json against the schema of the command."""
    if "--json" not in args or not out.strip():
        return
    try:
        document = json.loads(out)
    except ValueError:
        return  # the test itself says what is wrong with it
    hold(_name(args, document), document)


def files(folder: Path) -> None:
    """Hold the files of runs that are new against their schemas."""
    for path in filter(_new, folder.glob("runs/*/summary.json")):
        hold("summary", json.loads(path.read_text("utf-8")))
    for path in filter(_new, folder.glob("runs/*/run.log")):
        lines = path.read_text("utf-8").splitlines()[:MOST_LINES]
        for line in lines:
            if line.endswith("}"):  # a process that was killed cuts its last line
                hold("log-line", json.loads(line))


def planned(folder: Path, args: Sequence[str]) -> None:
    """Hold a plan that was just saved against its schema."""
    if "plan" in args[:1] and "-o" in args:
        path = folder / args[args.index("-o") + 1]
        if path.suffix == ".json" and path.is_file() and _new(path):
            hold("plan-file", json.loads(path.read_text("utf-8")))


def hold(name: str, document: Any) -> None:
    """Fail where a document is not as its schema says."""
    wrong = [
        f"{name}: {error.json_path}: {error.message[:300]}"
        for error in validator(name).iter_errors(document)
    ]
    assert not wrong, "\n".join(wrong)


@cache
def validator(name: str) -> Draft202012Validator:
    """What holds documents against a schema, and knows every key."""
    schema = schemas.schema(name)
    if name not in _OPEN:
        _close(schema)
    return Draft202012Validator(schema)


def _close(part: Any) -> None:
    if isinstance(part, dict):
        if "properties" in part and part.get("type") == "object":
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            _close(inner)
    elif isinstance(part, list):
        for inner in part:
            _close(inner)


def _new(path: Path) -> bool:
    try:
        key = (str(path), path.stat().st_mtime_ns)
    except OSError:
        return False
    if key in _SEEN:
        return False
    _SEEN.add(key)
    return True


def _name(args: Sequence[str], document: Any) -> str:
    """Give the name of the schema of what a command printed."""
    verb = args[0]
    for (of, key), name in _BY_KEY.items():
        if key in document and of in {verb, ""}:
            return name
    flag = _BY_FLAG.get(verb)
    if flag and flag[0] in args:
        return flag[1]
    found = (
        name for known, name in _NAMES.items() if tuple(args[: len(known)]) == known
    )
    return next(found, verb)
