"""The bad rows of a bench and the remarks of its good ones, counted as they change.

Knows codes and numbers of rows, and no text. Invariant: the counts are those of the
rows that are listed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import TYPE_CHECKING

from importer.models import Code, Status

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    Codes = tuple[str, ...]

_TWIN = Code.DUPLICATE_IN_INPUT.value


class Ledger:
    """What is told of which row; `taken` are the slugs that good rows have."""

    def __init__(self, taken: Container[bytes]) -> None:
        """Begin with no row."""
        self._taken = taken
        self._rows: list[int] = []
        self._bad: dict[int, tuple[Status, Codes]] = {}
        self._remarks: dict[int, Codes] = {}
        #: what bad rows would claim, were they fixed
        self._would: dict[int, bytes] = {}
        self._twins: dict[bytes, set[int]] = {}
        self._counts: Counter[Status] = Counter()
        self.codes: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()

    def __len__(self) -> int:
        """Count the bad rows."""
        return len(self._rows)

    def count(self, status: Status) -> int:
        """Count the bad rows of a status."""
        return self._counts[status]

    def status(self, here: int) -> Status | None:
        """Return what is wrong with a row; None where it is good."""
        return self._bad[here][0] if here in self._bad else None

    def rows(self, after: int = -1, code: str = "") -> Iterator[int]:
        """Yield the bad rows behind one, or those of a code alone."""
        for here in self._rows[bisect_right(self._rows, after) :]:
            if not code or code in self._told(here):
                yield here

    def refuse(self, here: int, status: Status, codes: Codes, would: bytes) -> None:
        """Note what is wrong with a row, and what it would claim, were it fixed."""
        self.accept(here)
        self.remarks.subtract(self._remarks.get(here, ()))
        insort(self._rows, here)
        self._bad[here] = status, codes
        if would:
            self._would[here] = would
            self._twins.setdefault(would, set()).add(here)
        self._counts[status] += 1
        self.codes.update(self._told(here))

    def accept(self, here: int) -> None:
        """Note that nothing is wrong with a row."""
        if here not in self._bad:
            return
        self.codes.subtract(self._told(here))
        self._counts[self._bad.pop(here)[0]] -= 1
        del self._rows[bisect_left(self._rows, here)]
        if would := self._would.pop(here, b""):
            self._twins[would].discard(here)
            if not self._twins[would]:
                del self._twins[would]
        self.remarks.update(self._remarks.get(here, ()))

    def remark(self, here: int, codes: Codes) -> None:
        """Note the remarks of a row, which count while it is good."""
        if not codes and here not in self._remarks:
            return
        if here not in self._bad:
            self.remarks.subtract(self._remarks.get(here, ()))
            self.remarks.update(codes)
        self._remarks.pop(here, None)
        if codes:
            self._remarks[here] = codes

    def forget(self, here: int) -> None:
        """Forget a row."""
        self.accept(here)
        self.remark(here, ())

    def remarked(self, among: frozenset[str]) -> list[int]:
        """Return the good rows that have a remark of certain codes."""
        return sorted(
            here
            for here, codes in self._remarks.items()
            if here not in self._bad and not among.isdisjoint(codes)
        )

    def is_wanted(self, key: bytes) -> bool:
        """Return whether a bad row would claim a slug."""
        return key in self._twins

    def moved(self, gained: set[bytes], freed: set[bytes]) -> None:
        """Tell that good rows have got slugs, or left them."""
        for keys, number in ((gained, 1), (freed, -1)):
            for key in keys:
                for here in self._twins.get(key, ()):
                    if _TWIN not in self._bad[here][1]:
                        self.codes[_TWIN] += number

    def _told(self, here: int) -> Codes:
        codes, would = self._bad[here][1], self._would.get(here, b"")
        if would and would in self._taken and _TWIN not in codes:
            return (*codes, _TWIN)
        return codes
