"""What is remarkable about a file: what was guessed, or left aside, to read it.

A note is a code and parameters; its English words stand in `sentences.english_notes`.
It is that phrase wherever a text is wanted: in JSON, in a report, on a screen. Whoever
speaks otherwise says it by its code. Invariant: a note never changes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NoReturn, Self

from importer.sentences.english_notes import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.sentences import Parameters


class NoteCode(StrEnum):
    """What there is to tell of a file or a table."""

    ENCODING_GUESSED = "encoding_guessed"
    NUL_DROPPED = "nul_dropped"
    ERRORS_AS_TEXT = "errors_as_text"
    QUOTES_ESCAPED = "quotes_escaped"
    LINES_QUOTED = "lines_quoted"
    ONE_LIST = "one_list"
    FOLDER_SKIPPED = "folder_skipped"
    ERRORS_AS_BLANK = "errors_as_blank"
    NEVER_COMPUTED = "never_computed"
    NUMBERS_FORMATTED = "numbers_formatted"
    MERGED = "merged"
    SHEETS_HIDDEN = "sheets_hidden"
    COLUMNS_HIDDEN = "columns_hidden"
    ROWS_HIDDEN = "rows_hidden"
    SHEETS_BLANK = "sheets_blank"
    SHEET_WITHOUT = "sheet_without"
    SHEETS_UNREAD = "sheets_unread"
    SHEETS_HEADLESS = "sheets_headless"
    SHEETS_UNSEEN = "sheets_unseen"
    HEADER_BELOW = "header_below"
    SECOND_COLUMN = "second_column"
    COLUMN_UNCLEAR = "column_unclear"
    PRESET_UNUSABLE = "preset_unusable"
    LINES_OF_PRODUCTS = "lines_of_products"
    BESIDE_ANOTHER = "beside_another"
    RULES_CHOOSE = "rules_choose"
    FILLS_BLANKS = "fills_blanks"
    COLUMNS_TRANSLATED = "columns_translated"
    ROWS_TRANSLATED = "rows_translated"
    LANGUAGES_APART = "languages_apart"
    NO_LANGUAGES = "no_languages"
    ROWS_TOGETHER = "rows_together"
    DERIVED = "derived"
    PRODUCTS_ALONE = "products_alone"
    PRODUCTS_UNKNOWN = "products_unknown"
    NAMES_ALIKE = "names_alike"
    READ_AS_BEFORE = "read_as_before"
    #: a phrase that was kept as a text, in a journal
    TOLD = "told"


class Note(str):
    """A phrase in English that is still known by what it tells.

    Attributes:
        code: what it tells.
        variant: of the phrase.
        parameters: what is filled in; lists are short, and `more` says how many more
            there are.
    """

    __slots__ = ("code", "parameters", "variant")
    code: NoteCode
    variant: str
    parameters: Parameters

    def __new__(
        cls, code: NoteCode, variant: str = "", /, **parameters: object
    ) -> Self:
        """Word it."""
        key = f"{code}/{variant}" if variant else code.value
        return cls._made(CATALOGUE.message(key, parameters), code, variant, parameters)

    @classmethod
    def _made(
        cls, text: str, code: NoteCode, variant: str, parameters: Parameters
    ) -> Self:
        note = super().__new__(cls, text)
        for name, value in zip(cls.__slots__, (code, parameters, variant), strict=True):
            object.__setattr__(note, name, value)
        return note

    @classmethod
    def read(cls, text: str) -> Self:
        """Take one that was kept as a text."""
        return cls(NoteCode.TOLD, told=text)

    def said_by(self, wording: Callable[[str], str]) -> Self:
        """Return it in other words, as those of a program: what it tells stays."""
        words = wording(self)
        return self._made(words, self.code, self.variant, self.parameters)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Refuse it."""
        msg = f"a note never changes: {name}"
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[object, ...]:
        """Be the same in another process."""
        return _again, (str(self), self.code, self.variant, self.parameters)


def _again(text: str, code: NoteCode, variant: str, parameters: Parameters) -> Note:
    return Note._made(text, code, variant, parameters)  # noqa: SLF001 - its own
