"""What became of every cell of a table: the invariant that nothing is lost in reading.

A cell is kept where it is in the definition of its row, where its row is refused with a
problem and shown whole, where a remark names it, or where its column is named as one
that is not read. Knows the writer's table and the importer's answer, and compares both;
how reading works it does not know.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from importer.errors import InputError
from importer.intake import claims, judged, tables
from importer.intake.check import check_inputs
from importer.mapping import preset
from importer.models import Code, DoneBefore, Invalid, Unreadable
from importer.models.definitions import NO_HEADER, Calling
from importer.transforms import none_to_blank

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tables_any import Written

    from importer.mapping.shape import Shape
    from importer.models import Problem, Row
    from importer.settings import Settings

MARK = re.compile(r"mk\d+[az]|\b0{15}[0-9a-f]{9}\b")
#: What puts rows together and says what they are: read, and not itself sent.
STRUCTURE = {
    "root",
    "level",
    "active",
    "key",
    "child_of",
    "first",
    "command",
    "kind",
    "any",
    "products_count",
}
TREE = {"parent", "path"}
#: Fields that are sent letter by letter, where no transform cleans them.
EXACT = {"name", "seo_title", "seo_description", "rule_hash"}
#: What products and rules are where there are none; slugs and the like may say it too.
MEAN_NOTHING = frozenset({"{}", "[]", "null", "None"})


@dataclass
class Said:
    """What was said of one row: texts that are sent or shown, and cells by number."""

    texts: list[str] = field(default_factory=list)
    cells: set[int] = field(default_factory=set)
    #: read and refused, or done before: shown whole
    shown: bool = False
    unread: bool = False
    parts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Answer:
    """What the importer said of a table; `refused` where it took no file at all."""

    refused: str = ""
    rows: dict[int, Said] = field(default_factory=dict)
    #: columns of the table by number, from 1
    unread: set[int] = field(default_factory=set)
    structure: set[int] = field(default_factory=set)
    notes: str = ""
    skipped: dict[str, int] = field(default_factory=dict)
    #: headers by field, of tables that are made into collections
    working: dict[str, tuple[int, ...]] = field(default_factory=dict)
    #: columns of products that rules make needless, or that a better one does
    of_rules: set[int] = field(default_factory=set)
    beside: set[int] = field(default_factory=set)
    better: set[int] = field(default_factory=set)
    #: columns that say that a row is a product's, and of which kind it is
    children: set[int] = field(default_factory=set)
    kinds: set[int] = field(default_factory=set)
    derived: bool = False
    #: columns that name collections, where products that are in none are counted
    naming: set[int] = field(default_factory=set)
    spans: bool = False
    #: columns of which only the last part of a path is read
    last_part: set[int] = field(default_factory=set)
    #: whether quotation marks have torn rows apart, so that they are counted by lines
    shifted: bool = False
    #: whether None and the like mean a blank cell
    has_blank_words: bool = False
    #: columns whose text is sent letter by letter
    exact: set[int] = field(default_factory=set)
    preset: str = ""
    headers: tuple[str, ...] = ()
    text: str = ""

    def row(self, number: int) -> Said:
        """What was said of a row."""
        return self.rows.setdefault(number, Said())


def answer(path: Path, chosen: Settings) -> Answer:
    """Check a file as the library does, and gather what it says of each cell."""
    found = Answer()
    try:
        result = check_inputs((path,), chosen)
        seen = claims.Seen()
        for opened in tables.open_inputs((path,), chosen):
            judgements = list(
                judged.rows(opened, seen, chosen.checking, chosen.locations)
            )
            _columns(found, opened)
            for _, checked in judgements:
                _row(found, checked)
            found.skipped |= dict(opened.file.skipped)
    except InputError as error:
        found.refused = str(error)
        return found
    found.notes = "\n".join(note for file in result.files for note in file.notes)
    # what the library's own document names is told, whatever was gathered above
    for problem in result.problems():
        for cell in problem["cells"]:
            found.row(cell["row"]).cells.add(cell["number"])
    said = [text for row in found.rows.values() for text in row.texts]
    found.text = "\n".join([*said, found.notes])
    return found


def _columns(found: Answer, opened: tables.Opened) -> None:
    """Take in which columns are named as not read, and which only put rows together."""
    binding, shape = opened.binding, opened.binding.shape
    found.preset, found.headers = binding.preset, binding.headers
    named = {*binding.left_out, *(header for header, _ in binding.second)}
    if any(name.endswith(NO_HEADER) for name in binding.left_out):
        named.add("")  # named by its letter
    ignored = preset.ignored(binding.preset)
    for at, header in enumerate(binding.headers, start=1):
        if header.strip() in named or preset.key(header) in ignored:
            found.unread.add(at)
    _cleaned(found, opened)
    if shape:
        used = STRUCTURE
        if shape.wishes.category_path or shape.preset.name_is_path:
            used = STRUCTURE | TREE
        names = used & shape.columns.keys()
        found.structure = {at + 1 for name in names for at in shape.columns[name]}
        found.spans = shape.preset.spans
        _passed_over(found, shape, opened.file.notes)


def _cleaned(found: Answer, opened: tables.Opened) -> None:
    """Take in which columns are sent letter by letter, and what blanks others."""
    binding, shape = opened.binding, opened.binding.shape
    transforms = preset.transforms(binding.preset)
    found.has_blank_words = "none_to_blank" in transforms.get("*", ())
    fields = [*binding.fields, *((name, at) for name, at, _ in binding.cleaned)]
    named_anew = False
    if shape:
        fields = [(name, at) for name, all_of in shape.columns.items() for at in all_of]
        named_anew = bool(shape.preset.name_is_path or shape.wishes.category_path)
    if "*" not in transforms and not named_anew:
        exact = EXACT - transforms.keys()
        found.exact = {at + 1 for name, at in fields if name in exact}
    paths = {name for name, cleaning in transforms.items() if "last_part" in cleaning}
    found.last_part = {at + 1 for name, at in fields if name in paths}


def _passed_over(found: Answer, shape: Shape, notes: tuple[str, ...]) -> None:
    """Take in what the notes of a table say is not read of it."""
    found.working = {
        name: tuple(at + 1 for at in indexes) for name, indexes in shape.columns.items()
    }
    said = "\n".join(notes)
    columns = found.working
    if "fills in a blank seo_description" in said:
        found.unread |= {*columns["description"]}
    if "its rules choose them" in said:
        found.of_rules = {*columns.get("products", ()), *columns.get("handles", ())}
    if "where a row has a" in said:
        found.beside = {*columns["products"]}
        found.better = {*columns["handles"]}
    if "of the lines of products only" in said:
        found.children = {*columns["child_of"]}
        found.better = {*columns.get("handles", ())}
    if "of products, and is not read" in said:
        found.derived = True
        if "in no collection" in said:
            found.naming = {*columns["names"]}
        read = {*columns["names"], *columns.get("location_id", ())}
        found.unread |= {*range(1, len(shape.titles) + 1)} - read
        of_collections = preset.named(shape.preset.name).only
        found.kinds = {*columns.get("kind", ())} if of_collections else set()


def _row(found: Answer, checked: Any) -> None:
    if isinstance(checked, tuple):
        number, _cells, parts = checked
        said = found.row(number)
        said.parts = parts
        said.texts.append(_text(parts))
        return
    row: Row = checked.row
    for number in row.lines or range(row.first, row.last + 1):
        said = found.row(number)
        if isinstance(checked, Invalid | DoneBefore):
            said.shown = True
            said.texts += row.cells
            said.unread |= Unreadable in map(type, row.cells)
            told = checked.problems if isinstance(checked, Invalid) else ()
        else:
            said.parts = dict(checked.filled)
            said.texts.append(_text(checked.filled))
            told = checked.remarks
            if isinstance(checked, Calling):
                said.texts += [text for one in checked.called for text in one.texts]
        found.shifted |= any(problem.code == Code.QUOTES_WRONG for problem in told)
        for problem in told:
            _told(found, said, problem)


def _told(found: Answer, said: Said, problem: Problem) -> None:
    said.texts.append(_text(problem.parameters))
    for cell in problem.cells:
        found.row(cell.row).cells.add(cell.number)


def _text(parts: Any) -> str:
    return json.dumps(parts, ensure_ascii=False, default=str)


# --- the invariant ----------------------------------------------------------------


def lost(table: Written, found: Answer) -> list[str]:
    """Name the cells of a table that are nowhere in an answer."""
    if found.refused:
        return []
    gone = []
    above = re.search(r"the header is row (\d+); what stands above", found.notes)
    first = int(above[1]) if above else 0
    for number, row in zip(table.numbers, table.rows, strict=True):
        if number < first:  # a torn header is none, and one below it counts
            continue
        columns = [_column(table, found, at) for at in range(1, len(row) + 1)]
        judged_row = _Row(number, dict(zip(columns, row, strict=True)))
        for at, cell in enumerate(row, start=1):
            filled = cell.strip("\ufeff\0\x1a").strip()
            if filled and not _kept(table, found, judged_row, columns[at - 1], cell):
                header = table.header[at - 1] if at <= len(table.header) else ""
                gone.append(f"row {number}, column {at} ({header}): {cell!r}")
    return gone


class _Row(NamedTuple):
    """A row of the table: its number, and its cells by the columns they are read as."""

    number: int
    cells: dict[int, str]

    def fills(self, columns: set[int]) -> bool:
        """Return whether one of the columns is filled."""
        return any(self.cells.get(column, "").strip() for column in columns)

    def says(self, columns: set[int], words: Collection[str]) -> bool:
        """Return whether the first filled one of the columns holds one of the words."""
        texts = (self.cells.get(column, "").strip() for column in sorted(columns))
        return next(filter(None, texts), "").casefold() in words


def _column(table: Written, found: Answer, at: int) -> int:
    """Return the number that a column was read under: names of JSON have no order."""
    if table.kind != "jsonl":
        return at
    header = table.header[at - 1]
    return found.headers.index(header) + 1 if header in found.headers else 0


def _kept(table: Written, found: Answer, row: _Row, column: int, cell: str) -> bool:
    if found.has_blank_words and not none_to_blank(cell):
        return True
    if found.derived:
        if found.naming and not row.fills(found.naming):
            return True
        return column in found.unread or _is_named(table, found, row, cell)
    if found.shifted or table.torn is not None:
        # a row that is left out is counted, wherever quotes have moved it
        return bool(found.skipped) or _is_anywhere(found, column, cell)
    said = found.rows.get(row.number)
    if said is None:
        return _is_left_out(found, row)
    passed_over = _is_passed_over(found, row, column, said)
    return passed_over or _is_taken(table, found, said, column, cell)


def _is_taken(
    table: Written, found: Answer, said: Said, column: int, cell: str
) -> bool:
    """Return whether a cell is in what is said of its row."""
    if column in found.exact and not said.shown and table.kind != "ods":
        return _is_whole(table, said, cell)
    if column in found.last_part:
        cell = cell.rstrip("/").split("/")[-1]
    return _is_said(said, cell)


def _is_anywhere(found: Answer, column: int, cell: str) -> bool:
    """Return whether the marks of a cell are in any row: quotes have moved the rows."""
    if column in found.unread | found.structure | found.of_rules:
        return True
    if column > len(found.headers):  # the line is told as a whole
        return True
    if any(column in said.cells for said in found.rows.values()):
        return True
    whole = found.text.replace("\\", "").replace('"', "")
    return all(mark in whole for mark in MARK.findall(cell))


def _is_passed_over(found: Answer, row: _Row, column: int, said: Said) -> bool:
    """Return whether a cell is told of, or its column named as one that is not read."""
    if column in found.unread | found.structure | said.cells or said.unread:
        return True
    if row.fills(found.children) and column not in found.better:
        return True
    if said.parts.get("type") == "smart" and column in found.of_rules:
        return True
    return column in found.beside and row.fills(found.better)


def _is_whole(table: Written, said: Said, cell: str) -> bool:
    """Return whether a text came through letter by letter."""
    text = cell.strip()
    if table.kind == "csv":
        text = text.replace("\0", "").strip()
    return any(_text(text) in one for one in said.texts)


def _is_said(said: Said, cell: str) -> bool:
    """Return whether all marks of a cell are in what is said; of others, its value."""
    whole = "\n".join(said.texts)
    if marks := MARK.findall(cell):
        return all(mark in whole for mark in marks)
    text = cell.strip()
    if said.shown or text in MEAN_NOTHING or _text(text)[1:-1] in whole:
        return True
    # a slug may have got other signs between its letters
    if _letters(text) in _letters(whole):
        return True
    try:
        return float(text) in said.parts.values()
    except ValueError:
        return False


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _is_named(table: Written, found: Answer, row: _Row, cell: str) -> bool:
    """Return whether a cell that names collections does, where its row counts."""
    if found.kinds and not row.says(found.kinds, preset.named(found.preset).only):
        return True  # the note names the kind of rows that count
    if found.kinds and (found.shifted or table.torn is not None):
        return True
    whole = found.text.replace("\\", "").replace('"', "")
    return all(mark in whole for mark in MARK.findall(cell))


def _is_left_out(found: Answer, row: _Row) -> bool:
    """Return whether the file itself leaves a row out, which is counted by its word."""
    if "of translations are left out" in found.notes:
        return True
    if "of a translation is left out" in found.notes:
        return True
    if row.fills(found.children) or (found.spans and found.skipped):
        return True
    if "roots" in found.skipped:
        return True
    # of --skip-inactive: a header and what it says
    says = {word.rpartition(" = ")[2] for word in found.skipped if " = " in word}
    said = {cell.strip() for cell in row.cells.values()}
    return bool(says & said) or any(cell.upper() in found.skipped for cell in said)
