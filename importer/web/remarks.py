"""What is remarkable about a file, in the words of a merchant.

The library's notes speak of flags, and in English; here each is said by its code.
Invariant: every code has a sentence, whose parameters every note of it gives (a test
goes over all of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.models import NoteCode
from importer.sentences import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.models import Note
    from importer.web.language import Speech


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence, and its language where that is not the language of the page."""

    text: str
    code: str = ""


def said(speech: Speech, note: Note) -> Remark:
    """Say a note; one that was kept as a text is said as that."""
    if note.code is NoteCode.TOLD:
        return Remark(note, "" if speech.code == "en" else "en")
    more = note.parameters.get("more", 0)
    given: dict[str, Any] = {
        name: _listed(speech, value, more) if isinstance(value, tuple) else value
        for name, value in note.parameters.items()
    }
    if "count" in given:
        given["count"] = speech.number(given["count"])
    return Remark(sentences(speech)[note.code] % given)


def of_rows(notes: Iterable[Note], header_row: int) -> tuple[Note, ...]:
    """Return notes without those on a title above the headings, each once.

    Args:
        notes: those of the library.
        header_row: in which row of the file the headings stand.
    """
    return tuple(one for one in dict.fromkeys(notes) if not _is_above(one, header_row))


def _is_above(note: Note, header_row: int) -> bool:
    if note.code is not NoteCode.MERGED:
        return False
    last: int = note.parameters["last_row"]
    return last < header_row


def sheets(notes: Iterable[Note], names: Iterable[str]) -> tuple[str, ...]:
    """Return the sheets with collections that are not read, of those that there are."""
    unread = [note for note in notes if note.code is NoteCode.SHEETS_UNREAD]
    listed = {name for note in unread for name in note.parameters["whole"]}
    return tuple(name for name in names if name in listed)


def _listed(speech: Speech, values: tuple[str | Phrase, ...], more: int) -> str:
    """Return a list, with how many more there are in the language."""
    shown = [_is(value) if isinstance(value, Phrase) else value for value in values]
    if more:
        shown.append(speech.ngettext("%(count)s more", "%(count)s more", more))
    return ", ".join(shown)


def _is(pair: Phrase) -> str:
    """Write a name that is one with another, in any language."""
    return "{name} = {first}".format_map(pair.parameters)


def sentences(speech: Speech) -> Mapping[NoteCode, str]:
    """Return what is said of a file, by the code of the note."""
    return {
        **_of_files(speech),
        **_of_workbooks(speech),
        **_of_columns(speech),
        **_of_collections(speech),
    }


def _of_files(speech: Speech) -> Mapping[NoteCode, str]:
    _ = speech.gettext
    quotes = _(
        "The quotation marks of this file are unusual. Look whether its rows are "
        "as you know them."
    )
    return {
        NoteCode.ENCODING_GUESSED: _(
            "The file does not say how its letters are written. Where letters such as "
            "ä, é or ñ look wrong, save it as Excel (.xlsx), and choose that file."
        ),
        NoteCode.NUL_DROPPED: _(
            "The file holds signs that belong to no text, and may be damaged. Look "
            "whether its rows are as you know them."
        ),
        NoteCode.QUOTES_ESCAPED: quotes,
        NoteCode.LINES_QUOTED: quotes,
        NoteCode.ONE_LIST: _("The file holds several lists, and one of them is read."),
        NoteCode.FOLDER_SKIPPED: _(
            "These files are no tables, and are left out: %(files)s."
        ),
        NoteCode.READ_AS_BEFORE: _("The table is read as by the import that wrote it."),
        NoteCode.PRESET_UNUSABLE: _(
            "One of the ways to read the tables of shops cannot be used. Ask the "
            "person who set up this program."
        ),
    }


def _of_workbooks(speech: Speech) -> Mapping[NoteCode, str]:
    _ = speech.gettext
    errors = _(
        "Some cells hold an error of the spreadsheet: %(cells)s. Correct them there, "
        "save the file, and choose it again."
    )
    headless = _("Not read, for nothing in them is a collection: sheets %(sheets)s.")
    return {
        NoteCode.ERRORS_AS_TEXT: errors,
        NoteCode.ERRORS_AS_BLANK: errors,
        NoteCode.NEVER_COMPUTED: _(
            "Formulas that were never computed are read as blank cells: %(cells)s. "
            "Open the file in your spreadsheet program, save it, and choose it again."
        ),
        NoteCode.NUMBERS_FORMATTED: _(
            "Numbers that the spreadsheet shows as another text are read without their "
            "format: %(cells)s. Where the text is meant, type it into a cell formatted "
            "as text."
        ),
        NoteCode.MERGED: _(
            "Of merged cells only the first holds a value: %(cells)s. Where the others "
            "need it, write it into each."
        ),
        NoteCode.SHEETS_HIDDEN: _(
            "Hidden sheets are not read: %(sheets)s. To import one, save it as a file "
            "of its own."
        ),
        NoteCode.SHEETS_UNREAD: _(
            "Sheets with collections that are not read: %(sheets)s."
        ),
        NoteCode.SHEETS_HEADLESS: headless,
        NoteCode.SHEETS_UNSEEN: headless,
        NoteCode.SHEETS_BLANK: headless,
        NoteCode.SHEET_WITHOUT: headless,
        NoteCode.COLUMNS_HIDDEN: _(
            "Hidden columns are read like the others: %(columns)s. What is not meant "
            "can be left out under “Which column is what?”."
        ),
        NoteCode.ROWS_HIDDEN: _(
            "Hidden rows are read like the others: %(rows)s. Delete what is not to be "
            "imported, and choose the file again."
        ),
    }


def _of_columns(speech: Speech) -> Mapping[NoteCode, str]:
    _ = speech.gettext
    return {
        NoteCode.HEADER_BELOW: _(
            "The headings are in row %(row)s; what stands above them is not read."
        ),
        NoteCode.SECOND_COLUMN: _(
            "The column %(used)s is read; these mean the same, and are not: %(others)s."
        ),
        NoteCode.COLUMN_UNCLEAR: _(
            "The column %(column)s may be several things, and is not read. Say what it "
            "is under “Which column is what?”."
        ),
        NoteCode.BESIDE_ANOTHER: _(
            "Where a row has a text under %(one)s, %(other)s is not read."
        ),
        NoteCode.FILLS_BLANKS: _(
            "The column %(column)s is read only where there is no description for "
            "search engines."
        ),
        NoteCode.COLUMNS_TRANSLATED: _(
            "This table has several languages (%(languages)s); columns of translations "
            "are not read."
        ),
        NoteCode.ROWS_TRANSLATED: _(
            "This table has several languages (%(languages)s); rows of translations "
            "are not read."
        ),
        NoteCode.LANGUAGES_APART: _(
            "The rows of this table are in several languages (%(languages)s); all of "
            "them are read."
        ),
        NoteCode.NO_LANGUAGES: _(
            "This table has no languages to choose from; all of it is read."
        ),
    }


def _of_collections(speech: Speech) -> Mapping[NoteCode, str]:
    _ = speech.gettext
    return {
        NoteCode.ROWS_TOGETHER: _(
            "Rows that differ in their products alone are put together as one."
        ),
        NoteCode.RULES_CHOOSE: _(
            "Where a collection has rules, they choose its products; a list of them "
            "is not read."
        ),
        NoteCode.LINES_OF_PRODUCTS: _(
            "Of a line of a product only which product it is is read."
        ),
        NoteCode.DERIVED: _(
            "The collections are what the column %(column)s names. What else the table "
            "says is of products, and is not read."
        ),
        NoteCode.PRODUCTS_ALONE: _(
            "Products in no collection, because %(column)s is blank: %(count)s."
        ),
        NoteCode.PRODUCTS_UNKNOWN: _(
            "Products that cannot be listed, for they have no SKU and no id: %(count)s."
        ),
        NoteCode.NAMES_ALIKE: _(
            "Names that differ in capitals or accents alone are one: %(names)s."
        ),
    }
