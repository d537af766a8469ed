"""The input goes into the journal: every row with its state and what will be sent.

Takes what `reading` makes of the files and hands it to the journal; it decides
nothing. Runs in a thread, and looks before every row whether it shall go on.
Invariant: rows are numbered in the order of the input, without a gap.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from importer import destination, source
from importer.models import Calling, Code, DoneBefore, Job, Valid
from importer.pipeline import reading
from importer.pipeline.watching import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from importer.journal import Journal
    from importer.journal.named import Named
    from importer.journal.planned import Planned
    from importer.models import Checked, Status
    from importer.pipeline.watching import Watch
    from importer.settings import Settings


def paths(inputs: Sequence[reading.Input]) -> list[str]:
    """Where the input can be read again; empty where a part of it is no file."""
    if not all(isinstance(one, str | Path) for one in inputs):
        return []
    if source.STANDARD_INPUT in map(str, inputs):
        return []  # what was piped in is gone
    return [str(Path(one).absolute()) for one in inputs]


def take_in(
    inputs: Sequence[reading.Input],
    settings: Settings,
    book: Journal,
    watch: Watch,
    halted: Callable[[], bool],
) -> None:
    """Read all inputs to their end, or as far as `--limit` or `halted` let it.

    Raises:
        InputError: a file is unusable.
        UsageError: an option cannot be used.
        StorageError: the disk is full.
    """
    planned = book.planned
    planned.start_anew()
    book.named.start_anew()
    seen = reading.Seen()
    limit = settings.values.limit
    notes: dict[int, tuple[str, ...]] = {}
    skipped: dict[int, dict[str, int]] = {}
    widths: dict[int, tuple[float, ...]] = {}
    for opened in reading.open_inputs(inputs, settings):
        if opened.table.notes:
            notes[opened.number] = opened.table.notes
            book.note(notes=notes)
        if opened.table.widths:
            widths[opened.number] = opened.table.widths
            book.note(widths=widths)
        planned.open_input(opened.number, opened.table, opened.file)
        before = watch.rows_read
        add = partial(_add_calling, book.named) if opened.calls else _add
        for status, checked in reading.rows(
            opened, seen, settings.checking, settings.locations
        ):
            if halted() or watch.rows_read == limit:
                break
            add(planned, opened.number, watch, status, checked)
        count = watch.rows_read - before
        planned.close_input(opened.number, count)
        book.named.flush()
        file = replace(opened.file, rows=count)
        if file.skipped:
            skipped[opened.number] = dict(file.skipped)
            book.note(skipped=skipped)
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


def _add(
    planned: Planned,
    number: int,
    watch: Watch,
    status: Status,
    checked: Checked | DoneBefore,
) -> None:
    seq = watch.rows_read
    if isinstance(checked, Valid):
        job = _job(seq, checked.filled)
        planned.add_job(number, checked.row, job, checked.remarks)
    elif isinstance(checked, DoneBefore):
        planned.add_done(number, seq, status, checked)
        watch.decided += 1
    else:
        planned.add_refused(number, seq, status, checked)
        watch.decided += 1
        watch.problems += 1
    watch.rows_read += 1


def _add_calling(
    named: Named,
    planned: Planned,
    number: int,
    watch: Watch,
    status: Status,
    checked: Checked | DoneBefore,
) -> None:
    """The same of a table that calls products by names, which are looked up later."""
    if isinstance(checked, Calling):
        named.want(watch.rows_read, checked.called)
        told = Code.PRODUCTS_BY_NAME
        remarks = tuple(one for one in checked.remarks if one.code is not told)
        checked = Valid(checked.row, checked.parts, remarks)
    _add(planned, number, watch, status, checked)


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
