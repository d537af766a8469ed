"""How one cell is cleaned: named functions from text to text.

A mapping file names them and the check borrows `slugify`. They know no field, no
file and no row. Invariant: each is pure and total; whatever text comes in, text
comes out and nothing is raised.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib import parse

from importer import double_encoding, patterns

Transform = Callable[[str], str]

_TAG = patterns.later(
    r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|</?[a-z!][^>]*>",
    re.IGNORECASE | re.DOTALL,
)
_NOTHING = frozenset({"none", "null", "nil", "nan", "n/a", "#n/a", "-", "undefined"})
_SCHEME = patterns.later(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SITE = patterns.later(r"(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)
_PAGE = patterns.later(r"\.(?:html?|php|aspx?|jsp)\Z", re.IGNORECASE)
_ESCAPE = patterns.later("%[0-9A-Fa-f]{2}")
# from the root, with a scheme or a host in front, or below what shops call such pages
_ADDRESS = patterns.later(
    r"[a-z][a-z0-9+.-]*://|/|www\.|[^\s/]+\.[a-z]{2,}/"
    r"|(?:collections?|categor(?:y|ies)|product-category)/",
    re.IGNORECASE,
)
_BARE_HOST = patterns.later(r"[^\s/?#]+\.[^\s/?#.]+(?:[/?#]|$)")


def trim(text: str) -> str:
    """Drop the space around the text."""
    return text.strip()


def collapse_spaces(text: str) -> str:
    """Make one space of every run of spaces and line breaks."""
    return " ".join(text.split())


def lower(text: str) -> str:
    """Write everything in small letters."""
    return text.lower()


def upper(text: str) -> str:
    """Write everything in capitals."""
    return text.upper()


def slugify(text: str) -> str:
    """Make a slug: transliterated, lower-case letters, digits and single dashes.

    A text without letters or digits (only emoji, say) gives an empty slug.
    """
    from slugify import slugify as make  # noqa: PLC0415 - its tables are slow to load

    # An apostrophe belongs to its word: "Men's" is mens, not men-s.
    plain = _without_surrogates(text).replace("'", "").replace("\u2019", "")
    return make(plain)


def slug_of(text: str) -> str:
    """Make a slug of what stands where one belongs, perhaps as an address has it.

    Of a path or a web address its last part counts, %C3%BC is the letter that it stands
    for, and letters that were taken for those of another encoding are taken back. What
    has lost letters, or is the address of a site as a whole, gives an empty slug.
    """
    plain = double_encoding.undone(text.strip())
    while _ESCAPE.search(plain):
        try:
            plain = parse.unquote(plain, errors="strict")
        except UnicodeDecodeError:
            return ""
    if double_encoding.LOST in plain:
        return ""
    if is_address(plain):
        plain = page_name(plain if plain[0] == "/" or "//" in plain else f"//{plain}")
    return slugify(_PAGE.sub("", plain))


def is_address(text: str) -> bool:
    """Return whether a text is a path or a web address, and no slug with a slash."""
    return _ADDRESS.match(text) is not None


def strip_html(text: str) -> str:
    """Leave the words of a piece of HTML: no tags, no entities, single spaces."""
    return collapse_spaces(html.unescape(_TAG.sub(" ", text)))


def https(text: str) -> str:
    """Make a web address begin with https://, also where it had no beginning."""
    address = text.strip()
    if address[:7].lower() == "http://":
        return "https://" + address[7:]
    if address.startswith("//"):
        return "https:" + address
    if _SCHEME.match(address) is None and _BARE_HOST.match(address):
        return "https://" + address
    return address


def none_to_blank(text: str) -> str:
    """Make a blank of what programs write for nothing: None, null, NaN, n/a, -."""
    return "" if text.strip().lower() in _NOTHING else text


def unquote(text: str) -> str:
    """Write %C3%BC as the letter that it stands for."""
    return parse.unquote(text, errors="replace") if "%" in text else text


def last_part(text: str) -> str:
    """Keep what follows the last slash: the end of a path or of a web address."""
    return text.strip().rstrip("/").rpartition("/")[2].strip()


def page_name(text: str) -> str:
    """Keep the page's name of a path or web address: no query, no .html.

    An address of a site as a whole has none.
    """
    address = text.strip()
    site = _SITE.match(address)
    path = address[site.end() :] if site else address
    if site or path.startswith("/"):
        path = re.split("[?#]", path, maxsplit=1)[0]
    return _PAGE.sub("", last_part(path))


def first_line(text: str) -> str:
    """Keep the first line that is not blank."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def drop_apostrophe(text: str) -> str:
    """Drop the apostrophe in front that spreadsheets use to mark text."""
    return text.removeprefix("'")


def json_src(text: str) -> str:
    """Keep the address of an image that is written as JSON: {"src": "https://…"}.

    An empty object or list is none; a list of several, or what has no such address,
    stays as it is.
    """
    image = _parsed(text) if text.strip()[:1] in ("{", "[") else text
    if image in ({}, []):
        return ""
    if isinstance(image, list) and len(image) == 1:
        image = image[0]
    source = image.get("src") if isinstance(image, dict) else None
    return source if isinstance(source, str) else text


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _without_surrogates(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


#: Every transform by the name that a mapping file uses.
REGISTRY: Mapping[str, Transform] = MappingProxyType(
    {
        transform.__name__: transform
        for transform in (
            trim,
            collapse_spaces,
            lower,
            upper,
            slugify,
            slug_of,
            strip_html,
            https,
            none_to_blank,
            unquote,
            last_part,
            page_name,
            first_line,
            drop_apostrophe,
            json_src,
        )
    }
)
