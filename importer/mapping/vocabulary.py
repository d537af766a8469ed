"""What the headers of one table mean to a preset, in whatever language they are.

A preset's own words go first, then English ones, then those of other languages; these
are loaded only where a header is none of the former. Invariants: the answer depends on
the header alone; a word that may mean two things is no name of a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer import words
from importer.mapping import preset
from importer.mapping.preset import FIELDS, OWN, key
from importer.models import Note, NoteCode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The rank of words of other languages, behind all others.
_BEHIND = 2 * preset.BEHIND

Ranked = dict[str, tuple[str, int]]


def aliases(name: str, header: Sequence[str]) -> Ranked:
    """Give field and rank by the key of a header, for those that mean a field."""
    known = preset.aliases(name)
    return {**known, **_foreign(name, header, fields=True)}


def working(name: str, header: Sequence[str]) -> Ranked:
    """Give the same of what a collection is made from but does not have.

    Only our own table has such words in other languages: what an export calls its
    columns, its preset says.
    """
    known = preset.working(name)
    return {**known, **_foreign(name, header, fields=False)} if name == OWN else known


def ambiguous(name: str, header: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Give the fields that a header may be of, by its key, where that is not clear."""
    may = words.known().ambiguous if (unknown := _unknown(name, header)) else {}
    return {at: may[word] for at, word in unknown.items() if word in may}


def familiar(name: str, header: Sequence[str]) -> frozenset[str]:
    """Give the keys of headers that a preset knows, also those that it leaves out."""
    said = preset.named(name)
    listed = (*said.requires, *said.telling, *said.unless, *said.refuse)
    texts = {text for alternatives in listed for text in alternatives.split("|")}
    return frozenset(
        (*aliases(name, header), *working(name, header), *preset.ignored(name))
    ).union(map(key, texts))


def note(header: str, fields: Sequence[str]) -> Note:
    """Tell of a column that may be several things."""
    column = header.strip()
    return Note(NoteCode.COLUMN_UNCLEAR, column=column, fields=" or ".join(fields))


def _foreign(name: str, header: Sequence[str], *, fields: bool) -> Ranked:
    """Give what words of other languages mean, by the key of a header."""
    unknown = _unknown(name, header)
    known: Mapping[str, tuple[str, int]] = words.known().columns if unknown else {}
    return {
        at: (known[word][0], _BEHIND + known[word][1])
        for at, word in unknown.items()
        if word in known and (known[word][0] in FIELDS) is fields
    }


def _unknown(name: str, header: Sequence[str]) -> dict[str, str]:
    """Give the bare words of headers that the preset and our own columns do not know.

    A table of products, of which collections are derived, has no columns of ours.
    """
    if preset.named(name).separator:
        return {}
    english = preset.aliases(name), preset.working(name), preset.ignored(name)
    keys = {key(text): text for text in reversed(header)}
    return {
        at: words.bare(text)
        for at, text in keys.items()
        if not any(at in known for known in english)
    }
