"""JSON Lines: one object a line, such as Shopify's bulk export.

The names of the objects become columns, in the order in which they first come; what
lies inside of an object has a name with dots (`seo.title`). A list is a cell of JSON,
and so is, besides its parts, an object that holds a list (`ruleSet` and
`ruleSet.rules`); of `stats` only the whole is one. null is a blank cell, numbers, true
and false are written as the line has them, also within lists.

Every line is one row, in the order of the file, numbered by its line from 1 on. A
line that belongs to another (`__parentId`, anywhere behind or before its parent) is a
row like all others, with the parent's `id` in the column `__parentId`, which is blank
for what has no parent; putting them together is left to the mapping. Invariant: no
name is lost, because all lines are looked at for their names before the first row.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from importer import strict_json
from importer.errors import EncodingError
from importer.models import Faulty, Note, NoteCode, Unreadable
from importer.source import encodings, json_document
from importer.source import rows as tables
from importer.source.objects import checked, text, text_of, unreadable
from importer.source.rows import Record, refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from importer.models import Table
    from importer.source.content import Content
    from importer.source.encodings import Encoding
    from importer.source.json_document import Document
    from importer.source.rows import Options

#: Finds a key that stands twice, and a number that loses digits.
_STRICT = json.JSONDecoder(
    object_pairs_hook=strict_json.once, parse_float=strict_json.number
)
#: Objects that are one value, whatever they hold.
_WHOLE = frozenset({"stats", "rules"})
#: The longest line that is read, in characters, and the most columns.
MAX_LINE = 64 * 1024 * 1024
MAX_COLUMNS = 16_384


def read(content: Content, options: Options) -> Table:
    """Look through all lines for their names, and read as far as the first.

    Raises:
        InputError: a line is no JSON object, or not in this encoding; also from the
            rows later on.
        UsageError: the encoding that was asked for does not exist.
    """
    encoding = encodings.of(content, options.encoding)
    if document := json_document.read(content, encoding, _exactly):
        return _of_document(content, encoding, document)
    # all names before the first row: a header is needed, and a later line may have more
    names: dict[str, None] = {}
    lossy: set[int] = set()
    for number, value in _objects(content, encoding, partial(_value, lossy)):
        found: dict[str, str] = {}
        _flatten(value, "", found, _unwritten)
        names.update(dict.fromkeys(found))
        _refuse_many(content, names, number)
    records = _records(content, encoding, list(names), lossy)
    return table(content.name, "", records, ragged=False, notes=encoding.notes)


def _refuse_many(content: Content, names: Mapping[str, None], number: int) -> None:
    # keys that are data (an id for each line) would make a column of every one
    if len(names) > MAX_COLUMNS:
        raise refusal(
            content.shown,
            f"by line {number} its objects have more than {MAX_COLUMNS:,} names.",
            "Write the collections under the same names on every line.",
        )


def _of_document(content: Content, encoding: Encoding, document: Document) -> Table:
    """Return the table of the objects of one list, numbered by their place in it."""
    names: dict[str, None] = {}
    rows = [_flattened(value, _as_written) for value in document.objects]
    for number, row in enumerate(rows, start=1):
        names.update(dict.fromkeys(row))
        _refuse_many(content, names, number)

    def records() -> Iterator[Record]:
        yield 0, [*names]
        for number, row in enumerate(rows, start=1):
            cells = [row.get(name, "") for name in names]
            if any(map(str.strip, cells)):
                yield number, Faulty(cells) if Unreadable in map(type, cells) else cells

    note = Note(NoteCode.ONE_LIST, path=document.path)
    if others := tuple(document.others):
        note = Note(NoteCode.ONE_LIST, "of_several", path=document.path, others=others)
    notes = (*encoding.notes, note)
    return table(content.name, "", records(), ragged=False, notes=notes)


def _exactly(text: str) -> Any:  # noqa: ANN401 - JSON holds anything
    """Read JSON as it is written, and mark what is lost of it."""
    try:
        _STRICT.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _marked(text)
    return (_SIGNED if "-0" in text else _WRITTEN).decode(text)


def _records(
    content: Content, encoding: Encoding, names: list[str], lossy: set[int]
) -> Iterator[Record]:
    # line 0: a header that no line of the file is
    yield 0, names

    # only lines that were found to lose something are looked at so closely again
    def value_of(number: int, line: str) -> Any:  # noqa: ANN401 - JSON holds anything
        if number in lossy:
            return _marked(line)
        # Python writes 0 for -0, which no other whole number suffers from
        return (_SIGNED if "-0" in line else _WRITTEN).decode(line)

    for number, value in _objects(content, encoding, value_of):
        found = _flattened(value, _as_written)
        cells = [found.get(name, "") for name in names]
        if any(map(str.strip, cells)):
            yield number, Faulty(cells) if Unreadable in map(type, cells) else cells


def _objects(
    content: Content, encoding: Encoding, value_of: Callable[[int, str], Any]
) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    try:
        # JSON knows more line breaks within its texts than Python does
        with content.path.open(encoding=encoding.name, newline="\n") as file:
            lines = iter(partial(file.readline, MAX_LINE), "")
            for number, line in enumerate(lines, start=1):
                # of files put one behind the other, and at the end of those of DOS
                if line[0] == "\ufeff" or "\x1a" in line:
                    line = line.strip("\ufeff\x1a \t\r\n")  # noqa: PLW2901 - no part of it
                if line.strip():
                    yield number, _object(content, number, line, value_of)
    except UnicodeError as error:
        doubt = f"; it reads {encoding.doubt}" if encoding.doubt else ""
        raise refusal(
            content.shown,
            f"something behind line {number} is not {encoding.name}{doubt}.",
            encoding.remedy,
            EncodingError,
        ) from error
    except OSError as error:
        raise tables.unreadable(content.shown, error) from error


def _object(
    content: Content, number: int, line: str, value_of: Callable[[int, str], Any]
) -> dict[str, Any]:
    try:
        value = value_of(number, line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "too deep"
        raise refusal(
            content.shown,
            f"line {number} is not JSON ({reason}).",
            "Write one whole JSON object on every line (JSON Lines).",
        ) from error
    if not isinstance(value, dict):
        raise refusal(
            content.shown,
            f"line {number} is no JSON object.",
            'Write one object on every line: {"name": "Shoes", "slug": "shoes"}.',
        )
    return value


def _value(lossy: set[int], number: int, line: str) -> Any:  # noqa: ANN401 - as above
    """Read a line; the number of one that loses something is kept."""
    try:
        return _STRICT.decode(line)
    except json.JSONDecodeError:
        raise
    except ValueError:  # something is lost, or a number is longer than Python counts
        lossy.add(number)
        return _marked(line)


def _marked(line: str) -> Any:  # noqa: ANN401 - as above
    """Read a line, and mark what is lost of it."""
    return json.loads(
        line, object_pairs_hook=_pairs, parse_float=_float, parse_int=_Number
    )


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        twice = key in found
        found[key] = (
            _lost(strict_json.LossError(strict_json.TWICE, key)) if twice else value
        )
    return found


class _Number:
    """A number as its line has it: 1.10, 1e3, -0."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        """Keep its characters."""
        self.text = text

    def __repr__(self) -> str:
        """Show it as it stands."""
        return self.text


_WRITTEN = json.JSONDecoder(parse_float=_Number)
_SIGNED = json.JSONDecoder(parse_float=_Number, parse_int=_Number)


def _float(text: str) -> Any:  # noqa: ANN401 - a number, or what shows that it is none
    try:
        strict_json.number(text)
    except strict_json.LossError as loss:
        return _lost(loss)
    return _Number(text)


def _lost(loss: strict_json.LossError) -> Unreadable:
    shown = text_of(loss.shown)
    return Unreadable.of(shown, loss.variant, lost=shown)


def _mark(value: Any) -> Unreadable | None:  # noqa: ANN401 - JSON holds anything
    """Return the mark of what is lost in a value, if there is one."""
    if isinstance(value, Unreadable):
        return value
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, (dict, list)):
        return None
    return next(filter(None, map(_mark, inner)), None)


def flattened(value: Mapping[str, Any]) -> dict[str, str]:
    """Return the cells of a program's object by their names, those inside with dots.

    Raises:
        RecursionError: it is too deep.
    """
    return _flattened(value, _text)


def _flattened(value: Mapping[str, Any], write: Callable[[Any], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    _flatten(value, "", found, write)
    return found


def _flatten(
    value: Mapping[str, Any],
    prefix: str,
    into: dict[str, str],
    write: Callable[[Any], str],
) -> bool:
    """Write the parts of an object under their names; say whether a list is in it."""
    listed = False
    for key, part in value.items():
        name = prefix + text_of(key)
        again = name in into
        if not isinstance(part, dict) or not part or name in _WHOLE:
            into[name] = write(part)
            listed = listed or isinstance(part, list)
        else:
            into[name] = ""  # the whole stands before its parts
            if _flatten(part, f"{name}.", into, write):
                into[name] = write(part)
                listed = True
            else:
                del into[name]
        if again:
            # of {"seo": {"title": …}, "seo.title": …} only one would count
            into[name] = _lost(strict_json.LossError(strict_json.TWICE, name))
    return listed


def _unwritten(_value: object) -> str:
    """Write nothing, where names are all that is asked for."""
    return ""


def _text(value: Any) -> str:  # noqa: ANN401 - what a program hands over
    if type(value) is str:
        return text(value)
    # a whole number keeps all its digits, unlike a spreadsheet's
    return str(value) if type(value) is int else text(value)


def _as_written(value: Any) -> str:  # noqa: ANN401 - JSON holds anything
    """Write a value of JSON as its line has it; a text without quotation marks."""
    if type(value) is str:
        return text(value)
    if mark := _mark(value):
        return mark
    if isinstance(value, (dict, list)):
        return _structure(value)
    if type(value) is bool:
        return "true" if value else "false"
    return value.text if type(value) is _Number else _text(value)


def _structure(value: dict[str, Any] | list[Any]) -> str:
    """Write a list or an object as JSON, and numbers in it as the line has them."""
    try:
        try:
            written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        except TypeError:  # of a number
            written = _json(value)
    except ValueError:
        return unreadable(value, "infinite")
    return checked(written)


def _json(value: Any) -> str:  # noqa: ANN401 - as above
    """Write JSON one value after the other.

    Raises:
        ValueError: it holds NaN or Infinity.
    """
    if isinstance(value, dict):
        parts = (f"{_json(key)}: {_json(part)}" for key, part in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if type(value) is _Number:
        return value.text
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
