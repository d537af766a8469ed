"""The natures of a server: ways in which it may be other than a client assumes.

Pure: the names of all natures, and how a create's slug and name are rewritten; what
lists look like is `views`, mixed answers are `damage`. Nothing of it has to go
wrong: a server may be so at every call. Invariant: a rewritten name or slug depends
on the seed and the call alone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.sandbox.faults import Stream, bits, chance

if TYPE_CHECKING:
    from collections.abc import Iterable


class Nature(StrEnum):
    """One name for each way in which a server can differ."""

    SHORT_LIST = "short-list"  # short pages, and now and then items left out
    MOVING_LIST = "moving-list"  # items change places while the pages are read
    IGNORES_OFFSET = "ignores-offset"  # every page is the first one
    ID_NOT_UNDERSCORE_ID = "id-not-_id"  # `id` in lists, or no id at all
    WRONG_TOTAL = "wrong-total"  # a `total` that means nothing
    OTHER_LOCATIONS = "other-locations"  # lists show other locations' items, too
    PAGE_LIMIT_20 = "page-limit-20"  # 422 to a page of more than 20
    REWRITES_SLUG = "rewrites-slug"
    REWRITES_NAME = "rewrites-name"
    MIXED_ANSWERS = "mixed-answers"  # two creates get each other's answer
    CONFLICT_409 = "conflict-409"  # a slug that is there is refused


#: The largest page where pages are small.
SMALL_PAGE = 20
#: The share of rewritten slugs that get a suffix, and what it is made of.
SUFFIX_SHARE = 0.3
SUFFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
SUFFIX_LENGTH = 4
#: How much of a rewritten name is kept, before it is escaped.
NAME_LENGTH = 40

_DASHES = re.compile("-{2,}")


def named(name: str) -> Nature:
    """Return the nature of that name.

    Raises:
        ValueError: there is none; the message lists those that there are.
    """
    try:
        return Nature(name)
    except ValueError:
        names = ", ".join(Nature)
        message = f"There is no nature {name!r}. Write one of: {names}."
        raise ValueError(message) from None


def checked(names: Iterable[str]) -> frozenset[Nature]:
    """Return the natures of these names.

    Raises:
        ValueError: a name is unknown.
    """
    return frozenset(named(name) for name in names)


def rewritten_slug(slug: str, seed: int, ordinal: int) -> str:
    """Write a slug in small letters with single dashes; some get a suffix."""
    plain = _DASHES.sub("-", slug.lower())
    if chance(seed, ordinal, Stream.REWRITE) >= SUFFIX_SHARE:
        return plain
    drawn = bits(seed, ordinal, Stream.SUFFIX)
    letters = []
    for _ in range(SUFFIX_LENGTH):
        drawn, index = divmod(drawn, len(SUFFIX_LETTERS))
        letters.append(SUFFIX_LETTERS[index])
    return f"{plain}-{''.join(letters)}"


def rewritten_name(name: str) -> str:
    """Write a name in NFC with single spaces, cut, and escaped for HTML."""
    squashed = " ".join(unicodedata.normalize("NFC", name).split())
    return html.escape(squashed[:NAME_LENGTH].rstrip())
