"""Which cells the message of a row is about.

A problem says its column in front, as the file writes it (`Problem.__str__`), so a
message is enough to find the column again. Pure. Invariant: every sentence of a
message is given exactly once, with its column or with none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.models import BETWEEN

if TYPE_CHECKING:
    from collections.abc import Sequence


class Blame:
    """The columns of one header, as messages name them."""

    def __init__(self, header: Sequence[str]) -> None:
        """Take the header as the file has it; of columns alike the first counts."""
        starts: dict[str, int] = {}
        for index, title in enumerate(header):
            if title:
                starts.setdefault(f"{title}: ", index)
        # "Image: Alt" before "Image"
        self._starts = sorted(starts.items(), key=lambda one: -len(one[0]))

    def columns(self, message: str) -> dict[int | None, str]:
        """The sentences about each column; None is the row as a whole."""
        found: dict[int | None, list[str]] = {}
        for sentence in message.split(BETWEEN) if message else ():
            column, words = self._column(sentence)
            found.setdefault(column, []).append(words)
        return {column: "\n".join(words) for column, words in found.items()}

    def _column(self, sentence: str) -> tuple[int | None, str]:
        for start, index in self._starts:
            if sentence.startswith(start):
                return index, sentence[len(start) :]
        return None, sentence


def first_filled(rows: Sequence[Sequence[str]], column: int) -> int:
    """Which of a collection's rows is meant: the first that fills the column."""
    filled = (number for number, cells in enumerate(rows) if cells[column].strip())
    return next(filled, 0)
