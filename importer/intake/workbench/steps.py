"""What was done on a bench: who, when, what, before and after; and where it is kept.

Each step is a line of JSON at the end of `history.jsonl` in the folder of a draft, so
that the draft can be opened again after a crash. Knows no table. Invariants: a line is
never changed, a step that is taken back is told by another line; half a line at the
end, of a crash, is no step.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from importer.errors import DraftError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: The file in the folder of a draft.
NAME: Final = "history.jsonl"


class CellEdit(NamedTuple):
    """One cell that was changed; `number` is its column's, counted from 1."""

    row: int
    column: str
    number: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done on a bench.

    Attributes:
        number: counted from 1.
        when: the moment, in UTC.
        by: who did it, as far as that was told.
        what: `opened`, `edit`, `apply`, `leave_out`, `take_in`, `map` or `undo`.
        cells: what was changed in which.
        rows: those that were left out, or taken in.
        mapping: what the columns are called from now on, by their headers.
        takes_back: the number of the step that an `undo` takes back.
        note: which repair was applied, or which file was opened.
        digest: what tells the rows of that file from others.
    """

    number: int
    when: str
    by: str
    what: str
    cells: tuple[CellEdit, ...] = ()
    rows: tuple[int, ...] = ()
    mapping: Mapping[str, str] | None = None
    takes_back: int = 0
    note: str = ""
    digest: str = ""


class History:
    """The steps of one bench, in memory and, where there is a folder, on the disk."""

    def __init__(self, folder: Path | None, clock: Callable[[], float]) -> None:
        """Begin where an earlier process has left off.

        Raises:
            DraftError: the history in the folder cannot be read.
            StorageError: it cannot be written.
        """
        self._clock = clock
        self._path = folder / NAME if folder is not None else None
        self.steps: list[Step] = []
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self.steps = _read(self._path)
        except OSError as failure:
            raise _unwritable(self._path, failure) from failure

    def add(self, what: str, by: str, **said: Any) -> Step:  # noqa: ANN401 - fields of a step
        """Note a step, on the disk before this returns.

        Raises:
            StorageError: it cannot be written.
        """
        when = datetime.fromtimestamp(self._clock(), UTC).isoformat()
        step = Step(len(self.steps) + 1, when, by, what, **said)
        if self._path is not None:
            told = {name: value for name, value in asdict(step).items() if value}
            # halves of characters may stand in cells: json writes them as codes
            line = json.dumps(told) + "\n"
            try:
                with self._path.open("a", encoding="ascii") as stream:
                    stream.write(line)
                    stream.flush()
                    os.fsync(stream.fileno())
            except OSError as failure:
                raise _unwritable(self._path, failure) from failure
        self.steps.append(step)
        return step

    def who(self, row: int, number: int) -> Step | None:
        """Return the last step that changed a cell."""
        for step in reversed(self.steps):
            for edit in step.cells:
                if (edit.row, edit.number) == (row, number):
                    return step
        return None


def _read(path: Path) -> list[Step]:
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        # half a line is what a crash leaves: the step was never told to anyone
        with path.open("r+b") as stream:
            stream.truncate(whole)
    steps = []
    for at, line in enumerate(content[:whole].splitlines(), start=1):
        try:
            found: dict[str, Any] = json.loads(line)
            cells = tuple(CellEdit(*cell) for cell in found.pop("cells", ()))
            rows = tuple(found.pop("rows", ()))
            by = found.pop("by", "")
            steps.append(Step(by=by, cells=cells, rows=rows, **found))
        except (ValueError, TypeError) as broken:
            msg = f"{path}: line {at} is no step of a history."
            remedy = "Name the folder of a draft, or an empty one."
            raise DraftError(msg, remedy=remedy) from broken
    return steps


def _unwritable(path: Path, failure: OSError) -> StorageError:
    msg = f"{path}: what is done cannot be kept ({failure.strerror or failure})."
    remedy = "Make room on the disk, or name another folder for the draft."
    return StorageError(msg, remedy=remedy)
