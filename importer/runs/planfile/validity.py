"""Whether a plan still holds: the input first, then what the location came to.

Lays the plan beside the journal of the run that wants to follow it, row by row.
Invariant: a run goes on only where every row is read and decided as the plan has it;
otherwise it is told which row, or which collection, is another one.
"""

from __future__ import annotations

import shlex
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer.errors import PlanOutdated
from importer.runs.planfile import entries
from importer.runs.planfile.document import fingerprints
from importer.settings import meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from importer.journal import Journal
    from importer.runs.planfile.document import StoredPlan
    from importer.runs.planfile.entries import Entry

#: Differences that are named; the others are counted.
NAMED = 3


def check_input(plan: StoredPlan, book: Journal) -> None:
    """Say whether the input is that of the plan, once it has been read.

    Raises:
        PlanOutdated: it is not; the message names the first rows that differ.
        InputError: a file cannot be read.
    """
    pairs = zip_longest(plan.rows(), _now(book))
    rows = (entries.other_row(planned, now) for planned, now in pairs)
    # rows first: they name what a person has changed, headers and files only that
    # something was
    _refuse(plan, "The input", rows, "rows")
    _refuse(plan, "The input", _other_headers(plan, book), "headers")
    _refuse(plan, "The input", _other_files(plan, book), "files")


def check_decisions(plan: StoredPlan, book: Journal) -> None:
    """Say whether every row was decided as the plan has it.

    Raises:
        PlanOutdated: one was not; the message names the first of them.
    """
    pairs = zip(plan.rows(), _now(book), strict=True)
    rows = (entries.other_decision(planned, now) for planned, now in pairs)
    _refuse(plan, "A location, or a setting,", rows, "rows")


def _now(book: Journal) -> Iterator[Entry]:
    tables = book.history.files()
    return (entries.entry(row, tables[row.input]) for row in book.decided.rows())


def _other_headers(plan: StoredPlan, book: Journal) -> Iterator[str]:
    planned = [table["header"] for table in plan.heading["tables"]]
    tables = book.history.files()
    headers = book.decided.headers()
    for known, header, file in zip(planned, headers, tables, strict=False):
        if known != entries.fingerprint(header.encode()):
            yield f"the header of {file.file} was changed"


def _other_files(plan: StoredPlan, book: Journal) -> Iterator[str]:
    """Yield the files that hold the same rows and are not the same by their bytes."""
    planned = [file for each in plan.heading["inputs"] for file in each["files"]]
    paths: list[str] = book.noted()["inputs"]
    now = [fingerprint for path in paths for fingerprint in fingerprints(path)]
    if planned and now and len(planned) != len(now):
        yield f"there are {len(now)} files, not {len(planned)}"
    for before, after in zip(planned, now, strict=False):
        if _letters(before) != _letters(after):
            yield f"{after['name']} was saved anew, though none of its rows is another"


def _letters(file: dict[str, Any]) -> tuple[int, str]:
    return file["bytes"], file["sha256"]


def _refuse(plan: StoredPlan, subject: str, found: Iterable[str], noun: str) -> None:
    named: list[str] = []
    more = 0
    for text in filter(None, found):
        if len(named) < NAMED:
            named.append(text)
        else:
            more += 1
    if not named:
        return
    others = f"; and {more:,} more {noun}" if more else ""
    msg = (
        f"{subject} has changed since {plan.path} was made: "
        f"{'; '.join(named)}{others}. "
        "Nothing was sent."
    )
    files = " ".join(_near(given["path"]) for given in plan.heading["inputs"]) or "FILE"
    kept: dict[str, str] = plan.heading["settings"]
    given = meaning.differing(kept, ("on_existing", "update_products"))
    again = f"importer plan {files} -o {shlex.quote(str(plan.path))}{given}"
    raise PlanOutdated(msg, remedy=f"Make a new plan with the same flags: {again}")


def _near(path: str) -> str:
    """Return a path as it is typed where the program was started."""
    with suppress(ValueError):
        path = str(Path(path).relative_to(Path.cwd()))
    return shlex.quote(path)
