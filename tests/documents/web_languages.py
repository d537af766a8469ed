"""Brings the languages of the page of `importer web` up to date with its sentences.

`importer/web/languages/CODE/LC_MESSAGES/web.po` gets an entry for each sentence of the
templates and of the code of the page, blank where it is new, and loses those that are
no longer said; `web.mo` is made of it. Nothing is translated here.

    make languages              after a sentence has changed, and after translating
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from importer import web
from importer.web.language import DOMAIN, SPOKEN

PAGE = Path(web.__file__).parent
FOLDER = PAGE / "languages"
#: Which functions say a sentence, and in which of their arguments it stands.
_SAID_BY = {"_": None, "gettext": None, "ngettext": (1, 2), "counted": (1, 2)}
_METHODS = [("**.py", "python"), ("templates/**.jinja", "jinja2")]
_OPTIONS = {"templates/**.jinja": {"newstyle_gettext": "true", "trim_blocks": "true"}}
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
_HEADING = """\
# What the page of `importer web` says in this language.
# Entries are made from the page by: make languages
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def texts() -> dict[str, tuple[str, ...]]:
    """Return every sentence of the page: one, or that of one thing and of several."""
    found: dict[str, tuple[str, ...]] = {}
    said = extract_from_dir(PAGE, _METHODS, _OPTIONS, _SAID_BY)
    for _, _, message, _, _ in said:
        forms = (message,) if isinstance(message, str) else tuple(message)
        found[forms[0]] = max(forms, found.get(forms[0], ()), key=len)
    return dict(sorted(found.items()))


def path_of(code: str) -> Path:
    """Return where the sentences of a language stand."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(code: str) -> Catalog:
    """Read the sentences of a language; one that is new has none."""
    path = path_of(code)
    if not path.exists():
        new = Catalog(locale=code)
        # as many as are needed here, not as many as Babel knows for the language
        new.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1);")]
        return new
    with path.open("rb") as stream:
        return read_po(stream, locale=code)


def updated(old: Catalog) -> Catalog:
    """Return the entries that the page needs, with the translations that there are."""
    new = Catalog(locale=old.locale, fuzzy=False, creation_date=_NO_DATE)
    new.mime_headers = [("Plural-Forms", old.plural_forms)]
    for text, forms in texts().items():
        there = old.get(text)
        several = len(forms) > 1
        blank = ("",) * new.num_plurals if several else ""
        kept = there.string if there else blank
        if several != isinstance(kept, tuple | list):
            kept = blank  # it is counted now, or no more
        new.add(forms if several else text, kept)
        new[text].flags -= {"python-brace-format"}
    return new


def write(code: str, catalog: Catalog) -> None:
    """Write a language's entries and what is made of them."""
    path = path_of(code)
    path.parent.mkdir(parents=True, exist_ok=True)
    heading = _HEADING.format(language=code, forms=catalog.plural_forms)
    with path.open("wb") as stream:
        stream.write(heading.encode())
        write_po(stream, catalog, width=88, no_location=True, omit_header=True)
    with path.with_suffix(".mo").open("wb") as stream:
        write_mo(stream, catalog)


def missing(catalog: Catalog) -> list[str]:
    """Return the sentences that are not translated."""
    return [
        str(one.id)
        for one in catalog
        if one.id
        and not all(one.string if isinstance(one.string, tuple) else [one.string])
    ]


def main() -> None:
    """Bring all languages of the page up to date."""
    for code in SPOKEN[1:]:
        catalog = updated(read(code))
        write(code, catalog)
        left = len(missing(catalog))
        sys.stdout.write(f"{code}: {left} sentences of the page to translate\n")


if __name__ == "__main__":
    main()
