"""What is measured of one state: each figure is a command line that is run as a whole.

Only words of the command line that old commits know stand here, and every state gets
the same files and the same server. Invariant: a trial that did not do all of its work
is an error, never a quick one; nothing of it is left on the disk.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import processes
import rows as spreadsheet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from common import Options
    from processes import Ended

    #: The command of a state, such as python -m importer.
    Importer = Sequence[str]
    Once = Callable[[Importer], Ended]

FEW_ROWS, CHECKED_ROWS, SENT_ROWS, MANY_LOCATIONS = 10, 100_000, 20_000, 1_000
#: Enough that noise of a tenth does not hide 3 %, few enough for twelve minutes.
PAIRS = {"startup": 20, "reading": 15, "throughput": 12, "locations": 12}


@dataclass(frozen=True, slots=True)
class Trial:
    """One figure: how it is measured once, and in how many pairs."""

    what: str
    pairs: int
    once: Once


def chosen(options: Options, url: str, only: Collection[str] = ()) -> list[Trial]:
    """Return the trials of these measures, or all; their files are written here."""
    checked, sent = options.scaled(CHECKED_ROWS), options.scaled(SENT_ROWS)
    many = options.scaled(MANY_LOCATIONS)
    builders: list[tuple[str, str, Callable[[], Once]]] = [
        ("startup", "`importer --version`", lambda: _version(options)),
        ("startup", f"check of {FEW_ROWS} rows", lambda: _check(options, FEW_ROWS)),
        ("reading", f"check of {checked:,} rows", lambda: _check(options, checked)),
        ("throughput", f"run of {sent:,} rows", lambda: _run(options, url, sent, 1)),
        (
            "locations",
            f"run of {sent:,} rows in {many:,} locations",
            lambda: _run(options, url, sent, many),
        ),
    ]
    return [
        Trial(what, PAIRS[measure], build())
        for measure, what, build in builders
        if not only or measure in only
    ]


def _version(options: Options) -> Once:
    return lambda importer: _timed([*importer, "--version"], options)


def _check(options: Options, count: int) -> Once:
    path = spreadsheet.write(options.folder / f"check-{count}.csv", count)

    def once(importer: Importer) -> Ended:
        ended = _timed([*importer, "check", path, "--json"], options)
        _expect(_valid(ended), count, "valid rows")
        return ended

    return once


def _run(options: Options, url: str, count: int, locations: int) -> Once:
    name = f"run-{count}-{locations}.csv"
    path = spreadsheet.write(options.folder / name, count, locations)
    runs = options.folder / "runs"

    def once(importer: Importer) -> Ended:
        processes.tell(url, "/_reset", post=True)
        command = processes.unlimited_run(path, url, runs, importer)
        ended = _timed(command, options)
        _expect(processes.tell(url, "/_counted").get("POST"), count, "POSTs")
        shutil.rmtree(runs)
        return ended

    return once


def _timed(command: Sequence[object], options: Options) -> Ended:
    """Run it in a folder that holds no code and no settings of any state."""
    return processes.run(command, core=processes.CLIENT_CORE, folder=options.folder)


def _valid(ended: Ended) -> object:
    """Return how many good rows it counted, if it said so."""
    try:
        return ended.document["counts"]["valid"]
    except (ValueError, KeyError, TypeError):
        return None


def _expect(counted: object, wanted: int, what: str) -> None:
    if counted != wanted:
        message = f"{counted or 'no'} {what} were counted, not {wanted:,}"
        raise processes.UnexpectedEndError(message)
