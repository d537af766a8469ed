"""Languages as values: whoever says something of a row says in which one.

English is the catalogue itself and loads nothing. Another one is read from its `.mo`
below `importer/languages` when it is first asked for, by the standard library's
gettext. Invariants: no language is that of the process, so that a server can speak
several at once; and a text that is not translated is said in English.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from importer.sentences.catalogue import Catalogue, Sentence
from importer.sentences.english import CATALOGUE
from importer.sentences.formats import Formats, Style

if TYPE_CHECKING:
    from gettext import NullTranslations

    from importer.sentences.catalogue import Parameters, Phrase

#: What a language writes figures and quotations with, by its code.
STYLES = {
    "de": Style(".", 1000, "„", "“"),
    "es": Style(".", 10_000, "«", "»"),
}
#: Every language that there is, the one that everything is written in first.
CODES = ("en", *STYLES)


class Language:
    """One language: its sentences, and other texts of the program in it."""

    def __init__(self, code: str, translations: NullTranslations, style: Style) -> None:
        """Take what translates, and what figures and quotations are written with."""
        self.code: str = code
        self._translations = translations
        self._style = style

    @cached_property
    def catalogue(self) -> Catalogue:
        """The sentences by their keys."""
        sentences = {
            key: Sentence(*map(self.translated, templates))
            for key, templates in CATALOGUE.sentences.items()
        }
        say, word = self._say, self.translated
        formats = Formats(self._style, say, self._form, word).by_name()
        return Catalogue(sentences, formats)

    def translated(self, text: str) -> str:
        """Return a text of the program in this language."""
        # to gettext a blank text is the heading of the file
        return self._translations.gettext(text) if text else ""

    def message(self, key: str, parameters: Parameters) -> str:
        """Say what is the matter.

        Raises:
            KeyError: the catalogue has no such sentence, or a parameter is missing.
        """
        return self.catalogue.message(key, parameters)

    def remedy(self, key: str, parameters: Parameters) -> str:
        """Say what to do about it; empty where there is nothing to do."""
        return self.catalogue.remedy(key, parameters)

    def on_page(self, key: str) -> str:
        """Return the key of what a page says in the place of a sentence."""
        other = f"page/{key}"
        return other if other in self.catalogue.sentences else key

    def text(self, key: str | Phrase, /, **parameters: Any) -> str:  # noqa: ANN401 - see Parameter
        """Word a phrase, or a sentence by its key and parameters."""
        if isinstance(key, str):
            return self.catalogue.message(key, parameters)
        return self.catalogue.message(key.key, key.parameters)

    def number(self, count: int) -> str:
        """Write a whole number with its thousands apart."""
        return self._style.number(count)

    def _say(self, key: str, parameters: Parameters) -> str:
        return self.catalogue.message(key, parameters)

    def _form(self, number: int) -> int:
        """Return the number of a count's plural form, as the language's file says it.

        The file has the pair 0 and 1, of which every language makes as many forms as
        it has: 0, 1, 2 …
        """
        return int(self._translations.ngettext("0", "1", number))

    def __reduce__(self) -> tuple[Any, ...]:
        """Be the same language in another process, read there."""
        return named, (self.code,)

    def __repr__(self) -> str:
        """Name it."""
        return f"<Language {self.code}>"


class _English(Language):
    """The language that everything is written in."""

    def __init__(self) -> None:
        """Need nothing."""
        self.code: str = "en"
        self._style = Style()

    @cached_property
    def catalogue(self) -> Catalogue:
        """The sentences by their keys."""
        return CATALOGUE

    def translated(self, text: str) -> str:
        """Return the text."""
        return text


ENGLISH: Language = _English()


@lru_cache
def named(code: str) -> Language:
    """Return a language by its code.

    Raises:
        KeyError: there is none of that code.
    """
    if code == ENGLISH.code:
        return ENGLISH
    style = STYLES[code]
    # only who speaks another language pays for it
    from gettext import GNUTranslations  # noqa: PLC0415
    from importlib import resources  # noqa: PLC0415

    folder = resources.files("importer") / "languages" / code / "LC_MESSAGES"
    with (folder / "importer.mo").open("rb") as stream:
        return Language(code, GNUTranslations(stream), style)


def message(key: str, parameters: Parameters) -> str:
    """Say in English what is the matter.

    Raises:
        KeyError: the catalogue has no such sentence, or a parameter is missing.
    """
    return CATALOGUE.message(key, parameters)


def remedy(key: str, parameters: Parameters) -> str:
    """Say in English what to do about it; empty where there is nothing to do."""
    return CATALOGUE.remedy(key, parameters)


def text(key: str | Phrase, /, **parameters: Any) -> str:  # noqa: ANN401 - see Parameter
    """Word a phrase in English, or a sentence by its key and parameters."""
    return ENGLISH.text(key, **parameters)
