"""The input goes into the journal: every row with its state and what will be sent.

Takes what `judged` makes of the files and hands it to the journal; it decides
nothing. Runs in a thread, and looks before every row whether it shall go on.
A row that goes into many locations is as many rows of the journal, one after another.
Invariants: rows are numbered in the order of the input, without a gap; the journal is
touched only while the thread has the `Hold`, which it never keeps while it reads.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import destination, logs, source
from importer.intake import claims, judged, spread, tables
from importer.journal import Spread
from importer.models import Calling, Code, DoneBefore, Job, Valid

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )

    from importer.background import Hold
    from importer.journal import Journal
    from importer.models import Checked, InputFile, Plain, Status
    from importer.runs.monitor import Watch
    from importer.settings import Settings

log: logs.Log = logs.get("run")


#: The facts of a journal that say of which rows collections of products were made, and
#: how long and how old the files were that these were read from.
MADE_OF, STAMPS = "made_of", "stamps"
#: And which tables were spread: the number of the first row, to how many locations, and
#: the header of its own locations, which are blank.
SPREAD = "spread"
#: How most texts are written.
_USUAL = ("utf-8-sig", ",")


def paths(inputs: Sequence[tables.Input]) -> list[str]:
    """Return where the input can be read again; empty if a part of it is no file."""
    named = [Path(path) for path in inputs if isinstance(path, str | PathLike)]
    if len(named) < len(inputs) or any(map(source.is_gone_once_read, named)):
        return []  # what was piped in, or handed over by a program, is gone
    return [str(path.absolute()) for path in named]


def stamps(inputs: Iterable[str]) -> list[list[int]]:
    """Return how long and how old files are; nothing of one that has gone."""
    found = []
    for path in map(Path, inputs):
        with suppress(OSError):
            status = path.stat()
            found.append([status.st_size, status.st_mtime_ns])
    return found


def take_in(
    inputs: Sequence[tables.Input],
    settings: Settings,
    book: Journal,
    watch: Watch,
    halted: Callable[[], bool],
    hold: Hold,
) -> None:
    """Read all inputs to their end, or as far as `--limit` or `halted` let it.

    Raises:
        Abandoned: the journal was taken away from the thread.
        InputError: a file is unusable.
        UsageError: an option cannot be used.
        StorageError: the disk is full.
    """
    intake = _Intake(book, watch, hold, settings.left_out)
    seen = claims.Seen()
    limit = settings.values.limit
    for opened in tables.open_inputs(inputs, settings, halted):
        with intake.table(opened) as add:
            for status, row in judged.rows(
                opened, seen, settings.checking, settings.locations
            ):
                # held for a row, never while a file is read: a reading that hangs must
                # not keep the journal
                with hold.lock:
                    if halted() or intake.rows == limit:
                        break
                    add(status, row)


class _Intake:
    """The tables on their way into the journal, one after the other."""

    def __init__(
        self,
        book: Journal,
        watch: Watch,
        hold: Hold,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        """Begin anew: what an earlier reading left is forgotten.

        Fields that are `left_out` never come into the journal.
        """
        self._hold = hold
        self._left_out = left_out
        self._book = book
        self._planned = book.planned
        self._watch = watch
        self._facts: dict[str, dict[int, object]] = {}
        self._made_of: dict[int, tuple[int, ...]] = {}
        self._spread = Spread()
        #: rows of the tables, however many locations each goes into
        self.rows = 0
        with hold:
            book.planned.start_anew()
            book.named.start_anew()

    @contextmanager
    def table(self, opened: tables.Opened) -> Iterator[Callable[[Status, Any], None]]:
        """Take in a table, whose rows are handed to `add` within the block."""
        number = opened.number
        with self._hold:
            self._note_table(opened)
            self._spread = Spread(opened.into)
            self._planned.open_input(number, opened.table, opened.file, self._spread)
            if opened.is_derived:
                self._book.note(
                    **{STAMPS: stamps(self._book.noted().get("inputs", ()))}
                )
        self._made_of = {}
        before = self.rows
        beside: Counter[str] = Counter()
        yield partial(self._add, number, beside)
        count = self.rows - before
        file = replace(opened.file, rows=count)
        with self._hold:
            self._planned.close_input(number, count)
            self._book.named.flush()
            # some is known only when all rows are read
            self._note("notes", number, file.notes)
            self._note("skipped", number, dict(file.skipped))
            self._note("codes_beside", number, dict(beside))
            self._note(MADE_OF, number, self._made_of)
        _tell(file)

    def _note_table(self, opened: tables.Opened) -> None:
        """Keep what is known of a table before its rows are read."""
        number = opened.number
        self._note("notes", number, opened.table.notes)
        self._note("widths", number, opened.table.widths)
        unknown = [astuple(column) for column in opened.unknown]
        self._note("unknown", number, unknown)
        self._note("above", number, opened.table.above)
        if (written := opened.table.written) != _USUAL:
            self._note("written", number, written or ())
        if opened.into:
            column = spread.column(opened.binding)
            first = self._watch.rows_read
            self._note(SPREAD, number, (first, len(opened.into), column))

    def _note(self, name: str, number: int, fact: Collection[object]) -> None:
        """Keep what a table has to say beside those before it, if it is anything."""
        if fact:
            facts = self._facts.setdefault(name, {})
            facts[number] = fact
            self._book.note(**{name: facts})

    def _add(
        self,
        number: int,
        beside: Counter[str],
        status: Status,
        row: Checked | DoneBefore | Plain,
    ) -> None:
        """Take in a row of a table; `beside` counts the codes that no line shows."""
        watch, planned = self._watch, self._planned
        # of a table that is spread, the first of the rows that this one becomes
        seq, width = watch.rows_read, self._spread.width
        # the short way for plain rows, which nearly all are
        if isinstance(row, tuple):
            if self._left_out:
                row = (row[0], row[1], destination.without(row[2], self._left_out))
            planned.add_plain(seq, number, row, destination.body_of(row[2]))
        elif isinstance(row, Valid):
            valid = self._named(seq, row) if isinstance(row, Calling) else row
            job = _job(seq, self._sent(valid.parts))
            planned.add_job(number, valid.row, job, valid.remarks)
            beside.update(valid.codes[1:] * width)
        elif isinstance(row, DoneBefore):
            planned.add_done(number, seq, status, row)
            watch.decided += width
        else:
            planned.add_refused(number, seq, status, row)
            beside.update(row.codes[1:] * width)
            watch.decided += width
            watch.problems += width
        if not isinstance(row, tuple) and row.row.made_of:
            self._made_of[seq] = row.row.made_of
        watch.rows_read = seq + width
        self.rows += 1

    def _sent(self, parts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what of a row is sent: all, unless a setting leaves something out."""
        left_out = self._left_out
        return destination.without(parts, left_out) if left_out else parts

    def _named(self, seq: int, row: Calling) -> Valid:
        """Keep what a row calls products by, which is looked up later."""
        if "productIds" not in self._left_out:
            self._book.named.want(seq, row.called, self._spread)
        told = Code.PRODUCTS_BY_NAME
        remarks = tuple(remark for remark in row.remarks if remark.code is not told)
        return Valid(row.row, row.parts, remarks)


def _tell(file: InputFile) -> None:
    log.info(
        "input.read",
        file=file.file,
        sheet=file.sheet,
        preset=file.preset,
        rows=file.rows,
        columns_left_out=file.columns_left_out,
        notes=file.notes,
        skipped=dict(file.skipped),
    )


def _job(seq: int, parts: Mapping[str, Any]) -> Job:
    kind = parts.get("type")
    return Job(
        seq,
        parts["location_id"],
        parts["name"],
        parts["slug"],
        kind.value if kind else "",
        destination.body_of(parts),
    )
