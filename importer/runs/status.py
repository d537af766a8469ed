"""How far runs are, asked from outside: by another terminal, or another machine.

Reads journals, the same whoever works on them, and disturbs no one. Invariant: nothing
is written, and no list of a location is asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from importer.journal import Depth
from importer.models import PROBLEMS, WRONG_AT_SERVER, State, Status
from importer.runs import balance, folders, inventory, worktime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.errors import FatalError
    from importer.journal import Home, Journal
    from importer.models import Canary, ReportLine
    from importer.runs.folders import RunFolder
    from importer.runs.inventory import Listed

#: States of rows that are still to be done, as a report shows them.
LEFT = (Status.UNKNOWN, Status.NOT_ATTEMPTED)
#: Of fewer rows nothing is said of how fast a location is.
LEAST = 5
#: States of a run that nothing is waiting for.
OVER = (State.FINISHED, State.UNDONE)


@dataclass(frozen=True, slots=True)
class AtLocation:
    """How far a run is at a location.

    `stopped` is why it was left before all was done; `parked` says that its day is
    over, `until` when it begins anew, None where HighLevel did not say.
    """

    location_id: str
    counts: Mapping[str, int]
    name: str = ""
    stopped: str = ""
    parked: bool = False
    until: float | None = None

    @property
    def left(self) -> int:
        """Rows that are still to be done."""
        return _count(self.counts, LEFT)

    @property
    def problems(self) -> int:
        """Rows with a problem."""
        return _count(self.counts, PROBLEMS)

    @property
    def urgency(self) -> tuple[bool, bool, int, int, str]:
        """What sorts locations: first those that need a person."""
        refused = bool(self.stopped) and not self.parked
        waits = bool(self.counts.get(Status.UNKNOWN))
        return not refused, not waits, -self.problems, -self.left, self.location_id


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is; times are seconds since the epoch.

    `process` works on it since `since`; without one, `since` is when the last one
    ended, None where that is not known. `rate` are rows a second and `ends_at` is when
    it will end at that; both are None where too little was done to tell. `canary` are
    the locations that go before all others, None where none do.
    """

    folder: RunFolder
    state: State
    process: int | None
    since: float | None
    counts: Mapping[str, int]
    locations: tuple[AtLocation, ...] = ()
    stopped: str = ""
    exit_code: int | None = None
    rate: float | None = None
    ends_at: float | None = None
    canary: Canary | None = None

    @property
    def rows(self) -> int:
        """All rows that were read."""
        return sum(self.counts.values())

    @property
    def left(self) -> int:
        """Rows that are still to be done."""
        return _count(self.counts, LEFT)


@dataclass(slots=True)
class Overview:
    """The runs that are at work or wait, and why nothing is known of others."""

    runs: list[Standing] = field(default_factory=list)
    unread: list[FatalError] = field(default_factory=list)


def overview(home: Home, names: Mapping[str, str]) -> Overview:
    """Return how far the runs are that are not over, the oldest first.

    Args:
        home: where the runs are kept.
        names: of locations, by id.
    """
    found = Overview()
    known = inventory.listed(home, verified=False)
    for run in sorted(known, key=lambda run: run.facts.get("started_at", 0.0)):
        if run.problem is not None:
            found.unread.append(run.problem)
        elif run.facts and (run.process or run.facts["state"] not in OVER):
            found.runs.append(standing(run.folder, names))
    return found


def standing(folder: RunFolder, names: Mapping[str, str]) -> Standing:
    """Return how far a run is.

    Raises:
        InputError: its journal cannot be read.
    """
    # asked first: a run that ends in between is only told as at work
    process = folder.claims.holder(folder.run_id)
    book = folders.opened(folder, Depth.FACTS)
    try:
        with book.readable():
            return _standing(folder, process, book, names)
    finally:
        book.close()


def problems(folder: RunFolder) -> Iterator[ReportLine]:
    """Yield the rows with a problem, or without a clear answer, so far.

    Raises:
        InputError: its journal cannot be read.
    """
    book = folders.opened(folder, Depth.FACTS)
    try:
        with book.readable():
            for block in book.history.blocks(
                *PROBLEMS, Status.UNKNOWN, codes=WRONG_AT_SERVER
            ):
                yield from block
    finally:
        book.close()


def _standing(
    folder: RunFolder, process: int | None, book: Journal, names: Mapping[str, str]
) -> Standing:
    facts = book.noted()
    by_location = balance.by_location(book)
    counts = {name: n for name, n in balance.totals(by_location).items() if n}
    since, rate, ends_at = facts.get("finished_at"), None, None
    if process is not None:
        since = facts.get(worktime.SINCE)
        rate, ends_at = _pace(book, by_location, since)
    told = inventory.Listed(folder, facts, counts, process)
    at = tuple(_locations(facts, by_location, names, ended=process is None))
    stopped = "" if process is not None else facts.get("stopped", "")
    ended_with = None if process is not None else facts.get("exit_code")
    return Standing(
        folder,
        _state(told),
        process,
        since,
        counts,
        tuple(sorted(at, key=lambda location: location.urgency)),
        stopped,
        ended_with,
        rate,
        ends_at,
        balance.canary(facts),
    )


def _state(run: Listed) -> State:
    """Return the state of a run whose journal can be read, as a person is told it."""
    if run.unconfirmed:
        return State.UNCONFIRMED
    if run.paused:
        return State.PAUSED
    state = State(run.facts["state"])
    gone = state is State.RUNNING and run.process is None
    return State.INTERRUPTED if gone else state


def _locations(
    facts: Mapping[str, Any],
    by_location: Mapping[str, Mapping[str, int]],
    names: Mapping[str, str],
    *,
    ended: bool,
) -> Iterator[AtLocation]:
    """Yield the locations of a run; why one was left is known once it has ended."""
    known = {**facts.get("location_names", {}), **names}
    stops = facts.get("location_stops", {}) if ended else {}
    parked = facts.get("parked", ()) if ended else ()
    until = facts.get("parked_until", {})
    for location, counts in by_location.items():
        yield AtLocation(
            location,
            counts,
            known.get(location, ""),
            stops.get(location, ""),
            location in parked,
            until.get(location) if location in parked else None,
        )


def _pace(
    book: Journal, by_location: Mapping[str, Mapping[str, int]], since: float | None
) -> tuple[float | None, float | None]:
    """Return rows a second, and when all will be done at that.

    The slowest location counts: each has a limit of its own.
    """
    if since is None:
        return None, None
    now, paces = time.time(), book.history.paces(since)
    done = sum(pace.rows for pace in paces.values())
    if done < LEAST:
        return None, None
    first = min(pace.first_at for pace in paces.values())
    rate = done / max(0.1, now - first)
    left = {text: _count(counts, LEFT) for text, counts in by_location.items()}
    longest = sum(left.values()) / rate
    for location, pace in paces.items():
        if left.get(location) and pace.rows >= LEAST:
            seconds = max(0.1, now - pace.first_at)
            longest = max(longest, left[location] * seconds / pace.rows)
    return rate, now + longest


def _count(counts: Mapping[str, int], statuses: tuple[Status, ...]) -> int:
    return sum(counts.get(status, 0) for status in statuses)
