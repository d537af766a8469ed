"""Products by name: every location's list is read once, every row gets its ids.

Between the comparison and the sending, for rows that a collection is created for; it
brings the journal, the destination and `catalog` together. Invariants: no row is sent
before its ids are on the disk; what cannot be looked up stops only the rows that ask
for it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from importer import catalog, destination, logs
from importer.catalog import Nearest
from importer.errors import (
    AccessError,
    ListIncomplete,
    QuotaExhausted,
    UnreachableError,
    alone,
)
from importer.journal.catalog import kind_of
from importer.journal.named import Looked
from importer.models import BETWEEN, Code, Problem, Status
from importer.runs.refusals import asked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.catalog import Meaning, Wanted
    from importer.errors import FatalError
    from importer.journal import Journal
    from importer.journal.named import Row
    from importer.models import Entry
    from importer.runs.comparison import Comparison

log: logs.Log = logs.get("run")

#: Locations whose products are listed side by side.
LOCATIONS_AT_ONCE = 32
#: Rows that are looked up in one go.
BATCH = 500
#: Texts of a location for which the nearest is looked for: each costs a look at all.
NEAREST_LOOKED_FOR = 200


async def look_up(
    book: Journal,
    server: destination.Destination,
    comparison: Comparison,
    locations: Collection[str],
    beside: Counter[str] | None = None,
) -> None:
    """Look up the products of all rows that are to be created.

    Args:
        book: what the rows call their products, and where lists are kept.
        server: the API.
        comparison: is told which rows need not be sent, and which locations cannot.
        locations: those that may be asked.
        beside: takes what rows have beside the code that their lines show, where other
            processes work on the run; without one the journal does.
    """
    gate = asyncio.Semaphore(LOCATIONS_AT_ONCE)

    async def one(location_id: str, kinds: Collection[str]) -> None:
        async with gate:
            look = _Look(book, server, comparison, location_id, beside)
            await look.run(kinds)

    with alone():
        async with asyncio.TaskGroup() as group:
            among = None if beside is None else locations
            for location_id, kinds in book.named.waiting(among).items():
                if location_id in locations and location_id not in comparison.barred:
                    group.create_task(one(location_id, kinds))


class _Look:
    """The products of one location."""

    def __init__(
        self,
        book: Journal,
        there: destination.Destination,
        comparison: Comparison,
        location_id: str,
        told: Counter[str] | None,
    ) -> None:
        self._book = book
        self._there = there
        self._comparison = comparison
        self._location_id = location_id
        self._unlisted: dict[str, FatalError] = {}
        self._beside: Counter[str] = Counter()
        self._told = told
        self._near: dict[Wanted, tuple[Entry, ...]] = {}

    async def run(self, kinds: Collection[str]) -> None:
        """Read the lists that are needed, then decide row after row."""
        try:
            for kind in sorted(kinds):
                await self._list(kind)
        # the day is over: the location is left, and none of its rows is told as wrong
        except QuotaExhausted as over:
            self._comparison.bar(self._location_id, over)
            return
        last = -1
        while rows := self._book.named.rows(self._location_id, last, BATCH):
            answers = self._answers(rows)
            self._book.named.looked_up(answers)
            self._note_beside()
            stopped = sum(answer.status is not Status.PLANNED for answer in answers)
            self._comparison.withdraw(self._location_id, stopped)
            last = rows[-1].seq
            # thousands of rows are looked up without waiting for anything: others have
            # a turn
            await asyncio.sleep(0)

    def _note_beside(self) -> None:
        """Keep what the rows have beside the code that their lines show."""
        if self._told is not None:
            self._told.update(self._beside)
            self._beside.clear()
        if self._beside:
            facts = self._book.noted().get("codes_beside", {})
            self._beside.update(facts.get("products", {}))
            self._book.note(codes_beside={**facts, "products": dict(self._beside)})
            self._beside.clear()

    async def _list(self, kind: str) -> None:
        """Have a list in the journal, or know why there is none."""
        book, location_id = self._book.catalog, self._location_id
        if book.read(location_id, kind):
            return
        try:
            await asked(
                lambda: self._there.catalog(
                    location_id,
                    kind,
                    lambda page: book.keep(location_id, kind, page),
                ),
                location_id,
                self._comparison.quota_look_seconds,
            )
        except (AccessError, ListIncomplete, UnreachableError) as why:
            self._unlisted[kind] = why
            log.warning(
                "products.refused",
                location=location_id,
                message=str(why),
                remedy=why.remedy,
            )
            return
        # said after the last page: a list that broke off is read anew
        book.end(location_id, kind)
        log.info(
            "products.listed",
            location=location_id,
            kind=kind,
            items=book.count(location_id, kind),
        )

    def _answers(self, rows: Sequence[Row]) -> list[Looked]:
        listed = [row for row in rows if not self._why_not(row)]
        wanted = {call for row in listed for call in catalog.wanted(row.called)}
        entries = self._book.catalog.find(self._location_id, wanted)
        self._look_for_nearest(listed, entries)
        return [
            self._failed(row, error)
            if (error := self._why_not(row))
            else self._answer(row, entries)
            for row in rows
        ]

    def _why_not(self, row: Row) -> FatalError | None:
        """Return why a row cannot be looked up, or None."""
        kinds = (kind_of(item.field) for item in row.called)
        found = (self._unlisted.get(kind) for kind in kinds)
        return next((error for error in found if error), None)

    def _failed(self, row: Row, error: FatalError) -> Looked:
        """Return a row that a resume looks up again."""
        column = next(
            item.column for item in row.called if kind_of(item.field) in self._unlisted
        )
        reason = str(error).removeprefix(f"Location {self._location_id}: ")
        parameters = {"reason": reason, "remedy": error.remedy}
        problem = Problem(Code.PRODUCTS_NOT_LISTED, parameters, column=column)
        said = (Status.FAILED, problem.code.value, str(problem))
        return Looked(row, row.body, row.remark_code, row.remark, None, *said)

    def _answer(self, row: Row, entries: Mapping[Wanted, Sequence[Entry]]) -> Looked:
        wanted = destination.definition(row.body)
        meaning = catalog.resolve(wanted.product_ids, row.called, entries, self._near)
        if meaning.problems:
            text = BETWEEN.join(map(str, meaning.problems))
            code, *others = _codes(meaning.problems)
            self._beside.update(others)
            parts = (Status.INVALID, code, text)
            return Looked(row, row.body, "", "", meaning.found, *parts)
        body = destination.with_products(row.body, meaning.ids)
        code, message = _remarks(row, meaning)
        told = Code.PRODUCTS_BY_NAME.value, *_codes(meaning.remarks)
        self._beside.update(other for other in told if other != code)
        return Looked(row, body, code, message, meaning.found)

    def _look_for_nearest(
        self, rows: Sequence[Row], entries: Mapping[Wanted, Sequence[Entry]]
    ) -> None:
        """Find what was probably meant by what the location does not have."""
        wanted = (call for row in rows for call in sorted(catalog.wanted(row.called)))
        missing: dict[str, dict[str, Nearest]] = {}
        # looking for the nearest compares with every name of the location
        left = NEAREST_LOOKED_FOR - len(self._near)
        for field, key in dict.fromkeys(wanted):
            known = entries.get((field, key)) or (field, key) in self._near
            if left > 0 and not known:
                missing.setdefault(field, {})[key] = Nearest(key)
                left -= 1
        for field, texts in missing.items():
            for part in self._book.catalog.everything(self._location_id, field):
                keys, found = zip(*part, strict=True)
                for nearest in texts.values():
                    nearest.look_at(keys, found)
            for key, nearest in texts.items():
                self._near[field, key] = nearest.entries


def _codes(told: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem.code.value for problem in told))


def _remarks(row: Row, meaning: Meaning) -> tuple[str, str]:
    """Return what is told of a row that is sent, behind what is told already."""
    parts = [catalog.remark(row.called, meaning), *meaning.remarks]
    texts = [row.remark] if row.remark else []
    code = row.remark_code or parts[0].code.value
    return code, BETWEEN.join([*texts, *map(str, parts)])
