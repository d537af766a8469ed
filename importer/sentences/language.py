"""The catalogue that the program speaks by: English, until there is a second one.

Knows no row and no code. Invariant: whatever says something of a row says it through
here, so that the language is chosen in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.sentences.english import CATALOGUE

if TYPE_CHECKING:
    from importer.sentences.catalogue import Parameters, Phrase


def message(key: str, parameters: Parameters) -> str:
    """Say what is the matter.

    Raises:
        KeyError: the catalogue has no such sentence, or a parameter is missing.
    """
    return CATALOGUE.message(key, parameters)


def remedy(key: str, parameters: Parameters) -> str:
    """Say what to do about it; empty where there is nothing to do."""
    return CATALOGUE.remedy(key, parameters)


def text(key: str | Phrase, /, **parameters: Any) -> str:  # noqa: ANN401 - see Parameter
    """Word a phrase, or a sentence by its key and parameters, without its remedy."""
    if isinstance(key, str):
        return CATALOGUE.message(key, parameters)
    return CATALOGUE.message(key.key, key.parameters)
