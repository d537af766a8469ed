"""A mapping file to start from: what each column of a table is, or may be.

Columns whose names are known are written as lines that count, all others as comments,
with what they may be and how sure that is. Pure: it reads no file and writes none.
Invariant: what is written is a mapping file, and means of the table what it meant
without one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.mapping import (
    guess,
    preset,
    product_tables,
    recognition,
    vocabulary,
)
from importer.mapping.preset import FIELDS, OWN, key
from importer.texts import plain
from importer.wording import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SAMPLES = 3
_LONGEST_SAMPLE = 40
_WHOLE = 100
_SHOWN = "known: whether the shop shows the collection; it needs no line"
_BASIC = 0xFFFF


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a draft says of one column.

    Attributes:
        number: the column's, from 1.
        header: as the file writes it.
        samples: the first different texts of its cells.
        field: what it is, or may be; blank where nothing is known.
        active: whether the line counts.
        alike: how sure it is: 1 for a known name, 0 for nothing.
        note: why it does not count.
    """

    number: int
    header: str
    samples: tuple[str, ...]
    field: str = ""
    active: bool = False
    alike: float = 0.0
    note: str = ""


def samples(rows: Iterable[Sequence[str]], width: int) -> list[tuple[str, ...]]:
    """Give the first different texts of each column."""
    found: list[dict[str, None]] = [{} for _ in range(width)]
    for cells in rows:
        for texts, cell in zip(found, cells, strict=False):
            if len(texts) < _SAMPLES and (text := plain(cell)):
                texts[cut(text, _LONGEST_SAMPLE)] = None
    return [tuple(texts) for texts in found]


def proposals(
    header: Sequence[str], shown: Sequence[tuple[str, ...]], name: str
) -> list[Proposed]:
    """Say of each column what it is, or may be.

    Args:
        header: the table's.
        shown: samples of each column.
        name: the preset whose columns they are.
    """
    columns = _Columns(header, name)
    return [
        columns.proposed(index, texts, shown[index])
        for index, texts in enumerate(header)
    ]


class _Columns:
    """A header, and what a preset knows of it."""

    def __init__(self, header: Sequence[str], name: str) -> None:
        self._name = name
        self._header = header
        self._aliases = vocabulary.aliases(name, header)
        self._working = vocabulary.working(name, header)
        self._may_be = vocabulary.ambiguous(name, header)
        known = preset.named(name)
        strange = recognition.foreign_to(known, header)
        self._strange = strange or product_tables.of_products(header)
        # of two columns with one header a mapping file could mean only the first
        self._first = {t.strip(): i for i, t in reversed([*enumerate(header)])}
        claims: dict[str, list[tuple[int, int]]] = {}
        for index in self._first.values():
            if found := self._aliases.get(key(header[index])):
                claims.setdefault(found[0], []).append((found[1], index))
        self._claims = {field: sorted(mine) for field, mine in claims.items()}

    def proposed(self, index: int, text: str, shown: tuple[str, ...]) -> Proposed:
        """Say what one column is, or may be."""
        column = Proposed(index + 1, text.strip(), shown)
        if note := self._unnameable(index, text):
            return _but(column, note)
        name = key(text)
        if name in preset.ignored(self._name):
            return _but(column, "known, and not needed")
        if name in self._aliases:
            return self._known(column, self._aliases[name][0], index)
        if name in self._working:
            meant = self._working[name][0]
            note = f"known as the {meant}, which is no field"
            return _but(column, _SHOWN if meant == "active" else note)
        if name in self._may_be:
            field, *others = self._may_be[name]
            told = "it may be something else" if not others else _or(others)
            return _but(column, f"not sure: {told}", field, guess.ALIKE)
        return self._guessed(column, text)

    def _unnameable(self, index: int, text: str) -> str:
        if not text.strip():
            return "it has no header, so that a mapping file cannot name it"
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            return "its header holds what is no letter: give it another one"
        if self._first[text.strip()] != index:
            return "another column has the same header: give it another one"
        return ""

    def _known(self, column: Proposed, field: str, index: int) -> Proposed:
        (rank, best), *others = self._claims[field]
        tied = [other for other in others if other[0] == rank]
        if self._name != OWN:
            note = f"known, as the preset {self._name} says"
        elif self._strange:
            note = "known, but this looks like a table of products"
        elif tied and index in {best, *(at for _, at in tied)}:
            note = f"more than one column is the {field}: choose one"
        elif index != best:
            note = f"not read: {plain(self._header[best])} is the {field}"
        else:
            return replace(column, field=field, active=True, alike=1.0)
        return _but(column, note, field, 1.0)

    def _guessed(self, column: Proposed, text: str) -> Proposed:
        if preset.named(self._name).separator:
            return _but(column, "not read: it tells of a product")
        near = None if product_tables.is_price(text) else guess.field_of(text)
        if near is None or near.field not in FIELDS:
            return _but(column, "nothing like it is known")
        sure = f"{near.alike * _WHOLE:.0f} % like {near.name}"
        return _but(column, f"a guess: {sure}", near.field, near.alike)


def _but(column: Proposed, note: str, field: str = "", alike: float = 0.0) -> Proposed:
    """Return a column whose line does not count."""
    return replace(column, field=field, alike=alike, note=note)


def _or(fields: Sequence[str]) -> str:
    return f"or {', or '.join(fields)}, or something else"


def text(title: Sequence[str], columns: Sequence[Proposed]) -> str:
    """Write the mapping file.

    Args:
        title: what is said at its head, a line each.
        columns: what is known of each column.
    """
    return "\n".join(_lines(title, columns)) + "\n"


def _lines(title: Sequence[str], columns: Sequence[Proposed]) -> Iterator[str]:
    yield from (f"# {line}".rstrip() for line in title)
    yield from ("#", "# A line that begins with # does not count.")
    yield from _folded(f"Fields: {', '.join(FIELDS)}.")
    yield from ("", "[columns]")
    for column in columns:
        named = plain(column.header) or "no header"
        shown = " | ".join(column.samples) or "no text in the first rows"
        yield from ("", f"# Column {column.number}, {named}: {shown}")
        yield _entry(column)
    filled = {column.field for column in columns if column.active}
    yield from ("", "[constants]", "# What a field is in rows that leave it blank.")
    for field, value in (("location_id", "…"), ("type", "manual")):
        if field not in filled:
            yield f'# {field} = "{value}"'
    yield from ("", "[ignore]", "# Columns that are not needed, and are not named.")
    needed = [c.active or c.note == _SHOWN or c.note.startswith("it") for c in columns]
    rest = [c.header for c, is_so in zip(columns, needed, strict=True) if not is_so]
    yield "columns = []"
    if rest:
        yield f"# columns = [{', '.join(map(quoted, rest))}]"


def _entry(column: Proposed) -> str:
    if column.active:
        return f"{quoted(column.header)} = {quoted(column.field)}"
    if not column.field:
        return f"# ({column.note})"
    return f"# {quoted(column.header)} = {quoted(column.field)} # {column.note}"


def _folded(sentence: str, width: int = 84) -> Iterator[str]:
    line = "#"
    for word in sentence.split():
        if len(line) + len(word) > width:
            yield line
            line = "#"
        line += f" {word}"
    yield line


def quoted(text: str) -> str:
    """Write a text as TOML has it, with what cannot be seen as its number."""
    return f'"{"".join(map(_letter, text))}"'


def _letter(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    number = ord(letter)
    return f"\\u{number:04x}" if number <= _BASIC else f"\\U{number:08x}"
