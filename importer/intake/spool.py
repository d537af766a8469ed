"""Values in their order, a few in memory and the others in a file without a name.

For what a stage finds without knowing how much of it there will be: the bad rows of
a check. Invariant: memory does not grow with the number of values, and the file is
gone with the spool.
"""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Collection
from typing import TYPE_CHECKING, TypeVar

from importer.errors import StorageError
from importer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

#: Values that are kept in memory before they go to the file together.
TOGETHER = 1000

Value = TypeVar("Value")


class Spool(Collection[Value]):
    """A sequence that is appended to and read from its beginning, often."""

    def __init__(self) -> None:
        """Begin empty; the file is made when it is first needed."""
        self._count = 0
        self._kept: list[Value] = []
        self._file: IO[bytes] | None = None

    def append(self, value: Value) -> None:
        """Add a value.

        Raises:
            StorageError: the folder for temporary files is full.
        """
        self._count += 1
        self._kept.append(value)
        if len(self._kept) < TOGETHER:
            return
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="importer-")  # noqa: SIM115
                # the file has no name, and goes with the spool
                weakref.finalize(self, self._file.close)
            self._file.seek(0, 2)
            pickle.dump(self._kept, self._file, pickle.HIGHEST_PROTOCOL)
        except OSError as full:
            msg = f"What was found cannot be kept: {full.strerror or full}."
            raise StorageError(
                msg, remedy="Make room in the folder for temporary files."
            ) from None
        self._kept = []

    def __repr__(self) -> str:
        """Say how many there are, and not which."""
        return f"<{counted(self._count, 'value')}>"

    def __len__(self) -> int:
        """Count the values."""
        return self._count

    def __contains__(self, value: object) -> bool:
        """Return whether a value is among them; reads them all."""
        return any(item == value for item in self)

    def __iter__(self) -> Iterator[Value]:
        """Yield all values in their order; nothing may be appended meanwhile."""
        if self._file is not None:
            self._file.flush()
            end = self._file.seek(0, 2)
            # places are kept by the reader, as several may read at once
            place = 0
            while place < end:
                self._file.seek(place)  # another reader may have moved it
                some = pickle.load(self._file)  # noqa: S301 - written by ourselves
                place = self._file.tell()
                yield from some
        yield from self._kept
