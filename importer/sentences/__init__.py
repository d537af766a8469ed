"""Every sentence about a row, from one catalogue: a key and parameters become words.

What is wrong with a row, what became of it and what to do about it travels as a key
with parameters (`Phrase`, `models.Problem`) and is put into words here, at the last
moment, in English or in the `Language` that is asked. Invariant: nothing else in the
program words what it says of a row (a test walks the source).
"""

from __future__ import annotations

from importer.sentences.catalogue import OWN, Parameter, Parameters, Phrase, as_json
from importer.sentences.language import (
    CODES,
    ENGLISH,
    Language,
    message,
    named,
    remedy,
    text,
)

__all__ = [
    "CODES",
    "ENGLISH",
    "OWN",
    "Language",
    "Parameter",
    "Parameters",
    "Phrase",
    "as_json",
    "message",
    "named",
    "remedy",
    "text",
]
