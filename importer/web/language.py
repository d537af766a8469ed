"""The language that a page speaks: its sentences, plurals and figures.

It is the one that was chosen on the page, or follows the browser, request by request; a
server speaks several at once. Invariant: a sentence that a language lacks is said in
English.
"""

from __future__ import annotations

import gettext as catalogues
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

#: In which languages the page can be read, the first where none of them is asked for.
SPOKEN = ("en", "de", "es")
#: What each calls itself.
NAMES = {"en": "English", "de": "Deutsch", "es": "Español"}
DOMAIN = "web"
_FOLDER = Path(__file__).parent / "languages"
#: What stands between thousands, and before tenths.
_MARKS = {"en": (",", "."), "de": (".", ","), "es": (".", ",")}
_QUOTES = {"en": ("“", "”"), "de": ("„", "“"), "es": ("«", "»")}
#: Spanish sets the thousands of a number apart from five digits on.
_APART_FROM = {"es": 10_000}
_WISH = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*q=([0-9.]{1,5}))?")


@dataclass(frozen=True)
class Speech:
    """One language."""

    code: str
    catalogue: catalogues.NullTranslations

    def gettext(self, sentence: str) -> str:
        """Say a sentence."""
        return self.catalogue.gettext(sentence)

    def ngettext(self, single: str, plural: str, count: int) -> str:
        """Say a sentence of one thing or of several; `%(count)s` is the number."""
        said = self.catalogue.ngettext(single, plural, count)
        return said % {"count": self.number(count)}

    def number(self, count: float) -> str:
        """Write a whole number with its thousands apart."""
        if count < _APART_FROM.get(self.code, 0):
            return f"{count:.0f}"
        return f"{count:,.0f}".replace(",", _MARKS[self.code][0])

    def quoted(self, text: str) -> str:
        """Write a text of somebody's in quotation marks."""
        before, behind = _QUOTES[self.code]
        return f"{before}{text}{behind}"

    def tenths(self, count: float) -> str:
        """Write a number with one tenth."""
        whole, _, tenth = f"{count:,.1f}".partition(".")
        apart, before = _MARKS[self.code]
        return whole.replace(",", apart) + before + tenth


@cache
def spoken(code: str) -> Speech:
    """Return a language by its code."""
    try:
        return Speech(code, catalogues.translation(DOMAIN, _FOLDER, [code]))
    except OSError:  # not translated: then the page says itself that it is English
        return Speech(SPOKEN[0], catalogues.NullTranslations())


def chosen(code: str, header: str) -> Speech:
    """Return the language that was chosen, or the one that a browser asks for."""
    return spoken(code) if code in SPOKEN else wished(header)


def wished(header: str) -> Speech:
    """Return the language that a browser asks for first, of those that there are."""
    wishes: list[tuple[float, int, str]] = []
    for nth, part in enumerate(header[:200].split(",")):
        found = _WISH.match(part)
        if found and found[1].lower() in SPOKEN:
            try:
                weight = float(found[2] or 1)
            except ValueError:
                continue
            wishes.append((-weight, nth, found[1].lower()))
    best = min(wishes, default=(0.0, 0, SPOKEN[0]))
    return spoken(best[2])
