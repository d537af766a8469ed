"""What columns and types are called in other languages: the words of `words.toml`.

Read once, when a table has a header, or a type, that is no English word; until then
nothing is loaded. Decides nothing about a table. Invariant: a word that may mean two
things is never given as one of them.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Letters that are no letter with an accent, and are written as another all the same.
_WRITTEN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
#: How German writes its umlauts where a keyboard has none.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, slots=True)
class Words:
    """The words, each as `bare` writes it.

    Attributes:
        columns: the field of a header, and its rank; 0 is the best.
        ambiguous: the fields that a header may be of, where it is not clear.
        others: headers that are no field, however much they look like one.
        types: `manual` or `smart`, by what a cell says.
        written: the words as they are written.
    """

    columns: Mapping[str, tuple[str, int]]
    ambiguous: Mapping[str, tuple[str, ...]]
    others: frozenset[str]
    types: Mapping[str, str]
    written: Mapping[str, str]


def bare(text: str) -> str:
    """Reduce a text to its letters and digits, without case and accents."""
    small = text.casefold()
    if not small.isascii():
        # an accent is then a character of its own, and neither letter nor digit
        small = unicodedata.normalize("NFKD", small.translate(_WRITTEN))
    return "".join(filter(str.isalnum, small))


@cache
def known() -> Words:
    """Read the words."""
    document = tomllib.loads(
        (resources.files("importer") / "words.toml").read_text("utf-8")
    )
    return gathered(document)


def gathered(document: Mapping[str, Any]) -> Words:
    """Put what a document says in order.

    Args:
        document: its sections `columns`, `types` and `ambiguous`.
    """
    meant: dict[str, dict[str, int]] = {}
    written: dict[str, str] = {}
    for field, name, word, rank in _listed(document["columns"]):
        written.setdefault(word, name)
        fields = meant.setdefault(word, {})
        fields[field] = min(rank, fields.get(field, rank))
    ambiguous = {
        spelled: tuple(fields)
        for word, fields in document["ambiguous"].items()
        for spelled in _spellings(word)
    }
    ambiguous |= {word: tuple(may) for word, may in meant.items() if len(may) > 1}
    columns = {
        word: next(iter(fields.items()))
        for word, fields in meant.items()
        if word not in ambiguous
    }
    types = {word: kind for kind, _, word, _ in _listed(document["types"])}
    others = frozenset(map(bare, document.get("no_field", ())))
    return Words(columns, ambiguous, others, types, written)


def kind(text: str) -> str:
    """Return a type in English: manual or smart; of other words the lower case."""
    small = text.lower()
    if small in ("", "manual", "smart"):
        return small
    return known().types.get(bare(text), small)


def _listed(
    section: Mapping[str, Mapping[str, list[str]]],
) -> Iterator[tuple[str, str, str, int]]:
    """Give what each word means, the word in two ways, and its place in its list."""
    for meaning, languages in section.items():
        for listed in languages.values():
            for rank, word in enumerate(listed):
                for spelled in _spellings(word):
                    yield meaning, word, spelled, rank


def _spellings(word: str) -> tuple[str, ...]:
    """Write a word with and without accents, and without umlauts."""
    small = word.casefold()
    plain = bare(word)
    without = small.translate(_UMLAUTS)
    return (plain,) if without == small else (plain, bare(without))
