"""What a server makes of the names, slugs and other fields that it is sent.

Some servers cut names, escape them as HTML, normalize their Unicode or squash their
spaces; some add a suffix to a slug. An answer shows it, and from then on a name of that
location is recognized in spite of it. Pure; it decides nothing about a row. Invariant:
two names are the same only if they are equal, or become so in ways that an answer has
shown.
"""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from importer import patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from importer.models import Existing

#: A name that is cut shorter than this could be the beginning of any other.
SHORTEST_CUT = 8
#: So much less may be left of a name that was cut at a space, or in an entity.
SLACK_SPACE, SLACK_ENTITY = 1, 8
#: Fields of a collection that a person or a server may change, by their names in the
#: API. Those that HighLevel makes by itself (hashes, versions, times) are none of them.
FIELDS = ("name", "slug", "image", "type", "seo", "productIds", "rules")
_KINDS: dict[str, type] = {
    **dict.fromkeys(FIELDS, str),
    "seo": dict,
    "productIds": list,
    "rules": dict,
}

#: The beginning of an HTML entity, which a cut may leave at the end.
_ENTITY_BEGUN = patterns.later(r"&#?\w{0,8}$")
_NO_WORD = patterns.later(r"[^0-9a-z]+")


class Way(StrEnum):
    """How a server may change a name."""

    HTML = "html"  # escaped: & becomes &amp;
    UNICODE = "unicode"  # normalized: composed letters, full-width forms
    SPACES = "spaces"  # squashed and stripped
    CASE = "case"


def _unicode(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _spaces(text: str) -> str:
    return " ".join(text.split())


# in the order in which they are taken back: what is escaped may hold what is squashed
_FOLDS: dict[Way, Callable[[str], str]] = {
    Way.HTML: html.unescape,
    Way.UNICODE: _unicode,
    Way.SPACES: _spaces,
    Way.CASE: str.casefold,
}


@dataclass(frozen=True, slots=True)
class Ways:
    """In which ways a location changes names, as far as its answers have shown.

    `cut_at` is the length of the shortest name that was cut, with everything else taken
    back, None where none was.
    """

    names: frozenset[Way] = frozenset()
    cut_at: int | None = None

    def __or__(self, other: Ways) -> Ways:
        """Return the ways of both."""
        cuts = [cut for cut in (self.cut_at, other.cut_at) if cut is not None]
        return Ways(self.names | other.names, min(cuts, default=None))


#: Of a location whose answers show every name as it was sent.
NONE = Ways()


def fold(name: str, ways: Ways = NONE) -> str:
    """Return what is left of a name when the ways are taken back, a cut excepted."""
    for way, change in _FOLDS.items():
        if way in ways.names:
            name = change(name)
    return name


def same_name(sent: str, shown: str, ways: Ways = NONE) -> bool:
    """Return whether a server that changes names in these ways shows `sent` so."""
    if sent == shown:
        return True
    if ways == NONE:
        return False
    if fold(sent, ways) == fold(shown, ways):
        return True
    return ways.cut_at is not None and _is_cut(sent, shown, ways, ways.cut_at)


def _is_cut(sent: str, shown: str, ways: Ways, at: int) -> bool:
    # a cut may have gone through an entity, of which the rest means nothing
    begun = _ENTITY_BEGUN.sub("", shown) if Way.HTML in ways.names else shown
    kept = fold(begun, ways)
    slack = SLACK_ENTITY if Way.HTML in ways.names else SLACK_SPACE
    least = max(SHORTEST_CUT // 2, at - slack)
    return len(kept) >= least and fold(sent, ways).startswith(kept)


def ways_shown(sent: str, shown: str) -> Ways | None:
    """Return how a server has changed a name; None where that cannot be told.

    Args:
        sent: the name in the request.
        shown: the name in the answer to it.
    """
    if sent == shown:
        return NONE
    every = frozenset(Way)
    # first without a cut: what can be explained by folding needs none
    if fold(sent, Ways(every)) == fold(shown, Ways(every)):
        return Ways(_needed(every, lambda ways: same_name(sent, shown, ways)))
    cut = len(fold(shown, Ways(every)))
    if cut < SHORTEST_CUT or not _is_cut(sent, shown, Ways(every), cut):
        return None
    names = _needed(every, lambda ways: _is_cut(sent, shown, ways, cut))
    return Ways(names, cut)


def _needed(names: frozenset[Way], holds: Callable[[Ways], bool]) -> frozenset[Way]:
    """Return as few of the ways as still explain what was shown."""
    for way in Way:
        # dropped in a fixed order, so the same answer always teaches the same ways
        fewer = names - {way}
        if holds(Ways(fewer)):
            names = fewer
    return names


def alike(sent: str, shown: str) -> bool:
    """Return whether a server may have made the slug `shown` of `sent`.

    Signs, accents and case do not count, and neither does what was added at either end
    or cut off.
    """
    asked, found = _letters(sent), _letters(shown)
    if not (asked and found):
        return False
    return found.startswith(asked) or found.endswith(asked) or asked.startswith(found)


def _letters(slug: str) -> str:
    plain = unicodedata.normalize("NFKD", slug).casefold()
    return _NO_WORD.sub("", plain)


def differing(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that a server shows otherwise than they were sent.

    Both are collections as the API has them. A field that is not shown, or not as what
    it should be, differs in nothing, and one that was not sent is blank.
    """
    found = {}
    for field in FIELDS:
        now = shown.get(field)
        if now is None or now == (asked := sent.get(field)):
            continue
        if isinstance(now, _KINDS[field]) and not _equal(asked, now):
            # a server that shows a text where an object belongs has changed nothing
            # that can be compared
            found[field] = now
    return found


def _equal(sent: object, shown: object) -> bool:
    if isinstance(sent, dict) and isinstance(shown, dict):
        return _filled(sent) == _filled(shown)
    # None, "", {} and [] are all blank: a list shows an empty field in any of these
    return not (sent or shown)


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in parts.items() if value}


def as_shown(existing: Existing) -> dict[str, Any]:
    """Return an item of a list as the API has it, with the fields that it shows."""
    seo = {"title": existing.seo_title, "description": existing.seo_description}
    fields: dict[str, Any] = {
        "name": existing.name,
        "slug": existing.slug,
        "image": existing.image,
        "type": existing.type,
        "seo": _filled(seo),
    }
    shown = {key: value for key, value in fields.items() if value}
    if existing.product_ids is not None:
        shown["productIds"] = list(existing.product_ids)
    if existing.rules is not None:
        shown["rules"] = dict(existing.rules)
    return shown
