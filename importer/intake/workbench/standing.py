"""What the rows of all tables on a bench come to, kept up to date edit by edit.

Where every table can be judged row by row, a row that changes is taken out and put in
again, and moves those that share its slug; else a check of the tables is asked, whole.
Invariant: either way it says what a check says.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.intake import claims, judged
from importer.intake.claims import ROWS
from importer.intake.workbench.ledger import Ledger
from importer.intake.workbench.rivals import Rivals
from importer.models import Code, DoneBefore, Invalid, Status, Valid
from importer.models.codes import TEXT_REMARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.intake.check import CheckResult
    from importer.intake.workbench.offers import Considered
    from importer.intake.workbench.rivals import Moved
    from importer.intake.workbench.sheet import Found, Sheet
    from importer.models import Checked, Fields, InputFile, Problem, Row

    #: What is told of a row; nothing where it is in no collection.
    Told = tuple[Status, Checked | DoneBefore]

#: So many rows are kept as they were judged: those of a few pages.
LOOKED_AT = 500


class Standing:
    """The judged rows of some tables."""

    def __init__(
        self,
        sheets: list[Sheet],
        check: Callable[[], CheckResult],
        holding: Callable[[], claims.Seen],
    ) -> None:
        """Judge them all.

        Args:
            sheets: the tables.
            check: checks the same tables as a whole.
            holding: tells which rows have which slugs then.
        """
        self._sheets = sheets
        self.seen: claims.Seen = claims.Seen()
        self._rivals = Rivals(self.seen)
        self._ledger = Ledger(self.seen.first)
        self._done: set[int] = set()
        self._last = dict.fromkeys(range(len(sheets)), -1)
        self._totals: Counter[int] = Counter()
        self.whole: CheckResult | None = None
        self._bad: dict[int, list[tuple[Status, Invalid]]] = {}
        self._holding = holding
        self._holders: claims.Seen | None = None
        #: what was found that can be corrected, of rows that are as they were then
        self.considered: dict[int, Considered] = {}
        #: what the rows that were looked at last come to by themselves
        self._alone: dict[int, tuple[Fields, Checked]] = {}
        if all(sheet.local for sheet in sheets):
            self._judge_all()
        else:
            self.whole = check()
            numbers = {(s.opened.table.file, s.opened.table.sheet): s for s in sheets}
            for status, refused in self.whole.bad:
                number = numbers[refused.row.where].number
                here = number * ROWS + refused.row.first
                self._bad.setdefault(here, []).append((status, refused))

    def _judge_all(self) -> None:
        for sheet in self._sheets:
            self.seen.tables[sheet.number] = sheet.opened
            for first, found in sheet.judge_all():
                self._enter(sheet, first, found)
            for first in sheet.strayed():
                self.take(sheet, first)
                self.put(sheet, first)
            self._look_at_last(sheet)

    # --- rows that come and go --------------------------------------------------------

    def put(self, sheet: Sheet, first: int) -> None:
        """Judge a collection that was taken out, or is new."""
        if sheet.reads(first):
            self._enter(sheet, first, sheet.judge(first))

    def take(self, sheet: Sheet, first: int) -> None:
        """Take a collection out, before its rows change."""
        here = sheet.number * ROWS + first
        self.considered.pop(here, None)
        self._alone.pop(here, None)
        self._totals[sheet.number] -= self._is_there(here)
        if self._rivals.claims(here):
            self._move(self._rivals.remove(here))
        self._ledger.forget(here)
        self._done.discard(here)
        sheet.skipped.pop(first, None)

    def settle(self, sheet: Sheet) -> None:
        """Look at the last row of a table that has changed: it may be its totals."""
        self._look_at_last(sheet)

    def _is_there(self, here: int) -> bool:
        if self._rivals.claims(here) or here in self._done:
            return True
        return self._ledger.status(here) is not None

    def _enter(self, sheet: Sheet, first: int, found: Found) -> None:
        if found is None:
            return
        here = sheet.number * ROWS + first
        self._totals[sheet.number] += 1
        if isinstance(found, dict):
            self._claim(here, found)
            return
        marks = sheet.opened.marks
        done = marks and marks.judge(Status.PLANNED, found)[0] is Status.EXISTING
        if done:
            self._done.add(here)
            self._ledger.remark(here, (Code.DONE_BEFORE.value,))
        if isinstance(found, Valid):
            if not done:
                self._ledger.remark(here, tuple(found.codes))
            self._claim(here, found.parts)
        elif not done:
            would = claims.fixed_key(found)
            self._ledger.refuse(here, Status.INVALID, found.codes, would)

    def _claim(self, here: int, parts: Mapping[str, Any]) -> None:
        """Let a good row claim its slug and its id."""
        key, wanted = claims.keys(parts)
        # nearly all are the only one that wants theirs, so that nothing else moves
        alone = not wanted and not self._ledger.is_wanted(key)
        if not (alone and self._rivals.take(here, key)):
            self._move(self._rivals.add(here, key, wanted))

    def _move(self, moved: Moved) -> None:
        """Note who has won or lost a slug."""
        self._ledger.moved(moved.gained, moved.freed)
        for here in moved.rows:
            why = self._rivals.lost.get(here)
            if here in self._done:
                continue
            if why is None:
                self._ledger.accept(here)
            elif why is Code.DUPLICATE_IN_INPUT:
                self._ledger.refuse(here, Status.DUPLICATE, (why.value,), b"")
            else:
                would = self._rivals.key(here)
                self._ledger.refuse(here, Status.INVALID, (why.value,), would)

    def _look_at_last(self, sheet: Sheet) -> None:
        before, last = self._last[sheet.number], sheet.last()
        self._last[sheet.number] = last
        for first in {before, last} - {-1}:
            here = sheet.number * ROWS + first
            if self._rivals.claims(here) and here not in self._done:
                found = sheet.judge(first)
                if isinstance(found, Valid):
                    judged_last = self._as_last(sheet, first, Status.PLANNED, found)
                    codes = getattr(judged_last[1], "codes", ())
                    self._ledger.remark(here, tuple(codes))

    def _as_last(
        self, sheet: Sheet, first: int, status: Status, checked: Checked | DoneBefore
    ) -> Told:
        if first == self._last[sheet.number]:
            return judged.last((status, checked), sheet.opened)
        return status, checked

    # --- what is asked ----------------------------------------------------------------

    @property
    def counts(self) -> dict[str, int]:
        """How many collections are valid, invalid and duplicate."""
        if self.whole is not None:
            return dict(self.whole.counts)
        invalid = self._ledger.count(Status.INVALID)
        duplicate = self._ledger.count(Status.DUPLICATE)
        valid = self._totals.total() - invalid - duplicate
        return {"valid": valid, "invalid": invalid, "duplicate": duplicate}

    @property
    def codes(self) -> Counter[str]:
        """How many rows have a problem, by its code."""
        return self.whole.codes() if self.whole is not None else +self._ledger.codes

    @property
    def remarks(self) -> dict[str, int]:
        """How many good rows have a remark, by its code."""
        if self.whole is not None:
            return dict(self.whole.remarks)
        return dict(+self._ledger.remarks)

    @property
    def files(self) -> tuple[InputFile, ...]:
        """What is told of each table."""
        if self.whole is not None:
            return self.whole.files
        return tuple(
            replace(
                sheet.opened.file,
                rows=self._totals[sheet.number],
                skipped=tuple(sorted(Counter(sheet.skipped.values()).items())),
            )
            for sheet in self._sheets
        )

    def remarked(self) -> Iterator[tuple[Row, Problem]]:
        """Yield the remarks of good rows of which a text is to be seen."""
        if self.whole is not None:
            yield from self.whole.remarked
            return
        for here in self._ledger.remarked(TEXT_REMARKS):
            told = self.told(here)
            if told is not None and isinstance(told[1], Valid):
                for remark in told[1].remarks:
                    if remark.code in TEXT_REMARKS:
                        yield told[1].row, remark

    def bad(self, after: int = -1, code: str = "") -> Iterator[int]:
        """Yield the bad rows behind one, or those of a code alone."""
        if self.whole is None:
            yield from self._ledger.rows(after, code)
            return
        for here in sorted(self._bad):
            refused = self._bad[here]
            if here > after and (
                not code or any(code in row.codes for _, row in refused)
            ):
                yield here

    def is_bad(self, here: int) -> bool:
        """Return whether something is wrong with a row, by the first of its rows."""
        if self.whole is not None:
            return here in self._bad
        return self._ledger.status(here) is not None

    def refused(self, here: int) -> list[tuple[Status, Invalid]]:
        """Return what is wrong with a row: with each collection that it names."""
        if self.whole is not None:
            return self._bad.get(here, [])
        told = self.told(here)
        if told is None or not isinstance(told[1], Invalid):
            return []
        return [(told[0], told[1])]

    def told(self, here: int) -> Told | None:
        """Return what a check tells of a collection, where rows stand alone."""
        known = self.alone(here)
        if known is None:
            return None
        number, first = divmod(here, ROWS)
        sheet = self._sheets[number]
        status, checked = judged.standing(sheet.opened, self.seen, known[1])
        status, checked = self._as_last(sheet, first, status, checked)
        if isinstance(checked, Invalid) and status is Status.INVALID:
            key = claims.fixed_key(checked)
            if key in self.seen.first:
                place = self.seen.place(self.seen.first[key])
                checked = claims.with_twin(checked, place, sheet.opened)
        return status, checked

    def alone(self, here: int) -> tuple[Fields, Checked] | None:
        """Return a row as the mapping reads it, and what it comes to by itself."""
        known = self._alone.get(here)
        if known is None and (one := self.fields(here)) is not None:
            known = one, self._sheets[here // ROWS].check(one)
            if self.whole is None:
                if len(self._alone) == LOOKED_AT:
                    self._alone.clear()
                self._alone[here] = known
        return known

    def fields(self, here: int) -> Fields | None:
        """Return a bad row as the mapping reads it; None where that is not known."""
        number, first = divmod(here, ROWS)
        sheet = self._sheets[number]
        if self.whole is None:
            return sheet.fields(first) if sheet.reads(first) else None
        found = next(iter(self._bad.get(here, ())), None)
        return sheet.fields_of(found[1].row) if found else None

    def holder(self, key: bytes) -> int | None:
        """Return the row that has a slug."""
        if self.whole is not None and self._holders is None:
            self._holders = self._holding()
        return (self._holders or self.seen).first.get(key)

    def is_free(self, key: bytes) -> bool:
        """Return whether no row has a slug, claims it, or would if it were fixed."""
        if self.whole is not None:
            return self.holder(key) is None
        return not (self._rivals.is_wanted(key) or self._ledger.is_wanted(key))
