"""Edits of a workbench at random, beside a model of its rows that knows nothing of it.

The model is lists and sets. What the bench says is compared with a check that reads the
model's rows anew; a bench that loses an edit differs from the model, one that judges
too little from the check. `FAULTS` are planted to show that each would be noticed.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from tables_any import LOCATION, MIDDLES, WHOLES, Written, write

from importer import settings
from importer.errors import InputError
from importer.intake import given
from importer.intake.check import check_inputs
from importer.intake.workbench import corrections
from importer.intake.workbench.bench import Bench
from importer.intake.workbench.kinship import Kinship
from importer.intake.workbench.ledger import Ledger
from importer.intake.workbench.records import Records
from importer.intake.workbench.rivals import Rivals
from importer.intake.workbench.sheet import Sheet
from importer.intake.workbench.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.mapping import Spec
    from importer.models import Table
    from importer.repair import Kind

#: What a cell becomes in tables of any preset.
ODD = (*WHOLES, *MIDDLES)
_IDS = ("655b33a82209e60b6adb87a5", "655b33a82209e60b6adb87a6")
#: What it becomes in a table of few words, where rows repeat each other all the time:
#: a name of totals, slugs that would repeat another were they fixed, and ids.
FEW = ("Total", "Hats", "Caps", "hats", "HATS", "caps", "Hats!", "", "7", "x", *_IDS)


@dataclass
class Model(given.Prepared):
    """The rows of a table as lists, with what they were before each step."""

    bench: Bench
    rows: dict[int, list[str]]
    out: set[int] = field(default_factory=set)
    before: list[tuple[dict[int, list[str]], set[int]]] = field(default_factory=list)

    def read(self) -> list[Table]:
        """Return the table as any reader would give it."""
        (table,) = self.bench.read()
        return [replace(table, records=self.records())]

    def specified(self, spec: Spec, table: Table) -> Spec:
        return self.bench.specified(spec, table)

    @property
    def meaning(self) -> Mapping[str, str]:
        return self.bench.meaning

    def records(self) -> list[tuple[int, list[str]]]:
        """The rows that are read: none that is blank or left out."""
        return [
            (number, cells)
            for number, cells in self.rows.items()
            if number not in self.out and any(map(str.strip, cells))
        ]

    def kept(self) -> None:
        """Keep what is there, to be taken back; cells are replaced, never changed."""
        self.before.append((dict(self.rows), set(self.out)))

    def edit(self, row: int, column: int, text: str) -> None:
        self.kept()
        # of a row of blanks that come of nothing none is lost: it stays what it is
        cells = type(self.rows[row])(self.rows[row])
        cells += [""] * (column - len(cells))
        cells[column - 1] = text
        self.rows[row] = cells


def alike(bench: Bench, model: Model) -> None:
    """Compare all that a bench says with a check of the model's rows."""
    standing = bench.standing
    fresh = check_inputs((model,), bench.settings)
    (table,) = bench.read()
    assert [*table.records] == model.records()
    assert standing.counts == fresh.counts
    assert standing.codes == fresh.codes()
    assert standing.remarks == fresh.remarks
    assert [*standing.remarked()] == [*fresh.remarked]
    assert standing.files == fresh.files
    found = [bad for here in standing.bad() for bad in standing.refused(here)]
    # of products that name collections several may stand in one row
    assert found == sorted(fresh.bad, key=lambda bad: bad[1].row.first)
    # what is counted as clear, mostly from before, is what is found anew
    counted = corrections.kinds(bench, None)
    standing.considered.clear()
    clear: Counter[Kind] = Counter()
    for offer in corrections.safe(bench, None, None):
        clear[offer.kind] += len(offer.cells)
    assert counted == clear


def edited(
    bench: Bench, model: Model, dice: Random, words: tuple[str, ...] = ODD
) -> None:
    """Do something with a bench and with its model; `words` are what is written."""
    sheet = bench.sheets[0]
    numbers = [*model.rows]
    row = dice.choice(numbers)
    match dice.randrange(20):
        case 0:
            _ = bench.standing  # which rows are one collection is known then
            sheet = bench.sheets[0]
            lines = sheet.lines(sheet.first(row))
            bench.leave_out(row, "", out=True)
            model.kept()
            model.out |= {*lines}
        case 1:
            bench.leave_out(row, "", out=False)
            model.kept()
            model.out.discard(row)
        case 2:
            bench.undo("")
            if model.before:
                model.rows, model.out = model.before.pop()
        case _:
            headers = sheet.binding.headers
            column = dice.randint(1, len(headers) + 1)
            # the cell of another row half of the time: rows become one collection
            other = model.rows[dice.choice(numbers)]
            text = str(other[column - 1]) if column <= len(other) else ""
            if dice.random() < 1 / 2:
                text = dice.choice([*headers, *words])
            bench.edit(row, column, text, "", None)
            model.edit(row, column, text)


def not_understood(bench: Bench, model: Model) -> None:
    """See that a check refuses the table as well, and take the last edit back."""
    bench_says = bench.failure
    with pytest.raises(InputError) as refused:
        check_inputs((model,), bench.settings)
    assert str(refused.value) == str(bench_says)
    bench.undo("")
    model.rows, model.out = model.before.pop()
    assert bench.failure is None


def try_edits(
    table: Written,
    seed: int,
    edits: int,
    between: int,
    words: tuple[str, ...] = ODD,
) -> None:
    """Edit a table so many times, and compare after so many."""
    dice, chosen = Random(seed), settings.load(table.options)  # noqa: S311 - quick draws
    with tempfile.TemporaryDirectory() as folder:
        path = write(table, Path(folder))
        try:
            first = check_inputs((path,), chosen)
        except InputError:
            return
        bench = Bench(path, chosen)
        assert bench.standing.counts == first.counts
        assert bench.standing.files == first.files
        # no reader: rows that are blank already are not in it either
        (read,) = bench.read()
        model = Model(bench, dict(read.records))
        alike(bench, model)
        for number in range(1, edits + 1):
            edited(bench, model, dice, words)
            if bench.failure is not None:
                # two columns may come to say the same field: nobody can judge that
                # table until the cell is as it was
                not_understood(bench, model)
            if not number % between:
                alike(bench, model)
            elif bench.sheets[0].local:
                _ = bench.standing  # edit by edit, where not all is judged anew anyway


def of_few_words(rows: int, dice: Random) -> Written:
    """A table whose rows are good, repeat each other, or would if they were fixed."""
    header = ("name", "slug", "product_ids", "collection_id", "pieces")
    ids = ("", "", *_IDS)
    cells = tuple(
        (dice.choice(FEW[:3]), dice.choice(FEW[3:8]), dice.choice(ids), "", "7")
        for _ in range(rows)
    )
    cells = (*cells, ("Total", "", "", "", "7"))
    options = {"location_id": LOCATION, "require_product_ids": False}
    return Written("own", header, cells, options=options)


# --- faults -----------------------------------------------------------------------


def _keeps_slugs(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A row that changes keeps the slug that it had."""

    def remove(rivals: Rivals, here: int) -> Any:
        first = dict(rivals.seen.first)
        moved = whole(rivals, here)
        for key, row in first.items():
            rivals.seen.first.setdefault(key, row)
        return moved

    return remove


def _keeps_offers(whole: Callable[..., Any]) -> Callable[..., Any]:
    """A row that changes can be corrected as it could before."""

    def take(standing: Standing, sheet: Sheet, first: int) -> None:
        before = dict(standing.considered)
        whole(standing, sheet, first)
        standing.considered.update(before)

    return take


FAULTS: dict[str, Callable[[], Any]] = {
    "slugs": lambda: mock.patch.object(Rivals, "remove", _keeps_slugs(Rivals.remove)),
    "offers": lambda: mock.patch.object(Standing, "take", _keeps_offers(Standing.take)),
    "kin": lambda: mock.patch.object(
        Kinship, "around", lambda _, rows, beside=(): {*rows, *beside}
    ),
    "neighbours": lambda: mock.patch.object(Sheet, "is_apart", return_value=True),
    "understood": lambda: mock.patch.object(
        Sheet, "is_as_understood", return_value=True
    ),
    "twins": lambda: mock.patch.object(Ledger, "moved"),
    "totals": lambda: mock.patch.object(Standing, "settle"),
    "counted": lambda: mock.patch.object(Ledger, "forget"),
    "taken_back": lambda: mock.patch.object(Bench, "_take_back"),
    "blank": lambda: mock.patch.object(Records, "holds", return_value=True),
}


@contextmanager
def faulty(name: str) -> Iterator[None]:
    """Judge wrongly while the block runs; rightly without a name."""
    with FAULTS[name]() if name else contextlib.nullcontext():
        yield
