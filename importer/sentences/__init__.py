"""Every sentence about a row, from one catalogue: a key and parameters become words.

What is wrong with a row, what became of it and what to do about it travels as a key
with parameters (`Phrase`, `models.Problem`) and is put into words here, at the last
moment. A second language is a second catalogue beside `english`. Invariant: nothing
else in the program words what it says of a row (a test walks the source).
"""

from __future__ import annotations

from importer.sentences.catalogue import Parameter, Parameters, Phrase, as_json
from importer.sentences.language import message, remedy, text

__all__ = [
    "Parameter",
    "Parameters",
    "Phrase",
    "as_json",
    "message",
    "remedy",
    "text",
]
