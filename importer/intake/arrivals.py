"""Inputs that only an event loop can read: async files, and rows that arrive by and by.

They are read to their end before the others, into temporary files, and the intake reads
them from there in its thread. Invariants: the event loop goes on meanwhile; inputs that
need no event loop are given back untouched.
"""

from __future__ import annotations

import asyncio
import inspect
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

from importer import source
from importer.errors import StorageError
from importer.intake.dicts import Dicts
from importer.intake.given import name_of
from importer.models import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.models.inputs import Readable

_BLOCK = 1 << 20
#: Rows that are taken in before others in the loop have their turn.
_TOGETHER = 200


def awaited(inputs: Sequence[Readable]) -> bool:
    """Return whether an input can only be read in an event loop."""
    return any(_is_file(data) or _is_rows(data) for data in map(_data, inputs))


async def gathered(inputs: Sequence[Readable]) -> tuple[Readable, ...]:
    """Read what arrives to its end; the others are as they were.

    Raises:
        InputError: a row is no dict, or a file gives nothing.
        UsageError: a file gives text.
        StorageError: the folder for temporary files is full.
        Exception: whatever the rows or files raise.
    """
    return tuple([await _gathered(given) for given in inputs])


async def _gathered(given: Readable) -> Readable:
    data = _data(given)
    if _is_file(data):
        name = name_of(given)
        return Input(await _file(data, name), name)
    if not _is_rows(data):
        return given
    rows = Dicts(name_of(given), once=hasattr(data, "__anext__"))
    number = 0
    async for row in data:
        rows.add(row)
        number += 1
        if not number % _TOGETHER:
            await asyncio.sleep(0)
    return Input(rows, rows.name)  # type: ignore[arg-type] # `given.taken` knows it


async def _file(data: Any, name: str) -> Any:  # noqa: ANN401 - an async file, and a file
    """Copy an async file to a temporary one, and stand at its beginning."""
    kept = tempfile.TemporaryFile(prefix="importer-")  # noqa: SIM115 - as long as it is used
    weakref.finalize(kept, kept.close)
    while block := source.only_bytes(await data.read(_BLOCK), name):
        try:
            kept.write(block)
        except OSError as full:
            msg = f"The input could not be kept for reading ({full.strerror or full})."
            remedy = "Make room in the folder for temporary files."
            raise StorageError(msg, remedy=remedy) from full
    if not kept.tell():
        raise source.used_up(name, "await file.seek(0)")
    kept.seek(0)
    return kept


def _data(given: Readable) -> Any:  # noqa: ANN401 - whatever was given
    return given.data if isinstance(given, Input) else given


def _is_file(data: object) -> bool:
    return inspect.iscoroutinefunction(getattr(data, "read", None))


def _is_rows(data: object) -> bool:
    return hasattr(type(data), "__aiter__") and not _is_file(data)
