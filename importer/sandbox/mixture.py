"""Mixed answers: two creates that are under way together get each other's answer.

Each has created its own collection, once; only the answers are swapped, whole. It
sees answers between the work and their sending. Invariant: every answer is given to
exactly one call, and an answer that a fault has spoilt to its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.sandbox.chance import Stream, chance

if TYPE_CHECKING:
    from importer.sandbox.answers import Answer

#: The share of creates that swap their answer, if another one is under way.
SHARE = 0.15


class Mixture:
    """The answers that are ready and not sent yet, by their calls' ordinals."""

    def __init__(self, seed: int) -> None:
        """Nothing is under way."""
        self._seed = seed
        self._ready: dict[int, Answer] = {}
        self._swapped: set[int] = set()

    def put(self, ordinal: int, answer: Answer) -> None:
        """Take in an answer; it may be swapped with one that waits already."""
        if not answer.created:
            return
        self._ready[ordinal] = answer
        if chance(self._seed, ordinal, Stream.MIX) >= SHARE:
            return
        partner = next((it for it in self._ready if it not in self._swapped), ordinal)
        if partner != ordinal:
            mine, theirs = self._ready[ordinal], self._ready[partner]
            self._ready[ordinal], self._ready[partner] = theirs, mine
            self._swapped |= {ordinal, partner}

    def take(self, ordinal: int, answer: Answer) -> Answer:
        """The answer that the call gets in the end, its own `answer` or another's."""
        self._swapped.discard(ordinal)
        return self._ready.pop(ordinal, answer)
