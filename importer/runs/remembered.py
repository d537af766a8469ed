"""What earlier runs sent for collections, where a list does not show what they hold.

Journals of the same server only, and only for collections that are asked for: products
and rules as they were last sent, and which values the server showed otherwise than they
were sent. It reads and decides nothing. Invariant: what is shown by the server goes
before what a journal remembers.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import orjson

from importer import destination, journal
from importer.client import descriptors
from importer.errors import FatalError
from importer.models import Status
from importer.runs import folders, other_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from importer.journal import Home, Journal
    from importer.models import Definition, Existing, Sent
    from importer.runs.folders import RunFolder

#: One journal for so many files that may be open: it needs three itself.
FILES_FOR_A_JOURNAL = 16
#: What may be shown otherwise than it was sent.
COMPARED = (
    *("name", "image", "seo_title", "seo_description"),
    *("product_ids", "rules"),
)


@dataclass(slots=True)
class Known:
    """What journals know of one collection.

    `last` is what was sent last that an update of products goes by, None where that is
    not known; `rewritten` are pairs of what was sent and what the server made of it.
    """

    last: Existing | None = None
    sent_at: float = float("-inf")
    rewritten: tuple[tuple[Existing, Existing], ...] = ()

    def completed(self, wanted: Definition, existing: Existing) -> Existing:
        """Complete a collection with what the list leaves out, or rewrites.

        Args:
            wanted: what the row says: a value that the server is known to have made of
                just that is taken for it.
            existing: the collection as the list shows it.
        """
        if self.last is not None and existing.product_ids is None:
            existing = replace(existing, product_ids=self.last.product_ids)
        if self.last is not None and existing.rules is None:
            existing = replace(existing, rules=self.last.rules)
        # what was sent, and shown as it is now: the row asks for what is there
        for sent, shown in self.rewritten:
            same: dict[str, Any] = {
                field: getattr(wanted, field)
                for field in COMPARED
                if getattr(sent, field) == getattr(wanted, field)
                and getattr(shown, field) == getattr(existing, field)
            }
            existing = replace(existing, **same)
        return existing


class Remembered:
    """The journals of other runs against one server, opened when they are needed."""

    def __init__(
        self,
        folder: RunFolder,
        home: Home,
        base_url: str,
        instance: Callable[[], str | None],
        locations: Collection[str] | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            folder: the run that asks; it may be a plan, in a folder of its own.
            home: where the runs are kept.
            base_url: the server that it speaks to.
            instance: says which one answers there, once an answer has come.
            locations: where the collections are; None where that is not known.
        """
        self._own = folder.path.resolve()
        self._home, self._locations = home, locations
        self._base_url, self._instance = base_url, instance
        self._stack = ExitStack()
        self._open: dict[RunFolder, Journal] = {}
        self._kept_open = _kept_open(home.most_open)
        #: the locations that each run sent to
        self._touched: dict[RunFolder, frozenset[str]] | None = None

    def __enter__(self) -> Self:
        """Enter; nothing is opened before it is needed."""
        return self

    def __exit__(self, *failure: object) -> None:
        """Close the journals."""
        self._stack.close()

    def of(self, location_id: str, wanted: Collection[str]) -> dict[str, Known]:
        """Return what is known of some collections of a location, by their ids."""
        known: dict[str, Known] = {}
        if not wanted:
            return known
        for run, touched in self._journals().items():
            if location_id not in touched:
                continue
            for book in self._opened(run):
                states = (Status.CREATED, Status.UPDATED)
                for row in book.review.sent(location_id, *states):
                    if row.collection_id in wanted:
                        _learn(known.setdefault(row.collection_id, Known()), row)
        return known

    def _journals(self) -> dict[RunFolder, frozenset[str]]:
        """Return the runs against this server, with the locations that they sent to."""
        if self._touched is None:
            self._touched = {}
            for run in folders.related(self._home, self._locations):
                if run.path.resolve() == self._own:
                    continue
                for book in self._opened(run):
                    place = (self._base_url, self._instance() or "")
                    if other_runs.same_server(book.noted(), *place):
                        self._touched[run] = frozenset(book.review.touched())
        return self._touched

    def _opened(self, run: RunFolder) -> Iterator[Journal]:
        """Yield the journal of a run; none where it cannot be read."""
        if run in self._open:
            yield self._open[run]
            return
        try:
            book = journal.open(run.store, depth=journal.Depth.FACTS)
        except FatalError:
            return
        if len(self._open) < self._kept_open:
            self._stack.callback(book.close)
            self._open[run] = book
            yield book
            return
        try:
            yield book
        finally:
            book.close()


def _kept_open(most_open: int) -> int:
    """Return how many journals stay open: fewer where the system allows few files."""
    most = descriptors.limit()
    return most_open if most is None else min(most_open, most // FILES_FOR_A_JOURNAL)


def _learn(known: Known, row: Sent) -> None:
    """Take in what one run sent for a collection, and what it was shown."""
    body = orjson.loads(row.body)
    at = row.finished_at or 0.0
    created = row.status is Status.CREATED
    # an update that left products out says nothing of them
    if at >= known.sent_at and (created or {"productIds", "rules"} & body.keys()):
        full = {"productIds": [], "rules": {}, **body}
        known.last, known.sent_at = _stated(row, full), at
    if row.shown:
        sent = _stated(row, body)
        pair = (sent, _stated(row, {**body, **orjson.loads(row.shown)}))
        known.rewritten = (*known.rewritten, pair)


def _stated(row: Sent, body: dict[str, Any]) -> Existing:
    """Return what a body says, as a list would show it."""
    return destination.stated(row.location_id, row.collection_id, body)
