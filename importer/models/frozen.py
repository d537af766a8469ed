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
    from operator import attrgetter

    def dataclass(*, frozen: bool, slots: bool) -> object:
        """Leave out what only the type checker needs."""
        make = dataclasses.dataclass(slots=slots, unsafe_hash=frozen)

        def made(of: type) -> type:
            noun = make(of)
            fields = dataclasses.fields(noun)
            if len(fields) > 1 and not any(field.kw_only for field in fields):
                noun.__reduce__ = _reduced(noun, attrgetter(*(f.name for f in fields)))
            return noun

        return made

    def _reduced(noun: type, values: attrgetter) -> object:
        """Have it pickled as what it is made with, which is half of the work."""

        def __reduce__(self: object) -> tuple[type, tuple[object, ...]]:  # noqa: N807
            return noun, values(self)

        return __reduce__


__all__ = ["dataclass"]
