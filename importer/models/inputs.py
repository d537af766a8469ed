"""What the verbs of the library take: files, frames, rows, and names for them.

Only shapes stand here; what becomes of them, the intake says. A frame is whatever hands
over its columns by the Arrow C stream or the interchange protocol.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Binary(Protocol):
    """An open file, or anything else that bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes; none at the end."""


class AsyncBinary(Protocol):
    """The same where reading is awaited, such as an upload of a web server."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Return at most so many bytes; none at the end."""


class ArrowStream(Protocol):
    """A frame of any library that speaks Arrow: polars, pyarrow, DuckDB, pandas."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand over the columns."""


class ArrowArray(Protocol):
    """One batch of such a frame."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> Any:  # noqa: ANN401 - two capsules
        """Hand over the columns."""


class Interchange(Protocol):
    """A frame of a library that speaks the DataFrame interchange protocol."""

    def __dataframe__(self, nan_as_null: bool = ..., allow_copy: bool = ...) -> Any:  # noqa: ANN401, FBT001 - of the protocol
        """Hand over the columns."""


class PandasFrame(Protocol):
    """A pandas DataFrame, by what is used of it."""

    @property
    def iloc(self) -> Any:  # noqa: ANN401 - what is asked for a column by its number
        """The columns by their numbers."""

    @property
    def columns(self) -> Any:  # noqa: ANN401 - an index of whatever labels
        """The labels of the columns."""

    @property
    def index(self) -> Any:  # noqa: ANN401 - as above
        """The labels of the rows."""


class Edited:
    """Tables that were opened before, and perhaps edited: a workbench."""

    __slots__ = ()


#: What an input may be, with a name of its own or without one.
Unnamed = (
    str
    | os.PathLike[str]
    | Edited
    | Binary
    | AsyncBinary
    | PandasFrame
    | ArrowStream
    | ArrowArray
    | Interchange
    | Iterable[Mapping[str, Any]]
    | AsyncIterable[Mapping[str, Any]]
)


@dataclass(frozen=True, slots=True)
class Input:
    """An input, and what messages and reports call it.

    Attributes:
        data: a path, an open binary file, a frame, or rows as dicts.
        name: such as `"spring.csv"`; of several inputs each is better told by one.
    """

    data: Unnamed
    name: str


#: What a verb takes.
Readable = Unnamed | Input
