"""Tables of products, told by what their columns are, in the languages of shops.

Each of their rows would become a collection, which hardly anyone wants. What columns
are called stands in `product_columns.toml`; this module knows how headers are compared.
Invariant: a table is one of products only with a price and another column that only
products have, and never where a column is the handle or slug of a collection.
"""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from importer import patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

_ONLY_OF_PRODUCTS = ("article", "stock", "variant")
#: How feeds of merchants begin their headers: g:price, g:id.
_FEED = "g:"
_WORDS = patterns.later(r"[^\W_]+")
#: Words of columns that do not name what they are about.
_NUMBERS = frozenset({"id", "ids", "url", "slug", "handle", "image"})
_CAMEL = patterns.later(r"(?<=[a-z0-9])(?=[A-Z])")


def of_products(header: Sequence[str]) -> tuple[str, ...]:
    """Return the columns by which a table is one of products; blank if it is none."""
    named = [(text.strip(), _words(text)) for text in header if text.strip()]
    # most tables have no price, and are not looked at any further
    prices = [text for text, words in named if _is_price(words)]
    if not prices or any(_is_of_collections(words) for _, words in named):
        return ()
    others = [text for text, words in named if _is_of_products(text, words)]
    if not {*others} - {prices[0]}:
        return ()
    found = {prices[0], *others}
    return tuple(text for text, _ in named if text in found)


def is_price(text: str) -> bool:
    """Return whether a header is a price's, in the language of any shop."""
    return _is_price(_words(text))


def collections_column(header: Sequence[str]) -> str:
    """Return the column that seems to name the collections of products, or nothing."""
    named = [(_folded(text), text.strip()) for text in header]
    for name in _known("names"):
        for words, text in named:
            if words == name:
                return text
    # Catégories (x,y,z...), Kategorie Ebene 1, category1
    for words, text in named:
        first, *others = words.split() or [""]
        if first.rstrip("0123456789") in _known("names") and not _NUMBERS & {*others}:
            return text
    return ""


def _is_price(words: str) -> bool:
    if _holds(words, "but_not"):
        return False
    ends = tuple(_known("price_ends"))
    return _holds(words, "price") or any(w.endswith(ends) for w in words.split())


def _is_of_products(text: str, words: str) -> bool:
    if text.casefold().startswith(_FEED):
        return True
    meant = any(_holds(words, kind) for kind in _ONLY_OF_PRODUCTS)
    return meant and not _holds(words, "but_not")


def _is_of_collections(words: str) -> bool:
    if words in _known("of_collections"):
        return True
    return _holds(words, "handles") and (
        _holds(words, "groups") or _holds(words, "names")
    )


def _holds(words: str, kind: str) -> bool:
    """Return whether words have one of a kind among them, whole."""
    padded = f" {words} "
    return any(f" {word} " in padded for word in _known(kind))


def _words(header: str) -> str:
    """Return the words of a header, a blank between two."""
    return _folded(_CAMEL.sub(" ", header))


def _folded(text: str) -> str:
    """Reduce a text to its words: no case, no accents, no signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (c for c in plain if not unicodedata.combining(c))
    return " ".join(_WORDS.findall("".join(letters)))


@cache
def _known(kind: str) -> dict[str, None]:
    """Return the words of a kind, folded as headers are, in their order."""
    return dict.fromkeys(map(_folded, _listed()[kind]))


@cache
def _listed() -> dict[str, list[str]]:
    """Return what the file of words says."""
    file = resources.files("importer") / "mapping" / "product_columns.toml"
    return tomllib.loads(file.read_text("utf-8"))
