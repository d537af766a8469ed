"""What is remarkable about a file, in the words of a merchant.

The library's remarks speak of flags, and in English; here each is known by its text.
Invariant: one that is not known stays as it came, and is marked as English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.web.language import Speech

#: What a remark of the library is known by, and the name of its sentence here.
_KNOWN = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "letters": r"the encoding is a guess: ",
        "damaged": r"it holds NUL bytes",
        "quotes": r"its quotation marks are written|each line is in quotation marks",
        "headings": r"the header is row (?P<row>\d+);",
        "sheets": r"hidden, and not read: (?P<sheets>.+) \(",
        "unread": r"not read, though (?:it holds|they hold) collections: "
        r"(?P<sheets>.+?)(?: \((?:--)?sheet\))?$",
        "headless": r"not read, because no header of collections is known there: "
        r"(?P<sheets>.+)",
        "unseen": r"not read, nor looked at: (?P<sheets>.+?)(?: \((?:--)?sheet\))?$",
        "blank": r"the sheets? (?P<sheets>.+) ha(?:s|ve) no rows, and ",
        "without": r"the sheet (?P<sheets>.+) holds no collections, and is not read",
        "errors": r"errors of a spreadsheet, taken as .+?: row (?P<cells>[^;]+);",
        "lost": r"read as blank, because they hold an error: (?P<cells>[^;]+);",
        "formulas": r"read as blank, because their formulas .+?\): (?P<cells>.+)",
        "merged": r"merged, so that .+?: (?P<cells>[^;]+);",
        "columns": r"hidden, and read like the others: .+?\((?P<columns>[^)]+)\);",
        "rows": r"hidden or filtered out, .+?: .+?\((?P<rows>[^)]+)\);",
        "languages": r"\d+ (?:columns?|rows?) of .*several languages[a-z ]* "
        r"\((?P<languages>[^)]*)\)",
        "second": r"not read, .+ column (?P<used>.+) is used instead: (?P<others>.+)",
        "unclear": r"not read, because the column (?P<column>.+?) may be .+: say which",
        "beside": r"where a row has a (?P<one>.+), its (?P<other>.+) is not read$",
        "blanks": r"of the column (?P<column>.+) only what fills in a blank",
        "members": r"rows that differ in their products only",
        "rules": r"the products of a collection with rules are not read",
        "one_list": r"of its one JSON object the list",
        "lines": r"of the lines of products only their ids and handles",
        "derived": r"the collections are what the column (?P<column>.+?) names",
        "alone": r"(?P<count>[\d,]+) products? \w+ in no collection: (?P<column>.+) is",
        "unknown": r"(?P<count>[\d,]+) products? \w+ neither a SKU",
        "spelled": r"names that differ in capitals .+ are one: (?P<names>.+)",
    }.items()
}
#: Where a text says that it names some of several.
_MORE: re.Pattern[str] = re.compile(r" and ([\d,]+) more$")

#: The rows of a range of cells such as A1:D2.
_ROWS: re.Pattern[str] = re.compile(r"[A-Z]+(\d+)")


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence, and its language where that is not the language of the page."""

    text: str
    code: str = ""


def said(speech: Speech, remark: str) -> Remark:
    """Say a remark of the library; one that is not known is said as it is."""
    for name, pattern in _KNOWN.items():
        if found := pattern.match(remark):
            parts = {
                key: _listed(speech, text) for key, text in found.groupdict().items()
            }
            sentences = {**_of_files(speech), **_of_columns(speech)}
            return Remark(sentences[name] % parts)
    return Remark(remark, "" if speech.code == "en" else "en")


def of_rows(notes: Iterable[str], header_row: int) -> tuple[str, ...]:
    """Return remarks without those on a title above the headings, each once.

    Args:
        notes: those of the library.
        header_row: in which row of the file the headings stand.
    """
    return tuple(one for one in dict.fromkeys(notes) if not _is_above(one, header_row))


def _is_above(note: str, header_row: int) -> bool:
    found = _KNOWN["merged"].match(note)
    rows = _ROWS.findall(found["cells"]) if found else []
    return bool(rows) and max(map(int, rows)) < header_row


def sheets(notes: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    """Return the sheets with collections that are not read, of those that there are."""
    found = map(_KNOWN["unread"].match, notes)
    told = [one["sheets"] for one in found if one]
    listed = {part for one in told for part in (one, *one.split(", "))}
    return tuple(name for name in names if name in listed)


def _listed(speech: Speech, text: str) -> str:
    """Return a list of the library, with how many more there are in the language."""
    found = _MORE.search(text)
    if not found:
        return text
    count = int(found[1].replace(",", ""))
    more = speech.ngettext("%(count)s more", "%(count)s more", count)
    return f"{text[: found.start()]}, {more}"


def _of_files(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    errors = _(
        "Some cells hold an error of the spreadsheet: %(cells)s. Correct them there, "
        "save the file, and choose it again."
    )
    headless = _("Not read, for nothing in them is a collection: sheets %(sheets)s.")
    return {
        "letters": _(
            "The file does not say how its letters are written. Where letters such as "
            "ä, é or ñ look wrong, save it as Excel (.xlsx), and choose that file."
        ),
        "damaged": _(
            "The file holds signs that belong to no text, and may be damaged. Look "
            "whether its rows are as you know them."
        ),
        "quotes": _(
            "The quotation marks of this file are unusual. Look whether its rows are "
            "as you know them."
        ),
        "headings": _(
            "The headings are in row %(row)s; what stands above them is not read."
        ),
        "sheets": _(
            "Hidden sheets are not read: %(sheets)s. To import one, save it as a file "
            "of its own."
        ),
        "unread": _("Sheets with collections that are not read: %(sheets)s."),
        "headless": headless,
        "unseen": headless,
        "blank": headless,
        "without": headless,
        "one_list": _("The file holds several lists, and one of them is read."),
        "errors": errors,
        "lost": errors,
        "formulas": _(
            "Formulas that were never computed are read as blank cells: %(cells)s. "
            "Open the file in your spreadsheet program, save it, and choose it again."
        ),
        "merged": _(
            "Of merged cells only the first holds a value: %(cells)s. Where the others "
            "need it, write it into each."
        ),
        "columns": _(
            "Hidden columns are read like the others: %(columns)s. What is not meant "
            "can be left out under “Which column is what?”."
        ),
        "rows": _(
            "Hidden rows are read like the others: %(rows)s. Delete what is not to be "
            "imported, and choose the file again."
        ),
    }


def _of_columns(speech: Speech) -> Mapping[str, str]:
    _ = speech.gettext
    return {
        "languages": _(
            "This table has several languages (%(languages)s); columns of translations "
            "are not read."
        ),
        "second": _(
            "The column %(used)s is read; these mean the same, and are not: %(others)s."
        ),
        "unclear": _(
            "The column %(column)s may be several things, and is not read. Say what it "
            "is under “Which column is what?”."
        ),
        "beside": _("Where a row has a text under %(one)s, %(other)s is not read."),
        "blanks": _(
            "The column %(column)s is read only where there is no description for "
            "search engines."
        ),
        "members": _(
            "Rows that differ in their products alone are put together as one."
        ),
        "rules": _(
            "Where a collection has rules, they choose its products; a list of them "
            "is not read."
        ),
        "lines": _("Of a line of a product only which product it is is read."),
        "derived": _(
            "The collections are what the column %(column)s names. What else the table "
            "says is of products, and is not read."
        ),
        "alone": _(
            "Products in no collection, because %(column)s is blank: %(count)s."
        ),
        "unknown": _(
            "Products that cannot be listed, for they have no SKU and no id: %(count)s."
        ),
        "spelled": _(
            "Names that differ in capitals or accents alone are one: %(names)s."
        ),
    }
