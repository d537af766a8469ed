"""JSON Schemas of the documents that other programs read, as they are in docs/schemas.

    from importer import schemas

    schemas.names()
    schemas.schema("summary")

They are files beside this module, made of `documents` by `make schemas`. Invariant: a
schema refuses no document of a later version of the importer with the same number.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from importer.errors import UsageError

_ENDING = ".json"


def names() -> tuple[str, ...]:
    """Return the names of all schemas."""
    found = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(n.removesuffix(_ENDING) for n in found if n.endswith(_ENDING)))


def schema(name: str) -> dict[str, Any]:
    """Return a schema, as JSON Schema 2020-12.

    Raises:
        UsageError: there is none of that name.
    """
    if name not in names():
        msg = f"There is no schema {name!r:.60}."
        raise UsageError(msg, remedy=f"Write one of: {', '.join(names())}.")
    file = resources.files(__name__) / f"{name}{_ENDING}"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found
