"""Columns that nothing knows: the name that each may have been meant to be.

Words what the mapping has guessed, for the screen. Decides nothing but what is said;
what is said beside the results goes to stderr. Invariant: a header is never printed as
it came.
"""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from importer.cli import progress, screen
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.models import InputFile, UnknownColumn

_LONGEST = 40
#: So many are named on a line each.
_NAMED = 10


def warned(files: Iterable[InputFile], *, sent: bool = False) -> int:
    """Tell of the columns without which much would be missing.

    Args:
        files: the tables that were read.
        sent: whether the rows are sent without any question.

    Returns:
        How many there are.
    """
    found = [(file, column) for file in files for column in file.columns_unknown]
    found = [(file, column) for file, column in found if column.matters]
    if not found:
        return 0
    out = progress.console_for(sys.stderr)
    for line in _lines(found[:_NAMED]):
        screen.tell(out, line)
    if (more := len(found) - _NAMED) > 0:
        screen.tell(out, f"… and {more:,} more.")
    names = dict.fromkeys(column.header for _, column in found)
    typed = ",".join(map(_quoted, names))
    screen.tell(
        out,
        "Correct the header, say what it is in a mapping file (importer map FILE), or "
        f"leave it out with --ignore-columns {plain(shlex.quote(typed))}.",
    )
    if sent:
        screen.tell(
            out,
            "It is sent without in this version; the next one will refuse it without "
            "one of these.",
        )
    return len(found)


def _lines(found: Iterable[tuple[InputFile, UnknownColumn]]) -> Iterator[str]:
    for file, column in found:
        place = f"{file.file}, sheet {file.sheet}" if file.sheet else file.file
        header = plain(cut(column.header, _LONGEST))
        fields = " or ".join(column.fields)
        yield f"{plain(place)}: {header} looks like {fields}, and is not read."


def _quoted(header: str) -> str:
    """Write a header as the list of `--ignore-columns` has it."""
    doubled = " ".join(header.split()).replace('"', '""')
    return f'"{doubled}"' if doubled != header or "," in header else header
