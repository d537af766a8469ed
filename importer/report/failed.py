"""`failed.csv`: the rows to fix, as the input had them.

The input's own columns in their order and its cells untouched, with `problem`
behind, so that the file can be corrected and run again. Invariant: rows of different
headers never share a file, and a file of an earlier writing does not linger.
"""

from __future__ import annotations

import csv
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

from importer import atomic_files
from importer.errors import StorageError
from importer.models import PROBLEMS
from importer.report.input_columns import PROBLEM, own, rows
from importer.report.lines import LfLines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from importer.models import ReportLine


# With a BOM: this file is made to be opened in a spreadsheet, saved and run again,
# and without one Excel reads and saves every accented letter as two wrong ones.
ENCODING = "utf-8-sig"

_OURS = re.compile(r"failed(-[0-9]+)?\.csv")


class _Writer(Protocol):
    def writerow(self, row: Iterable[str], /) -> object: ...


def write_failed(folder: Path, lines: Iterable[ReportLine]) -> list[Path]:
    """Write the rows to fix, one file for each header: `failed.csv`, `failed-2.csv`.

    Returns the files that were written, none where there is nothing to fix; such
    files of an earlier writing are removed.

    Raises:
        StorageError: a file cannot be written.
    """
    writers: dict[tuple[str, ...], _Writer] = {}
    written: list[Path] = []
    with ExitStack() as open_files:
        for line in lines:
            if line.status not in PROBLEMS:
                continue
            header = own(line.header).header
            if header not in writers:
                path = folder / _name(len(written) + 1)
                stream = open_files.enter_context(atomic_files.text(path, ENCODING))
                writers[header] = csv.writer(LfLines(stream))
                writers[header].writerow((*header, PROBLEM))
                written.append(path)
            for cells in rows(line):
                writers[header].writerow(_mendable(line, cells))
    _remove_stale(folder, written)
    return written


def _name(number: int) -> str:
    return "failed.csv" if number == 1 else f"failed-{number}.csv"


def _mendable(line: ReportLine, row: tuple[str, ...]) -> list[str]:
    """Give the row's own cells with what is wrong in the last column.

    A short row is filled up. The surplus of a long one stands behind the problem,
    where the row is still too long for the file until it is fixed.
    """
    cells, surplus = own(line.header).cells(row)
    return [*cells, line.message, *surplus]


def _remove_stale(folder: Path, written: list[Path]) -> None:
    try:
        for path in folder.iterdir():
            if _OURS.fullmatch(path.name) and path not in written:
                path.unlink()
    except OSError as problem:
        msg = f"{folder} cannot be tidied up: {problem.strerror or problem}."
        raise StorageError(msg) from problem
