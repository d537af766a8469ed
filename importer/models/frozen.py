"""`dataclass(frozen=True)` for nouns that are made for every row.

A frozen dataclass sets each field through a call and so takes six times as long to
make as a plain one: with a dozen nouns a row that was a tenth of a run. Here the type
checker sees the dataclass of the standard library and refuses every assignment; at
run time nothing is paid for it. Invariant: equality, hash and `replace` are those of a
frozen dataclass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    def dataclass(*, frozen: bool, slots: bool) -> object:
        """Leave out what only the type checker needs."""
        return dataclasses.dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["dataclass"]
