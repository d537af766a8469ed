"""The language of a column, of those whose headers say one: name(en-gb), label-en_US.

Only columns that name a collection tell which languages a table has. One language is
read, and its columns are compared without it; those of the others are translations.
Invariants: the text of a header stays what it was; of one thing no two languages are
read.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from importer import patterns
from importer.errors import InputError
from importer.mapping import preset
from importer.mapping.preset import Header, key
from importer.mapping.shape import working_columns
from importer.models import Note, NoteCode

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from importer.mapping.binding import Binding

    Record = tuple[int, list[str]]

#: So many rows are looked at to find the language that fills most of them.
ROWS_LOOKED_AT = 2_000
_REGION = r"[a-z]{2}[-_][a-z]{2,4}"
_MARKED = patterns.later(
    rf"(?P<base>.*?[^\s.\-_])\s*"
    rf"(?:\((?P<a>[a-z]{{2}}|{_REGION})\)|\[(?P<b>[a-z]{{2}}|{_REGION})\]"
    rf"|[.\-_ ](?P<c>{_REGION})|[.\-_](?P<d>[a-z]{{2}}))\s*\*?\s*",
    re.IGNORECASE,
)
#: Two letters that stand for a language and are seldom anything else.
_ALONE = frozenset(
    (
        *("ar", "bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hr"),
        *("hu", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk"),
        *("sl", "sv", "tr", "uk", "zh"),
    )
)


def plain(language: str) -> str:
    """Return a language as it is compared: en-GB and en_gb are one."""
    return language.strip().casefold().replace("-", "_")


def split(header: str) -> tuple[str, str]:
    """Take a header apart: what it is called, and its language, if it says one."""
    found = _MARKED.fullmatch(header) if _may_say(header) else None
    if not found:
        return header, ""
    language = next(filter(None, found.group("a", "b", "c", "d")), "")
    if len(language) == 2 and language.casefold() not in _ALONE:  # noqa: PLR2004
        return header, ""
    return found["base"], language


def _may_say(header: str) -> bool:
    """Return whether a header may end in a language, which is seen at little cost."""
    text = header.rstrip().removesuffix("*").rstrip()
    parts = text.replace("-", "_").replace(".", "_").replace(" ", "_").split("_")
    if len(parts) > 1 and (parts[-1].casefold() in _ALONE or len(parts[-2]) == 2):  # noqa: PLR2004
        return True
    return text.endswith((")", "]"))


def of(header: Sequence[str]) -> dict[str, str]:
    """Return the languages of a table as they are written, in the order of the file.

    The blank one is that of a name without a language beside others.
    """
    found: dict[str, str] = {}
    unmarked = False
    parts = [split(text) for text in header]
    if not any(language for _, language in parts):
        return {}
    for base, language in parts:
        if key(base) in _names():
            unmarked = unmarked or not language
            if language:
                found.setdefault(plain(language), language)
    return {"": "", **found} if found and unmarked else found


def marked(header: Sequence[str], chosen: str) -> tuple[str, ...]:
    """Return a header whose columns of one language are compared without it.

    Those of others are compared as nothing that is known. A thing that the chosen
    language does not have is read from the column without a language.
    """
    there = of(header)
    if not there:
        return tuple(header)
    language = plain(chosen) if plain(chosen) in there else next(iter(there))
    parts = [_part(text, there) for text in header]
    has = {key(base) for base, said in parts if said and plain(said) == language}
    return tuple(
        text
        if not said and key(base) not in has
        else Header(text, base if plain(said) == language else _unread(text))
        for text, (base, said) in zip(header, parts, strict=True)
    )


def fallbacks(header: Sequence[str], chosen: str) -> tuple[str, dict[int, int]]:
    """Find what is read where a cell of the chosen language is blank.

    Returns:
        The language of that, as it is written: the blank one where there is one, else
        the first of the others. And the columns of the chosen one, each with its own.
    """
    there = of(header)
    language = plain(chosen)
    others = [other for other in there if other != language]
    if language not in there or not others:
        return "", {}
    parts = [_part(text, there) for text in header]
    default = {
        key(base): at
        for at, (base, said) in enumerate(parts)
        if plain(said) == others[0]
    }
    return there[others[0]], {
        at: default[key(base)]
        for at, (base, said) in enumerate(parts)
        if language and plain(said) == language and key(base) in default
    }


def filled(records: Iterable[Record], columns: Mapping[int, int]) -> Iterator[Record]:
    """Give the rows with their blank cells of one language filled from another's."""
    for number, cells in records:
        blank = [
            at
            for at, other in columns.items()
            if max(at, other) < len(cells) and not cells[at].strip() and cells[other]
        ]
        if blank and type(cells) is list:
            cells = cells.copy()  # noqa: PLW2901 - the same row
            for at in blank:
                cells[at] = cells[columns[at]]
        yield number, cells


def _part(text: str, there: Mapping[str, str]) -> tuple[str, str]:
    base, language = split(text)
    return (base, language) if plain(language) in there else (text, "")


def _unread(text: str) -> str:
    """Return what a header of a translation is compared as."""
    return f"\0{text}"


@cache
def _names() -> frozenset[str]:
    """Return the keys of all headers that name a collection."""
    return frozenset(
        at
        for name in preset.own_names()
        for at, (field, _) in preset.aliases(name).items()
        if field == "name"
    )


def wanted(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the language to read where none was asked for.

    That is the one without a name, else the one that most rows fill.
    """
    there = of(header)
    if "" in there:
        return ""
    looked = [*islice(rows, ROWS_LOOKED_AT)]
    return max(there, key=lambda language: _filled(header, looked, language))


def unknown(file: str, chosen: str, there: Iterable[str]) -> InputError:
    """Say that a table has not the language that was asked for."""
    listed = ", ".join(there)
    return InputError(
        f"{file}: there is no language or store view {chosen}; it has: {listed}.",
        remedy="Give one of them with --store-language.",
    )


def _filled(header: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> int:
    """Count the rows whose name is filled in a language."""
    parts = [split(text) for text in header]
    columns = [
        at
        for at, (base, said) in enumerate(parts)
        if plain(said) == language and key(base) in _names()
    ]
    return sum(
        any(at < len(cells) and cells[at].strip() for at in columns) for cells in rows
    )


def beside(header: Sequence[str], bound: Collection[int]) -> dict[int, int]:
    """Find the columns of translations, each with the one that is read instead.

    Args:
        header: the table's, as `marked` gives it.
        bound: the columns that something is made of.
    """
    used = {_base(header[at]): at for at in bound}
    return {
        at: used[_base(text)]
        for at, text in enumerate(header)
        if type(text) is Header and at not in bound and _base(text) in used
    }


#: Headers of columns that say the language, or the store view, of a row.
_OF_ROWS = frozenset(
    map(
        key,
        (
            *("store view code", "store view", "store code", "locale", "locale code"),
            *("language id", "language code", "language", "lang", "id lang", "lang id"),
        ),
    )
)


def row_columns(
    header: Sequence[str], binding: Binding
) -> tuple[int, tuple[int, ...]] | None:
    """Find the column that says the language of a row, and those that tell which it is.

    These are of its location and of its id, else of its path, else of its slug.
    """
    language = next(
        (at for at, text in enumerate(header) if key(text) in _OF_ROWS), None
    )
    if language is None:
        return None
    shape = binding.shape
    columns: dict[str, tuple[int, ...]] = {
        **working_columns(header),
        **{name: (at,) for name, at in binding.fields},
        **(shape.columns if shape else {}),
    }
    if key(header[language]) != _WITH_PATH:
        columns.pop("path", None)
    told = next((columns[name] for name in _TELLING if name in columns), ())
    if not told or (shape and (shape.preset.spans or shape.preset.separator)):
        return None
    location = columns.get("location_id", ())[:1]
    return language, (*location, told[0])


def is_of_rows(text: str) -> bool:
    """Return whether a header is that of the language of a row."""
    return key(text) in _OF_ROWS


#: Beside it a path is a category's own; elsewhere it may be that of its parents.
_WITH_PATH = key("store view code")
#: What tells collections apart in all languages, the best first.
_TELLING = ("key", "path", "collection_id", "slug")


def note(header: Sequence[str], filled_from: str | None = None) -> tuple[Note, ...]:
    """Tell how many columns of translations are not read, if any.

    `filled_from` is the language that blank cells are filled from, if from any.
    """
    unread = [text for text in header if key(text).startswith("\0")]
    if not unread:
        return ()
    named = tuple(name for name in of(header).values() if name)
    variant = ""
    if filled_from is not None:
        variant = "filled" if filled_from else "filled_from_plain"
    code, count = NoteCode.COLUMNS_TRANSLATED, len(unread)
    return (Note(code, variant, count=count, languages=named, source=filled_from),)


def _base(text: str) -> str:
    return key(split(text)[0])
