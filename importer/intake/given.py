"""What a program hands over, as a place to read from or as a table.

Paths stay paths; an open file is copied to a temporary one, and left where it stood,
so that it can be checked first and run afterwards; frames and rows become tables.
Invariant: two inputs that are no paths never have the same name.
"""

from __future__ import annotations

import inspect
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import source
from importer.errors import InputError, UsageError
from importer.intake import dicts
from importer.models import Input, Table
from importer.models.inputs import Edited
from importer.source import Content, pipes

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.mapping import Spec
    from importer.models.inputs import Readable

_BINARY = bytes | bytearray | memoryview
_KINDS = (
    "a path, an open binary file, a DataFrame (pandas, polars, pyarrow, DuckDB) or an "
    "iterable of dicts"
)


class Prepared(Edited, ABC):
    """An input whose tables were read and understood before, and perhaps edited."""

    @abstractmethod
    def read(self) -> list[Table]:
        """Return its tables as they are now; their rows can be read while it changes.

        Raises:
            InputError: it has none that can be read.
        """

    @abstractmethod
    def specified(self, spec: Spec, table: Table) -> Spec:
        """Return how one is to be understood, from what the settings say."""

    @property
    @abstractmethod
    def meaning(self) -> Mapping[str, str]:
        """The settings that they were opened with, which hold where none is given."""


#: Where an input can be read, or what was read of it.
Taken = Path | Content | Table | Prepared


class Names:
    """What the inputs of a verb are called."""

    def __init__(self) -> None:
        """Begin with none."""
        self._taken: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """Return the name, with a number behind it where it was given before."""
        count = self._taken[name] = self._taken.get(name, 0) + 1
        return name if count == 1 else self.unique(f"{name} {count}")


def taken(given: Readable, names: Names, halted: Callable[[], bool]) -> Taken:
    """Take in an input: where it can be read, or its table.

    Raises:
        InputError: a frame or rows cannot be read, or a path is blank.
        UsageError: it is nothing that can be read, or has no usable name.
        StorageError: the folder for temporary files is full.
    """
    data: Any = given.data if isinstance(given, Input) else given
    if isinstance(data, str | os.PathLike):
        return _of_path(given, data)
    if isinstance(data, Prepared):
        return data
    return _of_memory(data, names.unique(name_of(given)), halted)


def _of_memory(data: Any, name: str, halted: Callable[[], bool]) -> Content | Table:  # noqa: ANN401 - whatever was given
    """Take in what is no path."""
    if isinstance(data, dicts.Dicts):
        data.name = name
        return data.table()
    if _is_pandas(data):
        return source.from_frame(data, name)
    if source.is_frame(data):
        return source.from_columns(data, name)
    if callable(getattr(data, "read", None)):
        return source.from_stream(data, name)
    if isinstance(data, Iterable) and not isinstance(data, Mapping | _BINARY):
        return _rows(data, name, halted)
    raise _refused(data)


def _rows(data: Iterable[object], name: str, halted: Callable[[], bool]) -> Table:
    """Read rows; a column of a frame is told as that.

    Raises:
        InputError: there is no row, or one is no dict.
    """
    try:
        return dicts.read(data, name, halted)
    except InputError as refused:
        if hasattr(type(data), "to_frame"):
            refused.remedy = "Make a frame of it: column.to_frame()."
        raise


def _of_path(given: Readable, data: str | os.PathLike[str]) -> Path | Content:
    path = _path(data)
    if isinstance(given, Input):
        return _named(path, _checked(given.name))
    # what is looked at more than once is kept, as it comes only once
    return pipes.content(path) if source.is_gone_once_read(path) else path


def _path(data: str | os.PathLike[str]) -> Path:
    """Return the path of an input.

    Raises:
        InputError: it is blank, which would be the current folder.
    """
    text = os.fspath(data)
    if not text.strip():
        msg = f"An input is called {text!r:.60}, which names no file."
        raise InputError(msg, remedy="Name a file, or . for the current folder.")
    return Path(data)


def name_of(given: Readable) -> str:
    """Return what an input that is no path is called, before others are looked at.

    Raises:
        UsageError: the name that was given is none.
    """
    if isinstance(given, Input):
        return _checked(given.name)
    if _is_pandas(given) or source.is_frame(given):
        return type(given).__name__
    if callable(getattr(given, "read", None)):
        for attribute in ("filename", "name"):
            name = getattr(given, attribute, None)
            if isinstance(name, str) and (last := Path(name).name).isprintable():
                return last or "file"
        return "file"
    return "rows"


def _is_pandas(data: object) -> bool:
    kind = type(data)
    return hasattr(kind, "itertuples") and hasattr(kind, "iloc")


def _checked(name: object) -> str:
    """Return a name that was given.

    Raises:
        UsageError: it is none.
    """
    if isinstance(name, str) and name.strip() and name.isprintable():
        return name
    msg = f"An input cannot be called {name!r:.60}."
    raise UsageError(msg, remedy='Give a name of one line: Input(…, name="spring").')


def _named(path: Path, name: str) -> Content:
    """Return a file under another name.

    Raises:
        UsageError: it is no single file.
    """
    if str(path) == source.STANDARD_INPUT or path.is_dir():
        what = "a folder" if path.is_dir() else "standard input"
        msg = f"{path} is {what}, which cannot have another name."
        raise UsageError(msg, remedy="Name its files one by one, or leave name out.")
    if pipes.is_pipe(path):
        return pipes.content(path, name)
    return Content(path, path, name)


def _refused(data: object) -> UsageError:
    kind = type(data)
    msg = f"{kind.__name__} is no input: {_KINDS} is."
    remedy = _not_begun(data) or "Make one of it: pandas.DataFrame(…)."
    if isinstance(data, Mapping):
        remedy = "A dict is one row: give a list of them, or a DataFrame of columns."
    elif isinstance(data, Input):
        remedy = "Give the Input that is inside of it."
    elif isinstance(data, _BINARY):
        remedy = 'Give io.BytesIO(data), with a name: Input(…, name="spring.csv").'
    elif hasattr(kind, "collect"):
        remedy = "Collect it first: frame.collect()."
    elif hasattr(kind, "to_pandas"):
        remedy = "Make one of it: frame.to_pandas()."
    return UsageError(msg, remedy=remedy)


def _not_begun(data: object) -> str:
    """Say what to write for work that was not called, or not awaited; else nothing."""
    if inspect.isroutine(data):
        return f"Call it, and give what it returns: {data.__name__}()."
    if not inspect.isawaitable(data):
        return ""
    if inspect.iscoroutine(data):
        data.close()  # or Python would warn that it was never awaited
    return "Await it first, and give what it returns."
