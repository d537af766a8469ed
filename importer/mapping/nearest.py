"""The name that somebody probably meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from importer.mapping.preset import key

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEAR_ENOUGH = 0.6


def nearest(name: str, choices: Iterable[str]) -> str:
    """Find the choice that looks most like the name, or nothing."""
    by_key = {key(choice): choice for choice in choices}
    near = difflib.get_close_matches(key(name), by_key, n=1, cutoff=_NEAR_ENOUGH)
    return by_key[near[0]] if near else ""


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Offer the nearest choice, or all of them where none is near."""
    choices = tuple(choices)
    near = nearest(name, choices)
    return f'Did you mean "{near}"?' if near else f"Write one of: {', '.join(choices)}."
