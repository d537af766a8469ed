"""What says yes and what says no, in the languages of spreadsheets.

A spreadsheet writes its own TRUE into a text in the language that it speaks (WAHR,
VRAI, PRAWDA), so an export that was saved once more says so. Pure. Invariant: a word
that is neither is not guessed.
"""

from __future__ import annotations

from functools import lru_cache

from importer.texts import folded

_YES = frozenset(
    {
        *("true", "1", "1.0", "yes", "y", "on", "x", "wahr", "ja", "vrai", "oui"),
        *(
            "verdadero",
            "sí",
            "si",
            "vero",
            "waar",
            "verdadeiro",
            "sim",
            "prawda",
            "tak",
        ),
    }
)
_NO = frozenset(
    {
        *("false", "0", "0.0", "no", "n", "off", "falsch", "nein", "faux", "non"),
        *("falso", "onwaar", "nee", "não", "nao", "fałsz", "nie"),
    }
)


@lru_cache
def is_yes(text: str) -> bool:
    """Return whether a text says yes."""
    return folded(text) in _YES


def is_no(text: str) -> bool:
    """Return whether a text says no."""
    return folded(text) in _NO
