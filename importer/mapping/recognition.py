"""Which program a table comes from, told by its header, and what is not read of it.

Every preset is held against the header. One whose required headers are all there can
be it; the one with most of its telling headers is it; without any it is our own
template. Of a known program it also tells the second columns: those of a field that
has a better one. Invariants: the answer depends on the header alone; a second column is
named together with the one that is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer import patterns, words
from importer.mapping import preset, vocabulary
from importer.mapping.preset import Preset, key
from importer.models import Note, NoteCode

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


OWN = "own"
#: So many headers are named of those of which one would do.
_SHOWN = 3

#: What is no name of a column: a number, an address, JSON, an id with a digit in it.
_VALUE = patterns.later(
    r"^[-+]?[0-9][0-9.,: /-]*$|://|^www\.|^[\[{<]|^(?=\S*[0-9])[0-9A-Za-z]{16,}$"
)
_TYPES = frozenset({"manual", "smart"})
#: So many cells has a header at least, and each so many letters at most.
_LEAST, _LONGEST = 2, 80


@dataclass(frozen=True, slots=True)
class Match:
    """How well a preset fits a header.

    `found` are the headers that speak for it, `missing` those it cannot do without,
    `against` those that speak against it; each as the preset writes them.
    """

    preset: Preset
    found: tuple[str, ...]
    missing: tuple[str, ...]
    against: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the table can be of this kind."""
        return not self.missing and not self.against

    @property
    def rank(self) -> tuple[int, int, str]:
        """What is compared: what is in the way, what speaks for it, then the name."""
        in_the_way = len(self.missing) + len(self.against)
        return in_the_way, -len(self.found), self.preset.name


def weigh(header: Sequence[str]) -> list[Match]:
    """Hold every preset against a header; the likeliest comes first."""
    # reversed, so that of two headers with one key the first is named
    there = {key(text): text.strip() for text in reversed(header)}
    matches = [_match(preset.named(name), there) for name in preset.names()]
    return sorted(matches, key=lambda one: one.rank)


def unusable() -> tuple[Note, ...]:
    """Tell which presets no header can be held against."""
    told = preset.unusable()
    return tuple(Note(NoteCode.PRESET_UNUSABLE, told=text) for text in told)


def is_header(cells: Sequence[str]) -> bool:
    """Return whether the first row of a table can be its header.

    A title is one cell; a collection has an address, a number, an id, a type, or a
    slug that is made of its name.
    """
    filled = [cell.strip() for cell in cells if cell.strip()]
    bare = {words.bare(cell) for cell in filled}
    return (
        len(filled) >= _LEAST
        and len(bare) == len(filled)
        and not any(map(_VALUE.search, filled))
        and all(len(cell) <= _LONGEST for cell in filled)
        and bare.isdisjoint(_TYPES)
    )


def choose(header: Sequence[str]) -> Match:
    """Give the preset that a header belongs to."""
    return weigh(header)[0]


def own_columns(header: Sequence[str]) -> tuple[str, ...]:
    """Give the headers that our own template knows, under whatever name."""
    known = vocabulary.aliases(OWN, header)
    return tuple(text.strip() for text in header if key(text) in known)


def foreign_to(one: Preset, header: Sequence[str]) -> tuple[str, ...]:
    """Give the headers by which a table is something else than it seems."""
    against = set(map(key, one.refuse))
    return tuple(text.strip() for text in header if key(text) in against)


def _match(one: Preset, there: dict[str, str]) -> Match:
    found, missing = [], []
    for wanted in one.requires:
        names = [there[key(n)] for n in wanted.split("|") if key(n) in there]
        found += names
        if not names:
            missing.append(_alternatives(wanted.split("|")))
    found += [there[key(name)] for name in one.telling if key(name) in there]
    against = [there[key(name)] for name in one.unless if key(name) in there]
    return Match(one, tuple(dict.fromkeys(found)), tuple(missing), tuple(against))


def _alternatives(headers: Sequence[str]) -> str:
    """Name some headers of which one would do."""
    shown = " or ".join(headers[:_SHOWN])
    return f"{shown} …" if len(headers) > _SHOWN else shown


def second_columns(
    header: Sequence[str],
    known: Mapping[str, tuple[str, int]],
    found: Mapping[str, int],
    passed_over: Collection[int],
) -> dict[int, int]:
    """Find the second columns of a table, each with the one that is used.

    Args:
        header: the table's.
        known: field and rank by the key of a header.
        found: the fields that were found, by their column.
        passed_over: columns that something is made of, or that are ignored.
    """
    fields = {
        index: known.get(key(text), ("", 0))[0]
        for index, text in enumerate(header)
        if index not in passed_over
    }
    return {index: found[field] for index, field in fields.items() if field in found}


def second_headers(
    header: Sequence[str], columns: Mapping[int, int]
) -> tuple[tuple[str, str], ...]:
    """Return their headers in the order of the file, each with that of the used."""
    return tuple(
        (header[index].strip(), header[used].strip()) for index, used in columns.items()
    )


def second_notes(named: Sequence[tuple[str, str]]) -> tuple[Note, ...]:
    """Tell of them, a note for each column that is used."""
    others: dict[str, list[str]] = {}
    for other, used in named:
        others.setdefault(used, []).append(other)
    return tuple(
        Note(NoteCode.SECOND_COLUMN, used=used, others=tuple(others[used]))
        for used in others
    )
