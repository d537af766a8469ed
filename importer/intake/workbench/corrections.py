"""Corrections of the rows of a bench: offered one by one, or applied to all of a kind.

Applied to all is only what is safe without a question (`offers`). Invariant: no
correction makes a second collection, unless it alone was accepted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from importer.errors import EditOutdated, UsageError
from importer.intake import corrected
from importer.intake.claims import ROWS
from importer.intake.workbench import offers
from importer.intake.workbench.offers import Considered
from importer.intake.workbench.steps import CellEdit
from importer.models import Valid
from importer.repair import UNFIXABLE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.intake.workbench.bench import Bench
    from importer.intake.workbench.offers import Offer

#: What is never done to all rows of a kind.
ASKED = frozenset({Kind.REPEATED_SLUG, *UNFIXABLE})


class _Slugs:
    """Who has which slug, when the corrections so far are done."""

    def __init__(self, bench: Bench) -> None:
        """Begin with the rows as they are."""
        self._known = bench.standing
        self._given: dict[bytes, int] = {}
        self.asked: bytes = b""

    def holder(self, key: bytes) -> int | None:
        """Return the row that has a slug; None where it is free."""
        self.asked = key
        return self._given.get(key, self._known.holder(key))

    def is_free(self, key: bytes) -> bool:
        """Return whether a slug may be given."""
        return key not in self._given and self._known.is_free(key)

    def give(self, here: int) -> None:
        """Note that a row will have the slug that was asked for last."""
        if self.asked:
            self._given.setdefault(self.asked, here)
        self.asked = b""


def of_row(bench: Bench, here: int) -> tuple[Offer, ...]:
    """Return what can be corrected in a row; one that is good needs nothing.

    Raises:
        UsageError: there is no such row.
    """
    first = bench.first(here)
    if not bench.standing.is_bad(first):
        return ()
    found = _of_row(bench, first, _Slugs(bench))
    return tuple(_compared(bench, offer) if offer.asks else offer for offer in found)


def _of_row(bench: Bench, here: int, slugs: _Slugs) -> list[Offer]:
    known, sheet = _considered(bench, here), bench.sheet(here)
    found = offers.beside(sheet, here, known, slugs.holder, slugs.is_free)
    return [offer for offer in found if _holds(bench, offer)]


def _considered(bench: Bench, here: int) -> Considered:
    """Return what a row offers by itself; it is kept until the row changes."""
    standing = bench.standing
    known = standing.considered.get(here)
    if known is None:
        one = standing.fields(here)
        known = Considered()
        if one is not None:
            known = offers.considered(bench.sheet(here), here, one)
            kept = tuple(each for each in known.offers if _holds(bench, each[0]))
            second = known.second
            if second is not None and not _holds(bench, second):
                second = None
            known = replace(known, offers=kept, second=second)
        standing.considered[here] = known
    return known


def _holds(bench: Bench, offer: Offer) -> bool:
    """Return whether all its cells are there to be written into."""
    base = offer.row // ROWS * ROWS
    texts = (bench.text(base + row, number) for row, number, _ in offer.cells)
    return all(text is not None for text in texts)


def _compared(bench: Bench, offer: Offer) -> Offer:
    """Say of a question whether both rows say the same of everything."""
    said = [_content(bench, here) for here in (offer.row, offer.twin)]
    return replace(offer, alike=said[0] is not None and said[0] == said[1])


def _content(bench: Bench, here: int | None) -> int | None:
    known = bench.standing.alone(here) if here is not None else None
    if known is None or here is None:
        return None
    one, checked = known
    if not isinstance(checked, Valid):
        return None
    return corrected.content(bench.sheet(here).opened, one, checked)


def safe(bench: Bench, kind: Kind | None, most: int | None) -> Iterator[Offer]:
    """Yield what can be corrected without a question, row by row.

    Args:
        bench: what is corrected.
        kind: the only kind; None for all.
        most: so many bad rows are looked at; None for all.
    """
    slugs = _Slugs(bench)
    for here in islice(bench.standing.bad(), most):
        slugs.asked = b""
        found = _of_row(bench, here, slugs)
        if not any(offer.asks for offer in found):
            slugs.give(here)
        for offer in found:
            if not offer.asks and kind in (None, offer.kind):
                yield offer


def kinds(bench: Bench, most: int | None) -> Counter[Kind]:
    """Count the cells that `apply` would correct in the first bad rows, by kind.

    What a row offers by itself is kept until it changes: pages ask after each edit.
    """
    slugs, standing = _Slugs(bench), bench.standing
    found: Counter[Kind] = Counter()
    for here in islice(standing.bad(), most):
        known = standing.considered.get(here) or _considered(bench, here)
        slugs.asked = b""
        twin = slugs.holder(known.key) if known.key else None
        asks = twin is not None and twin != here
        for offer, names in known.offers:
            if not (names and asks):
                found[offer.kind] += len(offer.cells)
        if not (asks and (known.names or known.second is not None)):
            slugs.give(here)
    return found


def apply(bench: Bench, kind: Kind | None, by: str) -> int:
    """Correct all bad rows in what is safe, as one step; return how many cells.

    Raises:
        UsageError: corrections of that kind have to be asked, row by row.
        StorageError: the step cannot be kept.
    """
    if kind in ASKED:
        msg = f"What is {kind} is not corrected in all rows at once: it has to be asked"
        msg += " of each, whether it is a second collection or the same one twice."
        raise UsageError(msg, remedy="Accept an offer of the row, or leave it out.")
    edits = [edit for offer in safe(bench, kind, None) for edit in _edits(bench, offer)]
    if edits:
        bench.write(edits, "apply", by, kind or "all that is safe")
    return len(edits)


def accept(bench: Bench, offer: Offer, by: str) -> int:
    """Correct one row as it was offered; return how many cells.

    Raises:
        EditOutdated: the row has changed, so that it is not offered any more.
        StorageError: the step cannot be kept.
    """
    if offer not in of_row(bench, offer.row):
        msg = f"Row {offer.row % ROWS} has changed meanwhile."
        raise EditOutdated(msg, remedy="Look at its offers again.")
    edits = _edits(bench, offer)
    bench.write(edits, "apply", by, offer.kind)
    return len(edits)


def _edits(bench: Bench, offer: Offer) -> list[CellEdit]:
    base = offer.row // ROWS * ROWS
    headers = bench.sheet(offer.row).binding.headers
    return [
        CellEdit(
            base + row,
            headers[number - 1],
            number,
            bench.text(base + row, number) or "",
            text,
        )
        for row, number, text in offer.cells
    ]
