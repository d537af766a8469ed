"""A report for each location of a run: `locations/NAME.csv` in the run folder.

For those who look after one location and are not to read of the others. Each file has
the columns of `report.csv`. Invariants: every row is in exactly one of the files; two
locations never share one, whatever they are called; no file of an earlier writing
lingers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer import patterns, report
from importer.journal import Depth
from importer.journal.commits import storage
from importer.runs import folders, report_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.runs.folders import RunFolder
    from importer.sentences import Language

#: The folder of the files, inside the run folder.
FOLDER = "locations"
#: What rows are written under that name no location.
NAMELESS = "no location"
#: Letters of the name of a file, which has an ending and perhaps a number behind.
_LONGEST = 60
#: Letters and digits of any language; what else is there may mean something to a shell.
_UNSAFE = patterns.later(r"[^\w .-]+")
#: Names that mean devices on Windows, whatever stands behind a dot.
_DEVICE = patterns.later(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def write(
    folder: RunFolder, names: Mapping[str, str], language: Language | None = None
) -> int:
    """Write the files from the journal, also of a run that was killed.

    Args:
        folder: of the run.
        names: of locations, by id; the run knows those that it noted at its end.
        language: that rows are told in; without one that of the run.

    Returns:
        How many there are.

    Raises:
        InputError: the journal cannot be read.
        StorageError: a file cannot be written.
    """
    book = folders.opened(folder, Depth.FACTS)
    try:
        locations = list(book.history.counts())
        known = {**book.noted().get("location_names", {}), **names}
        place = folder.path / FOLDER
        with storage():
            place.mkdir(mode=0o700, exist_ok=True)
            for old in place.glob("*.csv"):
                old.unlink()
        ending = report_lines.ending(book)
        for location, name in file_names(locations, known).items():
            blocks = report_lines.blocks(
                book, ending, location=location, language=language
            )
            report.FORMATS["csv"](place / f"{name}.csv", blocks)
    finally:
        book.close()
    return len(locations)


def file_names(locations: Iterable[str], names: Mapping[str, str]) -> dict[str, str]:
    """Return what the file of each location is called, without its ending.

    That is the location's name, or its id where it has none; one that another has
    already, in whatever case, gets the id, and if need be a number, behind.
    """
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for location in locations:
        name = _safe(names.get(location) or location or NAMELESS)
        tries = [name, _safe(f"{name[: _LONGEST // 2]} {location}")]
        number = 2
        while tries[0].casefold() in taken:
            tries = tries[1:] or [f"{name} {number}"]
            number += 1
        chosen[location] = tries[0]
        taken.add(tries[0].casefold())
    return chosen


def _safe(text: str) -> str:
    """Return a text as the name of a file that every system takes."""
    name = _UNSAFE.sub("_", text)[:_LONGEST].strip(" .-")
    return f"_{name}" if not name or _DEVICE.fullmatch(name) else name
