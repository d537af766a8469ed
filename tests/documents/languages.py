"""Brings the files of the languages up to date with the texts of the code.

`importer/languages/CODE/LC_MESSAGES/importer.po` gets an entry for each text that the
program can say in another language than English, blank where it is new, and loses those
that are no longer said; `importer.mo` is made of it. Nothing is translated here.

    make languages              after a text has changed, and after translating
    make languages NEW=fr       begins another language
"""

from __future__ import annotations

import string
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import importer
from importer import codebook
from importer.codebook import Kind
from importer.report import columns
from importer.sentences import english, english_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(importer.__file__).parent / "languages"
#: The texts that tell how many plural forms a language has, and which is whose.
FORMS = ("0", "1")
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_ABOUT_FORMS = "The numbers of the plural forms: 0, 1, 2 … No text."
#: No dates and no names: the history of the file is the repository's.
_HEADING = """\
# What the importer says in this language. How it is written: docs/translating.md.
# Entries are made from the code by: make languages
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass
class Text:
    """A text of the program, and where it is said."""

    text: str
    keys: list[str] = field(default_factory=list)


def texts() -> list[Text]:
    """Return every text that is said in other languages, in the order of the code."""
    found: dict[str, Text] = {}
    for text, key in _all():
        found.setdefault(text, Text(text)).keys.append(key)
    return [one for text, one in found.items() if _has_words(text)]


def _has_words(text: str) -> bool:
    """Return whether anything of a text can be said otherwise."""
    if "{" not in text:
        return any(map(str.isalpha, text))
    return any(
        letter.isalpha()
        for literal, _, spec, _ in string.Formatter().parse(text)
        for letter in literal + (spec or "").partition(":")[2]
    )


def _all() -> Iterator[tuple[str, str]]:
    for key, sentence in english.CATALOGUE.sentences.items():
        yield sentence.message, key
        yield sentence.remedy, f"{key}, what to do"
    for word in english_parts.WORDS:
        yield word, "a word in other sentences"
    for phrase in columns.phrases():
        yield phrase, "a status or a column of a report"
    for kind in Kind:
        yield kind.value, "explain, a heading"
    for explanation in (*codebook.ALL.values(), codebook.UNDOCUMENTED):
        for name in codebook.TEXTS:
            yield getattr(explanation, name), f"explain {explanation.name}, {name}"


def read(path: Path) -> Catalog:
    """Read a file of a language."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parents[1].name)


def updated(old: Catalog) -> Catalog:
    """Return the entries that the code needs, with the translations that there are."""
    # the same texts make the same files, whenever that is
    new = Catalog(locale=old.locale, fuzzy=False, creation_date=_NO_DATE)
    # a translator may count in fewer forms than Babel knows for the language
    new.mime_headers = [("Plural-Forms", old.plural_forms)]
    forms = old.get(FORMS[0])
    numbers = tuple(map(str, range(new.num_plurals)))
    new.add(FORMS, forms.string if forms else numbers, auto_comments=[_ABOUT_FORMS])
    for text in texts():
        there = old.get(text.text)
        said = str(there.string) if there else ""
        comments = there.user_comments if there else ()
        new.add(
            text.text, said, auto_comments=text.keys[:4], user_comments=list(comments)
        )
        # what stands in braces is ours, not Python's: no tool shall judge it
        new[text.text].flags -= {"python-format", "python-brace-format"}
    return new


def write(path: Path, catalog: Catalog) -> None:
    """Write a language's entries and what is made of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    heading = _HEADING.format(
        language=catalog.locale_identifier, forms=catalog.plural_forms
    )
    with path.open("wb") as stream:
        stream.write(heading.encode())
        write_po(stream, catalog, width=88, no_location=True, omit_header=True)
    with path.with_suffix(".mo").open("wb") as stream:
        write_mo(stream, catalog)


def main() -> None:
    """Bring all languages up to date, and begin those that are named."""
    for code in sys.argv[1:]:
        path = FOLDER / code / "LC_MESSAGES" / "importer.po"
        if not path.exists():
            write(path, Catalog(locale=code))
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/importer.po")):
        catalog = updated(read(path))
        write(path, catalog)
        missing = sum(not message.string for message in catalog if message.id)
        sys.stdout.write(f"{path.parents[1].name}: {missing} texts to translate\n")


if __name__ == "__main__":
    main()
